/**
 * log and what is built on it.
 *
 * x = 2^k m with √½ ≤ m < √2, by integer arithmetic on the bits; log x = k ln 2 + log(1 + f), f = m − 1 exactly. For f32,
 * log(1 + f) = f − f²/2 + f³ p(f); for f64, 2 atanh(f / (2 + f)). k ln 2 is added in two parts, the first exact.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { LOG_F32, LOG_F64, LOG_TAIL_F64 } from './coefficients.js';
import { layoutOf, polynomial } from './types.js';

/** ln 2 in two parts, over the 2^mantissaBits that k comes with. */
const LN2_F32 = [0.693145751953125 / 2 ** 23, 1.428606765330187e-6 / 2 ** 23] as const;
const LN2_F64 = [0.6931471803691238 / 2 ** 52, 1.9082149292705877e-10 / 2 ** 52] as const;
/** The bits of √½, rounded down to a multiple that the exponent's arithmetic likes. */
const HALF_SQRT = { f32: 0x3f3504f3, f64: 0x3fe6a09e667f3bcdn };

const FOUR = { f32: 0x40800000, f64: 0x4010000000000000n };

export interface Decomposed<V> {
  /** k 2^mantissaBits as a float: what the exponent's bits are worth as an integer. */
  readonly k: V;
  /** m − 1. */
  readonly f: V;
}

/** k of a positive normal number, where the exponent has its bits. */
function exponentBits<V>(s: Scalars<V>, x: V): V {
  const t = s.typeOf(x);
  const { bits, mantissaBits } = layoutOf(t);
  const root = t === 'f64' ? HALF_SQRT.f64 : HALF_SQRT.f32;
  const mask = t === 'f64' ? -(1n << BigInt(mantissaBits)) : -(2 ** mantissaBits);
  return s.and(s.sub(s.bitcast(x, bits), root), mask);
}

/** Of a positive number. */
export function decompose<V>(s: Scalars<V>, x: V): Decomposed<V> {
  const t = s.typeOf(x);
  const { bits, mantissaBits, smallestNormal } = layoutOf(t);
  const tiny = s.lt(x, smallestNormal);
  const y = s.select(tiny, s.mul(x, 2 ** mantissaBits), x);
  const exponent = exponentBits(s, y);
  const m = s.bitcast(s.sub(s.bitcast(y, bits), exponent), t);
  const offset = s.select(tiny, s.constant(t, -mantissaBits * 2 ** mantissaBits), 0);
  return { k: s.add(s.convert(exponent, t), offset), f: s.sub(m, 1) };
}

/** 1 + x = 2^k (1 + f): f = x 2^−k + (2^−k − 1), rounded once. 2^−k is at hand four times, as it may be subnormal. */
function decomposeNext<V>(s: Scalars<V>, x: V): Decomposed<V> {
  const t = s.typeOf(x);
  const { bits } = layoutOf(t);
  const exponent = exponentBits(s, s.add(x, 1));
  const scaled = s.bitcast(s.sub(s.bitcast(x, bits), exponent), t);
  const four = s.bitcast(s.sub(s.constant(bits, t === 'f64' ? FOUR.f64 : FOUR.f32), exponent), t);
  return { k: s.convert(exponent, t), f: s.add(scaled, s.fma(four, 0.25, -1)) };
}

/** k ln 2 + log(1 + f). */
function logParts<V>(s: Scalars<V>, { k, f }: Decomposed<V>): V {
  const square = s.mul(f, f);
  if (s.typeOf(f) === 'f64') {
    const [high, low] = LN2_F64;
    const half = s.mul(square, 0.5);
    const q = s.div(f, s.add(f, 2));
    const z = s.mul(q, q);
    // 2 atanh(q) = f − f²/2 + q (f²/2 + z p(z)): q's rounding error reaches the small terms only.
    const small = s.fma(q, s.fma(z, polynomial(s, z, LOG_F64), half), s.mul(k, low));
    return s.fma(k, high, s.sub(f, s.sub(half, small)));
  }
  const [high, low] = LN2_F32;
  const cubic = s.mul(s.mul(square, f), polynomial(s, f, LOG_F32));
  const small = s.fma(square, -0.5, s.fma(k, low, cubic));
  return s.fma(k, high, s.add(f, small));
}

/** Puts right what is no positive number: log(±0) = −∞, log(∞) = ∞, NaN below zero. */
function guard<V>(s: Scalars<V>, x: V, result: V, zero = 0): V {
  const infinity = Number.POSITIVE_INFINITY;
  const positive = s.select(s.lt(x, infinity), result, x);
  const pole = s.select(s.eq(x, zero), s.constant(s.typeOf(x), -infinity), Number.NaN);
  return s.select(s.gt(x, zero), positive, pole);
}

export const log = <V>(s: Scalars<V>, x: V): V => guard(s, x, logParts(s, decompose(s, x)));

/** 2/3 as a sum of two doubles. */
const TWO_THIRDS = [2 / 3, 3.700743415417188e-17] as const;

/**
 * The logarithm of an f64 as a sum of two, to about 2^-64 of itself: 2 atanh(q) = 2q + q (2/3 z + z² p(z)), z = q², all but
 * p in pairs (Dekker's and Knuth's error-free transforms).
 */
export function logPair<V>(s: Scalars<V>, x: V): readonly [high: V, low: V] {
  const { k, f } = decompose(s, x);
  const product = (a: V, b: V | number): readonly [V, V] => {
    const p = s.mul(a, b);
    return [p, s.fma(a, b, s.neg(p))];
  };
  const d = s.add(f, 2);
  const q = s.div(f, d);
  const rest = s.fma(s.neg(q), s.sub(f, s.sub(d, 2)), s.fma(s.neg(q), d, f));
  const qLow = s.div(rest, d);
  const [z, zRest] = product(q, q);
  const zLow = s.fma(s.add(q, q), qLow, zRest);
  const [u, uRest] = product(z, TWO_THIRDS[0]);
  const uLinear = s.fma(zLow, TWO_THIRDS[0], s.fma(z, TWO_THIRDS[1], uRest));
  const uLow = s.fma(s.mul(z, z), polynomial(s, z, LOG_TAIL_F64), uLinear);
  const [b, bRest] = product(q, u);
  const bLow = s.fma(q, uLow, s.fma(qLow, s.add(u, 2), bRest));
  const twice = s.add(q, q);
  const high = s.add(twice, b);
  const low = s.add(s.sub(b, s.sub(high, twice)), bLow);
  const scaled = s.mul(k, LN2_F64[0]);
  const sum = s.add(scaled, high);
  const below = s.add(s.sub(high, s.sub(sum, scaled)), s.fma(k, LN2_F64[1], low));
  const result = s.add(sum, below);
  return [guard(s, x, result), s.sub(below, s.sub(result, sum))];
}

/** log(1 + x), which has the sign of x, that of −0 too. */
export const log1p = <V>(s: Scalars<V>, x: V): V => s.copysign(guard(s, x, logParts(s, decomposeNext(s, x)), -1), x);

export const LOGARITHM: readonly EmitRule[] = [
  emit('log', { element: (s, [x]) => log(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('log-plus-one', { element: (s, [x]) => log1p(s, x!), accuracy: { ulp: 1.5, element: 'f32' } }),
];
