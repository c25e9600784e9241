/** Library rules: an op is a call of a foreign function, when the user allows the library or the program asks for it. */
import type { ElementType } from '../hlo/index.js';
import type { OpView } from './scalar.js';

export interface ForeignLibrary {
  /** What the user calls it, `openblas`. */
  readonly name: string;
  /** What the system's loader calls it. */
  readonly file: string;
  /** The Debian package that brings it. */
  readonly package: string;
}

/** An argument of a C function: an address, or a number by value. */
export type ForeignArgument =
  /** Where a tensor's elements lie, row-major: those of the running call. */
  | { readonly kind: 'operand' | 'result'; readonly index: number }
  /** Where an element of the call's memory lies. */
  | { readonly kind: 'memory'; readonly index: number; readonly element?: number }
  /** Where numbers lie that never change: how Fortran takes them. */
  | { readonly kind: 'constants'; readonly element: 'u8' | 's32' | 'f32' | 'f64'; readonly values: readonly number[] }
  | { readonly kind: 's32' | 's64' | 'f32' | 'f64'; readonly value: number };

/** What a call works on in place, and its work space. */
export interface ForeignMemory {
  readonly element: ElementType;
  /** Elements of a call. */
  readonly count: number;
  /** The operand that it holds before the call, else zeros where `zero` says so, else anything. */
  readonly operand?: number;
  readonly zero?: boolean;
  /** The result that it is after the call. */
  readonly result?: number;
  /** Rows and columns of a matrix that lies column by column here, and row by row in operand and result. */
  readonly columnMajor?: readonly [rows: number, columns: number];
}

export interface ForeignCall {
  /** The C function; it writes every element of its results and keeps no address. */
  readonly symbol: string;
  readonly args: readonly ForeignArgument[];
  readonly memory?: readonly ForeignMemory[];
  /** Independent calls, each for an equal part of every operand and result, in their order. Default: 1. */
  readonly calls?: number;
}

/** A role that only library rules give: the instruction is these calls, and fuses with nothing. */
export interface ForeignRole extends ForeignCall {
  readonly template: 'foreign';
  readonly library: ForeignLibrary;
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
  /** The program has named the function, so nobody need allow the library. */
  readonly askedByProgram?: true;
  readonly call: (op: OpView) => ForeignCall;
}

export const library = (rule: Omit<LibraryRule, 'kind'>): LibraryRule => ({ kind: 'library', ...rule });
