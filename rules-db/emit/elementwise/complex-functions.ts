/** Exponentials, logarithms, powers, circular and hyperbolic functions of complex numbers. */
import type { Scalars } from '../../../src/rules/index.js';
import {
  divide,
  either,
  INFINITY,
  inDouble,
  isInfinite,
  modulus,
  multiply,
  ofOne,
  type Pair,
  type PairRule,
  rotated,
  scaled,
  sinAndCos,
} from './complex-parts.js';
import { twoProduct, twoSum } from './error-free.js';
import { exp, expCarefully, expm1 } from './exponential.js';
import { atan2 } from './inverse.js';
import { log, log1p } from './logarithm.js';

/** Where e^x is taken as the product of four roots, so that a product with a small factor does not overflow on the way. */
const FAR = 700;

/** v e^x, times a factor. */
function growth<V>(s: Scalars<V>, x: V, single: boolean, factor = 1): (v: V) => V {
  const far = s.gt(x, FAR);
  // In double, what overflows c64 is far from overflowing.
  const power = single ? exp(s, x) : expCarefully(s, s.select(far, s.mul(x, 0.25), x));
  if (single) return (v) => s.mul(v, power);
  const again = s.select(far, power, 1);
  const first = factor === 1 ? power : s.mul(power, factor);
  return (v) => s.mul(s.mul(s.mul(s.mul(v, first), again), again), again);
}

/** e^re (cos im, sin im); a real argument keeps its imaginary part, and e^−∞ is 0 in any direction. */
function exponential<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean, singleAngle = single): Pair<V> {
  const grown = growth(s, re, single);
  const [sin, cos] = sinAndCos(s, im, singleAngle);
  // Without a direction: 0 for e^−∞, infinite in its real part for e^∞, else NaN.
  const directed = s.lt(s.abs(im), INFINITY);
  const lost = (atInfinity: number) =>
    s.select(s.eq(re, -INFINITY), 0, s.select(s.eq(re, INFINITY), s.constant('f64', atInfinity), Number.NaN));
  return [
    s.select(s.eq(im, 0), grown(s.constant('f64', 1)), s.select(directed, grown(cos), lost(INFINITY))),
    s.select(s.eq(im, 0), im, s.select(directed, grown(sin), lost(Number.NaN))),
  ];
}

/** e^z − 1, its real part as (e^re − 1) cos im − 2 sin²(im / 2). */
function exponentialMinusOne<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const [re, im] = z;
  const [big, imaginary] = exponential(s, z, single);
  const [, cos] = sinAndCos(s, im, single);
  const [half] = sinAndCos(s, s.mul(im, 0.5), single);
  const near = s.fma(expm1(s, re), cos, s.mul(s.mul(half, half), -2));
  const real = s.select(s.lt(s.abs(re), FAR), near, s.sub(big, 1));
  return [s.select(s.eq(im, 0), expm1(s, re), real), imaginary];
}

/** log |1 + d + iy| where |1 + d + iy|² − 1 is known to be `beyond`, or else from the parts themselves. */
function logModulus<V>(s: Scalars<V>, [re, im]: Pair<V>, beyond: V): V {
  const [a, b] = [s.abs(re), s.abs(im)];
  const [larger, smaller] = [s.max(a, b), s.min(a, b)];
  const near = s.and(s.gt(beyond, -0.75), s.lt(beyond, 7));
  const q = s.div(smaller, s.select(s.eq(larger, 0), 1, larger));
  const rest = s.mul(log1p(s, s.select(near, beyond, s.mul(q, q))), 0.5);
  const size = s.add(s.select(near, 0, log(s, larger)), rest);
  return s.select(isInfinite(s, [re, im]), INFINITY, size);
}

/** d (2 + d) + y²: the roundings of both squares and of the sums are put back. */
function beyondUnit<V>(s: Scalars<V>, d: V, y: V): V {
  const [p, pLow] = twoProduct(s, d, d);
  const [q, qLow] = twoProduct(s, y, y);
  const [first, firstLow] = twoSum(s, s.add(d, d), p);
  const [sum, sumLow] = twoSum(s, first, q);
  return s.add(sum, s.add(s.add(firstLow, sumLow), s.add(pLow, qLow)));
}

