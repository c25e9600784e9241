import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fmaF32, fmaF64 } from '../../../src/hlo/numeric/fma.js';

/** a finite double as n · 2^-1074 with an integer n. */
function scaled(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const field = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = field === 0n ? fraction : (fraction | (1n << 52n)) << (field - 1n);
  return x < 0 ? -magnitude : magnitude;
}

/**
 * Judges `result` by exact rational arithmetic: no neighbour (given as next representable numbers) is nearer to
 * a·b + c, and of two equally near ones the even one is chosen.
 */
function isNearest(a: number, b: number, c: number, result: number, below: number, above: number, isEven: boolean) {
  const exact = scaled(a) * scaled(b) + (scaled(c) << 1074n); // · 2^-2148
  const distance = (x: number): bigint => {
    const d = exact - (scaled(x) << 1074n);
    return d < 0n ? -d : d;
  };
  for (const neighbour of [below, above]) {
    if (!Number.isFinite(neighbour)) continue;
    const [own, other] = [distance(result), distance(neighbour)];
    if (other < own || (other === own && !isEven)) return false;
  }
  return true;
}

const f32 = new Float32Array(1);
const s32 = new Int32Array(f32.buffer);
const f64 = new Float64Array(1);
const s64 = new BigInt64Array(f64.buffer);

/** The next f32 away from (by = 1) or towards (by = −1) zero. */
function neighbourF32(x: number, by: number): number {
  f32[0] = x;
  s32[0]! += by;
  return f32[0]!;
}
function neighbourF64(x: number, by: bigint): number {
  f64[0] = x;
  s64[0]! += by;
  return f64[0]!;
}
const isEvenF32 = (x: number): boolean => {
  f32[0] = x;
  return (s32[0]! & 1) === 0;
};
const isEvenF64 = (x: number): boolean => {
  f64[0] = x;
  return (s64[0]! & 1n) === 0n;
};

const finiteF32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const finiteF64 = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Few significant bits at clustered exponents: sums that are nearly halfway. */
const dense = (bits: number, spread: number) =>
  fc
    .tuple(fc.integer({ min: -(2 ** bits), max: 2 ** bits }), fc.integer({ min: -spread, max: spread }))
    .map(([m, e]) => m * 2 ** e);

