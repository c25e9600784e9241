/** Roots and powers. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { exp } from './exponential.js';
import { log } from './logarithm.js';
import { isFloat, isSigned, widthOf } from './types.js';

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

/** IEEE 754's pow: its special values, and |a|^b for the rest. */
function floatPower<V>(s: Scalars<V>, a: V, b: V): V {
  const t = s.typeOf(a);
  const one = s.constant(t, 1);
  const magnitude = s.abs(a);
  const wide = t === 'f32' ? 'f64' : t;
  const y = s.convert(b, wide);
  const positive = s.convert(exp(s, s.mul(y, log(s, s.convert(magnitude, wide)))), t);
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

export const POWER: readonly EmitRule[] = [
  emit('sqrt', { element: (s, [x]) => s.sqrt(x!) }),
  emit('rsqrt', { element: (s, [x]) => s.div(1, s.sqrt(x!)), accuracy: { ulp: 1, element: 'f32' } }),
  emit('power', {
    element: (s, [a, b]) => (isFloat(s.typeOf(a!)) ? floatPower(s, a!, b!) : integerPower(s, a!, b!)),
    accuracy: { ulp: 1, element: 'f32' },
  }),
];
