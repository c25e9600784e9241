/**
 * Inverse circular and hyperbolic functions of complex numbers: Hull, Fairgrieve and Tang, Implementing the complex
 * arcsine and arccosine functions using exception handling, ACM TOMS 23 (1997), without the exceptions. What is computed
 * belongs to the first quadrant; signs give the rest, and so the sides of the branch cuts.
 */
import type { Scalars } from '../../../src/rules/index.js';
import { INFINITY, isInfinite, modulus, ofOne, type Pair, type PairRule, rotated } from './complex-parts.js';
import { atan2 } from './inverse.js';
import { log, log1p } from './logarithm.js';

/** Beyond it, z² + 1 is z² and may overflow. */
const HUGE = 2 ** 500;
const EPSILON = Number.EPSILON;

interface Arc<V> {
  /** asin is the angle of (cosine, sine), acos that of (sine, cosine): of numbers in this proportion. */
  readonly sine: V;
  readonly cosine: V;
  /** The imaginary part of asin, less than 0 in acos. */
  readonly height: V;
}

/**
 * In the first quadrant, with r = |z + 1|, t = |z − 1| and a = (r + t) / 2: asin z has the real part asin(x / a) and the
 * imaginary part log(a + √(a² − 1)). a − 1 and a − x are taken as sums of positive numbers.
 */
function arc<V>(s: Scalars<V>, x: V, y: V, single: boolean): Arc<V> {
  const huge = s.or(s.gt(x, HUGE), s.gt(y, HUGE));
  // Whatever: what comes of it is not used.
  const [u, v] = [s.select(huge, 1, x), s.select(huge, 1, y)];
  const r = modulus(s, [s.add(u, 1), v], single);
  const t = modulus(s, [s.sub(u, 1), v], single);
  const a = s.mul(s.add(r, t), 0.5);
  const inside = s.lt(u, 1);
  const distance = s.abs(s.sub(u, 1));
  const [right, beside] = [s.add(r, s.add(u, 1)), s.add(t, distance)];
  const square = s.mul(v, v);
  const byRight = s.div(square, right);
  const byBeside = s.div(square, s.select(s.eq(beside, 0), 1, beside));
  // Twice a − 1, for half of a subnormal number would lose a bit.
  const beyond = s.add(byRight, s.select(inside, byBeside, beside));
  const height = log1p(s, s.fma(beyond, 0.5, s.sqrt(s.mul(beyond, s.mul(s.add(a, 1), 0.5)))));
  const sum = s.add(a, u);
  const within = s.sqrt(s.mul(s.mul(sum, s.add(byRight, beside)), 0.5));
  const outside = s.mul(v, s.sqrt(s.mul(s.add(s.div(sum, right), s.div(sum, beside)), 0.5)));
  const cosine = s.select(huge, y, s.select(s.le(u, 1), within, outside));
  // Of c64, infinity alone is huge.
  if (single) return { sine: x, cosine, height };
  // The square of a small y is lost, but y is not.
  const low = s.and(inside, s.le(v, s.mul(distance, EPSILON)));
  const flat = s.select(low, s.div(v, s.sqrt(s.mul(distance, s.add(u, 1)))), height);
  const [larger, smaller] = [s.max(x, y), s.min(x, y)];
  const q = s.div(smaller, larger);
  const far = s.add(s.add(log(s, larger), s.mul(log1p(s, s.mul(q, q)), 0.5)), Math.LN2);
  return { sine: x, cosine, height: s.select(huge, far, flat) };
}

/** The magnitude with x's sign; a NaN has none. */
const signed = <V>(s: Scalars<V>, magnitude: V, x: V): V => s.select(s.eq(x, x), s.copysign(magnitude, x), magnitude);

/** Infinity has its height also beside NaN. */
const heightOf = <V>(s: Scalars<V>, z: Pair<V>, height: V): V => s.select(isInfinite(s, z), INFINITY, height);

function arcSine<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const { sine, cosine, height } = arc(s, s.abs(re), s.abs(im), single);
  return [s.copysign(atan2(s, sine, cosine), re), signed(s, heightOf(s, [re, im], height), im)];
}

function arcCosine<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const { sine, cosine, height } = arc(s, s.abs(re), s.abs(im), single);
  const real = atan2(s, cosine, s.copysign(sine, re));
  return [real, s.neg(signed(s, heightOf(s, [re, im], height), im))];
}

/** ±i acos z, the sign that makes the real part positive. */
function areaCosine<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const [re, im] = arcCosine(s, z, single);
  return [s.abs(im), s.copysign(re, z[1])];
}

/**
 * ¼ log1p(4x / ((1 − x)² + y²)) and half the angle of ((1 − x)(1 + x) − y², 2y), in the first quadrant; x / |z|² and a
 * right angle far away.
 */
function areaTangent<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const [x, y] = [s.abs(re), s.abs(im)];
  const distance = s.sub(1, x);
  const square = s.mul(y, y);
  const d = s.fma(distance, distance, square);
  const quotient = s.div(s.mul(x, 4), d);
  // At 1 + iy the square of a small y is lost, but y is not.
  const pole = s.and(s.eq(x, 1), s.lt(y, 2 ** -400));
  const atPole = s.mul(s.sub(Math.LN2, log(s, y)), 0.5);
  const near = s.select(pole, atPole, s.mul(log1p(s, quotient), 0.25));
  const angle = s.mul(atan2(s, s.add(y, y), s.fma(distance, s.add(x, 1), s.neg(square))), 0.5);
  const r = modulus(s, [x, y], single);
  const far = s.gt(r, HUGE);
  const infinite = s.eq(r, INFINITY);
  const beyond = s.select(infinite, 0, s.div(s.div(x, r), r));
  return [
    s.copysign(s.select(far, beyond, near), re),
    signed(s, s.select(far, s.constant('f64', Math.PI / 2), angle), im),
  ];
}

/** f(z) = −i g(i z), g being odd: the sign of −im, −0 among them, is kept. */
export const INVERSE_PAIRS: { readonly [op: string]: PairRule } = {
  asin: ofOne(arcSine),
  acos: ofOne(arcCosine),
  atan: ofOne(rotated(areaTangent)),
  asinh: ofOne(rotated(arcSine)),
  acosh: ofOne(areaCosine),
  atanh: ofOne(areaTangent),
};
