/** erf, erfc and the inverse of erf. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { ERF_SMALL_F32, ERF_SMALL_F64, ERFC_ROOT_F32, ERFCX_F32, ERFCX_F64 } from './coefficients.js';
import { expCarefully } from './exponential.js';
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

export const ERROR_FUNCTION: readonly EmitRule[] = [
  emit('erf', { element: (s, [x]) => erf(s, x!), accuracy: { ulp: 1.5, element: 'f32' } }),
  emit('erfc', { element: (s, [x]) => erfc(s, x!), accuracy: { ulp: 2, element: 'f32' } }),
];
