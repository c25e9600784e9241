/** erf, erfc and the inverse of erf. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import {
  ERF_INV_CENTRAL,
  ERF_INV_CENTRAL_F32,
  ERF_INV_MIDDLE,
  ERF_INV_SMALL,
  ERF_INV_TAIL,
  ERF_INV_TAIL_F32,
  ERF_SMALL_F32,
  ERF_SMALL_F64,
  ERFC_LARGE_F32,
  ERFC_ROOT_F32,
  ERFC_SMALL_F32,
  ERFCX_F64,
} from './coefficients.js';
import { twoProduct } from './error-free.js';
import { expCarefully, expParts } from './exponential.js';
import { log, log1p } from './logarithm.js';
import { polynomial, productWithSplit } from './types.js';

/** erf(x) = x + x p(x²) near 0. */
function erfSmall<V>(s: Scalars<V>, x: V): V {
  return s.fma(x, polynomial(s, s.mul(x, x), s.typeOf(x) === 'f64' ? ERF_SMALL_F64 : ERF_SMALL_F32), x);
}

/** About the inverse of f below, which need not be known well. */
const INVERSE_ERFCX = 0.87;

/**
 * erfc(a), a ≥ ½, of f64: e^(−a²) f(t) / (2a + 1), t = (a − 4) / (a + 4). What rounding took from a², from f, the divisor
 * and the quotient goes into the exponent. Above 27.3 the result is less than half of the smallest number.
 */
function erfcPositive<V>(s: Scalars<V>, a: V): V {
  const b = s.min(a, 27.3);
  const [first, ...others] = ERFCX_F64;
  const rest = polynomial(s, s.div(s.sub(b, 4), s.add(b, 4)), others);
  const f = s.add(rest, first!);
  const fLost = s.sub(rest, s.sub(f, first!));
  const twice = s.add(b, b);
  const divisor = s.add(twice, 1);
  const divisorLost = s.sub(1, s.sub(divisor, twice));
  const minusQ = s.neg(s.div(f, divisor));
  const lost = s.fma(minusQ, divisorLost, s.add(s.fma(minusQ, divisor, f), fLost));
  const [square, squareLost] = twoProduct(s, b, b);
  const power = expCarefully(s, s.neg(square), s.fma(lost, INVERSE_ERFCX, s.neg(squareLost)));
  return s.mul(power, s.neg(minusQ));
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
 * 2010).
 */
function erfInvF32<V>(s: Scalars<V>, x: V): V {
  const wide = s.convert(x, 'f64');
  const w = s.neg(log1p(s, s.neg(s.mul(wide, wide))));
  const f = s.select(
    s.lt(w, 6.25),
    polynomial(s, s.sub(w, ERF_INV_MIDDLES.single), ERF_INV_CENTRAL_F32),
    polynomial(s, s.sub(s.sqrt(s.max(w, 0)), ERF_INV_MIDDLES.singleTail), ERF_INV_TAIL_F32),
  );
  return s.convert(s.mul(wide, f), s.typeOf(x));
}

/** The same, but near 0 a polynomial in x²; 1 − x² is a product, and the logarithm of what its rounding lost is added. */
function erfInvF64<V>(s: Scalars<V>, x: V): V {
  const a = s.abs(x);
  const z = s.mul(x, x);
  const small = s.fma(s.mul(x, z), polynomial(s, z, ERF_INV_SMALL), s.mul(x, HALF_ROOT_PI[1]));
  const [first, firstLow] = twoProduct(s, x, HALF_ROOT_PI[0]);
  const [left, right] = [s.sub(1, a), s.add(a, 1)];
  const rightLow = s.sub(a, s.sub(right, 1));
  const [product, lost] = twoProduct(s, left, right);
  const rest = s.div(s.fma(left, rightLow, lost), product);
  const w = s.neg(s.add(log(s, product), rest));
  const root = s.sqrt(s.max(w, 0));
  const by = (u: V, middle: number, coefficients: readonly number[]) =>
    productWithSplit(s, x, s.sub(u, middle), coefficients);
  const central = by(w, ERF_INV_MIDDLES.central, ERF_INV_CENTRAL);
  const middle = by(root, ERF_INV_MIDDLES.middle, ERF_INV_MIDDLE);
  const tail = by(root, ERF_INV_MIDDLES.tail, ERF_INV_TAIL);
  const large = s.select(s.lt(w, 6.25), central, s.select(s.lt(root, 4), middle, tail));
  return s.select(s.lt(a, 0.5), s.add(first, s.add(firstLow, small)), large);
}

/** √π / 2 as a sum of two doubles, and the arguments about which the polynomials are. */
const HALF_ROOT_PI = [0.886226925452758, -3.8332932499128993e-17] as const;
const ERF_INV_MIDDLES = { central: 3.265625, middle: 3.25, tail: 5, single: 3.125, singleTail: 3.25 };

function erfInv<V>(s: Scalars<V>, x: V): V {
  const y = s.typeOf(x) === 'f64' ? erfInvF64(s, x) : erfInvF32(s, x);
  return s.select(s.eq(s.abs(x), 1), s.mul(x, Number.POSITIVE_INFINITY), y);
}

export const ERROR_FUNCTION: readonly EmitRule[] = [
  emit('erf', { element: (s, [x]) => erf(s, x!), accuracy: { ulp: 1.6, element: 'f32' } }),
  emit('erf-inv', { element: (s, [x]) => erfInv(s, x!), accuracy: { ulp: 1, element: 'f32' } }),
  emit('erfc', { element: (s, [x]) => erfc(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
];
