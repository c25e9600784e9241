/** Emission rules: how one element of an op's result is computed, or which template role the op fills. */
import type { Computation, Literal, TensorType, Value } from '../hlo/index.js';
import type { Builder } from './builder.js';
import type { MatchValue } from './guard.js';
import type { IndexExpr, IndexSource, Predicate } from './index/expr.js';
import type { ForeignRole } from './library.js';
import type { OperandPattern } from './pattern.js';
import type { Bindings } from './rewrite.js';
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

/** A called computation that combines elements, and what it is applied to. */
export interface Combination {
  /** Operands whose elements are combined, and the initial values, in the order of the results. */
  readonly inputs: readonly number[];
  readonly inits: readonly number[];
  /** (accumulators…, elements…, captures…) → accumulators. */
  readonly combiner: Computation;
  /** Scalar operands that the combiner's last parameters stand for. */
  readonly captures: readonly number[];
}

/** Which elements of the inputs a window that moves covers. */
export interface MovingWindow {
  readonly sizes: readonly number[];
  /** The element at an offset in the window of a result; there is none where `when` does not hold. */
  readonly element: (
    result: readonly IndexExpr[],
    offset: readonly IndexExpr[],
  ) => { readonly at: readonly IndexExpr[]; readonly when: Predicate };
}

/** Template roles: the op is no expression of single elements, so a template makes its loops. */
export interface ReduceRole extends Combination {
  readonly template: 'reduce';
  /** Reduced dimensions of the inputs; none where a window moves over them. */
  readonly axes: readonly number[];
  readonly window?: MovingWindow;
}

