/** What the text says, before names and canonical attributes are resolved. */
import type { Literal } from '../literal.js';
import type { ValueType } from '../types.js';

/** An attribute of MLIR. `text` is its spelling, for what has no canonical form. */
export type Attr =
  | { readonly kind: 'number'; readonly value: number | bigint; readonly type: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Attr[] }
  | { readonly kind: 'dictionary'; readonly entries: AttrMap }
  /** `array<i64: 1, 2>` */
  | { readonly kind: 'numbers'; readonly values: readonly (number | boolean)[]; readonly type: string }
  | { readonly kind: 'elements'; readonly literal: Literal }
  | { readonly kind: 'type'; readonly type: ValueType }
  | { readonly kind: 'symbol'; readonly name: string; readonly offset: number }
  /** `#stablehlo.dot<lhs_batching_dimensions = [0], …>` */
  | { readonly kind: 'struct'; readonly entries: AttrMap; readonly text: string }
  /** `#stablehlo<precision HIGH>`, or `HIGH` in a pretty form */
  | { readonly kind: 'word'; readonly value: string; readonly text: string }
  | { readonly kind: 'opaque'; readonly text: string };

export type AttrMap = ReadonlyMap<string, Attr>;
/** Most operations have no attributes. */
export const NO_ATTRIBUTES: AttrMap = new Map();

/** `%name` or `%name#index`. */
export interface Use {
  readonly name: string;
  readonly index: number | undefined;
  readonly offset: number;
}

/** `%name` or `%name:count` before `=`. */
export interface Binding {
  readonly name: string;
  readonly count: number;
  readonly offset: number;
}

export interface BlockArgument {
  readonly name: string;
  readonly type: ValueType;
  readonly offset: number;
}

export interface RegionSyntax {
  readonly arguments: readonly BlockArgument[];
  readonly operations: readonly OperationSyntax[];
  readonly offset: number;
}

export interface OperationSyntax {
  readonly name: string;
  readonly offset: number;
  readonly bindings: readonly Binding[];
  readonly operands: readonly Use[];
  readonly attributes: AttrMap;
  readonly regions: readonly RegionSyntax[];
  /** As declared; a pretty form that leaves operand types out leaves them undefined. */
  readonly operandTypes: readonly ValueType[] | undefined;
  readonly resultTypes: readonly ValueType[];
  /** What `loc(…)` says: its first string, or the alias to look it up under. */
  readonly note: string | undefined;
}

export interface FunctionSyntax {
  readonly name: string;
  readonly offset: number;
  readonly body: RegionSyntax;
  readonly argumentAttributes: readonly AttrMap[];
  readonly resultTypes: readonly ValueType[];
  readonly resultAttributes: readonly AttrMap[];
}

export interface ModuleSyntax {
  readonly name: string;
  readonly attributes: AttrMap;
  readonly functions: readonly FunctionSyntax[];
  /** Texts of `#loc…` definitions by name. */
  readonly locations: ReadonlyMap<string, string>;
}
