/** Special functions, in double for f32 too: lgamma, digamma, bessel-i1e, and the neighbours of a number. */
import { type ElementType, type EmitRule, emit, type OpView, type Scalars } from '../../../src/rules/index.js';
import { BESSEL_I1E_LARGE, BESSEL_I1E_MIDDLE, BESSEL_I1E_SMALL, DIGAMMA_AT_ZERO, LGAMMA_AT_2 } from './coefficients.js';
import { bitcastConvert } from './convert.js';
import { expCarefully } from './exponential.js';
import { log } from './logarithm.js';
import { ofRightAngles, sineOfReduced } from './trigonometric.js';
import { polynomial, productWithSplit } from './types.js';

const INFINITY = Number.POSITIVE_INFINITY;
/** From here on Stirling's series is used, and below it the recurrence. */
const LARGE = 8;
/** Bernoulli numbers B₂ₖ / (2k (2k − 1)) of log Γ, and B₂ₖ / 2k of its derivative. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160];

/** y less whole steps until it is below `end`, y < 8; `visit` gets each value and whether there was such a step. */
function lowered<V>(s: Scalars<V>, y: V, end: number, visit: (v: V, taken: V) => void): V {
  let v = y;
  for (let step = end; step < LARGE; step++) {
    const taken = s.ge(v, end);
    v = s.select(taken, s.sub(v, 1), v);
    visit(v, taken);
  }
  return v;
}

/** sin πx or cos πx, x no integer beyond 2^63: quarters of turns are dropped exactly. */
const ofHalfTurns = <V>(s: Scalars<V>, x: V, offset: 0 | 1): V => {
  const quarters = s.roundEven(s.mul(x, 2));
  const [r, low] = ofRightAngles(s, s.fma(quarters, -0.5, x), undefined, 2);
  return sineOfReduced(s, { r, low, quadrant: s.convert(quarters, 's64') }, offset);
};

/**
 * log |Γ(x)|. With log Γ(2 + t) = t f(t), −¾ ≤ t ≤ ½: that of 1 + t less log(1 + t), that of t less log |t| too, and down to
 * it by the recurrence; from 8 on Stirling's series; to the left of −½ log π − log |sin πx| − log Γ(1 − x).
 */
function lgamma<V>(s: Scalars<V>, x: V): V {
  const reflected = s.lt(x, -0.5);
  const y = s.select(reflected, s.sub(1, x), x);
  const [small, below, large] = [s.le(s.abs(y), 0.5), s.lt(y, 1.28), s.ge(y, LARGE)];
  let product = s.constant('f64', 1);
  const v = lowered(s, s.select(large, LARGE - 1, y), 2.5, (factor, taken) => {
    product = s.mul(product, s.select(taken, factor, 1));
  });
  const t = s.select(small, y, s.select(below, s.sub(y, 1), s.sub(v, 2)));
  const middle = s.select(below, y, s.select(large, y, product));
  const logarithm = log(s, s.select(small, s.mul(s.abs(y), s.add(y, 1)), middle));
  const near = s.add(productWithSplit(s, t, t, LGAMMA_AT_2), s.select(below, s.neg(logarithm), logarithm));
  const inverse = s.div(1, s.max(y, LARGE));
  const series = s.mul(inverse, polynomial(s, s.mul(inverse, inverse), STIRLING));
  const far = s.fma(s.sub(y, 0.5), s.sub(logarithm, 1), s.add(series, 0.5 * Math.log(2 * Math.PI) - 0.5));
  const value = s.select(large, far, near);
  const mirror = s.sub(s.sub(Math.log(Math.PI), log(s, s.abs(ofHalfTurns(s, x, 0)))), value);
  const pole = s.and(s.le(x, 0), s.eq(s.floor(x), x));
  const infinite = s.or(pole, s.eq(s.abs(x), INFINITY));
  return s.select(infinite, INFINITY, s.select(reflected, mirror, value));
}

/** Where digamma is 0, as a sum of two doubles. */
const DIGAMMA_ZERO = [1.4616321449683622, 9.549995429965697e-17] as const;

/**
 * Γ′(x) / Γ(x). Between 1 and 2 x − x₀ times a polynomial, x₀ its zero; below less 1 / x, above more by the sum of 1 / (x − k);
 * from 8 on log x − 1/2x − …; to the left of 0 less π / tan πx. At the poles NaN, but −1 / x at ±0.
 */
