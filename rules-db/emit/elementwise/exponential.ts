/**
 * e^x and what is built on it.
 *
 * x = n ln 2 + r with |r| ≤ ln(2) / 2, by Cody and Waite: n ln 2 is subtracted in two parts, the first exact. Then
 * e^x = 2^n (1 + r + r² q(r)), q a minimax polynomial. Adding a number whose last bit is worth 1 rounds x / ln 2 to n and
 * leaves n in the low bits of the sum, whence 2^n comes by shifting alone.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { EXP_F32, EXP_F64, EXPM1_F32, SINH_F32, SINH_F64 } from './coefficients.js';
import { polynomial } from './types.js';

interface Format {
  readonly mantissaBits: number;
  readonly bias: number;
  readonly bits: 's32' | 's64';
  /** ln 2 = high + low, high having so few bits that its products with n are exact. */
  readonly ln2High: number;
  readonly ln2Low: number;
  /** e^x is 0 below the first, infinite above the second, and 2^n is a product of two powers between them. */
  readonly range: readonly [number, number];
  /** Beyond it e^(−2x) is lost beside 1. */
  readonly tanhEnd: number;
  /** Beyond it e^(−x) is lost beside 1; and a power of two so that e^x is finite beside it wherever 1 / e^x is not 0. */
  readonly logisticEnd: number;
  readonly logisticUnit: number;
  readonly exp: readonly number[];
  readonly expm1: readonly number[];
  readonly sinh: readonly number[];
}

const F32: Format = {
  mantissaBits: 23,
  bias: 127,
  bits: 's32',
  ln2High: 0.693145751953125,
  ln2Low: 1.428606765330187e-6,
  range: [-104.5, 89],
  tanhEnd: 10,
  logisticEnd: 18,
  logisticUnit: 2 ** -40,
  exp: EXP_F32,
  expm1: EXPM1_F32,
  sinh: SINH_F32,
};
const F64: Format = {
  mantissaBits: 52,
  bias: 1023,
  bits: 's64',
  ln2High: 0.6931471803691238,
  ln2Low: 1.9082149292705877e-10,
  range: [-746, 710],
  tanhEnd: 22,
  logisticEnd: 38,
  logisticUnit: 2 ** -100,
  exp: EXP_F64,
  expm1: EXP_F64,
  sinh: SINH_F64,
};
const formatOf = <V>(s: Scalars<V>, x: V): Format => (s.typeOf(x) === 'f64' ? F64 : F32);

interface Reduced<V> {
  /** Its low bits are n + `offset`. */
  readonly shifted: V;
  readonly r: V;
  /** What r's rounding lost. */
  lost(): V;
}

/** x + rest = n ln 2 + r, |rest| far less than |x|. */
function reduce<V>(s: Scalars<V>, x: V, k: Format, offset: number, rest?: V): Reduced<V> {
  const shifter = 1.5 * 2 ** k.mantissaBits + offset;
  const t = s.fma(x, Math.LOG2E, shifter);
  const n = s.sub(t, shifter);
  const high = s.fma(n, -k.ln2High, x);
  const exact = rest === undefined ? high : s.add(high, rest);
  const r = s.fma(n, -k.ln2Low, exact);
  return { shifted: s.bitcast(t, k.bits), r, lost: () => s.fma(n, -k.ln2Low, s.sub(exact, r)) };
}

/** 2^m of the low bits m + bias, where it is a normal number. */
const power = <V>(s: Scalars<V>, biased: V, k: Format): V =>
  s.bitcast(s.shl(biased, k.mantissaBits), k === F64 ? 'f64' : 'f32');

/** e^r − 1 by a polynomial q: a quarter of an ULP of e^r for its rounding, and as much again from q's error and r's rounding. */
const expm1OfReduced = <V>(s: Scalars<V>, r: V, q: readonly number[]): V => s.fma(s.mul(r, r), polynomial(s, r, q), r);

/** e^r, hardly worse than correctly rounded: what r and 1 + r lose is put back. */
function expOfReducedCarefully<V>(s: Scalars<V>, { r, lost }: Reduced<V>, k: Format, more?: V): V {
  const sum = s.add(r, 1);
  // What is lost of r counts e^r times, which is 1 + r closely enough for so little.
  const rest = s.fma(lost(), sum, s.sub(r, s.sub(sum, 1)));
  const low = s.fma(s.mul(r, r), polynomial(s, r, k.expm1), rest);
  return s.add(sum, more === undefined ? low : s.fma(more, s.add(sum, low), low));
}

/** 2^n as two powers of half the exponent: a product with both is rounded once also where 2^n would overflow or vanish. */
function halfPowers<V>(s: Scalars<V>, shifted: V, k: Format): readonly [V, V] {
  const half = s.shra(shifted, 1);
  return [power(s, half, k), power(s, s.sub(shifted, half), k)];
}
function scale<V>(s: Scalars<V>, y: V, shifted: V, k: Format): V {
  const [first, second] = halfPowers(s, shifted, k);
  return s.mul(s.mul(y, first), second);
}

const clampToRange = <V>(s: Scalars<V>, x: V, k: Format): V => s.min(s.max(x, k.range[0]), k.range[1]);

