/**
 * Sine, cosine, tangent: x = q π/2 + r with |r| ≤ π/4, then minimax polynomials in r, picked by q mod 4.
 *
 * f32 is reduced in double over the whole range, by Payne and Hanek's idea: of 1/2π, only about a hundred bits count, those
 * whose products with x are neither whole turns nor too small. Three such windows cover all exponents.
 * f64 is reduced by π/2 in three parts (Cody and Waite), each step one fma; beyond 2^30 see huge-angle.ts.
 */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { COS_F32, COS_F64, SIN_F32, SIN_F64, TAN_F32, TAN_F64 } from './coefficients.js';
import { twoProduct } from './error-free.js';
import { reduceHuge } from './huge-angle.js';
import { polynomial } from './types.js';

/** 1/2π less its leading bits, which times x are whole turns where |x| is not below `from`; as sums of two doubles. */
const TURNS_PER_RADIAN = [
  { from: 0, high: 0.15915494309189535, low: -9.839338337591243e-18 },
  { from: 2 ** 59, high: 3.2437010161333668e-12, low: -1.4528344661265417e-28 },
  { from: 2 ** 95, high: 8.135951522836682e-24, low: 6.296043458352374e-40 },
] as const;
/** π/2 in doubles. */
const HALF_PI = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33] as const;

/** Up to here the three parts of π/2 give f64 all its bits. */
const HUGE = 2 ** 30;

export interface Reduced<V> {
  readonly r: V;
  /** What the rounding of r lost, where that counts. */
  readonly low?: V;
  /** q, of which the last two bits count; an integer of x's width. */
  readonly quadrant: V;
}

/** r in double: of an f32, too. */
function reduceF32<V>(s: Scalars<V>, x: V): Reduced<V> {
  const wide = s.convert(x, 'f64');
  const magnitude = s.abs(x);
  const [first, ...others] = TURNS_PER_RADIAN;
  let high = s.constant('f64', first.high);
  let low = s.constant('f64', first.low);
  for (const window of others) {
    const reached = s.ge(magnitude, window.from);
    high = s.select(reached, window.high, high);
    low = s.select(reached, window.low, low);
  }
  // turns + rest: the product less whole turns, exact but for rest's rounding.
  const product = s.mul(wide, high);
  const rest = s.fma(wide, low, s.fma(wide, high, s.neg(product)));
  const turns = s.sub(product, s.roundEven(product));
  // The sum's last bit is a quarter.
  const shifted = s.fma(s.add(turns, rest), 4, 1.5 * 2 ** 52);
  const q = s.sub(shifted, 1.5 * 2 ** 52);
  const quarters = s.fma(rest, 4, s.fma(turns, 4, s.neg(q)));
  return { r: s.mul(quarters, Math.PI / 2), quadrant: s.convert(s.bitcast(shifted, 's64'), 's32') };
}

/** f π/2, or f π twice as large. */
export function ofRightAngles<V>(s: Scalars<V>, f: V, low: V | undefined, scale: 1 | 2): readonly [r: V, low: V] {
  const [high, rest] = HALF_PI.map((part) => part * scale) as [number, number];
  const [r, lost] = twoProduct(s, f, high);
  const linear = s.fma(f, rest, lost);
  return [r, low === undefined ? linear : s.fma(low, high, linear)];
}

function reduceF64<V>(s: Scalars<V>, x: V): Reduced<V> {
  const n = s.roundEven(s.mul(x, 2 / Math.PI));
  // The first step is exact, for what is left has no more bits than x.
  const first = s.fma(n, -HALF_PI[0], x);
  const r = s.fma(n, -HALF_PI[1], first);
  const low = s.fma(n, -HALF_PI[2], s.fma(n, -HALF_PI[1], s.sub(first, r)));
  const { f, low: fLow, quadrant } = reduceHuge(s, x);
  const [hugeR, hugeLow] = ofRightAngles(s, f, fLow, 1);
  const huge = s.gt(s.abs(x), HUGE);
  const negative = s.lt(x, 0);
  const signed = (v: V): V => s.select(negative, s.neg(v), v);
  // NaN for infinity, whose n is infinite too.
  const reduced = s.and(huge, s.lt(s.abs(x), Number.POSITIVE_INFINITY));
  return {
    r: s.select(reduced, signed(hugeR), r),
    low: s.select(reduced, signed(hugeLow), low),
    quadrant: s.select(huge, signed(quadrant), s.convert(n, 's64')),
  };
}

/** sin r and cos r, |r| ≤ π/4, with what r and its square lost put back where `low` is given. */
function sineAndCosine<V>(s: Scalars<V>, r: V, low: V | undefined): readonly [sin: V, cos: V] {
  const double = s.typeOf(r) === 'f64';
  const z = s.mul(r, r);
  const cube = s.mul(r, z);
  const odd = polynomial(s, z, double ? SIN_F64 : SIN_F32);
  if (low === undefined) {
    const even = s.fma(z, polynomial(s, z, [-0.5, ...(double ? COS_F64 : COS_F32)]), 1);
    return [s.fma(cube, odd, r), even];
  }
  const half = s.mul(z, 0.5);
  const near = s.sub(1, half);
  const lost = s.fma(s.fma(r, r, s.neg(z)), -0.5, s.sub(s.sub(1, near), half));
  const even = s.fma(s.mul(z, z), polynomial(s, z, COS_F64), s.fma(s.neg(r), low, lost));
  return [s.add(r, s.fma(cube, odd, s.fma(low, s.neg(half), low))), s.add(near, even)];
}

/** sin(r + (quadrant + offset) π/2): an odd or an even polynomial, with the sign that the quadrant gives. */
export function sineOfReduced<V>(s: Scalars<V>, { r, low, quadrant }: Reduced<V>, offset: 0 | 1): V {
  const q = offset === 0 ? quadrant : s.add(quadrant, offset);
  const [odd, even] = sineAndCosine(s, r, low);
  const y = s.select(s.eq(s.and(q, 1), 0), odd, even);
  return s.select(s.eq(s.and(q, 2), 0), y, s.neg(y));
}

/** sin(x + offset · π/2). `single`: x is an f32 number, maybe in double. */
export function sine<V>(s: Scalars<V>, x: V, offset: 0 | 1, single = s.typeOf(x) === 'f32'): V {
  if (!single) return sineOfReduced(s, reduceF64(s, x), offset);
  const { r, quadrant } = reduceF32(s, x);
  return sineOfReduced(s, { r: s.convert(r, s.typeOf(x)), quadrant }, offset);
}

/** tan r, or −1 / tan r in odd quadrants; for f32 in double, as the quotient magnifies what r's rounding loses. */
function tangent<V>(s: Scalars<V>, x: V): V {
  const single = s.typeOf(x) === 'f32';
  const { r, low, quadrant } = single ? reduceF32(s, x) : reduceF64(s, x);
  const z = s.mul(r, r);
  const cube = s.mul(r, z);
  const p = polynomial(s, z, single ? TAN_F32 : TAN_F64);
  const t = low === undefined ? s.fma(cube, p, r) : s.add(r, s.fma(cube, p, s.fma(low, z, low)));
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