/** (log |z|, arg z); near |z| = 1 as ½ log1p(|z|² − 1). */
function logarithm<V>(s: Scalars<V>, z: Pair<V>): Pair<V> {
  const [a, b] = [s.abs(z[0]), s.abs(z[1])];
  const [larger, smaller] = [s.max(a, b), s.min(a, b)];
  // The difference is exact where it counts.
  return [logModulus(s, z, beyondUnit(s, s.sub(larger, 1), smaller)), atan2(s, z[1], z[0])];
}

/** log(1 + z), |1 + z|² − 1 without the rounding of 1 + re. */
function logarithmOfNext<V>(s: Scalars<V>, [re, im]: Pair<V>): Pair<V> {
  const next = s.add(re, 1);
  return [logModulus(s, [next, im], beyondUnit(s, re, im)), atan2(s, im, next)];
}

/** √((|z| + |re|) / 2) and im / 2 of that; exchanged where re < 0. */
function squareRoot<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const size = s.max(s.abs(re), s.abs(im));
  const [huge, tiny] = [s.gt(size, 2 ** 1000), s.lt(size, 2 ** -900)];
  const by = (power: number): V => s.select(huge, 2 ** -power, s.select(tiny, 2 ** power, s.constant('f64', 1)));
  const unit = by(200);
  const z: Pair<V> = single ? [re, im] : [s.mul(re, unit), s.mul(im, unit)];
  const scaledRoot = s.sqrt(s.mul(s.add(modulus(s, z, single), s.abs(z[0])), 0.5));
  const scaledOther = s.select(s.eq(scaledRoot, 0), z[1], s.div(z[1], s.add(scaledRoot, scaledRoot)));
  const back = (v: V): V => (single ? v : s.mul(v, by(-100)));
  const [root, other] = [back(scaledRoot), back(scaledOther)];
  const left = s.lt(re, 0);
  const infinite = s.eq(s.abs(im), INFINITY);
  return [
    s.select(infinite, INFINITY, s.select(left, s.abs(other), root)),
    s.select(infinite, im, s.select(left, s.copysign(root, im), other)),
  ];
}

/** 1 / √z: the conjugate of √z over |z|; infinite at 0. */
function reciprocalRoot<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const { z: scaledZ, modulus: r, shift } = scaled(s, z, single);
  const [re, im] = squareRoot(s, scaledZ, true);
  const zero = s.eq(r, 0);
  const infinite = isInfinite(s, z);
  // NaN in either part is NaN in both, beside infinity too.
  const sum = s.add(s.abs(z[0]), s.abs(z[1]));
  const limit = s.select(s.eq(sum, sum), s.constant('f64', 0), Number.NaN);
  const part = (v: V) => s.select(infinite, limit, shift(s.div(v, r), 300));
  return [s.select(zero, INFINITY, part(re)), s.select(zero, s.neg(z[1]), s.copysign(part(im), s.neg(z[1])))];
}

/** ∛|z| at a third of the angle. */
function cubeRoot<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const { modulus: r, shift } = scaled(s, z, single);
  const root = s.select(isInfinite(s, z), INFINITY, shift(s.call('cbrt', r), -200));
  const [sin, cos] = sinAndCos(s, s.div(atan2(s, z[1], z[0]), 3), false);
  const real = s.and(s.eq(z[1], 0), s.ge(z[0], 0));
  return [s.mul(root, cos), s.select(real, z[1], s.mul(root, sin))];
}

