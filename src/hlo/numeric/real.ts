/** Real functions that Math lacks or defines otherwise than IEEE 754 does, in double. */
import { chebyshev } from './chebyshev.js';
import { BESSEL_I1E_LARGE, BESSEL_I1E_SMALL } from './chebyshev-tables.js';

/** IEEE's pow: 1^y = x^0 = 1 even for NaN, and (−1)^±∞ = 1, where JavaScript gives NaN. */
export const pow = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y;

/** e / (1 + e) with e = exp(−|x|) or its complement: exp never overflows. */
export function logistic(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

/** Nearest integer, ties away from zero; keeps the sign of zero. The double below 1/2 keeps 0.49999999999999994 at 0. */
export const roundAwayFromZero = (x: number): number =>
  x === 0 || !(Math.abs(x) < 2 ** 52) ? x : Math.trunc(x + (x < 0 ? -0.49999999999999994 : 0.49999999999999994));

/** exp(−|x|) I₁(x), I₁ being the modified Bessel function of the first kind and order 1. */
export function besselI1e(x: number): number {
  const a = Math.abs(x);
  if (!(a > 8)) {
    const w = 1 + a / 2;
    return (x * chebyshev(BESSEL_I1E_SMALL, a)) / (w * Math.sqrt(w));
  }
  return (Math.sign(x) * chebyshev(BESSEL_I1E_LARGE, 1 / a)) / Math.sqrt(a);
}
