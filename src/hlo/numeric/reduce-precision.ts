import type { FloatType } from '../types.js';
import { exponentOf, precisionOf, roundNearestEven } from './float-formats.js';

/**
 * Rounds numbers of a type to fewer mantissa bits (to nearest even) and to the range of fewer exponent bits: what
 * overflows becomes infinite, and what is below that range's smallest normal number becomes 0.
 */
export function precisionReducer(
  element: FloatType,
  exponentBits: number,
  mantissaBits: number,
): (x: number) => number {
  const own = precisionOf(element);
  const fewerExponents = exponentBits < own.exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  return (x) => {
    if (x === 0 || !Number.isFinite(x)) return x;
    let r = x;
    if (mantissaBits < own.mantissaBits) {
      const step = 2 ** (Math.max(exponentOf(x), own.minExponent) - mantissaBits);
      r = roundNearestEven(x / step) * step;
    }
    if (!fewerExponents) return r;
    if (Math.abs(r) >= 2 ** (bias + 1)) return Math.sign(x) * Number.POSITIVE_INFINITY;
    return Math.abs(r) < 2 ** (1 - bias) ? 0 * Math.sign(x) : r;
  };
}
