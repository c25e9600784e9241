/** Sample rules: how verification makes instances of an op, so that a pattern that names the op can be tried out. */
import type { AttributeValue, Literal, OpRegistry, TensorType, Value } from '../hlo/index.js';
import type { Builder } from './builder.js';
import type { Random } from './random.js';

/** A computation to call, as its signature: verification draws one that has it. */
export interface RegionSample {
  readonly parameters: readonly TensorType[];
  readonly results: readonly TensorType[];
  /** What it computes; anything where this does not say. */
  readonly make?: (build: Builder, parameters: readonly Value[]) => readonly Value[];
}

export interface Sample {
  /** Their types; a literal is an operand that must be this constant. */
  readonly operands: readonly (TensorType | Literal)[];
  readonly attributes?: { readonly [name: string]: AttributeValue };
  readonly regions?: readonly RegionSample[];
  /** All result types, where there is not just the one asked for. */
  readonly results?: readonly TensorType[];
}

export interface SampleRequest {
  readonly random: Random;
  /** The result (the first of several) that the instruction must have. */
  readonly result: TensorType;
  /** Attributes that pattern or guard have decided; the sample must keep them. */
  readonly fixed: { readonly [name: string]: unknown };
  readonly ops: OpRegistry;
  /** Operands that the pattern names; undefined where it leaves open how many there are. */
  readonly operands: number | undefined;
  /** Types of operands that the pattern has bound already, by position. */
  readonly known: readonly (TensorType | undefined)[];
}

export interface SampleRule {
  readonly kind: 'sample';
  /** The op's canonical name. */
  readonly op: string;
  /** Undefined where no instance with this result, or these attributes, comes to mind. */
  readonly make: (request: SampleRequest) => Sample | undefined;
}

export const sample = (op: string, make: SampleRule['make']): SampleRule => ({ kind: 'sample', op, make });
