/** The error function, its complement and its inverse, in double. */
import { chebyshev } from './chebyshev.js';
import { ERF_SMALL, ERFCX } from './chebyshev-tables.js';

export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a > 1)) return x * chebyshev(ERF_SMALL, x * x);
  if (a > 6) return Math.sign(x);
  return Math.sign(x) * (1 - erfc(a));
}

const SPLIT = 2 ** 27 + 1;

/** exp(−x²) for 0 ≤ x < 100, where rounding x² would cost x²/2 ULP: the square of x's upper half is exact. */
function expMinusSquare(x: number): number {
  const c = SPLIT * x;
  const high = c - (c - x);
  return Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
}

export function erfc(x: number): number {
  if (!(x > 0.75)) return x < -6 ? 2 : 1 - erf(x);
  if (x > 28) return 0;
  const t = 1 / (x + 2);
  return expMinusSquare(x) * chebyshev(ERFCX, t) * t;
}

const HALF_SQRT_PI = Math.sqrt(Math.PI) / 2;

/**
 * Winitzki's approximation (A handy approximation for the error function and its inverse, 2008), good to 2e-3, then
 * Halley's iteration, which triples the digits. In the tails the residual comes from erfc, which keeps them.
 */
export function erfInv(x: number): number {
  const a = Math.abs(x);
  if (!(a < 1)) return a === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN;
  if (a < 1e-9) return x * HALF_SQRT_PI;
  const l = Math.log1p(-a) + Math.log1p(a);
  const h = 2 / (Math.PI * 0.147) + l / 2;
  let y = a < 0.1 ? a * HALF_SQRT_PI : Math.sqrt(Math.sqrt(h * h - l / 0.147) - h);
  for (let k = 0; k < 3; k++) {
    const residual = a < 0.5 ? erf(y) - a : 1 - a - erfc(y);
    const step = (residual * HALF_SQRT_PI) / expMinusSquare(y);
    y -= step / (1 + y * step);
  }
  return Math.sign(x) * y;
}
