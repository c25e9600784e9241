/** Roots and powers. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { exp, expCarefully } from './exponential.js';
import { log, logPair } from './logarithm.js';
import { isFloat, isSigned, layoutOf, widthOf } from './types.js';

/** By squaring, modulo the width. Negative exponents: 1 / a truncated, which is 0 but for a = ±1. */
function integerPower<V>(s: Scalars<V>, a: V, b: V): V {
  const t = s.typeOf(a);
  let result = s.constant(t, 1);
  let square = a;
  for (let bit = 0; bit < widthOf(t); bit++) {
    result = s.select(s.ne(s.and(s.shrl(b, bit), 1), 0), s.mul(result, square), result);
    if (bit < widthOf(t) - 1) square = s.mul(square, square);
  }
  if (!isSigned(t)) return result;
  const odd = s.ne(s.and(b, 1), 0);
  const inverse = s.select(s.eq(a, 1), 1, s.select(s.eq(a, -1), s.select(odd, s.constant(t, -1), 1), 0));
  return s.select(s.lt(b, 0), inverse, result);
}

/** a^b, a > 0, of doubles that are f32 numbers: the error of the exponent does not reach f32. */
const singlePower = <V>(s: Scalars<V>, a: V, b: V): V => exp(s, s.mul(b, log(s, a)));

/** a^b, a > 0, of f64 numbers: the logarithm and its product with b as pairs. */
function pairPower<V>(s: Scalars<V>, a: V, b: V): V {
  const [high, low] = logPair(s, a);
  const exponent = s.mul(b, high);
  const rest = s.fma(b, low, s.fma(b, high, s.neg(exponent)));
  const known = s.lt(s.abs(exponent), 1000);
  return expCarefully(s, exponent, s.select(known, rest, 0));
}

/** IEEE 754's pow: its special values, and |a|^b for the rest. */
function floatPower<V>(s: Scalars<V>, a: V, b: V): V {
  const t = s.typeOf(a);
  const one = s.constant(t, 1);
  const magnitude = s.abs(a);
  const wide = (v: V) => s.convert(v, 'f64');
  const positive = t === 'f64' ? pairPower(s, magnitude, b) : s.convert(singlePower(s, wide(magnitude), wide(b)), t);
  const whole = s.eq(s.trunc(b), b);
  const half = s.mul(b, 0.5);
  const odd = s.and(whole, s.ne(s.trunc(half), half));
  const negative = s.lt(s.copysign(one, a), 0);
  let r = s.select(s.and(negative, odd), s.neg(positive), positive);
  const invalid = s.and(s.and(s.lt(a, 0), s.not(whole)), s.lt(magnitude, Number.POSITIVE_INFINITY));
  r = s.select(invalid, Number.NaN, r);
  return s.select(s.or(s.eq(a, 1), s.eq(b, 0)), 1, s.select(unitToInfinity(s, a, b), 1, r));
}

/** (−1)^±∞ = 1. */
const unitToInfinity = <V>(s: Scalars<V>, a: V, b: V): V =>
  s.and(s.eq(a, -1), s.eq(s.abs(b), Number.POSITIVE_INFINITY));

/** Beyond 2^±far a number is multiplied by 2^∓shift, so that bits are not missing and its multiples not infinite. */
const CBRT = { f32: { far: 100, shift: 48, steps: 2 }, f64: { far: 960, shift: 60, steps: 3 } };

/**
 * A third of the exponent by arithmetic on the bits gives y = |x|^(1/3) to 4 %; each of Halley's steps
 * y + y (a − y³) / (2y³ + a) cubes the error. a − y³ is computed from the square in two parts, as it is all that counts.
 */
function cbrt<V>(s: Scalars<V>, x: V): V {
  const t = s.typeOf(x);
  const { bits, mantissaBits, bias } = layoutOf(t);
  const { far, shift, steps } = CBRT[t === 'f64' ? 'f64' : 'f32'];
  const magnitude = s.abs(x);
  const [tiny, huge] = [s.lt(magnitude, 2 ** -far), s.gt(magnitude, 2 ** far)];
  const scale = (power: number): V => s.select(tiny, 2 ** power, s.select(huge, 2 ** -power, s.constant(t, 1)));
  const a = s.mul(magnitude, scale(shift));
  // The straight line through the logarithm's bits is too low by up to 0.086: half of that is taken off two thirds of it.
  const third = s.fma(s.convert(s.bitcast(a, bits), t), 1 / 3, 2 ** mantissaBits * ((bias - 0.043) * (2 / 3)));
  const thrice = s.mul(a, 3);
  let y = s.bitcast(s.convert(third, bits), t);
  for (let step = 0; step < steps; step++) {
    const square = s.mul(y, y);
    const lost = s.fma(y, y, s.neg(square));
    const rest = s.fma(s.neg(lost), y, s.fma(s.neg(square), y, a));
    y = s.fma(y, s.div(rest, s.fma(rest, -2, thrice)), y);
  }
  const root = s.copysign(s.mul(y, scale(-shift / 3)), x);
  const kept = s.and(s.ne(x, 0), s.lt(magnitude, Number.POSITIVE_INFINITY));
  return s.select(kept, root, x);
}

export const POWER: readonly EmitRule[] = [
  emit('sqrt', { element: (s, [x]) => s.sqrt(x!) }),
  emit('rsqrt', { element: (s, [x]) => s.div(1, s.sqrt(x!)), accuracy: { ulp: 1.5, element: 'f32' } }),
  emit('cbrt', { element: (s, [x]) => cbrt(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('power', {
    element: (s, [a, b]) => (isFloat(s.typeOf(a!)) ? floatPower(s, a!, b!) : integerPower(s, a!, b!)),
    accuracy: { ulp: 1, element: 'f32' },
  }),
];
