/** What the rules ask about types: classes of compute types, widths and limits. */
import type { ElementType, OpView, Scalars, ScalarType } from '../../../src/rules/index.js';

type FloatScalar = 'f32' | 'f64';

export const isFloat = (t: ScalarType): t is FloatScalar => t === 'f32' || t === 'f64';
export const isSigned = (t: ScalarType): boolean => t.startsWith('s');
export const isInteger = (t: ScalarType): boolean => t !== 'pred' && !isFloat(t);

/** Width in bits of the type computed in. */
export const widthOf = (t: ScalarType): number => (t === 'pred' ? 1 : Number(t.slice(1)));

/** Width in bits of an operand's own type, which s4 and its like keep while they are computed as s8. */
export const logicalWidth = (op: OpView, operand = 0): number => {
  const element = op.operands[operand]!.element;
  return element === 'pred' ? 1 : Number(/^[a-z]+(\d+)/.exec(element)![1]);
};

/** An integer constant that any of the types can hold exactly: a bigint where a number might not. */
export const integer = (t: ElementType, value: bigint): number | bigint => (t.endsWith('64') ? value : Number(value));

/** The least and the greatest integer of an element type, to the width of its name (s4 ends at 7); pred is 0 … 1. */
export function limits(element: ElementType): readonly [lowest: bigint, highest: bigint] | undefined {
  const match = /^([su])(\d+)$/.exec(element);
  if (!match) return element === 'pred' ? [0n, 1n] : undefined;
  const bits = BigInt(match[2]!);
  return match[1] === 's' ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

export const lowest = (t: ScalarType): bigint => limits(t)![0];

/** All bits set. */
export const ones = (t: ScalarType): bigint => (isSigned(t) ? -1n : limits(t)![1]);

/** What differs between the two float types, for algorithms on their bits. */
export interface FloatLayout {
  readonly bits: 's32' | 's64';
  readonly mantissaBits: number;
  readonly bias: number;
  readonly one: number | bigint;
  readonly infinity: number | bigint;
  readonly smallestNormal: number;
}

const F32: FloatLayout = {
  bits: 's32',
  mantissaBits: 23,
  bias: 127,
  one: 0x3f800000,
  infinity: 0x7f800000,
  smallestNormal: 2 ** -126,
};
const F64: FloatLayout = {
  bits: 's64',
  mantissaBits: 52,
  bias: 1023,
  one: 0x3ff0000000000000n,
  infinity: 0x7ff0000000000000n,
  smallestNormal: 2 ** -1022,
};
export const layoutOf = (t: ScalarType): FloatLayout => (t === 'f64' ? F64 : F32);

/** c₀ + c₁x + …, two coefficients at least, by Horner's rule: each step is one fma. */
export function polynomial<V>(s: Scalars<V>, x: V, coefficients: readonly number[]): V {
  let k = coefficients.length - 2;
  let p = s.fma(coefficients[k + 1]!, x, coefficients[k]!);
  while (k-- > 0) p = s.fma(p, x, coefficients[k]!);
  return p;
}

/**
 * x (c₀ + c₁ + c₂ u + …), a product rounded hardly more than once: c₀ is the value near u = 0, c₁ what that lacks, and
 * c₂ u + … small beside it.
 */
export function productWithSplit<V>(s: Scalars<V>, x: V, u: V, [first, ...others]: readonly number[]): V {
  const p = s.mul(x, first!);
  return s.add(p, s.fma(x, polynomial(s, u, others), s.fma(x, first!, s.neg(p))));
}