/** sinh 2x and sin 2y over cosh 2x + cos 2y; (±1, ±0) where e^2x outgrows the rest. */
function hyperbolicTangent<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const a = s.abs(re);
  const far = s.gt(a, 22);
  const x = s.select(far, 0, a);
  const sinh = s.call('sinh', x);
  const [sin, cos] = sinAndCos(s, im, single);
  // |cosh z|² = sinh² x + cos² y
  const divisor = s.fma(sinh, sinh, s.mul(cos, cos));
  const cosh = s.sqrt(s.fma(sinh, sinh, 1));
  const real = s.select(far, 1, s.div(s.mul(sinh, cosh), divisor));
  const tail = s.mul(s.mul(s.mul(sin, cos), 4), exp(s, s.mul(a, -2)));
  const directed = s.select(s.lt(s.abs(im), INFINITY), tail, s.copysign(s.constant('f64', 0), im));
  const turned = s.select(far, directed, s.div(s.mul(sin, cos), divisor));
  return [s.copysign(real, re), s.select(s.eq(im, 0), im, turned)];
}

/** The products of one of sin im, cos im with one of sinh re, cosh re; 0 also where the latter is infinite. */
function products<V>(
  s: Scalars<V>,
  [re, im]: Pair<V>,
  single: boolean,
): (turn: 'sin' | 'cos', of: 'sinh' | 'cosh') => V {
  const [sin, cos] = sinAndCos(s, im, single);
  const a = s.abs(re);
  const far = s.gt(a, FAR);
  const grown = growth(s, s.select(far, a, 0), single, 0.5);
  return (turn, of) => {
    const circular = turn === 'sin' ? sin : cos;
    const hyperbolic = s.call(of, re);
    const finite = s.select(s.eq(circular, 0), s.copysign(s.constant('f64', 1), hyperbolic), hyperbolic);
    const near = s.mul(circular, finite);
    if (single) return near;
    const half = grown(s.mul(s.copysign(s.constant('f64', 1), hyperbolic), circular));
    return s.select(s.and(far, s.ne(circular, 0)), half, near);
  };
}

/** (sinh re cos im, cosh re sin im) */
function hyperbolicSine<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const product = products(s, z, single);
  return [product('cos', 'sinh'), product('sin', 'cosh')];
}

/** (cosh re cos im, sinh re sin im) */
function hyperbolicCosine<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const product = products(s, z, single);
  return [product('cos', 'cosh'), product('sin', 'sinh')];
}

/**
 * 1 / (1 + e^−z) to the right, e^z / (1 + e^z) to the left, where e^−z may overflow; between, where the poles are,
 * ½ + ½ tanh(z / 2).
 */
function logistic<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const right = s.ge(re, 0);
  const e = exponential(s, [s.select(right, s.neg(re), re), s.select(right, s.neg(im), im)], single);
  const one: Pair<V> = [s.constant('f64', 1), s.constant('f64', 0)];
  const far = divide(s, either(s, right, one, e), [s.add(e[0], 1), e[1]]);
  const half = hyperbolicTangent(s, [s.mul(re, 0.5), s.mul(im, 0.5)], single);
  const near: Pair<V> = [s.fma(half[0], 0.5, 0.5), s.mul(half[1], 0.5)];
  return either(s, s.lt(s.abs(re), 0.5), near, far);
}

/**
 * e^(w log z), and of positive real numbers the real power. z^0 = 1; 0^w is 0 where re w > 0, infinite for real w < 0, else
 * NaN.
 */
function power<V>(s: Scalars<V>, z: Pair<V>, w: Pair<V>, single: boolean): Pair<V> {
  const general = exponential(s, multiply(s, w, logarithm(s, z)), single, false);
  const zero = s.constant('f64', 0);
  const isZero = ([re, im]: Pair<V>) => s.and(s.eq(re, 0), s.eq(im, 0));
  const real = s.and(s.and(s.eq(z[1], 0), s.eq(w[1], 0)), s.gt(z[0], 0));
  const nan = s.constant('f64', Number.NaN);
  const pole = either(s, s.and(s.lt(w[0], 0), s.eq(w[1], 0)), [s.constant('f64', INFINITY), zero], [nan, nan]);
  const ofZero = either(s, s.gt(w[0], 0), [zero, zero], pole);
  const usual = either(s, real, [s.call('power', z[0], w[0]), zero], general);
  return either(s, isZero(w), [s.constant('f64', 1), zero], either(s, isZero(z), ofZero, usual));
}

