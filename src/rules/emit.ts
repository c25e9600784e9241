/** Emission rules: how one element of an op's result is computed, or which template role the op fills. */
import type { Computation, TensorType } from '../hlo/index.js';
import type { IndexExpr, IndexSource, Predicate } from './index/expr.js';
import type { OpView, Parts, Scalars } from './scalar.js';

/** Where an element comes from. */
export type Access =
  | { readonly kind: 'operand'; readonly operand: number; readonly at: readonly IndexExpr[] }
  /** `then` is touched only where `when` holds, `else` only where it does not. */
  | { readonly kind: 'choose'; readonly when: Predicate; readonly then: Access; readonly else: Access }
  /** The index itself, converted to the result's element type (iota). */
  | { readonly kind: 'position'; readonly value: IndexExpr };

/** Operand k as something an index expression can read (dynamic-slice's starts, gather's indices). */
export interface IndexView extends OpView {
  source(operand: number): IndexSource;
}

/** Template roles: the op is no expression of single elements, so a template makes its loops. */
export interface ReduceRole {
  readonly template: 'reduce';
  /** Operands reduced, and the initial values, in the order of the results. */
  readonly inputs: readonly number[];
  readonly inits: readonly number[];
  readonly axes: readonly number[];
  /** (accumulators…, elements…, captures…) → accumulators. */
  readonly combiner: Computation;
  /** Scalar operands that the combiner's last parameters stand for. */
  readonly captures: readonly number[];
}

export interface IterationDim {
  readonly name: string;
  readonly extent: number;
  /** `batch`: in both operands and the result; `m`: lhs and result; `n`: rhs and result; `k`: summed over. */
  readonly kind: 'batch' | 'm' | 'n' | 'k';
}

/** An operand of a contraction at a point of the iteration space; zero where `when` does not hold. */
export interface ContractionOperand {
  readonly operand: number;
  readonly at: readonly IndexExpr[];
  readonly when: Predicate;
}

/** result[out] = Σ over k of lhs · rhs: dot and every convolution. */
export interface ContractionRole {
  readonly template: 'contraction';
  /** The iteration space; expressions below use variables of these names and extents. */
  readonly dims: readonly IterationDim[];
  readonly lhs: ContractionOperand;
  readonly rhs: ContractionOperand;
  /** The result's index; every result element belongs to exactly one (batch, m, n) point. */
  readonly out: readonly IndexExpr[];
}

export type Role = ReduceRole | ContractionRole;
export interface RoleView extends OpView {
  readonly called: readonly Computation[];
}

/** Said by an op that may be a reducer: combining with `identity` changes nothing. Undefined: the type has none. */
export interface ReducerFacts {
  identity(type: TensorType['element']): number | bigint | undefined;
  /** (a ∘ b) ∘ c = a ∘ (b ∘ c), exactly (max) or but for rounding (add): partial results are allowed by default. */
  readonly associative: 'exact' | 'rounding';
}

export type EmitForm =
  | { readonly element: <V>(s: Scalars<V>, args: readonly V[], op: OpView) => V }
  /** Where an operand or the result is complex. May stand beside `element`, which is for real types. */
  | { readonly pair: <V>(s: Scalars<V>, args: readonly Parts<V>[], op: OpView) => Parts<V> }
  | { readonly index: (i: readonly IndexExpr[], op: IndexView) => Access }
  | { readonly role: (op: RoleView) => Role };

export interface EmitRule {
  readonly kind: 'emit';
  /** The op's canonical name. */
  readonly op: string;
  readonly element?: <V>(s: Scalars<V>, args: readonly V[], op: OpView) => V;
  readonly pair?: <V>(s: Scalars<V>, args: readonly Parts<V>[], op: OpView) => Parts<V>;
  readonly index?: (i: readonly IndexExpr[], op: IndexView) => Access;
  readonly role?: (op: RoleView) => Role;
  readonly reducer?: ReducerFacts;
  /**
   * Several primitives whose rounding is part of the algorithm (exp, tanh …). Default: an element rule that is a single
   * primitive is contractible with its neighbours (mul, then add → fma), one of several primitives is left as written.
   */
  readonly accuracy?: { readonly ulp: number; readonly element: 'f32' | 'f64' };
}

/** `emit('logistic', { element: (s, [x]) => … })` */
export const emit = (op: string, form: Omit<EmitRule, 'kind' | 'op'>): EmitRule => ({ kind: 'emit', op, ...form });
