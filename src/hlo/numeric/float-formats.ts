/**
 * Floating-point formats narrower than 32 bits: bit patterns to doubles and back.
 *
 * Encoding rounds once, from the double, to nearest with ties to even. Where a format lacks a value, the conventions
 * are those of ml_dtypes, which JAX uses: overflow becomes the infinity, else NaN, else the largest finite number;
 * NaN becomes −0 in formats without NaN.
 */
import type { FloatType } from '../types.js';

export type NarrowFloat = Exclude<FloatType, 'f32' | 'f64'>;

/**
 * What the patterns beyond the finite numbers mean.
 * - ieee: the largest exponent is infinities and NaNs
 * - fn: no infinities; NaN is the pattern of ones alone
 * - fnuz: no infinities and no −0; NaN is the pattern that would be −0
 * - finite: neither infinities nor NaN
 */
type Specials = 'ieee' | 'fn' | 'fnuz' | 'finite';

interface FloatFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly specials: Specials;
}

const format = (exponentBits: number, mantissaBits: number, bias: number, specials: Specials): FloatFormat => ({
  exponentBits,
  mantissaBits,
  bias,
  specials,
});

const FORMATS: { readonly [F in Exclude<NarrowFloat, 'f8e8m0fnu'>]: FloatFormat } = {
  f4e2m1fn: format(2, 1, 1, 'finite'),
  f6e2m3fn: format(2, 3, 1, 'finite'),
  f6e3m2fn: format(3, 2, 3, 'finite'),
  f8e3m4: format(3, 4, 3, 'ieee'),
  f8e4m3: format(4, 3, 7, 'ieee'),
  f8e4m3b11fnuz: format(4, 3, 11, 'fnuz'),
  f8e4m3fn: format(4, 3, 7, 'fn'),
  f8e4m3fnuz: format(4, 3, 8, 'fnuz'),
  f8e5m2: format(5, 2, 15, 'ieee'),
  f8e5m2fnuz: format(5, 2, 16, 'fnuz'),
  bf16: format(8, 7, 127, 'ieee'),
  f16: format(5, 10, 15, 'ieee'),
};

/** Exponent bits, mantissa bits and the exponent of the smallest normal number. */
export function precisionOf(element: FloatType): { exponentBits: number; mantissaBits: number; minExponent: number } {
  if (element === 'f64') return { exponentBits: 11, mantissaBits: 52, minExponent: -1022 };
  if (element === 'f32') return { exponentBits: 8, mantissaBits: 23, minExponent: -126 };
  if (element === 'f8e8m0fnu') return { exponentBits: 8, mantissaBits: 0, minExponent: -127 };
  const { exponentBits, mantissaBits, bias } = FORMATS[element];
  return { exponentBits, mantissaBits, minExponent: 1 - bias };
}

const f64 = new Float64Array(1);
const words = new Uint32Array(f64.buffer);

/** The largest e with 2^e ≤ |x|, of a finite x that is not 0. */
export function exponentOf(x: number): number {
  f64[0] = x;
  const e = (words[1]! >>> 20) & 0x7ff;
  if (e !== 0) return e - 1023;
  f64[0] = x * 2 ** 54;
  return ((words[1]! >>> 20) & 0x7ff) - 1023 - 54;
}

/** Nearest integer, ties to even; keeps the sign of zero. Adding 2^52 leaves no bits for a fraction. */
export function roundNearestEven(x: number): number {
  if (!(Math.abs(x) < 2 ** 52) || x === 0) return x;
  return x > 0 ? x + 2 ** 52 - 2 ** 52 : -(-x + 2 ** 52 - 2 ** 52);
}

