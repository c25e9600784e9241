/** Special functions, in double for f32 too: lgamma, digamma, bessel-i1e, and the neighbours of a number. */
import { type ElementType, type EmitRule, emit, type OpView, type Scalars } from '../../../src/rules/index.js';
import { BESSEL_I1E_LARGE, BESSEL_I1E_SMALL } from './coefficients.js';
import { bitcastConvert } from './convert.js';
import { log } from './logarithm.js';
import { sineOfReduced } from './trigonometric.js';
import { polynomial } from './types.js';

const INFINITY = Number.POSITIVE_INFINITY;
/** Below it, Stirling's series is used this far to the right, by the recurrence. */
const SHIFT = 8;
/** Bernoulli numbers B₂ₖ / (2k (2k − 1)) of log Γ, and B₂ₖ / 2k of its derivative. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

interface Shifted<V> {
  /** 1 − x where x < ½, by reflection; else x. */
  readonly reflected: V;
  readonly small: V;
  /** z or z + 8. */
  readonly z: V;
  /** z (z + 1) … (z + 7) and its derivative. */
  readonly product: V;
  readonly derivative: V;
}

function shifted<V>(s: Scalars<V>, x: V): Shifted<V> {
  const reflected = s.lt(x, 0.5);
  const z = s.select(reflected, s.sub(1, x), x);
  const small = s.lt(z, SHIFT);
  let product = z;
  let derivative = s.constant('f64', 1);
  for (let k = 1; k < SHIFT; k++) {
    const factor = s.add(z, k);
    derivative = s.fma(derivative, factor, product);
    product = s.mul(product, factor);
  }
  return { reflected, small, z: s.select(small, s.add(z, SHIFT), z), product, derivative };
}

/** sin πx or cos πx, x no integer beyond 2^63: quarters of turns are dropped exactly. */
const ofHalfTurns = <V>(s: Scalars<V>, x: V, offset: 0 | 1): V => {
  const quarters = s.roundEven(s.mul(x, 2));
  const r = s.mul(s.fma(quarters, -0.5, x), Math.PI);
  return sineOfReduced(s, { r, quadrant: s.convert(quarters, 's64') }, offset);
};

/** log |Γ(x)| by Stirling's series; log π − log |sin πx| − log Γ(1 − x) to the left of ½. */
function lgamma<V>(s: Scalars<V>, x: V): V {
  const { reflected, small, z, product } = shifted(s, x);
  const inverse = s.div(1, z);
  const series = s.mul(inverse, polynomial(s, s.mul(inverse, inverse), STIRLING));
  const main = s.fma(s.sub(z, 0.5), s.sub(log(s, z), 1), s.add(series, 0.5 * Math.log(2 * Math.PI) - 0.5));
  const y = s.sub(main, s.select(small, log(s, s.select(small, product, 1)), 0));
  const mirror = s.sub(s.sub(Math.log(Math.PI), log(s, s.abs(ofHalfTurns(s, x, 0)))), y);
  const pole = s.and(s.le(x, 0), s.eq(s.floor(x), x));
  const infinite = s.or(pole, s.eq(s.abs(x), INFINITY));
  // The zeros themselves are exact.
  const zero = s.or(s.eq(x, 1), s.eq(x, 2));
  return s.select(infinite, INFINITY, s.select(zero, 0, s.select(reflected, mirror, y)));
}

/**
 * Γ′(x) / Γ(x): log z − 1/2z − …, less the sum of 1 / (z + k); − π / tan πx to the left of ½. At the poles NaN, but −1 / x
 * at ±0.
 */
function digamma<V>(s: Scalars<V>, x: V): V {
  const { reflected, small, z, product, derivative } = shifted(s, x);
  const inverse = s.div(1, z);
  const square = s.mul(inverse, inverse);
  const series = s.fma(inverse, 0.5, s.mul(square, polynomial(s, square, DIGAMMA)));
  const y = s.sub(s.sub(log(s, z), series), s.select(small, s.div(derivative, product), 0));
  const cotangent = s.div(s.mul(ofHalfTurns(s, x, 1), Math.PI), ofHalfTurns(s, x, 0));
  const pole = s.and(s.le(x, 0), s.eq(s.floor(x), x));
  const atPole = s.select(s.eq(x, 0), s.div(-1, x), Number.NaN);
  return s.select(pole, atPole, s.select(reflected, s.sub(y, cotangent), y));
}

/** e^−|x| I₁(x): a polynomial in |x| to 8, one in 1 / |x| beyond. */
function besselI1e<V>(s: Scalars<V>, x: V): V {
  const a = s.abs(x);
  const near = s.le(a, 8);
  const small = s.mul(s.mul(a, 0.5), polynomial(s, s.sub(s.select(near, a, 0), 4), BESSEL_I1E_SMALL));
  const large = s.div(polynomial(s, s.div(1, s.select(near, 8, a)), BESSEL_I1E_LARGE), s.sqrt(a));
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
