/** Library rules: an op is a call of a foreign function, when the user allows the library. */
import type { OpView } from './scalar.js';

export interface ForeignLibrary {
  /** What the user calls it, `openblas`. */
  readonly name: string;
  /** What the system's loader calls it. */
  readonly file: string;
  /** The Debian package that brings it. */
  readonly package: string;
}

/** An argument of a C function: the address of a tensor's elements, row-major, or a number. */
export type ForeignArgument =
  | { readonly kind: 'operand' | 'result'; readonly index: number }
  | { readonly kind: 's32' | 's64' | 'f32' | 'f64'; readonly value: number };

/** A role that only library rules give: the instruction is this call, and fuses with nothing. */
export interface ForeignRole {
  readonly template: 'foreign';
  readonly library: ForeignLibrary;
  readonly symbol: string;
  readonly args: readonly ForeignArgument[];
}

export interface LibraryRule {
  readonly kind: 'library';
  readonly name: string;
  readonly library: ForeignLibrary;
  /** The op's canonical name. */
  readonly op: string;
  /** When it applies: a sentence. */
  readonly when: string;
  readonly applies: (op: OpView) => boolean;
  /** The C function; it writes every element of the results and keeps no address. */
  readonly symbol: string;
  readonly args: (op: OpView) => readonly ForeignArgument[];
}

export const library = (rule: Omit<LibraryRule, 'kind'>): LibraryRule => ({ kind: 'library', ...rule });
