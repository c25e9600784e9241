/**
 * log and what is built on it.
 *
 * x = 2^k m with √½ ≤ m < √2, by integer arithmetic on the bits; log x = k ln 2 + log(1 + f), f = m − 1 exactly. For f32,
 * log(1 + f) = f − f²/2 + f³ p(f); for f64, 2 atanh(f / (2 + f)). k ln 2 is added in two parts, the first exact.
 */
import { type EmitRule, emit, type Scalars, type ScalarType } from '../../../src/rules/index.js';
import { LOG_F32, LOG_F64, LOG_TAIL_F64 } from './coefficients.js';
import { layoutOf, polynomial } from './types.js';

const LN2_F32 = [0.693145751953125, 1.428606765330187e-6] as const;
const LN2_F64 = [0.6931471803691238, 1.9082149292705877e-10] as const;
/** The bits of √½, rounded down to a multiple that the exponent's arithmetic likes. */
const HALF_SQRT = { f32: 0x3f3504f3, f64: 0x3fe6a09e667f3bcdn };

export interface Decomposed<V> {
  /** k as a float. */
  readonly k: V;
  /** m − 1. */
  readonly f: V;
}

/** Of a positive number. */
export function decompose<V>(s: Scalars<V>, x: V): Decomposed<V> {
  const t = s.typeOf(x);
  const { bits, mantissaBits, smallestNormal } = layoutOf(t);
  const tiny = s.lt(x, smallestNormal);
  const b = s.bitcast(s.select(tiny, s.mul(x, 2 ** mantissaBits), x), bits);
  const root = t === 'f64' ? HALF_SQRT.f64 : HALF_SQRT.f32;
  const exponent = s.shra(s.sub(b, root), mantissaBits);
  const m = s.bitcast(s.sub(b, s.shl(exponent, mantissaBits)), t);
  const k = s.add(s.convert(exponent, t), s.select(tiny, s.constant(t, -mantissaBits), 0));
  return { k, f: s.sub(m, 1) };
}

/** k ln 2 + log(1 + f) + correction. */
function logParts<V>(s: Scalars<V>, k: V, f: V, t: ScalarType, correction?: V): V {
  const half = s.mul(s.mul(f, f), 0.5);
  const [high, low] = t === 'f64' ? LN2_F64 : LN2_F32;
  let small: V;
  if (t === 'f64') {
    const q = s.div(f, s.add(f, 2));
    const z = s.mul(q, q);
    // 2 atanh(q) = f − f²/2 + q (f²/2 + z p(z)): q's rounding error reaches the small terms only.
    small = s.fma(q, s.fma(z, polynomial(s, z, LOG_F64), half), s.mul(k, low));
    if (correction !== undefined) small = s.add(small, correction);
    return s.fma(k, high, s.sub(f, s.sub(half, small)));
  }
  const square = s.mul(f, f);
  small = s.mul(s.mul(square, f), polynomial(s, f, LOG_F32));
  small = s.fma(square, -0.5, s.fma(k, low, small));
  if (correction !== undefined) small = s.add(small, correction);
  return s.fma(k, high, s.add(f, small));
}

/** Puts right what is no positive number: log(±0) = −∞, log(∞) = ∞, NaN below zero. */
function guard<V>(s: Scalars<V>, x: V, result: V, zero = 0): V {
  const t = s.typeOf(x);
  const infinity = Number.POSITIVE_INFINITY;
  const special = s.select(s.eq(x, zero), s.constant(t, -infinity), s.select(s.lt(x, zero), Number.NaN, x));
  return s.select(s.and(s.gt(x, zero), s.lt(x, infinity)), result, special);
}

export function log<V>(s: Scalars<V>, x: V): V {
  const { k, f } = decompose(s, x);
  return guard(s, x, logParts(s, k, f, s.typeOf(x)));
}

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

/** log(u) + (x − (u − 1)) / u with u = 1 + x rounded: the second term is what the rounding lost. */
export function log1p<V>(s: Scalars<V>, x: V): V {
  const u = s.add(x, 1);
  const lost = s.select(s.gt(s.abs(x), 1), s.sub(1, s.sub(u, x)), s.sub(x, s.sub(u, 1)));
  const { k, f } = decompose(s, u);
  const result = logParts(s, k, f, s.typeOf(x), s.div(lost, u));
  return s.select(s.eq(x, 0), x, guard(s, x, result, -1));
}

export const LOGARITHM: readonly EmitRule[] = [
  emit('log', { element: (s, [x]) => log(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('log-plus-one', { element: (s, [x]) => log1p(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
];