/** result[…, k, …] = init ∘ all of input[…, 0 … k, …], or input[…, k … n − 1, …] where `reverse`. */
export interface ScanRole extends Combination {
  readonly template: 'scan';
  readonly dimension: number;
  readonly reverse: boolean;
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

/** A loop of a scatter: over the updates, in order, or within the window of one. */
export interface ScatterDim {
  readonly name: string;
  readonly extent: number;
  readonly kind: 'update' | 'window';
}

/** result = input; then, update by update in the order of the dims: result[out] = result[out] ∘ update[at] where `when`. */
export interface ScatterRole {
  readonly template: 'scatter';
  /** Operands, one of each a result. */
  readonly inputs: readonly number[];
  readonly updates: readonly number[];
  /** Updates first, windows behind; no two points of one window meet. */
  readonly dims: readonly ScatterDim[];
  readonly at: readonly IndexExpr[];
  readonly out: readonly IndexExpr[];
  readonly when: Predicate;
  /** (result elements…, update elements…, captures…) → result elements. */
  readonly combiner: Computation;
  readonly captures: readonly number[];
}

/** What rows are put in order by: an operand's elements. */
export interface SortKey {
  readonly operand: number;
  readonly descending: boolean;
  /** Of floats, which are in IEEE 754's total order but for this: −0 and 0 are equal; all NaNs are, and the largest. */
  readonly equalZeros: boolean;
  readonly equalNans: boolean;
}

/** Rows along `dimension`, put in order stably. */
export interface SortRole {
  readonly template: 'sort';
  readonly inputs: readonly number[];
  readonly dimension: number;
  /** (a₀, b₀, a₁, b₁ …, captures…) → whether a comes before b. */
  readonly comparator: Computation;
  readonly captures: readonly number[];
  /** The comparator is the order of this key. */
  readonly key: SortKey | undefined;
}

/** Result 0: the first `count` elements of each row of the last dimension by the key; result 1: where they were. */
export interface TopKRole {
  readonly template: 'topk';
  readonly count: number;
  readonly key: SortKey;
}

/** Transforms along the last dimensions. */
export interface FourierRole {
  readonly template: 'fourier';
  /** Lengths of the signal, by dimension. */
  readonly lengths: readonly number[];
  readonly inverse: boolean;
  /** The operand, or the result, is real: the other is half its spectrum along the last dimension. */
  readonly real: 'no' | 'operand' | 'result';
}

/**
 * Blocks from other processes, one after another along dimension 0: a step in which processes meet, and no kernel. Of each
 * process: who gives it each block of the result (−1: zeros). With `parts` a process gives each of those whom it lists
 * itself one of as many equal parts of its operand along dimension 0, else all of it.
 */
export interface ExchangeRole {
  readonly template: 'exchange';
  readonly sources: readonly (readonly number[])[];
  readonly parts: boolean;
}

/** The number of the process, a u32: there when the run begins. */
export interface ProcessRole {
  readonly template: 'process';
  /** How many there are. */
  readonly processes: number;
}

/** Roles by their template. A rule set with a template of its own adds the role by declaration merging. */
export interface Roles {
  reduce: ReduceRole;
  scan: ScanRole;
  contraction: ContractionRole;
  scatter: ScatterRole;
  sort: SortRole;
  topk: TopKRole;
  fourier: FourierRole;
  foreign: ForeignRole;
  exchange: ExchangeRole;
  process: ProcessRole;
}

export type Role = Roles[keyof Roles];
/** Roles of ops that make a kernel by themselves. */
export type AloneRole = Exclude<Role, ReduceRole | ScanRole | ContractionRole>;

export interface RoleView extends IndexView {
  readonly called: readonly Computation[];
  /** What is known of a computation that is one op of its two parameters. */
  reducer(computation: Computation): ReducerFacts | undefined;
  /** What the pattern binds where the value matches it. */
  match(pattern: OperandPattern, v: Value): Bindings | undefined;
}

/** Said by an op that may be a reducer: combining with `identity` changes nothing. Undefined: the type has none. */
export interface ReducerFacts {
  identity(type: TensorType['element']): number | bigint | undefined;
  /** (a ∘ b) ∘ c = a ∘ (b ∘ c), exactly (max) or but for rounding (add): partial results are allowed by default. */
  readonly associative: 'exact' | 'rounding';
  /** What memory can do at once with an element and another, where it can: on numbers of 32 and 64 bits. */
  readonly atomic?: 'add' | 'min' | 'max' | 'and' | 'or' | 'xor';
}

/** A number of a loop's start: that of a carried value when the loop begins, or a constant. */
export type TripBound = { readonly carried: number } | { readonly constant: Literal };

/** How often the body of a loop runs: a number, or as often as `low` is below `high`: not at all where it is not. */
export type Trips = number | { readonly low: TripBound; readonly high: TripBound };

export interface LoopView {
  /** The first values. */
  readonly operands: readonly Value[];
  readonly condition: Computation;
  readonly body: Computation;
  readonly match: MatchValue;
}

export type EmitForm =
  | { readonly element: <V>(s: Scalars<V>, args: readonly V[], op: OpView) => V }
  /** Where an operand or the result is complex. May stand beside `element`, which is for real types. */
  | { readonly pair: <V>(s: Scalars<V>, args: readonly Parts<V>[], op: OpView) => Parts<V> }
  | { readonly index: (i: readonly IndexExpr[], op: IndexView) => Access }
  | { readonly role: (op: RoleView) => Role };

/** An operand with a window of it changed. */
export interface WindowUpdate {
  /** What is changed; its type is the result's. */
  readonly operand: number;
  /** Extents of the window. */
  readonly window: readonly number[];
  /** Where in the result point i of the window lies. */
  readonly at: (i: readonly IndexExpr[]) => readonly IndexExpr[];
}

export interface EmitRule {
  readonly kind: 'emit';
  /** The op's canonical name. */
  readonly op: string;
  readonly element?: <V>(s: Scalars<V>, args: readonly V[], op: OpView) => V;
  readonly pair?: <V>(s: Scalars<V>, args: readonly Parts<V>[], op: OpView) => Parts<V>;
  readonly index?: (i: readonly IndexExpr[], op: IndexView) => Access;
  /** Beside `index`: the elements that differ from an operand's. Where that may be overwritten, only they are stored. */
  readonly update?: (op: IndexView) => WindowUpdate;
  readonly role?: (op: RoleView) => Role;
  readonly reducer?: ReducerFacts;
  /**
   * Beside a reduction's `role`, the same in two: partial results of about so many parts, each beginning with `identity`,
   * and those combined.
   */
  readonly inParts?: (build: Builder, parts: number, identity: number) => Value;
  /** Of a loop: how often its body runs, where that is known before; nobody asks its condition then. */
  readonly trips?: (loop: LoopView) => Trips | undefined;
  /**
   * Several primitives whose rounding is part of the algorithm (exp, tanh …). Default: an element rule that is a single
   * primitive is contractible with its neighbours (mul, then add → fma), one of several primitives is left as written.
   */
  readonly accuracy?: { readonly ulp: number; readonly element: 'f32' | 'f64' };
}

/** `emit('logistic', { element: (s, [x]) => … })` */
export const emit = (op: string, form: Omit<EmitRule, 'kind' | 'op'>): EmitRule => ({ kind: 'emit', op, ...form });