function digamma<V>(s: Scalars<V>, x: V): V {
  const reflected = s.lt(x, 0);
  const y = s.select(reflected, s.sub(1, x), x);
  const [below, large] = [s.lt(y, 1), s.ge(y, LARGE)];
  const from = s.select(below, s.add(y, 1), s.select(large, LARGE - 1, y));
  let sum = s.div(s.select(below, s.constant('f64', -1), 0), s.select(below, y, 1));
  const v = lowered(s, from, 2, (divisor, taken) => {
    sum = s.add(sum, s.div(s.select(taken, s.constant('f64', 1), 0), divisor));
  });
  const t = s.sub(s.sub(v, DIGAMMA_ZERO[0]), DIGAMMA_ZERO[1]);
  const near = s.add(productWithSplit(s, t, t, DIGAMMA_AT_ZERO), sum);
  const inverse = s.div(1, s.max(y, LARGE));
  const square = s.mul(inverse, inverse);
  const series = s.fma(inverse, 0.5, s.mul(square, polynomial(s, square, DIGAMMA)));
  const value = s.select(large, s.sub(log(s, y), series), near);
  const cotangent = s.div(s.mul(ofHalfTurns(s, x, 1), Math.PI), ofHalfTurns(s, x, 0));
  const pole = s.and(s.le(x, 0), s.eq(s.floor(x), x));
  const atPole = s.select(s.eq(x, 0), s.div(-1, x), Number.NaN);
  return s.select(pole, atPole, s.select(reflected, s.sub(value, cotangent), value));
}

/** Up to 4 I₁ is x / 2 times a polynomial in x², beyond it e^x / √x times one in 1 / x, two of them for accuracy's sake. */
const BESSEL = { near: 4, far: 12, middle: 0.171875 };

/** e^−|x| I₁(x) */
function besselI1e<V>(s: Scalars<V>, x: V): V {
  const a = s.abs(x);
  const near = s.le(a, BESSEL.near);
  const half = s.mul(s.select(near, a, 0), 0.5);
  const growth = polynomial(s, s.mul(half, half), BESSEL_I1E_SMALL);
  const small = s.mul(s.mul(half, expCarefully(s, s.mul(half, -2))), growth);
  const inverse = s.div(1, s.select(near, BESSEL.near, a));
  const middle = polynomial(s, s.sub(inverse, BESSEL.middle), BESSEL_I1E_MIDDLE);
  const far = polynomial(s, inverse, BESSEL_I1E_LARGE);
  const large = s.div(s.select(s.lt(a, BESSEL.far), middle, far), s.sqrt(a));
  return s.copysign(s.select(near, small, large), x);
}

/** The next number of the type from x towards y: one step on the bits of the magnitude. */
function nextAfter<V>(s: Scalars<V>, x: V, y: V, op: OpView): V {
  const { element } = op.operands[0]!;
  const width = Number(/\d+/.exec(element)![0]);
  const integers = `u${Math.max(8, width)}` as ElementType;
  const bits = bitcastConvert(s, x, element, integers);
  const away = s.and(s.lt(s.abs(x), s.abs(y)), s.not(s.xor(s.lt(x, 0), s.lt(y, 0))));
  const stepped = s.select(away, s.add(bits, 1), s.sub(bits, 1));
  const one = bitcastConvert(s, s.constant(s.typeOf(bits), 1), integers, element);
  const from0 = s.copysign(one, y);
  const next = s.select(s.eq(x, 0), from0, bitcastConvert(s, stepped, integers, element));
  const invalid = s.or(s.ne(x, x), s.ne(y, y));
  return s.select(invalid, Number.NaN, s.select(s.eq(x, y), y, next));
}

const inDouble =
  (f: <V>(s: Scalars<V>, x: V) => V): NonNullable<EmitRule['element']> =>
  (s, [x]) =>
    s.convert(f(s, s.convert(x!, 'f64')), s.typeOf(x!));

export const SPECIAL: readonly EmitRule[] = [
  emit('lgamma', { element: inDouble(lgamma), accuracy: { ulp: 2, element: 'f32' } }),
  emit('digamma', { element: inDouble(digamma), accuracy: { ulp: 2, element: 'f32' } }),
  emit('bessel-i1e', { element: inDouble(besselI1e), accuracy: { ulp: 1, element: 'f32' } }),
  emit('next-after', { element: (s, [x, y], op) => nextAfter(s, x!, y!, op) }),
];
