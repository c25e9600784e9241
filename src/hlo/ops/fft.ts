/** fft: transforms along the last one to three dimensions. */
import type { FftAttributes } from '../attributes.js';
import { complexTransform, realTransform, signal } from '../numeric/fft/index.js';
import { defineOp, type OpDefinition } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import {
  type ElementType,
  elementCount,
  isComplex,
  partType,
  rowMajorStrides,
  showType,
  type TensorType,
  tensorType,
} from '../types.js';
import { attributesOf, check, operandTensor, operandType, resultType, sizesAgree } from './context.js';
import { rowsAlong } from './ordering.js';

/** Elements as pairs, or as real parts alone. */
interface Parts {
  readonly dims: readonly number[];
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function partsOf(t: Tensor): Parts {
  const n = elementCount(t.type.dims);
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  const data = t.data as Float64Array;
  const complex = isComplex(t.type.element);
  for (let i = 0; i < n; i++) {
    re[i] = complex ? data[2 * i]! : data[i]!;
    if (complex) im[i] = data[2 * i + 1]!;
  }
  return { dims: t.type.dims, re, im };
}

/** Calls `row` with the offset of each row along the last dimension, where it has so many elements, and so many. */
function eachLastRow(
  { dims }: Parts,
  length: number,
  newLength: number,
  row: (from: number, to: number) => void,
): void {
  const rows = elementCount(dims.slice(0, -1));
  for (let k = 0; k < rows; k++) row(k * length, k * newLength);
}

const withLast = (dims: readonly number[], n: number): number[] => [...dims.slice(0, -1), n];

/** The rows along a dimension transformed in place. */
function alongComplex(t: Parts, d: number, sign: 1 | -1, scale: number, element: 'f32' | 'f64'): void {
  const n = t.dims[d]!;
  const stride = rowMajorStrides(t.dims)[d]!;
  const transform = complexTransform(n, element);
  const points = signal(n);
  for (const from of rowsAlong(t.dims, d)) {
    for (let k = 0; k < n; k++) {
      points.re[k] = t.re[from + k * stride]!;
      points.im[k] = t.im[from + k * stride]!;
    }
    transform(points, sign, scale);
    for (let k = 0; k < n; k++) {
      t.re[from + k * stride] = points.re[k]!;
      t.im[from + k * stride] = points.im[k]!;
    }
  }
}

/** The last dimension's n real points as half their spectrum. */
function realToComplex(t: Parts, n: number, element: 'f32' | 'f64'): Parts {
  const length = Math.floor(n / 2) + 1;
  const dims = withLast(t.dims, length);
  const out = { dims, re: new Float64Array(elementCount(dims)), im: new Float64Array(elementCount(dims)) };
  const { forward } = realTransform(n, element);
  const row = new Float64Array(n);
  eachLastRow(t, n, length, (from, to) => {
    row.set(t.re.subarray(from, from + n));
    forward(row);
    out.re[to] = row[0]!;
    for (let k = 1; k < n; k++) (k % 2 === 1 ? out.re : out.im)[to + Math.floor((k + 1) / 2)] = row[k]!;
  });
  return out;
}

/** The inverse: imaginary parts that a real signal's spectrum does not have are ignored. */
function complexToReal(t: Parts, n: number, scale: number, element: 'f32' | 'f64'): Parts {
  const dims = withLast(t.dims, n);
  const out = { dims, re: new Float64Array(elementCount(dims)), im: new Float64Array(0) };
  const { backward } = realTransform(n, element);
  const row = new Float64Array(n);
  eachLastRow(t, t.dims.at(-1)!, n, (from, to) => {
    row[0] = t.re[from]!;
    for (let k = 1; k < n; k++) row[k] = (k % 2 === 1 ? t.re : t.im)[from + Math.floor((k + 1) / 2)]!;
    backward(row, scale);
    out.re.set(row, to);
  });
  return out;
}

/** Real operands: the last dimension first, then the others; real results: the last dimension last. */
function transform(t: Tensor, { type, length }: FftAttributes, element: ElementType): Tensor {
  const rank = t.type.dims.length;
  const axes = length.map((_, k) => rank - length.length + k);
  const part = partType(element) as 'f32' | 'f64';
  const points = length[length.length - 1]!;
  const inverse = type === 'IFFT' || type === 'IRFFT';
  const scale = inverse ? (part === 'f32' ? Math.fround : Number)(1 / elementCount(length)) : 1;
  let s = partsOf(t);
  if (s.re.length === 0 || length.includes(0)) return allocate(fftType(t.type, { type, length }));
  if (type === 'RFFT') s = realToComplex(s, points, part);
  const whole = type === 'FFT' || type === 'IFFT' ? axes : axes.slice(0, -1);
  whole.forEach((d, k) => {
    alongComplex(s, d, inverse ? 1 : -1, type === 'IFFT' && k === 0 ? scale : 1, part);
  });
  if (type === 'IRFFT') s = complexToReal(s, points, scale, part);
  const out = allocate(tensorType(element, s.dims));
  const data = out.data as Float64Array;
  const complex = isComplex(element);
  for (let i = 0; i < s.re.length; i++) {
    if (complex) {
      data[2 * i] = s.re[i]!;
      data[2 * i + 1] = s.im[i]!;
    } else data[i] = s.re[i]!;
  }
  return out;
}

const COMPLEX_OF: { readonly [t: string]: ElementType } = { f32: 'c64', f64: 'c128' };
const REAL_OF: { readonly [t: string]: ElementType } = { c64: 'f32', c128: 'f64' };

function fftType(t: TensorType, { type, length }: FftAttributes): TensorType {
  const rank = t.dims.length;
  check(length.length >= 1 && length.length <= 3 && length.length <= rank, () => {
    return `an fft has 1 to 3 dimensions, within the rank of ${showType(t)}, but ${length.length} lengths are given`;
  });
  check(
    length.every((n) => n >= 0),
    () => `fft lengths [${length}] must not be negative`,
  );
  const real = type === 'RFFT';
  check(real ? t.element in COMPLEX_OF : t.element in REAL_OF, () => {
    return `${type} takes ${real ? 'f32 or f64' : 'c64 or c128'}, not ${showType(t)}`;
  });
  const first = rank - length.length;
  const last = length.length - 1;
  length.forEach((n, k) => {
    const expected = type === 'IRFFT' && k === last ? Math.floor(n / 2) + 1 : n;
    const given = t.dims[first + k]!;
    check(sizesAgree(given, expected), () => `dimension ${first + k} of ${showType(t)} must have size ${expected}`);
  });
  const n = length[last]!;
  const size = type === 'RFFT' ? Math.floor(n / 2) + 1 : n;
  const element = real ? COMPLEX_OF[t.element]! : type === 'IRFFT' ? REAL_OF[t.element]! : t.element;
  return tensorType(
    element,
    t.dims.map((d, k) => (k === rank - 1 ? size : d)),
  );
}

export const FFT_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'fft',
    doc: 'the discrete Fourier transform along the last dimensions, each operation rounded',
    operands: 1,
    stablehlo: ['stablehlo.fft'],
    hlo: ['fft'],
    infer: (c) => [fftType(operandType(c, 0), attributesOf<FftAttributes>(c))],
    evaluate: (c) => [transform(operandTensor(c, 0), attributesOf<FftAttributes>(c), resultType(c).element)],
  }),
];
