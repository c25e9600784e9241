/** erf, erfc and the inverse of erf. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import {
  ERF_INV_CENTRAL,
  ERF_INV_MIDDLE,
  ERF_INV_TAIL,
  ERF_SMALL_F32,
  ERF_SMALL_F64,
  ERFC_LARGE_F32,
  ERFC_ROOT_F32,
  ERFC_SMALL_F32,
  ERFCX_F64,
} from './coefficients.js';
import { expCarefully, expParts } from './exponential.js';
import { log, log1p } from './logarithm.js';
import { polynomial } from './types.js';

/** erf(x) = x + x p(x²) near 0. */
function erfSmall<V>(s: Scalars<V>, x: V): V {
  return s.fma(x, polynomial(s, s.mul(x, x), s.typeOf(x) === 'f64' ? ERF_SMALL_F64 : ERF_SMALL_F32), x);
}

/**
 * erfc(a), a ≥ 0, of f64: e^(−a²) f(t) / (2a + 1), t = (a − 4) / (a + 4); a² in two parts, for its error grows in e^(−a²).
 * Above 27.3 the result is less than half of the smallest number.
 */
function erfcPositive<V>(s: Scalars<V>, a: V): V {
  const b = s.min(a, 27.3);
  const f = polynomial(s, s.div(s.sub(b, 4), s.add(b, 4)), ERFCX_F64);
  const square = s.mul(b, b);
  const lost = s.fma(b, b, s.neg(square));
  const quotient = s.div(f, s.fma(b, 2, 1));
  return s.mul(expCarefully(s, s.neg(square)), s.fma(quotient, s.neg(lost), quotient));
}

/** f32: 1 − g⁴ away from 0, g a polynomial for the fourth root of erfc, which is smooth where erfc is not. */
function erf<V>(s: Scalars<V>, x: V): V {
  const a = s.abs(x);
  if (s.typeOf(x) === 'f64') {
    const large = s.sub(1, erfcPositive(s, a));
    return s.select(s.lt(a, 1), erfSmall(s, x), s.copysign(large, x));
  }
  const root = polynomial(s, s.sub(s.min(a, 3.93), 0.92), ERFC_ROOT_F32);
  const square = s.mul(root, root);
  const large = s.copysign(s.fma(s.neg(square), square, 1), x);
  return s.select(s.lt(a, 0.92), erfSmall(s, x), large);
}

function erfcF64<V>(s: Scalars<V>, x: V): V {
  const tail = erfcPositive(s, s.abs(x));
  const small = s.fma(x, s.neg(s.add(polynomial(s, s.mul(x, x), ERF_SMALL_F64), 1)), 1);
  const large = s.select(s.lt(x, 0), s.sub(2, tail), tail);
  return s.select(s.lt(s.abs(x), 0.5), small, large);
}

/** What ERFC_LARGE_F32 is divided by, and (|x| + 1) times what a relative error of 1 in that quotient makes in log erfc. */
const NUMERATOR = 0.68;
const SENSITIVITY = 1.25;

/**
 * f32. Near 0: (1 − x) − x p(x²), where 1 − x is exact if the result is small. Else, w = 0.68 / (a + 1), a = |x|:
 * e^(−a²) w (1 + p(w)). Errors of its factors would add up to 4 ULP, so those of a², a + 1 and w go into the exponent, as
 * e^(−a² + rest), and (1 + m) (1 + p) = 1 + (m + m p + p) is rounded as a small number beside 1.
 */
function erfcF32<V>(s: Scalars<V>, x: V): V {
  // Above 10.1 the result is less than half of the smallest number.
  const a = s.min(s.abs(x), 10.1);
  const square = s.mul(a, a);
  const small = s.fma(s.neg(x), polynomial(s, square, ERFC_SMALL_F32), s.sub(1, x));

  const next = s.add(a, 1);
  const nextLost = s.sub(a, s.sub(next, 1));
  const w = s.div(NUMERATOR, next);
  const minusW = s.neg(w);
  const quotientLost = s.fma(minusW, nextLost, s.fma(minusW, next, NUMERATOR));
  const squareLost = s.fma(s.neg(a), a, square);
  const rest = s.fma(quotientLost, SENSITIVITY / NUMERATOR, squareLost);
  // The power of two is a normal number, where the result may not be.
  const { m, power } = expParts(s, s.neg(square), 64, rest);
  const p = polynomial(s, w, ERFC_LARGE_F32);
  const tail = s.mul(s.mul(s.fma(w, s.add(s.fma(p, m, p), m), w), power), 2 ** -64);
  const large = s.select(s.lt(x, 0), s.sub(2, tail), tail);
  return s.select(s.lt(a, 0.8125), small, large);
}

const erfc = <V>(s: Scalars<V>, x: V): V => (s.typeOf(x) === 'f64' ? erfcF64(s, x) : erfcF32(s, x));

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
  emit('erf', { element: (s, [x]) => erf(s, x!), accuracy: { ulp: 1.6, element: 'f32' } }),
  emit('erf-inv', { element: (s, [x]) => erfInv(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('erfc', { element: (s, [x]) => erfc(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
];
