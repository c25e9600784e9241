/** Conversion between element types, as StableHLO's convert defines it. */
import type { Scalar, ScalarFunction } from '../registry.js';
import { ELEMENT, type ElementInfo, type ElementType, isComplex, partType } from '../types.js';

const isBig = (t: ElementInfo): boolean => t.bits === 64 && (t.class === 'signed' || t.class === 'unsigned');
const isInteger = (t: ElementInfo): boolean => t.class === 'signed' || t.class === 'unsigned';

/** The nearest integer towards zero that the type has; NaN gives 0. */
function saturate(to: ElementInfo): (x: number) => Scalar {
  const low = to.class === 'signed' ? -(2 ** (to.bits - 1)) : 0;
  const high = 2 ** (to.class === 'signed' ? to.bits - 1 : to.bits);
  if (to.bits === 64) {
    const largest = BigInt(high) - 1n;
    return (x) => (x >= high ? largest : x <= low ? BigInt(low) : BigInt(Math.trunc(x) || 0));
  }
  return (x) => (x >= high ? high - 1 : x <= low ? low : Math.trunc(x) || 0);
}

/**
 * A 64-bit integer as a double that rounds to any narrower float as the integer itself would: bits that a double has
 * no room for are kept as one sticky bit, so that there is no double rounding.
 */
function stickyNumber(x: bigint): number {
  const a = x < 0n ? -x : x;
  if (a < 2n ** 53n) return Number(x);
  const sticky = (a >> 12n) | (a & 0xfffn ? 1n : 0n);
  return Number(x < 0n ? -sticky : sticky) * 4096;
}

function convertReal(from: ElementInfo, to: ElementInfo): (x: never) => Scalar {
  if (to.class === 'pred') return (x: number | bigint) => (Number(x) === 0 ? 0 : 1);
  if (from.class === 'float') return isInteger(to) ? saturate(to) : (x: number) => x;
  if (isBig(from)) {
    if (isBig(to)) return (x: bigint) => x;
    if (to.class === 'float') return to.bits === 64 ? Number : stickyNumber;
    return (x: bigint) => Number(BigInt.asIntN(32, x));
  }
  return isBig(to) ? (x: number) => BigInt(x) : (x: number) => x;
}

/** Converts one element; storing the result, or rounding it to `to`, completes rounding and wrapping. */
export function converter(from: ElementType, to: ElementType): ScalarFunction {
  const part = convertReal(ELEMENT[partType(from)], ELEMENT[partType(to)]) as (x: Scalar) => Scalar;
  if (isComplex(from)) {
    if (isComplex(to)) return (z) => z!;
    return (z) => part((z as readonly [number, number])[0]);
  }
  return isComplex(to) ? (x) => [part(x!) as number, 0] : (part as ScalarFunction);
}
