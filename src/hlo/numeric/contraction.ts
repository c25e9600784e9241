/**
 * The inner loops of dot and convolution, one set for each type that sums are kept in.
 *
 * Terms join their sum in ascending k, product and sum rounded separately: the order that compiled code in strict
 * mode reproduces bit for bit.
 */
import type { TypedArray } from '../tensor.js';
import { allocate, type Tensor } from '../tensor.js';
import { ELEMENT, type ElementType, isFloat } from '../types.js';
import { reader } from './access.js';
import { widen } from './wide.js';

/** out[o + j] += Σ_k a[ai + k] · b[bi + k·stride + j], for j below n; k ascending below `terms`. */
export type RowKernel = (
  out: TypedArray,
  o: number,
  n: number,
  a: TypedArray,
  ai: number,
  terms: number,
  b: TypedArray,
  bi: number,
  stride: number,
) => void;

const f32Row: RowKernel = (out, o, n, a, ai, terms, b, bi, stride) => {
  const r = out as Float32Array;
  const x = a as Float32Array;
  const y = b as Float32Array;
  const { fround } = Math;
  let k = 0;
  for (; k + 4 <= terms; k += 4) {
    const x0 = x[ai + k]!;
    const x1 = x[ai + k + 1]!;
    const x2 = x[ai + k + 2]!;
    const x3 = x[ai + k + 3]!;
    let p = bi + k * stride;
    for (let j = o, end = o + n; j < end; j++, p++) {
      let s = r[j]!;
      s = fround(s + fround(x0 * y[p]!));
      s = fround(s + fround(x1 * y[p + stride]!));
      s = fround(s + fround(x2 * y[p + 2 * stride]!));
      r[j] = fround(s + fround(x3 * y[p + 3 * stride]!));
    }
  }
  for (; k < terms; k++) {
    const x0 = x[ai + k]!;
    for (let j = o, end = o + n, p = bi + k * stride; j < end; j++, p++) r[j] = fround(r[j]! + fround(x0 * y[p]!));
  }
};

const f64Row: RowKernel = (out, o, n, a, ai, terms, b, bi, stride) => {
  const r = out as Float64Array;
  const x = a as Float64Array;
  const y = b as Float64Array;
  for (let k = 0; k < terms; k++) {
    const xk = x[ai + k]!;
    for (let j = o, end = o + n, p = bi + k * stride; j < end; j++, p++) r[j] = r[j]! + xk * y[p]!;
  }
};

/** 32-bit integers modulo 2^32; narrower ones are exact before the result wraps. */
const i32Row: RowKernel = (out, o, n, a, ai, terms, b, bi, stride) => {
  const r = out as Int32Array;
  const x = a as Int32Array;
  const y = b as Int32Array;
  for (let k = 0; k < terms; k++) {
    const xk = x[ai + k]!;
    for (let j = o, end = o + n, p = bi + k * stride; j < end; j++, p++) r[j] = (r[j]! + Math.imul(xk, y[p]!)) | 0;
  }
};

const i64Row: RowKernel = (out, o, n, a, ai, terms, b, bi, stride) => {
  const r = out as BigInt64Array;
  const x = a as BigInt64Array;
  const y = b as BigInt64Array;
  for (let k = 0; k < terms; k++) {
    const xk = x[ai + k]!;
    if (xk === 0n) continue;
    for (let j = o, end = o + n, p = bi + k * stride; j < end; j++, p++) r[j] = r[j]! + xk * y[p]!;
  }
};

const predRow: RowKernel = (out, o, n, a, ai, terms, b, bi, stride) => {
  for (let k = 0; k < terms; k++) {
    if (!a[ai + k]) continue;
    for (let j = 0; j < n; j++) if (b[bi + k * stride + j]) out[o + j] = 1;
  }
};

/** Complex numbers in f64 pairs: products rounded as their parts are. */
const complexRow =
  (round: (x: number) => number): RowKernel =>
  (out, o, n, a, ai, terms, b, bi, stride) => {
    const r = out as Float64Array;
    const x = a as Float64Array;
    const y = b as Float64Array;
    for (let k = 0; k < terms; k++) {
      const re = x[2 * (ai + k)]!;
      const im = x[2 * (ai + k) + 1]!;
      for (let j = 0; j < n; j++) {
        const p = 2 * (bi + k * stride + j);
        const q = 2 * (o + j);
        r[q] = r[q]! + round(round(re * y[p]!) - round(im * y[p + 1]!));
        r[q + 1] = r[q + 1]! + round(round(re * y[p + 1]!) + round(im * y[p]!));
      }
    }
  };

/** The type that a contraction with these operands and this result is summed in. */
export function sumType(lhs: ElementType, rhs: ElementType, result: ElementType): ElementType {
  const all = [lhs, rhs, result];
  if (ELEMENT[result].class === 'complex') return all.includes('c128') ? 'c128' : 'c64';
  if (isFloat(result)) return all.includes('f64') ? 'f64' : 'f32';
  if (result === 'pred') return 'pred';
  return ELEMENT[result].bits === 64 ? 's64' : 's32';
}

const KERNELS: { readonly [t: string]: RowKernel } = {
  f32: f32Row,
  f64: f64Row,
  s32: i32Row,
  s64: i64Row,
  pred: predRow,
  c64: complexRow(Math.fround),
  c128: complexRow((x) => x),
};

export const rowKernel = (sum: ElementType): RowKernel => KERNELS[sum]!;

/** The tensor's elements in a type that sums are kept in: wider floats, integers modulo its width. */
export function asSummand(t: Tensor, sum: ElementType): Tensor {
  const wide = widen(t);
  const from = wide.type.element;
  if (from === sum) return wide;
  const out = allocate({ kind: 'tensor', element: sum, dims: t.type.dims });
  const { class: cls } = ELEMENT[sum];
  const n = out.data.length;
  if (cls === 'complex' && ELEMENT[from].class !== 'complex') {
    for (let i = 0; i < n; i += 2) out.data[i] = Number(wide.data[i >> 1]);
  } else if (sum === 's64') {
    const read = reader(from);
    for (let i = 0; i < n; i++) out.data[i] = BigInt.asIntN(64, BigInt(read(wide.data, i) as number | bigint));
  } else if (sum === 's32' && ELEMENT[from].bits === 64) {
    for (let i = 0; i < n; i++) out.data[i] = Number(BigInt.asIntN(32, BigInt(wide.data[i]!)));
  } else {
    for (let i = 0; i < n; i++) out.data[i] = Number(wide.data[i]);
  }
  return out;
}

/** Sums in the result's own type: rounded once, or wrapped. */
export function fromSum(t: Tensor, element: ElementType, encode: ((x: number) => number) | undefined): Tensor {
  const from = t.type.element;
  if (from === element) return t;
  const out = allocate({ ...t.type, element });
  const n = out.data.length;
  const to = out.data as Float64Array;
  const sums = t.data as Float64Array;
  if (ELEMENT[element].bits === 64 && ELEMENT[element].class !== 'complex' && !isFloat(element)) {
    for (let i = 0; i < n; i++) (out.data as BigInt64Array)[i] = (t.data as BigInt64Array)[i]!;
  } else if (encode) for (let i = 0; i < n; i++) to[i] = encode(sums[i]!);
  else to.set(sums);
  return out;
}
