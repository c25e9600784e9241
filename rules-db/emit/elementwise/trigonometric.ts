/**
 * Sine, cosine, tangent: x = q π/2 + r with |r| ≤ π/4, then minimax polynomials in r, picked by q mod 4.
 *
 * f32 is reduced in double over the whole range, by Payne and Hanek's idea without a table: 1/2π stands in pieces of 26
 * bits, whose products with the 24 bits of x are exact; whole turns are dropped after each, before they cost bits.
 * f64 is reduced by π/2 in three parts (Cody and Waite), each step one fma; beyond 2^30 see huge-angle.ts.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { COS_F32, COS_F64, SIN_F32, SIN_F64, TAN_F32, TAN_F64 } from './coefficients.js';
import { reduceHuge } from './huge-angle.js';
import { polynomial } from './types.js';

/** 1/2π from the most significant bits down; the last piece is as long as a double is. */
const TURNS_PER_RADIAN = [
  0.15915493667125702, 6.4206382432985265e-9, 7.342738699078887e-17, 1.5185066075410939e-24, 1.487136711134889e-32,
  6.296043458352374e-40,
];
/** π/2 in doubles. */
const HALF_PI = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33];

/** Up to here the three parts of π/2 give f64 all its bits. */
const HUGE = 2 ** 30;

interface Reduced<V> {
  readonly r: V;
  /** q, of which the last two bits count; an integer of x's width. */
  readonly quadrant: V;
}

/** r in double: of an f32, too. */
function reduceF32<V>(s: Scalars<V>, x: V): Reduced<V> {
  const wide = s.convert(x, 'f64');
  let turns = s.constant('f64', 0);
  for (const [i, piece] of TURNS_PER_RADIAN.entries()) {
    turns = i === 0 ? s.mul(wide, piece) : s.fma(wide, piece, turns);
    if (i < TURNS_PER_RADIAN.length - 1) turns = s.sub(turns, s.roundEven(turns));
  }
  const quarters = s.mul(turns, 4);
  const q = s.roundEven(quarters);
  const r = s.mul(s.sub(quarters, q), Math.PI / 2);
  return { r, quadrant: s.convert(q, 's32') };
}

function reduceF64<V>(s: Scalars<V>, x: V): Reduced<V> {
  const n = s.roundEven(s.mul(x, 2 / Math.PI));
  const r = HALF_PI.reduce((rest, part) => s.fma(n, -part, rest), x);
  const huge = s.gt(s.abs(x), HUGE);
  const negative = s.lt(x, 0);
  const { f, quadrant } = reduceHuge(s, x);
  const signed = (v: V): V => s.select(negative, s.neg(v), v);
  // NaN for infinity, whose n is infinite too.
  return {
    r: s.select(s.and(huge, s.lt(s.abs(x), Number.POSITIVE_INFINITY)), signed(s.mul(f, Math.PI / 2)), r),
    quadrant: s.select(huge, signed(quadrant), s.convert(n, 's64')),
  };
}

/**
 * sin(x + offset · π/2): an odd or an even polynomial, with the sign that the quadrant gives. `single`: x is an f32 number,
 * maybe in double.
 */
export function sine<V>(s: Scalars<V>, x: V, offset: 0 | 1, single = s.typeOf(x) === 'f32'): V {
  const double = s.typeOf(x) === 'f64';
  const { r: wide, quadrant } = single ? reduceF32(s, x) : reduceF64(s, x);
  const r = s.convert(wide, s.typeOf(x));
  const q = offset === 0 ? quadrant : s.add(quadrant, offset);
  const z = s.mul(r, r);
  const odd = s.fma(s.mul(r, z), polynomial(s, z, double ? SIN_F64 : SIN_F32), r);
  const even = s.fma(z, polynomial(s, z, [-0.5, ...(double ? COS_F64 : COS_F32)]), 1);
  const y = s.select(s.eq(s.and(q, 1), 0), odd, even);
  return s.select(s.eq(s.and(q, 2), 0), y, s.neg(y));
}

/** tan r, or −1 / tan r in odd quadrants; for f32 in double, as the quotient magnifies what r's rounding loses. */
function tangent<V>(s: Scalars<V>, x: V): V {
  const single = s.typeOf(x) === 'f32';
  const { r, quadrant } = single ? reduceF32(s, x) : reduceF64(s, x);
  const z = s.mul(r, r);
  const t = s.fma(s.mul(r, z), polynomial(s, z, single ? TAN_F32 : TAN_F64), r);
  const odd = s.ne(s.and(quadrant, 1), 0);
  const one = s.constant('f64', 1);
  const quotient = s.div(s.select(odd, s.neg(one), t), s.select(odd, t, one));
  return single ? s.convert(quotient, 'f32') : quotient;
}

/** x itself where it is ±0, which the reduction gives no sign. */
const keepZero = <V>(s: Scalars<V>, x: V, y: V): V => s.select(s.eq(x, 0), x, y);

export const TRIGONOMETRIC: readonly EmitRule[] = [
  emit('sine', { element: (s, [x]) => keepZero(s, x!, sine(s, x!, 0)), accuracy: { ulp: 1.6, element: 'f32' } }),
  emit('cosine', { element: (s, [x]) => sine(s, x!, 1), accuracy: { ulp: 1.6, element: 'f32' } }),
  emit('tan', { element: (s, [x]) => keepZero(s, x!, tangent(s, x!)), accuracy: { ulp: 2, element: 'f32' } }),
];
