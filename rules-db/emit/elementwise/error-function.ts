/** erf, erfc and the inverse of erf. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import {
  ERF_INV_CENTRAL,
  ERF_INV_MIDDLE,
  ERF_INV_TAIL,
  ERF_SMALL_F32,
  ERF_SMALL_F64,
  ERFC_ROOT_F32,
  ERFCX_F32,
  ERFCX_F64,
} from './coefficients.js';
import { expCarefully } from './exponential.js';
import { log, log1p } from './logarithm.js';
import { atMost, polynomial } from './types.js';

/** erf(x) = x + x p(x²) near 0. */
function erfSmall<V>(s: Scalars<V>, x: V): V {
  return s.fma(x, polynomial(s, s.mul(x, x), s.typeOf(x) === 'f64' ? ERF_SMALL_F64 : ERF_SMALL_F32), x);
}

/**
 * erfc(a), a ≥ 0, in double: e^(−a²) f(t) / (2a + 1), t = (a − 4) / (a + 4); a² in two parts, for its error grows in
 * e^(−a²). `end` is where the result is less than half of the smallest number.
 */
function erfcPositive<V>(s: Scalars<V>, a: V, coefficients: readonly number[], end: number): V {
  const b = atMost(s, a, end);
  const f = polynomial(s, s.div(s.sub(b, 4), s.add(b, 4)), coefficients);
  const square = s.mul(b, b);
  const lost = s.fma(b, b, s.neg(square));
  const quotient = s.div(f, s.fma(b, 2, 1));
  return s.mul(expCarefully(s, s.neg(square)), s.fma(quotient, s.neg(lost), quotient));
}

/** f32: 1 − g⁴ away from 0, g a polynomial for the fourth root of erfc, which is smooth where erfc is not. */
function erf<V>(s: Scalars<V>, x: V): V {
  const a = s.abs(x);
  if (s.typeOf(x) === 'f64') {
    const large = s.sub(1, erfcPositive(s, a, ERFCX_F64, 27.3));
    return s.select(s.lt(a, 1), erfSmall(s, x), s.copysign(large, x));
  }
  const root = polynomial(s, s.sub(atMost(s, a, 3.93), 0.92), ERFC_ROOT_F32);
  const square = s.mul(root, root);
  const large = s.copysign(s.fma(s.neg(square), square, 1), x);
  return s.select(s.lt(a, 0.92), erfSmall(s, x), large);
}

/** In double for f32, too: errors of its five factors would add up. */
function erfc<V>(s: Scalars<V>, x: V): V {
  const single = s.typeOf(x) === 'f32';
  const wide = s.convert(x, 'f64');
  const tail = erfcPositive(s, s.abs(wide), single ? ERFCX_F32 : ERFCX_F64, single ? 10.2 : 27.3);
  const square = s.mul(wide, wide);
  const small = s.fma(wide, s.neg(s.add(polynomial(s, square, ERF_SMALL_F64), 1)), 1);
  const large = s.select(s.lt(wide, 0), s.sub(2, tail), tail);
  return s.convert(s.select(s.lt(s.abs(wide), 0.5), small, large), s.typeOf(x));
}

/**
 * x f(w), w = −log(1 − x²), f a polynomial in w, or in √w where x is near 1 (after Giles, "Approximating the erfinv function",
 * 2010); in double for f32 too, whose w stays below 16.
 */
function erfInv<V>(s: Scalars<V>, x: V): V {
  const single = s.typeOf(x) === 'f32';
  const wide = s.convert(x, 'f64');
  const byLog1p = log1p(s, s.neg(s.mul(wide, wide)));
  // The square of an f32 is exact; that of an f64 near 1 is not, but 1 − x is.
  const edge = s.gt(s.abs(wide), 0.5);
  const w = s.neg(single ? byLog1p : s.select(edge, log(s, s.mul(s.sub(1, wide), s.add(wide, 1))), byLog1p));
  const root = s.sqrt(s.max(w, 0));
  let f = s.select(
    s.lt(w, 6.25),
    polynomial(s, s.sub(w, 3.125), ERF_INV_CENTRAL),
    polynomial(s, s.sub(root, 3.25), ERF_INV_MIDDLE),
  );
  if (!single) f = s.select(s.gt(root, 4), polynomial(s, s.sub(root, 5.05), ERF_INV_TAIL), f);
  const y = s.convert(s.mul(wide, f), s.typeOf(x));
  return s.select(s.eq(s.abs(x), 1), s.mul(x, Number.POSITIVE_INFINITY), y);
}

export const ERROR_FUNCTION: readonly EmitRule[] = [
  emit('erf', { element: (s, [x]) => erf(s, x!), accuracy: { ulp: 1.5, element: 'f32' } }),
  emit('erf-inv', { element: (s, [x]) => erfInv(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('erfc', { element: (s, [x]) => erfc(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
];
