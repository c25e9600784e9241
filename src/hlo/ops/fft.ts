/** fft: transforms along the last one to three dimensions. */
import type { FftAttributes } from '../attributes.js';
import { fourier } from '../numeric/fourier.js';
import { defineOp, type OpDefinition } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import {
  type ElementType,
  elementCount,
  isComplex,
  rowMajorStrides,
  showType,
  type TensorType,
  tensorType,
} from '../types.js';
import { attributesOf, check, operandTensor, operandType, resultType, sizesAgree } from './context.js';
import { rowsAlong } from './ordering.js';

/** Complex elements in double. */
interface Signal {
  readonly dims: readonly number[];
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function signalOf(t: Tensor): Signal {
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

/** The signal with its rows along `dimension` transformed; rows may change length. */
function along(s: Signal, dimension: number, length: number, inverse: boolean, fill: Fill): Signal {
  const dims = s.dims.map((n, d) => (d === dimension ? length : n));
  const count = elementCount(dims);
  const out = { dims, re: new Float64Array(count), im: new Float64Array(count) };
  const n = fill.points;
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  const transform = fourier(n, inverse);
  const stride = rowMajorStrides(dims)[dimension]!;
  const starts = [...rowsAlong(s.dims, dimension)];
  const outStarts = [...rowsAlong(dims, dimension)];
  const scale = inverse ? 1 / n : 1;
  starts.forEach((start, row) => {
    for (let k = 0; k < n; k++) {
      const { at, conjugate } = fill.source(k);
      re[k] = s.re[start + at * stride]!;
      im[k] = conjugate ? -s.im[start + at * stride]! : s.im[start + at * stride]!;
    }
    transform(re, im);
    for (let k = 0; k < length; k++) {
      out.re[outStarts[row]! + k * stride] = re[k]! * scale;
      out.im[outStarts[row]! + k * stride] = im[k]! * scale;
    }
  });
  return out;
}

/** Where the points of a row come from. */
interface Fill {
  readonly points: number;
  source(k: number): { at: number; conjugate: boolean };
}

const plain = (points: number): Fill => ({ points, source: (at) => ({ at, conjugate: false }) });
/** Half a spectrum stands for the whole of a real signal's: X[n − k] is the conjugate of X[k]. */
const hermitian = (points: number): Fill => ({
  points,
  source: (k) => (k <= points / 2 ? { at: k, conjugate: false } : { at: points - k, conjugate: true }),
});

function transform(t: Tensor, { type, length }: FftAttributes, element: ElementType): Tensor {
  const rank = t.type.dims.length;
  const axes = length.map((_, k) => rank - length.length + k);
  const last = rank - 1;
  const points = length[length.length - 1]!;
  let s = signalOf(t);
  const inverse = type === 'IFFT' || type === 'IRFFT';
  if (type === 'RFFT') s = along(s, last, Math.floor(points / 2) + 1, false, plain(points));
  const whole = type === 'FFT' || type === 'IFFT' ? axes : axes.slice(0, -1);
  for (const d of whole) s = along(s, d, s.dims[d]!, inverse, plain(s.dims[d]!));
  if (type === 'IRFFT') s = along(s, last, points, true, hermitian(points));
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
    doc: 'the discrete Fourier transform along the last dimensions, computed in double and rounded once',
    operands: 1,
    stablehlo: ['stablehlo.fft'],
    hlo: ['fft'],
    infer: (c) => [fftType(operandType(c, 0), attributesOf<FftAttributes>(c))],
    evaluate: (c) => [transform(operandTensor(c, 0), attributesOf<FftAttributes>(c), resultType(c).element)],
  }),
];
