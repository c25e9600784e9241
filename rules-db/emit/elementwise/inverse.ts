/**
 * Inverse trigonometric and hyperbolic functions. Polynomials for arctan and arcsin near 0, the rest by identities; the
 * inverse hyperbolic ones are logarithms, in double for f32 too, since what cancels in them would be seen in f32.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { ASIN_F32, ASIN_F64, ATAN_F32, ATAN_F64 } from './coefficients.js';
import { log1p } from './logarithm.js';
import { polynomial } from './types.js';

interface Angle {
  readonly high: number;
  readonly low: number;
}
/** π/2 and π as sums of two numbers of the type. */
const HALF_TURN = {
  f32: { high: 3.1415927410125732, low: -8.742277657347586e-8 },
  f64: { high: Math.PI, low: 1.2246467991473532e-16 },
};
const RIGHT = {
  f32: { high: 1.5707963705062866, low: -4.371138828673793e-8 },
  f64: { high: Math.PI / 2, low: 6.123233995736766e-17 },
};

const pick = <V>(s: Scalars<V>, x: V, of: { readonly f32: Angle; readonly f64: Angle }): Angle =>
  s.typeOf(x) === 'f64' ? of.f64 : of.f32;
/** angle − y */
const minus = <V>(s: Scalars<V>, { high, low }: Angle, y: V): V => s.add(s.sub(low, y), high);

/** t + t z p(z), z = t². */
function odd<V>(s: Scalars<V>, t: V, z: V, single: readonly number[], double: readonly number[]): V {
  return s.fma(s.mul(t, z), polynomial(s, z, s.typeOf(t) === 'f64' ? double : single), t);
}

/**
 * The angle of (x, y) in the first octant's terms: arctan of a quotient of at most 1, added to or taken from a multiple of
 * a right angle.
 */
export function atan2<V>(s: Scalars<V>, y: V, x: V): V {
  const t = s.typeOf(x);
  const [ax, ay] = [s.abs(x), s.abs(y)];
  const steep = s.gt(ay, ax);
  const larger = s.max(ax, ay);
  const smaller = s.min(ax, ay);
  const q = s.div(smaller, s.select(s.eq(larger, 0), 1, larger));
  const quotient = s.select(s.eq(smaller, Number.POSITIVE_INFINITY), 1, q);
  const a = odd(s, quotient, s.mul(quotient, quotient), ATAN_F32, ATAN_F64);
  const left = s.lt(s.copysign(s.constant(t, 1), x), 0);
  const [right, half] = [pick(s, x, RIGHT), pick(s, x, HALF_TURN)];
  const base = (part: 'high' | 'low') => s.select(steep, right[part], s.select(left, half[part], s.constant(t, 0)));
  const turned = s.select(s.xor(steep, left), s.neg(a), a);
  return s.copysign(s.add(s.add(base('low'), turned), base('high')), y);
}

function atan<V>(s: Scalars<V>, x: V): V {
  const a = s.abs(x);
  const steep = s.gt(a, 1);
  const one = s.constant(s.typeOf(x), 1);
  const q = s.div(s.select(steep, one, a), s.select(steep, a, one));
  const angle = odd(s, q, s.mul(q, q), ATAN_F32, ATAN_F64);
  return s.copysign(s.select(steep, minus(s, pick(s, x, RIGHT), angle), angle), x);
}

interface ArcSine<V> {
  /** `part` is arcsin |x|. Else it is arcsin √((1 − |x|) / 2), and less than ½ so that twice its error is little. */
  readonly small: V;
  readonly part: V;
}
function arcSine<V>(s: Scalars<V>, a: V): ArcSine<V> {
  const small = s.le(a, 0.57);
  const z = s.select(small, s.mul(a, a), s.mul(s.sub(1, a), 0.5));
  const t = s.select(small, a, s.sqrt(z));
  return { small, part: odd(s, t, z, ASIN_F32, ASIN_F64) };
}

function asin<V>(s: Scalars<V>, x: V): V {
  const { small, part } = arcSine(s, s.abs(x));
  const { high, low } = pick(s, x, RIGHT);
  const large = s.add(s.fma(part, -2, high), low);
  return s.copysign(s.select(small, part, large), x);
}

function acos<V>(s: Scalars<V>, x: V): V {
  const { small, part } = arcSine(s, s.abs(x));
  const twice = s.add(part, part);
  const large = s.select(s.lt(x, 0), minus(s, pick(s, x, HALF_TURN), twice), twice);
  return s.select(small, minus(s, pick(s, x, RIGHT), s.copysign(part, x)), large);
}

/** Computes in double and rounds to x's type. */
function inDouble<V>(s: Scalars<V>, x: V, f: (wide: V) => V): V {
  return s.convert(f(s.convert(x, 'f64')), s.typeOf(x));
}

/** Above this, a² + 1 is a², and log 2a is taken as log a + log 2, for 2a may overflow. */
const HUGE = 2 ** 100;

/** log(a + √(a² + 1)) = log1p(a + a² / (1 + √(a² + 1))) */
const asinh = <V>(s: Scalars<V>, x: V): V =>
  inDouble(s, x, (wide) => {
    const a = s.abs(wide);
    const square = s.mul(a, a);
    const huge = s.gt(a, HUGE);
    const sum = s.add(a, s.div(square, s.add(s.sqrt(s.add(square, 1)), 1)));
    const y = s.add(log1p(s, s.select(huge, a, sum)), s.select(huge, s.constant('f64', Math.LN2), 0));
    return s.copysign(y, wide);
  });

/** log(x + √(x² − 1)) = log1p(t + √(2t + t²)), t = x − 1; NaN below 1. */
const acosh = <V>(s: Scalars<V>, x: V): V =>
  inDouble(s, x, (wide) => {
    const t = s.sub(wide, 1);
    const huge = s.gt(t, HUGE);
    const sum = s.add(t, s.sqrt(s.mul(t, s.add(t, 2))));
    const y = s.add(log1p(s, s.select(huge, t, sum)), s.select(huge, s.constant('f64', Math.LN2), 0));
    return s.select(s.lt(wide, 1), Number.NaN, y);
  });

/** ½ log1p(2a / (1 − a)) */
const atanh = <V>(s: Scalars<V>, x: V): V =>
  inDouble(s, x, (wide) => {
    const a = s.abs(wide);
    return s.copysign(s.mul(log1p(s, s.div(s.add(a, a), s.sub(1, a))), 0.5), wide);
  });

export const INVERSE: readonly EmitRule[] = [
  emit('atan2', { element: (s, [y, x]) => atan2(s, y!, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('atan', { element: (s, [x]) => atan(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('asin', { element: (s, [x]) => asin(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('acos', { element: (s, [x]) => acos(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
  emit('asinh', { element: (s, [x]) => asinh(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('acosh', { element: (s, [x]) => acosh(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('atanh', { element: (s, [x]) => atanh(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
];
