/** Operations on lanes that no JavaScript expression says; the interpreter's generated code calls them by name. */
import { rounder } from '../../../hlo/numeric/access.js';
import { roundNearestEven } from '../../../hlo/numeric/float-formats.js';
import { fmaF32, fmaF64 } from '../../../hlo/numeric/fma.js';
import type { ElementType } from '../../../hlo/types.js';

/** A 64-bit integer as f32, rounded once: its low bits join in one sticky bit before the double rounds. */
function bigToF32(x: bigint): number {
  if (BigInt.asIntN(54, x) === x) return Math.fround(Number(x));
  const high = x >> 11n;
  return Math.fround(Number(high << 11n === x ? high : high | 1n) * 2048);
}

/** Truncated, saturated, NaN → 0. */
function floatToInteger(x: number, lo: number, hi: number): number {
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), lo), hi) + 0;
}

function floatToBig(x: number, lo: bigint, hi: bigint): bigint {
  if (Number.isNaN(x)) return 0n;
  // Both ends round to powers of two (or 0) that are safe to compare with.
  return x >= Number(hi) ? hi : x <= Number(lo) ? lo : BigInt(Math.trunc(x));
}

function copySign(a: number, b: number): number {
  const magnitude = Math.abs(a);
  return b < 0 || Object.is(b, -0) ? -magnitude : magnitude;
}

function countOnes(x: number): number {
  let n = 0;
  for (let rest = x >>> 0; rest !== 0; rest &= rest - 1) n++;
  return n;
}

const low32 = (x: bigint): number => Number(BigInt.asUintN(32, x));
const countOnesBig = (x: bigint): bigint => BigInt(countOnes(low32(x)) + countOnes(low32(x >> 32n)));
const leadingZerosBig = (x: bigint): bigint => {
  const high = low32(x >> 32n);
  return BigInt(high === 0 ? 32 + Math.clz32(low32(x)) : Math.clz32(high));
};

const f32 = new Float32Array(1);
const s32 = new Int32Array(f32.buffer);
const f64 = new Float64Array(1);
const s64 = new BigInt64Array(f64.buffer);

function f32Bits(x: number): number {
  f32[0] = x;
  return s32[0]!;
}

function f32FromBits(x: number): number {
  s32[0] = x;
  return f32[0]!;
}

function f64Bits(x: number): bigint {
  f64[0] = x;
  return s64[0]!;
}

function f64FromBits(x: bigint): number {
  s64[0] = x;
  return f64[0]!;
}

/** Every helper, under the name by which generated code calls it. */
export const HELPERS = {
  fround: Math.fround,
  fmaF32,
  fmaF64,
  roundNearestEven,
  copySign,
  bigToF32,
  floatToInteger,
  floatToBig,
  countOnes,
  countOnesBig,
  leadingZerosBig,
  f32Bits,
  f32FromBits,
  f64Bits,
  f64FromBits,
} as const;

/** `roundTo` of one float type. */
export const rounderTo = (to: ElementType) => rounder(to) as (x: number) => number;
