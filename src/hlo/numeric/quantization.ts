/** Quantized tensors to real ones and back, as StableHLO's dequantize and quantize define them. */
import { allocate, type Tensor } from '../tensor.js';
import { elementCount, type Quantization, rowMajorStrides, type TensorType } from '../types.js';
import { reader, rounder, writer } from './access.js';
import { roundNearestEven } from './float-formats.js';

/** The type whose elements are the real numbers that a quantized type's integers stand for. */
export const expressedType = (t: TensorType): TensorType =>
  t.quantization ? { kind: 'tensor', element: t.quantization.expressed, dims: t.dims } : t;

/** Which entry of scales and zero points belongs to element i. */
function channelOf(q: Quantization, dims: readonly number[]): (i: number) => number {
  if (q.axis === undefined || q.scales.length === 1) return () => 0;
  const stride = rowMajorStrides(dims)[q.axis]!;
  const size = dims[q.axis]!;
  return (i) => Math.floor(i / stride) % size;
}

/** (stored − zero point) × scale, in the expressed type. */
export function dequantizer(q: Quantization, channel = 0): (stored: number) => number {
  const round = rounder(q.expressed) as (x: number) => number;
  const scale = round(q.scales[channel]!);
  const zero = q.zeroPoints[channel]!;
  return (stored) => round(round(stored - zero) * scale);
}

/**
 * real / scale to the nearest integer, ties to even, plus the zero point, all in the expressed type; as an integer (0 for
 * NaN) clamped to the storage range.
 */
export function quantizer(q: Quantization, channel = 0): (real: number) => number {
  const round = rounder(q.expressed) as (x: number) => number;
  const scale = round(q.scales[channel]!);
  const zero = round(q.zeroPoints[channel]!);
  return (real) => {
    const shifted = round(roundNearestEven(round(real / scale)) + zero) || 0;
    return Math.min(Math.max(shifted, q.storageMin), q.storageMax);
  };
}

const channels = <T>(q: Quantization, make: (q: Quantization, channel: number) => T): T[] =>
  q.scales.map((_, channel) => make(q, channel));

/** The real numbers that a quantized tensor stands for. A tensor that is not quantized is given back. */
export function dequantize(t: Tensor): Tensor {
  const q = t.type.quantization;
  if (!q) return t;
  const out = allocate(expressedType(t.type));
  const write = writer(q.expressed);
  const channel = channelOf(q, t.type.dims);
  const real = channels(q, dequantizer);
  for (let i = 0; i < t.data.length; i++) write(out.data, i, real[channel(i)]!(t.data[i] as number));
  return out;
}

/** A real tensor in the quantized type `type`, whose dimensions may be unknown. */
export function quantize(t: Tensor, type: TensorType): Tensor {
  const q = type.quantization!;
  const { dims } = t.type;
  const out = allocate({ ...type, dims });
  const read = reader(t.type.element);
  const channel = channelOf(q, dims);
  const stored = channels(q, quantizer);
  for (let i = 0; i < elementCount(dims); i++) out.data[i] = stored[channel(i)]!(read(t.data, i) as number);
  return out;
}
