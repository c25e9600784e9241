/** a·b + c, rounded once to nearest even, on numbers that JavaScript rounds twice. */

/** Exact error of the double sum s = a + b (Knuth): a + b = s + error, where nothing overflows. */
function sumError(a: number, b: number, s: number): number {
  const bb = s - a;
  return a - (s - bb) + (b - bb);
}

const LARGEST_F32 = (2 - 2 ** -23) * 2 ** 127;
/** Halfway between the largest f32 and 2^128: where rounding to f32 begins to overflow. */
const OVERFLOW_F32 = LARGEST_F32 + 2 ** 103;

/**
 * fma of f32 numbers. The product of two is exact in double, their sum with a third is not: rounding it to f32 goes
 * wrong only where the double sum is halfway between two f32 numbers while the exact one is not.
 */
export function fmaF32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const nearest = Math.fround(sum);
  const rest = sum - nearest;
  if (rest === 0) return nearest;
  const other = sum + rest; // the f32 on the other side of `sum`, if `sum` is halfway
  if (Math.fround(other) === other && Math.abs(sum) < OVERFLOW_F32)
    return towards(sumError(product, c, sum), nearest, other);
  if (Math.abs(sum) === OVERFLOW_F32) {
    const error = sumError(product, c, sum);
    return sum > 0 ? towards(error, nearest, LARGEST_F32) : towards(error, nearest, -LARGEST_F32);
  }
  return nearest;
}

const towards = (error: number, nearest: number, other: number): number =>
  error === 0 ? nearest : error > 0 ? Math.max(nearest, other) : Math.min(nearest, other);

/** Where no intermediate of the error-free transforms overflows or loses bits to underflow. */
const SAFE_LOW = 2 ** -400;
const SAFE_HIGH = 2 ** 400;
const isSafe = (x: number): boolean => {
  const magnitude = Math.abs(x);
  return magnitude > SAFE_LOW && magnitude < SAFE_HIGH;
};

const SPLITTER = 2 ** 27 + 1;

/** Exact error of the double product p = a·b (Dekker). */
function productError(a: number, b: number, p: number): number {
  const ta = SPLITTER * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = SPLITTER * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

const f64 = new Float64Array(1);
const bits = new BigInt64Array(f64.buffer);

/** The double sum, or where that is inexact the one of its two neighbours that has an odd significand. */
function sumToOdd(a: number, b: number): number {
  const s = a + b;
  const error = sumError(a, b, s);
  if (error === 0) return s;
  f64[0] = s;
  if ((bits[0]! & 1n) === 1n) return s;
  bits[0]! += error > 0 === s > 0 ? 1n : -1n;
  return f64[0];
}

/** fma of doubles: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums" (2008), exact integers elsewhere. */
export function fmaF64(a: number, b: number, c: number): number {
  const product = a * b;
  if (!isSafe(a) || !isSafe(b) || !isSafe(c)) return fmaEdge(a, b, c);
  const low = productError(a, b, product);
  const t = c + low;
  const s = product + t;
  const rest = sumToOdd(sumError(c, low, t), sumError(product, t, s));
  return s + rest;
}

function fmaEdge(a: number, b: number, c: number): number {
  if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return a * b + c;
  if (!Number.isFinite(c)) return c;
  if (c === 0) return a * b;
  const [x, y, z] = [decompose(a), decompose(b), decompose(c)];
  const exponent = Math.min(x.exponent + y.exponent, z.exponent);
  const product = (x.significand * y.significand) << BigInt(x.exponent + y.exponent - exponent);
  const sum = product + (z.significand << BigInt(z.exponent - exponent));
  return sum === 0n ? 0 : roundToF64(sum, exponent);
}

/** x = significand · 2^exponent. */
function decompose(x: number): { significand: bigint; exponent: number } {
  f64[0] = x;
  const pattern = bits[0]!;
  const field = Number((pattern >> 52n) & 0x7ffn);
  const fraction = pattern & 0xfffffffffffffn;
  const magnitude = field === 0 ? fraction : fraction | 0x10000000000000n;
  return { significand: pattern < 0n ? -magnitude : magnitude, exponent: Math.max(field, 1) - 1075 };
}

/** significand · 2^exponent as a double: nearest, ties to even. */
function roundToF64(significand: bigint, exponent: number): number {
  const magnitude = significand < 0n ? -significand : significand;
  const width = magnitude.toString(2).length;
  // Bits beyond 53 go, and those below 2^-1074, the smallest subnormal.
  const drop = Math.max(width - 53, -1074 - exponent);
  let kept = magnitude;
  if (drop > 0) {
    const d = BigInt(drop);
    kept = magnitude >> d;
    const rest = magnitude - (kept << d);
    const half = 1n << (d - 1n);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  const scale = exponent + Math.max(drop, 0);
  // A power of two beyond the doubles' is taken in two exact steps; the second may overflow, as it should.
  const value = scale > 1000 ? Number(kept) * 2 ** 1000 * 2 ** (scale - 1000) : Number(kept) * 2 ** scale;
  return significand < 0n ? -value : value;
}
