/**
 * What the primitives of the scalar language compute, as functions on JavaScript values: numbers for floats, pred
 * (0 or 1) and integers to 32 bits, bigints for 64-bit integers.
 */

import type { ElementType } from '../hlo/index.js';
import { rounder } from '../hlo/numeric/access.js';
import { roundNearestEven } from '../hlo/numeric/float-formats.js';
import { fmaF32, fmaF64 } from '../hlo/numeric/fma.js';
import type { ScalarType } from './scalar.js';

export type Value = number | bigint;
type Unary = (a: never) => Value;
type Binary = (a: never, b: never) => Value;

export const UNARY = ['neg', 'abs', 'sqrt', 'floor', 'ceil', 'trunc', 'roundEven', 'not', 'popcnt', 'clz'] as const;
export const BINARY = [
  ...['add', 'sub', 'mul', 'div', 'rem', 'min', 'max', 'copysign'],
  ...['and', 'or', 'xor', 'shl', 'shrl', 'shra'],
] as readonly BinaryName[];
export const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
export type UnaryName = (typeof UNARY)[number];
export type BinaryName =
  | ('add' | 'sub' | 'mul' | 'div' | 'rem' | 'min' | 'max' | 'copysign')
  | ('and' | 'or' | 'xor' | 'shl' | 'shrl' | 'shra');
export type ComparisonName = (typeof COMPARISONS)[number];

const isFloat = (t: ScalarType): boolean => t === 'f32' || t === 'f64';
const isBig = (t: ScalarType): boolean => t === 's64' || t === 'u64';
const width = (t: ScalarType): number => (t === 'pred' ? 1 : Number(t.slice(1)));

/** Wraps an integer to its type; rounds a float. */
const wrapTo = (t: ScalarType): ((x: never) => Value) => rounder(t) as (x: never) => Value;

/** The value a constant of the type has. */
export function constantOf(t: ScalarType, value: Value): Value {
  if (isBig(t)) return wrapTo(t)(BigInt(value) as never);
  return wrapTo(t)(Number(value) as never);
}

const copysign = (a: number, b: number): number => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a));

function popcntSmall(x: number): number {
  let n = 0;
  for (let rest = x >>> 0; rest !== 0; rest &= rest - 1) n++;
  return n;
}
const low = (x: bigint): number => Number(BigInt.asUintN(32, x));
const clzBig = (x: bigint): number => {
  const high = low(x >> 32n);
  return high === 0 ? 32 + Math.clz32(low(x)) : Math.clz32(high);
};

const FLOAT_UNARY: { readonly [op in UnaryName]?: (a: number) => number } = {
  neg: (a) => -a,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  roundEven: roundNearestEven,
};

export function unary(op: UnaryName, t: ScalarType): Unary {
  if (isFloat(t)) {
    if (op === 'sqrt') return t === 'f32' ? (a: number) => Math.fround(Math.sqrt(a)) : Math.sqrt;
    const f = FLOAT_UNARY[op];
    if (f) return f;
  } else if (t === 'pred') {
    if (op === 'not') return (a: number) => a ^ 1;
  } else {
    const f = isBig(t) ? bigUnary(op, wrapTo(t)) : smallUnary(op, wrapTo(t), width(t));
    if (f) return f;
  }
  throw new TypeError(`the scalar language has no ${op} of ${t}`);
}

function smallUnary(op: UnaryName, wrap: (x: never) => Value, bits: number): Unary | undefined {
  const pattern = (a: number) => (bits === 32 ? a >>> 0 : a & (2 ** bits - 1));
  switch (op) {
    case 'neg':
      return (a: number) => wrap((0 - a) as never);
    case 'abs':
      return (a: number) => wrap(Math.abs(a) as never);
    case 'not':
      return (a: number) => wrap(~a as never);
    case 'popcnt':
      return (a: number) => popcntSmall(pattern(a));
    case 'clz':
      return (a: number) => Math.clz32(pattern(a)) - (32 - bits);
  }
  return undefined;
}

