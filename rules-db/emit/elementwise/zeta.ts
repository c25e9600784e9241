/** The Hurwitz zeta function and the derivatives of digamma, in double for f32 too. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { fastTwoSum, type Sum, twoProduct, twoSum } from './error-free.js';
import { exp, expCarefully } from './exponential.js';
import { log, logPair } from './logarithm.js';
import { polynomial } from './types.js';

const INFINITY = Number.POSITIVE_INFINITY;

/** B₂ⱼ / (2j)! */
const BERNOULLI = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
  43867 / 5109094217170944000,
  -174611 / 802857662698291200000,
];
/** Terms that are summed one by one, and terms of the correction: errors of 2^-33 and 2^-55. */
const TERMS = { single: { first: 4, correction: 6 }, double: { first: 7, correction: 10 } };

const none = <V>(s: Scalars<V>): Sum<V> => [s.constant('f64', 0), s.constant('f64', 0)];

/** e^scale (a₀ + a₁)^b; for f64 the exponent is a pair as well. */
function power<V>(s: Scalars<V>, a: Sum<V>, b: V, scale: Sum<V>, single: boolean): V {
  if (single) return exp(s, s.fma(b, log(s, a[0]), scale[0]));
  const [high, low] = logPair(s, a[0]);
  const [product, productLow] = twoProduct(s, b, high);
  const [exponent, lost] = twoSum(s, product, scale[0]);
  const rest = s.add(s.fma(b, s.add(low, s.div(a[1], a[0])), productLow), s.add(lost, scale[1]));
  const known = s.lt(s.abs(product), 2 ** 20);
  return expCarefully(s, exponent, s.select(known, rest, 0));
}

/**
 * e^scale times the sum of (q + k)^−x over k ≥ 0, x > 1 and q > 0: some terms, and for the rest from a = q + n on the
 * integral, half a term and Euler and Maclaurin's correction (DLMF 25.11.5), a^(1 − x) (1 / (x − 1) + (½ + x / a (b₁ + (x + 1)
 * (x + 2) / a² (b₂ + …))) / a).
 */
function positive<V>(s: Scalars<V>, x: V, q: V, scale: Sum<V>, single: boolean): V {
  const { first, correction } = single ? TERMS.single : TERMS.double;
  const at = (k: number): Sum<V> => twoSum(s, q, s.constant('f64', k));
  const a = at(first);
  // Where x is far above a, what comes after the first term does not count.
  const bounded = s.min(x, s.mul(a[0], 64));
  const inverse = s.div(1, a[0]);
  const square = s.mul(inverse, inverse);
  let sum = s.constant('f64', BERNOULLI[correction - 1]!);
  for (let j = correction - 1; j >= 1; j--) {
    const rise = s.mul(s.mul(s.add(bounded, 2 * j - 1), s.add(bounded, 2 * j)), square);
    sum = s.fma(rise, sum, BERNOULLI[j - 1]!);
  }
  const small = s.fma(s.mul(bounded, inverse), sum, 0.5);
  const integral = power(s, a, s.sub(1, x), scale, single);
  const terms = Array.from({ length: first }, (_, k) => power(s, at(k), s.neg(x), scale, single));
  const rest = s.mul(integral, s.fma(small, inverse, s.div(1, s.sub(x, 1))));
  // From the smallest term on; the rest may be more than all of them.
  const total = s.add(
    terms.reduceRight((sum, term) => s.add(sum, term)),
    rest,
  );
  return s.select(s.eq(q, INFINITY), 0, total);
}

/**
 * NaN for x < 1, infinite for x = 1. Below q = 0, x being whole: with v = −q − ⌊−q⌋, the terms to the right of 0 are
 * ζ(x, 1 − v), those to its left ζ(x, v) − ζ(x, 1 − q), negative for odd x. At the poles q = 0, −1, … infinite for even x,
 * else NaN. All times e^scale.
 */
