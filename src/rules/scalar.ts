/**
 * The scalar language: how emission rules say what one element of a result is.
 *
 * Rules are written against this interface (final-tagless): the stitcher implements it to emit loop IR for any lane
 * width, the accuracy tests to compute numbers, the cost model to count. Two tiers: primitives, which every
 * implementation knows, and functions (`call`), which resolve to the rule set's own emission rules.
 *
 * Types are the types that values are computed in. Operands of f16, bf16, f8 … arrive widened to f32, and what a rule
 * returns for such a result is f32: the caller rounds it. f64 stays f64. Operands of s2, s4, u2, u4 arrive as s8, u8.
 */
import type { Attributes, ElementType, TensorType } from '../hlo/index.js';

export type ScalarType = 'pred' | 's8' | 's16' | 's32' | 's64' | 'u8' | 'u16' | 'u32' | 'u64' | 'f32' | 'f64';

/** A number stands for a constant of the type of the operand beside it. */
export type Operand<V> = V | number | bigint;

export interface Scalars<V> {
  typeOf(v: V): ScalarType;
  constant(type: ScalarType, value: number | bigint): V;

  // Arithmetic, in the type of the operands. Floats round once; integers wrap; nothing is contracted or reordered.
  add(a: Operand<V>, b: Operand<V>): V;
  sub(a: Operand<V>, b: Operand<V>): V;
  mul(a: Operand<V>, b: Operand<V>): V;
  /** Integers: truncates; the divisor must not be 0, nor the quotient overflow. */
  div(a: Operand<V>, b: Operand<V>): V;
  /** Sign of the dividend; floats: fmod. Same conditions as div. */
  rem(a: Operand<V>, b: Operand<V>): V;
  fma(a: Operand<V>, b: Operand<V>, c: Operand<V>): V;
  neg(a: V): V;
  abs(a: V): V;
  sqrt(a: V): V;
  /** IEEE 754-2019 minimum and maximum: NaN wins, −0 < +0. */
  min(a: Operand<V>, b: Operand<V>): V;
  max(a: Operand<V>, b: Operand<V>): V;
  copysign(magnitude: V, sign: V): V;
  floor(a: V): V;
  ceil(a: V): V;
  trunc(a: V): V;
  roundEven(a: V): V;

  // Bits. Shift amounts must be at least 0 and below the width. On pred: logical.
  and(a: Operand<V>, b: Operand<V>): V;
  or(a: Operand<V>, b: Operand<V>): V;
  xor(a: Operand<V>, b: Operand<V>): V;
  not(a: V): V;
  shl(a: Operand<V>, by: Operand<V>): V;
  shrl(a: Operand<V>, by: Operand<V>): V;
  shra(a: Operand<V>, by: Operand<V>): V;
  popcnt(a: V): V;
  clz(a: V): V;

  // Comparisons give pred; ordered (false with NaN) but for ne.
  eq(a: Operand<V>, b: Operand<V>): V;
  ne(a: Operand<V>, b: Operand<V>): V;
  lt(a: Operand<V>, b: Operand<V>): V;
  le(a: Operand<V>, b: Operand<V>): V;
  gt(a: Operand<V>, b: Operand<V>): V;
  ge(a: Operand<V>, b: Operand<V>): V;
  /** Both sides are computed; the condition picks. */
  select(condition: V, a: Operand<V>, b: Operand<V>): V;

  /** Float → integer truncates, saturates, NaN → 0; integer → integer wraps; → pred is ≠ 0. */
  convert(a: V, type: ScalarType): V;
  /** Same bits, same width. */
  bitcast(a: V, type: ScalarType): V;
  /** The nearest value (ties to even) of a narrower float type, in the type of `a`. */
  roundTo(a: V, type: ElementType): V;

  /** Tier two: the element of the op named so (its emission rule, on these operands, no attributes unless given). */
  call(op: string, ...args: V[]): V;
}

/** What a rule may know of the instruction that it emits: everything but which op it is. */
export interface OpView {
  readonly operands: readonly TensorType[];
  readonly results: readonly TensorType[];
  readonly attributes: Attributes;
}

/** Complex values are pairs; a real value among them is a pair of one. */
export type Parts<V> = readonly [re: V] | readonly [re: V, im: V];