/** a b + c d, the rounding of the one product put back (Kahan). */
function sumOfProducts<V>(s: Scalars<V>, a: V, b: V, c: V, d: V): V {
  const [p, low] = twoProduct(s, a, b);
  return s.add(s.fma(c, d, p), low);
}

/**
 * −i log((x + iy) / √(x² + y²)), x and y times the same power of two. With p = x + iy and q = x − iy this is −i log u,
 * u = p / √(p q): its imaginary part is ½ log(|q| / |p|), its real part half the angle of u² = p / q, that is of p q*, or
 * half a turn more, on the side where p √(p q)* is. Twice re x y* is the imaginary part of p q*, twice im x* y half of
 * |p|² − |q|². NaN unless all parts are finite.
 */
function angle<V>(s: Scalars<V>, y: Pair<V>, x: Pair<V>, single: boolean): Pair<V> {
  const size = [...x, ...y].map((v) => s.abs(v)).reduce((a, b) => s.max(a, b));
  const [huge, tiny] = [s.gt(size, 2 ** 500), s.lt(size, 2 ** -400)];
  const unit = s.select(huge, 2 ** -600, s.select(tiny, 2 ** 600, s.constant('f64', 1)));
  const scale = ([re, im]: Pair<V>): Pair<V> => (single ? [re, im] : [s.mul(re, unit), s.mul(im, unit)]);
  const [[a, b], [c, d]] = [scale(x), scale(y)];
  const p: Pair<V> = [s.sub(a, d), s.add(b, c)];
  const q: Pair<V> = [s.add(a, d), s.sub(b, c)];
  const [re, im] = squareRoot(s, multiply(s, p, q), single);
  const rough = multiply(s, p, [re, s.neg(im)]);
  const square: Pair<V> = [sumOfProducts(s, p[0], q[0], p[1], q[1]), s.mul(sumOfProducts(s, a, c, b, d), 2)];
  const half = s.mul(atan2(s, square[1], square[0]), 0.5);
  const direction = squareRoot(s, square, single);
  const behind = s.lt(s.add(s.mul(rough[0], direction[0]), s.mul(rough[1], direction[1])), 0);
  // Between −π and π; on the cut π.
  const turned = s.add(half, s.select(s.gt(half, 0), s.constant('f64', -Math.PI), Math.PI));
  const excess = sumOfProducts(s, b, c, s.neg(a), d);
  const [ofP, ofQ] = [p, q].map((v) => s.fma(v[0], v[0], s.mul(v[1], v[1]))) as [V, V];
  const least = s.min(ofP, ofQ);
  const height = s.mul(log1p(s, s.div(s.mul(s.abs(excess), 4), least)), 0.25);
  const known = s.lt(size, INFINITY);
  return [
    s.select(known, s.select(behind, turned, half), Number.NaN),
    s.select(known, s.copysign(height, s.neg(excess)), Number.NaN),
  ];
}

/** By op. */
export const FUNCTION_PAIRS: { readonly [op: string]: PairRule } = {
  sqrt: ofOne(squareRoot),
  rsqrt: ofOne(reciprocalRoot),
  cbrt: ofOne(cubeRoot),
  exponential: ofOne((s, z, single) => exponential(s, z, single)),
  'exponential-minus-one': ofOne(exponentialMinusOne),
  log: ofOne((s, z) => logarithm(s, z)),
  'log-plus-one': ofOne((s, z) => logarithmOfNext(s, z)),
  power: inDouble(power),
  logistic: ofOne(logistic),
  sinh: ofOne(hyperbolicSine),
  cosh: ofOne(hyperbolicCosine),
  tanh: ofOne(hyperbolicTangent),
  sine: ofOne(rotated(hyperbolicSine)),
  cosine: ofOne((s, [re, im], single) => hyperbolicCosine(s, [s.neg(im), re], single)),
  tan: ofOne(rotated(hyperbolicTangent)),
  atan2: inDouble(angle),
};