function decode(f: FloatFormat, bits: number): number {
  const { exponentBits, mantissaBits, bias, specials } = f;
  const signBit = 1 << (exponentBits + mantissaBits);
  const sign = bits & signBit ? -1 : 1;
  const magnitude = bits & (signBit - 1);
  const exponent = magnitude >> mantissaBits;
  const mantissa = magnitude & ((1 << mantissaBits) - 1);
  if (specials === 'ieee' && exponent === (1 << exponentBits) - 1) {
    return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  if (specials === 'fn' && magnitude === signBit - 1) return Number.NaN;
  if (specials === 'fnuz' && bits === signBit) return Number.NaN;
  const scale = 2 ** (Math.max(exponent, 1) - bias - mantissaBits);
  return sign * (exponent === 0 ? mantissa : mantissa + (1 << mantissaBits)) * scale;
}

/** The magnitude pattern of the largest finite number. */
function largestFinite({ exponentBits, mantissaBits, specials }: FloatFormat): number {
  const ones = (1 << (exponentBits + mantissaBits)) - 1;
  return specials === 'ieee' ? ones - (1 << mantissaBits) : specials === 'fn' ? ones - 1 : ones;
}

function encoder(f: FloatFormat): (x: number) => number {
  const { exponentBits, mantissaBits, bias, specials } = f;
  const signBit = 1 << (exponentBits + mantissaBits);
  const largest = largestFinite(f);
  const quiet = { ieee: largest + 1 + (1 << (mantissaBits - 1)), fn: signBit - 1, fnuz: signBit, finite: signBit };
  const nan = quiet[specials];
  const overflow = { ieee: largest + 1, fn: nan, fnuz: nan, finite: largest }[specials];
  return (x) => {
    if (Number.isNaN(x)) return nan;
    const sign = x < 0 || Object.is(x, -0) ? signBit : 0;
    const a = Math.abs(x);
    if (a === Number.POSITIVE_INFINITY) return overflow | sign;
    if (a === 0) return specials === 'fnuz' ? 0 : sign;
    // Below the smallest normal number the spacing stays; a mantissa that rounds up carries into the exponent.
    const e = Math.max(exponentOf(a), 1 - bias);
    const steps = roundNearestEven(a * 2 ** (mantissaBits - e));
    const magnitude = steps + (e + bias - 1) * (1 << mantissaBits);
    if (magnitude > largest) return overflow | sign;
    return specials === 'fnuz' && magnitude === 0 ? 0 : magnitude | sign;
  };
}

/** f8e8m0fnu holds 2^(bits − 127): no sign, no zero, NaN = 0xff. Ties go up, as in ml_dtypes. */
function encodeE8M0(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return 0xff;
  const e = exponentOf(x);
  const rounded = (x * 2 ** -e >= 1.5 ? e + 1 : e) + 127;
  return rounded < 0 ? 0 : Math.min(rounded, 0xff);
}
const decodeE8M0 = (bits: number): number => (bits === 0xff ? Number.NaN : 2 ** (bits - 127));

const f32 = new Float32Array(1);
const f32bits = new Uint32Array(f32.buffer);

/**
 * bf16 is the upper half of an f32. Rounding to f32 first could round twice; keeping its direction as a sticky bit
 * (rounding to odd) makes the second rounding the only one.
 */
function encodeBf16(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  f32[0] = x;
  const nearest = f32[0]!;
  let bits = f32bits[0]!;
  if (nearest !== x && (bits & 1) === 0 && Math.abs(nearest) !== Number.POSITIVE_INFINITY) {
    // Not exact and even: the odd neighbour on x's side stands for everything between.
    bits += Math.abs(x) > Math.abs(nearest) ? 1 : -1;
  }
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Values of all patterns, by pattern. Formats to 16 bits make at most 65,536 of them. */
const tables = new Map<NarrowFloat, Float32Array>();
const BITS: { readonly [F in NarrowFloat]: number } = {
  f4e2m1fn: 4,
  f6e2m3fn: 6,
  f6e3m2fn: 6,
  f8e3m4: 8,
  f8e4m3: 8,
  f8e4m3b11fnuz: 8,
  f8e4m3fn: 8,
  f8e4m3fnuz: 8,
  f8e5m2: 8,
  f8e5m2fnuz: 8,
  f8e8m0fnu: 8,
  bf16: 16,
  f16: 16,
};

/** Every value of the format, indexed by its bit pattern: decoding is `table[bits]`. (All are f32 numbers.) */
export function decodeTable(element: NarrowFloat): Float32Array {
  let table = tables.get(element);
  if (!table) {
    table = new Float32Array(1 << BITS[element]);
    for (let bits = 0; bits < table.length; bits++) {
      table[bits] = element === 'f8e8m0fnu' ? decodeE8M0(bits) : decode(FORMATS[element], bits);
    }
    tables.set(element, table);
  }
  return table;
}

const encoders = new Map<NarrowFloat, (x: number) => number>();

/** Double to bit pattern, rounded once to nearest even. */
export function encodeFunction(element: NarrowFloat): (x: number) => number {
  let encode = encoders.get(element);
  if (!encode) {
    encode = element === 'f8e8m0fnu' ? encodeE8M0 : element === 'bf16' ? encodeBf16 : encoder(FORMATS[element]);
    encoders.set(element, encode);
  }
  return encode;
}