/** e^x for every x. */
export function exp<V>(s: Scalars<V>, x: V): V {
  const k = formatOf(s, x);
  const { shifted, r } = reduce(s, clampToRange(s, x, k), k, 2 * k.bias);
  const [first, second] = halfPowers(s, shifted, k);
  return s.mul(s.fma(first, expm1OfReduced(s, r, k.exp), first), second);
}

/** e^(x + rest), |rest| far less than |x|, to little more than half an ULP. */
export function expCarefully<V>(s: Scalars<V>, x: V, rest?: V): V {
  const k = formatOf(s, x);
  const reduced = reduce(s, clampToRange(s, x, k), k, 2 * k.bias);
  return scale(s, expOfReducedCarefully(s, reduced, k, rest), reduced.shifted, k);
}

export interface ExpParts<V> {
  /** 1 + m within √½ … √2. */
  readonly m: V;
  readonly power: V;
}

/** e^(x + rest) = (1 + m) power / 2^`scale`, where that power of two is a normal number. */
export function expParts<V>(s: Scalars<V>, x: V, scale = 0, rest?: V, of: 'exp' | 'expm1' = 'exp'): ExpParts<V> {
  const k = formatOf(s, x);
  const { shifted, r } = reduce(s, x, k, k.bias + scale, rest);
  return { m: expm1OfReduced(s, r, k[of]), power: power(s, shifted, k) };
}

/** e^x − 1 = 2^n (e^r − 1) + (2^n − 1), halved until the end so that 2^n does not overflow before the result does. */
export function expm1<V>(s: Scalars<V>, x: V): V {
  const k = formatOf(s, x);
  const bounded = s.min(s.max(x, -2 * k.tanhEnd), k.range[1]);
  const { m, power } = expParts(s, bounded, -1, undefined, 'expm1');
  const half = s.fma(power, m, s.sub(power, 0.5));
  // n = 0: nothing is added to m, and half of a subnormal number would lose a bit.
  return s.copysign(s.select(s.eq(power, 0.5), m, s.add(half, half)), x);
}

/**
 * u / (u + 2), u = e^2|x| − 1. That is u/2 − u/2 · u / (u + 2), too, which has less of the quotient's errors where u is
 * small.
 */
function tanh<V>(s: Scalars<V>, x: V): V {
  const a = s.min(s.abs(x), formatOf(s, x).tanhEnd);
  const { m, power } = expParts(s, s.add(a, a), 0, undefined, 'expm1');
  const u = s.fma(power, m, s.sub(power, 1));
  const q = s.div(u, s.add(u, 2));
  const half = s.mul(u, 0.5);
  return s.copysign(s.select(s.lt(a, 0.4), s.fma(s.neg(half), q, half), q), x);
}

/**
 * 1 / d, d = 1 + e^−x, both times a small unit so that e^−x does not overflow. What d lost to rounding is put back: 1 / d is
 * near 1 / d', d' the rounded d, less (d − d') / d'².
 */
function logistic<V>(s: Scalars<V>, x: V): V {
  const k = formatOf(s, x);
  const unit = k.logisticUnit;
  const bounded = s.min(s.max(x, k.range[0]), k.logisticEnd);
  const { m, power } = expParts(s, s.neg(bounded), Math.log2(unit));
  const d = s.fma(power, m, s.add(power, unit));
  const lost = s.fma(power, m, s.add(s.sub(power, d), unit));
  const q = s.div(unit, d);
  return s.fma(s.neg(q), s.mul(lost, s.mul(q, 1 / unit)), q);
}

/** e^a / 2, also where e^a overflows. */
function halfExp<V>(s: Scalars<V>, a: V): V {
  const k = formatOf(s, a);
  const reduced = reduce(s, s.min(a, k.range[1] + 1), k, 2 * k.bias - 1);
  return scale(s, expOfReducedCarefully(s, reduced, k), reduced.shifted, k);
}

/** h + 1 / 4h, h = e^|x| / 2. */
function cosh<V>(s: Scalars<V>, x: V): V {
  const h = halfExp(s, s.abs(x));
  return s.add(h, s.div(0.25, h));
}

/** Small x: an odd polynomial, else h − 1 / 4h. */
function sinh<V>(s: Scalars<V>, x: V): V {
  const k = formatOf(s, x);
  const a = s.abs(x);
  const z = s.mul(x, x);
  const small = s.fma(s.mul(x, z), polynomial(s, z, k.sinh), x);
  const h = halfExp(s, a);
  return s.select(s.lt(a, 1), small, s.copysign(s.sub(h, s.div(0.25, h)), x));
}

export const EXPONENTIAL: readonly EmitRule[] = [
  emit('exponential', { element: (s, [x]) => exp(s, x!), accuracy: { ulp: 1.1, element: 'f32' } }),
  emit('exponential-minus-one', { element: (s, [x]) => expm1(s, x!), accuracy: { ulp: 1.5, element: 'f32' } }),
  emit('tanh', { element: (s, [x]) => tanh(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('logistic', { element: (s, [x]) => logistic(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('sinh', { element: (s, [x]) => sinh(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('cosh', { element: (s, [x]) => cosh(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
];