describe('fmaF32', () => {
  const holds = (a: number, b: number, c: number) => {
    const r = fmaF32(a, b, c);
    if (r === 0 || !Number.isFinite(r)) return true; // below
    return isNearest(a, b, c, r, neighbourF32(r, -1), neighbourF32(r, 1), isEvenF32(r));
  };
  it('is the nearest f32 to the exact value', () => {
    fc.assert(fc.property(finiteF32, finiteF32, finiteF32, holds), { numRuns: 5000 });
  });
  it('is the nearest f32 where halfway cases are frequent', () => {
    const value = dense(24, 30).map(Math.fround);
    fc.assert(fc.property(value, value, value, holds), { numRuns: 20000 });
  });
  it('rounds once where the double sum is halfway and the exact one is not', () => {
    // 1 + 2^-24 is halfway between 1 and its successor; what tips it is lost in a double.
    const tiny = 2 ** -60;
    expect(fmaF32(tiny, 1, 1 + 2 ** -23)).toBe(1 + 2 ** -23);
    const a = 1 + 2 ** -12;
    const product = a * a; // 1 + 2^-11 + 2^-24: halfway
    expect(Math.fround(product)).toBe(1 + 2 ** -11);
    expect(fmaF32(a, a, tiny)).toBe(1 + 2 ** -11 + 2 ** -23);
    expect(fmaF32(a, a, -tiny)).toBe(1 + 2 ** -11);
    expect(fmaF32(-a, a, -tiny)).toBe(-(1 + 2 ** -11 + 2 ** -23));
  });
  it('overflows only where the exact value does', () => {
    const largest = (2 - 2 ** -23) * 2 ** 127;
    const half = 2 ** 103; // half a unit of the largest
    expect(fmaF32(half, 1, largest)).toBe(Number.POSITIVE_INFINITY);
    expect(fmaF32(2 ** 64, 2 ** 64, -(2 ** 103))).toBe(Number.POSITIVE_INFINITY);
    expect(fmaF32((2 - 2 ** -23) * 2 ** 100, 2 ** 27, half)).toBe(Number.POSITIVE_INFINITY);
    // (2^24 − 1)(2^24 + 1) 2^80 = 2^128 − 2^80 is below the halfway point only with the sum.
    const x = (2 ** 24 - 1) * 2 ** 52;
    expect(fmaF32(x, 2 ** 52, half - 2 ** 80)).toBe(largest);
  });
  it('keeps the rules of zeros, infinities and NaN', () => {
    expect(fmaF32(1, -0, -0)).toBe(-0);
    expect(fmaF32(1, -0, 0)).toBe(0);
    expect(fmaF32(3, 2, -6)).toBe(0);
    expect(fmaF32(2 ** -149, 2 ** -149, 0)).toBe(0);
    expect(fmaF32(-(2 ** -149), 2 ** -149, 0)).toBe(-0);
    expect(fmaF32(Number.POSITIVE_INFINITY, 0, 1)).toBeNaN();
    expect(fmaF32(Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY)).toBeNaN();
    expect(fmaF32(1, 1, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
    // A smallest subnormal's half, tipped by what lies beneath.
    expect(fmaF32(2 ** -75, 2 ** -75, 0)).toBe(0);
    expect(fmaF32(2 ** -75 * (1 + 2 ** -20), 2 ** -75, 0)).toBe(2 ** -149);
  });
});

describe('fmaF64', () => {
  const holds = (a: number, b: number, c: number) => {
    const r = fmaF64(a, b, c);
    if (r === 0 || !Number.isFinite(r)) return true;
    return isNearest(a, b, c, r, neighbourF64(r, -1n), neighbourF64(r, 1n), isEvenF64(r));
  };
  it('is the nearest double to the exact value', () => {
    fc.assert(fc.property(finiteF64, finiteF64, finiteF64, holds), { numRuns: 5000 });
  });
  it('is the nearest double where halfway cases and cancellation are frequent', () => {
    const value = dense(53, 60);
    fc.assert(fc.property(value, value, value, holds), { numRuns: 20000 });
    fc.assert(
      fc.property(value, value, (a, b) => holds(a, b, -(a * b))),
      { numRuns: 5000 },
    );
  });
  it('is right where intermediates overflow or underflow', () => {
    const largest = Number.MAX_VALUE;
    expect(fmaF64(largest, 2, -largest)).toBe(largest);
    expect(fmaF64(largest, 2, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(fmaF64(2 ** -600, 2 ** -600, 1)).toBe(1);
    expect(fmaF64(2 ** -600, 2 ** -600, 1 + 2 ** -52)).toBe(1 + 2 ** -52);
    expect(fmaF64(2 ** -537, 2 ** -537, Number.MIN_VALUE)).toBe(2 * Number.MIN_VALUE);
    expect(fmaF64(-(2 ** -600), 2 ** -600, 0)).toBe(-0);
    expect(fmaF64(2 ** -538, 2 ** -537, 0)).toBe(0); // half of the smallest: ties to even
    expect(fmaF64(largest, largest, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
    expect(fmaF64(Number.POSITIVE_INFINITY, 0, 1)).toBeNaN();
    expect(fmaF64(3, 2, -6)).toBe(0);
    expect(fmaF64(1, -0, -0)).toBe(-0);
    fc.assert(
      fc.property(dense(53, 5), dense(53, 5), dense(53, 5), fc.constantFrom(-1000, -537, 500, 900), (a, b, c, e) =>
        holds(a * 2 ** e, b, c * 2 ** (e < 0 ? Math.max(e, -1000) : e)),
      ),
      { numRuns: 5000 },
    );
  });
});