function bigUnary(op: UnaryName, wrap: (x: never) => Value): Unary | undefined {
  switch (op) {
    case 'neg':
      return (a: bigint) => wrap(-a as never);
    case 'abs':
      return (a: bigint) => wrap((a < 0n ? -a : a) as never);
    case 'not':
      return (a: bigint) => wrap(~a as never);
    case 'popcnt':
      return (a: bigint) => BigInt(popcntSmall(low(a)) + popcntSmall(low(a >> 32n)));
    case 'clz':
      return (a: bigint) => BigInt(clzBig(a));
  }
  return undefined;
}

const FLOAT_BINARY: { readonly [op in BinaryName]?: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  rem: (a, b) => a % b,
  min: Math.min,
  max: Math.max,
  copysign,
};

/** + − × ÷ of f32 numbers, rounded from double to f32, are correctly rounded. */
const F32_BINARY: { readonly [op in BinaryName]?: (a: number, b: number) => number } = {
  ...FLOAT_BINARY,
  add: (a, b) => Math.fround(a + b),
  sub: (a, b) => Math.fround(a - b),
  mul: (a, b) => Math.fround(a * b),
  div: (a, b) => Math.fround(a / b),
};

const BITWISE: { readonly [op in BinaryName]?: (a: number, b: number) => number } = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

export function binary(op: BinaryName, t: ScalarType): Binary {
  const table = t === 'f32' ? F32_BINARY : t === 'f64' ? FLOAT_BINARY : t === 'pred' ? BITWISE : undefined;
  const f = table ? table[op] : isBig(t) ? bigBinary(op, t) : smallBinary(op, t);
  if (f) return f as Binary;
  throw new TypeError(`the scalar language has no ${op} of ${t}`);
}

function smallBinary(op: BinaryName, t: ScalarType): Binary | undefined {
  const wrap = wrapTo(t) as unknown as (x: number) => number;
  const bits = width(t);
  const spare = 32 - bits;
  switch (op) {
    case 'add':
      return (a: number, b: number) => wrap(a + b);
    case 'sub':
      return (a: number, b: number) => wrap(a - b);
    case 'mul':
      return (a: number, b: number) => wrap(Math.imul(a, b));
    case 'div':
      return (a: number, b: number) => wrap(Math.trunc(a / b) + 0);
    case 'rem':
      return (a: number, b: number) => (a % b) + 0;
    case 'min':
      return Math.min;
    case 'max':
      return Math.max;
    case 'shl':
      return (a: number, b: number) => wrap(a << b);
    case 'shrl':
      return (a: number, b: number) => wrap((bits === 32 ? a >>> 0 : a & (2 ** bits - 1)) >>> b);
    case 'shra':
      return (a: number, b: number) => wrap(((a << spare) >> spare) >> b);
  }
  const bitwise = BITWISE[op];
  return bitwise && ((a: number, b: number) => wrap(bitwise(a, b)));
}

function bigBinary(op: BinaryName, t: ScalarType): Binary | undefined {
  const wrap = wrapTo(t) as unknown as (x: bigint) => bigint;
  switch (op) {
    case 'add':
      return (a: bigint, b: bigint) => wrap(a + b);
    case 'sub':
      return (a: bigint, b: bigint) => wrap(a - b);
    case 'mul':
      return (a: bigint, b: bigint) => wrap(a * b);
    case 'div':
      return (a: bigint, b: bigint) => wrap(a / b);
    case 'rem':
      return (a: bigint, b: bigint) => a % b;
    case 'min':
      return (a: bigint, b: bigint) => (a < b ? a : b);
    case 'max':
      return (a: bigint, b: bigint) => (a > b ? a : b);
    case 'and':
      return (a: bigint, b: bigint) => a & b;
    case 'or':
      return (a: bigint, b: bigint) => a | b;
    case 'xor':
      return (a: bigint, b: bigint) => a ^ b;
    case 'shl':
      return (a: bigint, b: bigint) => wrap(a << b);
    case 'shrl':
      return (a: bigint, b: bigint) => wrap(BigInt.asUintN(64, a) >> b);
    case 'shra':
      return (a: bigint, b: bigint) => wrap(BigInt.asIntN(64, a) >> b);
  }
  return undefined;
}