function zeta<V>(s: Scalars<V>, x: V, q: V, single: boolean, scale = none(s)): V {
  const below = s.le(q, 0);
  const v = s.select(below, s.sub(s.neg(q), s.floor(s.neg(q))), 0.5);
  // Infinity times log 1 would be NaN.
  const finite = s.min(x, 2 ** 900);
  const sum = (from: V) => positive(s, finite, from, scale, single);
  const right = sum(s.select(below, s.sub(1, v), q));
  const left = s.sub(sum(v), sum(s.select(below, s.sub(1, q), 1)));
  const half = s.mul(x, 0.5);
  const even = s.and(s.eq(s.trunc(half), half), s.lt(x, INFINITY));
  const both = s.add(right, s.select(even, left, s.neg(left)));
  const pole = s.select(even, s.constant('f64', INFINITY), Number.NaN);
  const whole = s.eq(s.trunc(x), x);
  const atBelow = s.select(s.eq(s.floor(q), q), pole, s.select(whole, both, Number.NaN));
  const known = s.and(s.ge(x, 1), s.eq(q, q));
  return s.select(known, s.select(s.eq(x, 1), INFINITY, s.select(below, atBelow, right)), Number.NaN);
}

/** n! up to here is a table's; from here on Stirling's series, B₂ₖ / (2k (2k − 1)), is as good. */
const TABLE = 20;
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188];
/** ½ log 2π as a sum of two doubles. */
const HALF_LOG_2PI = [0.9189385332046728, -3.878294158067242e-17] as const;

/** log n! of whole n ≥ 20, (n + ½) log n − n + ½ log 2π + …, as a pair. */
function logFactorial<V>(s: Scalars<V>, n: V): Sum<V> {
  const inverse = s.div(1, n);
  const series = s.mul(inverse, polynomial(s, s.mul(inverse, inverse), STIRLING));
  const raised = s.add(n, 0.5);
  const [high, low] = logPair(s, n);
  const [product, productLow] = twoProduct(s, raised, high);
  const [lessN, lessNLow] = twoSum(s, product, s.neg(n));
  const [sum, sumLow] = twoSum(s, lessN, s.constant('f64', HALF_LOG_2PI[0]));
  const rest = s.add(s.add(productLow, lessNLow), s.add(sumLow, s.fma(raised, low, HALF_LOG_2PI[1])));
  return fastTwoSum(s, sum, s.add(series, rest));
}

/**
 * The n-th derivative of digamma: (−1)^(n+1) n! ζ(n + 1, x) (DLMF 5.15.1), a large n! in the exponents of zeta's terms, for
 * it may overflow where they vanish. NaN unless n is 0, 1, 2, …
 */
function polygamma<V>(s: Scalars<V>, n: V, x: V, single: boolean): V {
  const known = s.and(s.and(s.ge(n, 0), s.eq(s.trunc(n), n)), s.lt(n, INFINITY));
  let factorial = s.constant('f64', 1);
  for (let k = 2, product = 2; k < TABLE; product *= ++k) factorial = s.select(s.eq(n, k), product, factorial);
  const large = s.ge(n, TABLE);
  const [high, low] = logFactorial(s, s.select(large, n, TABLE));
  const z = zeta(s, s.add(n, 1), x, single, [s.select(large, high, 0), s.select(large, low, 0)]);
  const size = s.mul(z, factorial);
  const half = s.mul(n, 0.5);
  const even = s.eq(s.trunc(half), half);
  const derivative = s.select(even, s.neg(size), size);
  return s.select(s.eq(n, 0), s.call('digamma', x), s.select(known, derivative, Number.NaN));
}

const inDouble =
  (f: <V>(s: Scalars<V>, a: V, b: V, single: boolean) => V): NonNullable<EmitRule['element']> =>
  (s, [a, b]) => {
    const t = s.typeOf(a!);
    return s.convert(f(s, s.convert(a!, 'f64'), s.convert(b!, 'f64'), t === 'f32'), t);
  };

export const ZETA: readonly EmitRule[] = [
  emit('zeta', { element: inDouble(zeta), accuracy: { ulp: 1, element: 'f32' } }),
  emit('polygamma', { element: inDouble(polygamma), accuracy: { ulp: 1, element: 'f32' } }),
];
