/** Distance between floats in units in the last place, as StableHLO's `expect_close` counts it. */
import type { FloatType } from '../types.js';
import { codec } from './access.js';

const f32 = new Float32Array(1);
const f32bits = new Uint32Array(f32.buffer);
const f64 = new Float64Array(1);
const f64bits = new BigUint64Array(f64.buffer);

/** The bit pattern of |x|: neighbours differ by 1. */
function magnitudeBits(element: FloatType, x: number): bigint {
  const a = Math.abs(x);
  if (element === 'f64') {
    f64[0] = a;
    return f64bits[0]!;
  }
  if (element === 'f32') {
    f32[0] = a;
    return BigInt(f32bits[0]!);
  }
  return BigInt(codec(element).encode!(a));
}

/**
 * Bit patterns of the absolute values, subtracted (added, where signs differ, so that ±0 are 0 apart). Both NaN, or
 * equal infinities: 0. Any other value that is not finite: Infinity.
 */
export function ulpDistance(element: FloatType, a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
  const x = magnitudeBits(element, a);
  const y = magnitudeBits(element, b);
  const distance = Number(Math.sign(a) === Math.sign(b) ? x - y : x + y);
  return Math.abs(distance);
}