export const fma = (t: ScalarType): ((a: never, b: never, c: never) => Value) => (t === 'f32' ? fmaF32 : fmaF64);

const COMPARE: { readonly [how in ComparisonName]: (a: Value, b: Value) => number } = {
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a === b ? 0 : 1),
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
};
export const comparison = (how: ComparisonName): Binary => COMPARE[how];

/** Float → integer truncates, saturates, NaN → 0; integer → integer wraps; → pred is ≠ 0. */
export function conversion(from: ScalarType, to: ScalarType): Unary {
  const wrap = wrapTo(to) as unknown as (x: Value) => Value;
  if (to === 'pred') return (a: Value) => (Number(a) === 0 ? 0 : 1);
  if (to === 'f64') return isBig(from) ? (a: bigint) => Number(a) : (a: number) => a;
  if (to === 'f32') return isBig(from) ? (a: bigint) => Math.fround(sticky(a)) : (a: number) => Math.fround(a);
  if (isFloat(from)) return saturation(to);
  if (isBig(from)) return isBig(to) ? wrap : (a: bigint) => wrap(Number(BigInt.asIntN(32, a)));
  return isBig(to) ? (a: number) => wrap(BigInt(a)) : wrap;
}

function saturation(to: ScalarType): Unary {
  const signed = to.startsWith('s');
  const bits = width(to);
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const end = 2 ** (signed ? bits - 1 : bits);
  if (!isBig(to)) return (a: number) => (Number.isNaN(a) ? 0 : Math.min(Math.max(Math.trunc(a), least), end - 1) + 0);
  const most = BigInt(end) - 1n;
  return (a: number) => (Number.isNaN(a) ? 0n : a >= end ? most : a <= least ? BigInt(least) : BigInt(Math.trunc(a)));
}

/** A 64-bit integer as a double that rounds to f32 as the integer does: bits without room are one sticky bit. */
function sticky(a: bigint): number {
  if (BigInt.asIntN(54, a) === a) return Number(a);
  const high = a >> 11n;
  return Number(high << 11n === a ? high : high | 1n) * 2048;
}

const view = new DataView(new ArrayBuffer(8));
const WRITE: { readonly [t in ScalarType]?: (x: never) => void } = {
  f32: (x: number) => view.setFloat32(0, x),
  s32: (x: number) => view.setInt32(0, x),
  u32: (x: number) => view.setUint32(0, x),
  f64: (x: number) => view.setFloat64(0, x),
  s64: (x: bigint) => view.setBigInt64(0, x),
  u64: (x: bigint) => view.setBigUint64(0, x),
};
const READ: { readonly [t in ScalarType]?: () => Value } = {
  f32: () => view.getFloat32(0),
  s32: () => view.getInt32(0),
  u32: () => view.getUint32(0),
  f64: () => view.getFloat64(0),
  s64: () => view.getBigInt64(0),
  u64: () => view.getBigUint64(0),
};

/** Same bits, same width. */
export function bitcast(from: ScalarType, to: ScalarType): Unary {
  if (width(from) !== width(to)) throw new TypeError(`no bitcast from ${from} to ${to}: their widths differ`);
  const write = WRITE[from] as ((x: Value) => void) | undefined;
  const read = READ[to];
  if (!write || !read) return wrapTo(to);
  return (a: Value) => {
    write(a);
    return read();
  };
}

/** `roundTo`: the nearest value of a narrower float type. */
export const narrowing = (to: ElementType): Unary => rounder(to) as Unary;
