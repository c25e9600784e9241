/**
 * e^x and what is built on it.
 *
 * x = n ln 2 + r with |r| ≤ ln(2) / 2, by Cody and Waite: n ln 2 is subtracted in two parts, the first exact. Then
 * e^x = 2^n (1 + r + r² q(r)), q a minimax polynomial. Adding a number whose last bit is worth 1 rounds x / ln 2 to n and
 * leaves n in the low bits of the sum, whence 2^n comes by shifting alone.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { EXP_F32, EXP_F64, EXPM1_F32 } from './coefficients.js';
import { atLeast, atMost, polynomial } from './types.js';

interface Reduction {
  readonly mantissaBits: number;
  readonly bias: number;
  readonly bits: 's32' | 's64';
  /** ln 2 = high + low, high having so few bits that its products with n are exact. */
  readonly ln2High: number;
  readonly ln2Low: number;
  /** e^x overflows at the second and rounds to 0 at the first, and 2^n is in reach of two exponents up to there. */
  readonly range: readonly [number, number];
  /** Beyond it e^(−2x) is lost beside 1. */
  readonly tanhEnd: number;
  readonly exp: readonly number[];
  readonly expm1: readonly number[];
}

const F32: Reduction = {
  mantissaBits: 23,
  bias: 127,
  bits: 's32',
  ln2High: 0.693145751953125,
  ln2Low: 1.428606765330187e-6,
  range: [-104.5, 89],
  tanhEnd: 10,
  exp: EXP_F32,
  expm1: EXPM1_F32,
};
const F64: Reduction = {
  mantissaBits: 52,
  bias: 1023,
  bits: 's64',
  ln2High: 0.6931471803691238,
  ln2Low: 1.9082149292705877e-10,
  range: [-746, 710],
  tanhEnd: 22,
  exp: EXP_F64,
  expm1: EXP_F64,
};
const reductionOf = <V>(s: Scalars<V>, x: V): Reduction => (s.typeOf(x) === 'f64' ? F64 : F32);

interface Reduced<V> {
  /** The low bits are n + 2 · bias. */
  readonly shifted: V;
  readonly r: V;
}

/** factor · x = n ln 2 + factor · r; `factor` is a power of two. */
function reduce<V>(s: Scalars<V>, x: V, k: Reduction, factor = 1): Reduced<V> {
  const shifter = 1.5 * 2 ** k.mantissaBits + 2 * k.bias;
  const t = s.fma(x, Math.LOG2E * factor, shifter);
  const n = s.sub(t, shifter);
  const r = s.fma(n, -k.ln2Low / factor, s.fma(n, -k.ln2High / factor, x));
  return { shifted: s.bitcast(t, k.bits), r };
}

/** y · 2^n, rounded once, also where 2^n alone would overflow or vanish: by two powers of half the exponent. */
function scale<V>(s: Scalars<V>, y: V, shifted: V, k: Reduction): V {
  const t = s.typeOf(y);
  const half = s.shra(shifted, 1);
  const power = (n: V) => s.bitcast(s.shl(n, k.mantissaBits), t);
  return s.mul(s.mul(y, power(half)), power(s.sub(shifted, half)));
}

/** e^x for x that need not be in range. */
export function exp<V>(s: Scalars<V>, x: V): V {
  const k = reductionOf(s, x);
  const { shifted, r } = reduce(s, atMost(s, atLeast(s, x, k.range[0]), k.range[1]), k);
  const q = polynomial(s, r, k.exp);
  return scale(s, s.add(s.fma(s.mul(r, r), q, r), 1), shifted, k);
}

/** e^(factor · x) − 1 for |factor · x| so small that 2^n is a number. */
function expm1InRange<V>(s: Scalars<V>, x: V, k: Reduction, factor: number): V {
  const t = s.typeOf(x);
  const { shifted, r } = reduce(s, x, k, factor);
  // With r scaled, so are the coefficients: e^(c r) − 1 = c r + r² (c² q(c r)).
  const scaled = k.expm1.map((c, i) => c * factor ** (i + 2));
  const linear = factor === 1 ? r : s.mul(r, factor);
  const p = s.fma(s.mul(r, r), polynomial(s, r, scaled), linear);
  const power = s.bitcast(s.shl(s.sub(shifted, k.bias), k.mantissaBits), t);
  return s.fma(power, p, s.sub(power, 1));
}

/** e^x − 1. Above the range of one power the −1 does not matter; the last steps go by factors of 2. */
function expm1<V>(s: Scalars<V>, x: V): V {
  const k = reductionOf(s, x);
  const bounded = atMost(s, atLeast(s, x, -2 * k.tanhEnd), k.range[1] - 2);
  const small = expm1InRange(s, bounded, k, 1);
  const big = s.gt(x, k.range[1] - 2);
  return s.select(big, exp(s, x), s.select(s.eq(x, 0), x, small));
}

/** sign(x) e / (e + 2), e = e^(2|x|) − 1. */
function tanh<V>(s: Scalars<V>, x: V): V {
  const k = reductionOf(s, x);
  const e = expm1InRange(s, atMost(s, s.abs(x), k.tanhEnd), k, 2);
  return s.copysign(s.div(e, s.add(e, 2)), x);
}

/** 1 / (1 + e) for x ≥ 0, e / (1 + e) below, e = e^−|x|: nothing overflows, and small results keep their bits. */
function logistic<V>(s: Scalars<V>, x: V): V {
  const e = exp(s, s.neg(s.abs(x)));
  return s.div(s.select(s.lt(x, 0), e, s.constant(s.typeOf(x), 1)), s.add(e, 1));
}

export const EXPONENTIAL: readonly EmitRule[] = [
  emit('exponential', { element: (s, [x]) => exp(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('exponential-minus-one', { element: (s, [x]) => expm1(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('tanh', { element: (s, [x]) => tanh(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('logistic', { element: (s, [x]) => logistic(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
];
