/**
 * e^x and what is built on it.
 *
 * x = n ln 2 + r with |r| ≤ ln(2) / 2, by Cody and Waite: n ln 2 is subtracted in two parts, the first exact. Then
 * e^x = 2^n (1 + r + r² q(r)), q a minimax polynomial. Adding a number whose last bit is worth 1 rounds x / ln 2 to n and
 * leaves n in the low bits of the sum, whence 2^n comes by shifting alone.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { EXP_F32, EXP_F64, EXPM1_F32, SINH_F32, SINH_F64, TANH_F32, TANH_F64 } from './coefficients.js';
import { atLeast, atMost, polynomial } from './types.js';

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
  readonly exp: readonly number[];
  readonly expm1: readonly number[];
  readonly tanh: readonly number[];
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
  exp: EXP_F32,
  expm1: EXPM1_F32,
  tanh: TANH_F32,
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
  exp: EXP_F64,
  expm1: EXP_F64,
  tanh: TANH_F64,
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

/** x = n ln 2 + r. */
function reduce<V>(s: Scalars<V>, x: V, k: Format, offset: number): Reduced<V> {
  const shifter = 1.5 * 2 ** k.mantissaBits + offset;
  const t = s.fma(x, Math.LOG2E, shifter);
  const n = s.sub(t, shifter);
  const exact = s.fma(n, -k.ln2High, x);
  const r = s.fma(n, -k.ln2Low, exact);
  return { shifted: s.bitcast(t, k.bits), r, lost: () => s.fma(n, -k.ln2Low, s.sub(exact, r)) };
}

/** 2^m of the low bits m + bias, where it is a normal number. */
const power = <V>(s: Scalars<V>, biased: V, k: Format): V =>
  s.bitcast(s.shl(biased, k.mantissaBits), k === F64 ? 'f64' : 'f32');

/** e^r: half an ULP, and as much again from q's error, r's rounding and that of r + r² q. */
const expOfReduced = <V>(s: Scalars<V>, { r }: Reduced<V>, k: Format): V =>
  s.add(s.fma(s.mul(r, r), polynomial(s, r, k.exp), r), 1);

/** e^r, hardly worse than correctly rounded: what r and 1 + r lose is put back. */
function expOfReducedCarefully<V>(s: Scalars<V>, { r, lost }: Reduced<V>, k: Format, more?: V): V {
  const sum = s.add(r, 1);
  // What is lost of r counts e^r times, which is 1 + r closely enough for so little.
  const rest = s.fma(lost(), sum, s.sub(r, s.sub(sum, 1)));
  const low = s.fma(s.mul(r, r), polynomial(s, r, k.expm1), rest);
  return s.add(sum, more === undefined ? low : s.fma(more, s.add(sum, low), low));
}

/** y 2^n, rounded once also where 2^n alone would overflow or vanish: by two powers of half the exponent. */
function scale<V>(s: Scalars<V>, y: V, shifted: V, k: Format): V {
  const half = s.shra(shifted, 1);
  return s.mul(s.mul(y, power(s, half, k)), power(s, s.sub(shifted, half), k));
}

/** e^x for every x. */
export function exp<V>(
  s: Scalars<V>,
  x: V,
  ofReduced: (s: Scalars<V>, x: Reduced<V>, k: Format) => V = expOfReduced,
): V {
  const k = formatOf(s, x);
  const reduced = reduce(s, atMost(s, atLeast(s, x, k.range[0]), k.range[1]), k, 2 * k.bias);
  return scale(s, ofReduced(s, reduced, k), reduced.shifted, k);
}

/** e^(x + rest), |rest| far less than |x|, to little more than half an ULP. */
export const expCarefully = <V>(s: Scalars<V>, x: V, rest?: V): V =>
  exp(s, x, (_, reduced, k) => expOfReducedCarefully(s, reduced, k, rest));

/** e^x where x is such that e^x is a normal number. */
function expInRange<V>(s: Scalars<V>, x: V, k: Format): V {
  const reduced = reduce(s, x, k, k.bias);
  return s.mul(expOfReduced(s, reduced, k), power(s, reduced.shifted, k));
}

/** e^x − 1 = 2^n (e^r − 1) + (2^n − 1), halved until the end so that 2^n does not overflow before the result does. */
export function expm1<V>(s: Scalars<V>, x: V): V {
  const k = formatOf(s, x);
  const bounded = atMost(s, atLeast(s, x, -2 * k.tanhEnd), k.range[1]);
  const { shifted, r } = reduce(s, bounded, k, k.bias - 1);
  const p = s.fma(s.mul(r, r), polynomial(s, r, k.expm1), r);
  const halfPower = power(s, shifted, k);
  const half = s.fma(halfPower, p, s.sub(halfPower, 0.5));
  // n = 0: nothing is added to p, and half of a subnormal number would lose a bit.
  return s.copysign(s.select(s.eq(halfPower, 0.5), p, s.add(half, half)), x);
}

/** Small x: an odd polynomial. Else 1 − 2 / (e^2|x| + 1), where the quotient is at most half the result. */
function tanh<V>(s: Scalars<V>, x: V): V {
  const k = formatOf(s, x);
  const a = s.abs(x);
  const z = s.mul(x, x);
  const small = s.fma(s.mul(a, z), polynomial(s, z, k.tanh), a);
  const bounded = atMost(s, a, k.tanhEnd);
  const e = expInRange(s, s.add(bounded, bounded), k);
  const large = s.sub(1, s.div(2, s.add(e, 1)));
  return s.copysign(s.select(s.lt(a, 0.55), small, large), x);
}

/**
 * 1 / (1 + e) for x ≥ 0, q = e / (1 + e) below, e = e^−|x|: nothing overflows, and small results keep their bits. Where
 * e is small, e − e q is the same with less of the errors of q.
 */
function logistic<V>(s: Scalars<V>, x: V): V {
  const e = expCarefully(s, s.neg(s.abs(x)));
  const q = s.div(s.select(s.lt(x, 0), e, s.constant(s.typeOf(x), 1)), s.add(e, 1));
  return s.select(s.lt(x, -1.4), s.fma(s.neg(e), q, e), q);
}

/** e^a / 2, also where e^a overflows. */
function halfExp<V>(s: Scalars<V>, a: V): V {
  const k = formatOf(s, a);
  const reduced = reduce(s, atMost(s, a, k.range[1] + 1), k, 2 * k.bias - 1);
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
