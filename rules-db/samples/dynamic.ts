/** Instances of ops whose sizes are operands, for verification: of the static op, with its sizes as constants. */
import {
  type ConvolutionAttributes,
  type GatherAttributes,
  isComplex,
  Literal,
  type PadAttributes,
  type Sample,
  type SampleRequest,
  type SampleRule,
  type SliceAttributes,
  sample,
  tensorType,
  type WindowAttributes,
} from '../../src/rules/index.js';
import { ApproxTopK } from './lapack.js';
import { RngBitGenerator } from './library.js';
import { Broadcast, Gather, Iota, Pad, Reshape, Slice } from './movement.js';
import { like } from './shapes.js';
import { Convolution, ReduceWindow } from './structured.js';

function sizes(list: readonly number[], dims: readonly number[] = [list.length]): Literal {
  return Literal.dense(tensorType('s32', dims), Int32Array.from(list));
}

/** An instance of `op` from one of its static counterpart. */
const from = (op: string, other: SampleRule, change: (s: Sample, request: SampleRequest) => Sample): SampleRule =>
  sample(op, (request) => {
    const made = other.make(request);
    return made && change(made, request);
  });

/** The same with the result's sizes as a further operand. */
const sized = (op: string, other: SampleRule): SampleRule =>
  from(op, other, (s, { result: { dims } }) => ({ ...s, operands: [...s.operands, sizes(dims)] }));

export const DynamicReshape = sized('dynamic-reshape', Reshape);
export const DynamicBroadcast = sized('dynamic-broadcast-in-dim', Broadcast);
export const DynamicIota = sized('dynamic-iota', Iota);

export const DynamicPad = from('dynamic-pad', Pad, ({ operands, attributes }) => {
  const { low, high, interior } = attributes as PadAttributes;
  return { operands: [...operands, sizes(low), sizes(high), sizes(interior)] };
});

export const RealDynamicSlice = from('real-dynamic-slice', Slice, ({ operands, attributes }, { random }) => {
  const { starts, limits, strides } = attributes as SliceAttributes;
  // Now and then starts that are known at run time alone; few of them are in range.
  const from = random.chance(0.2) ? tensorType('s32', [starts.length]) : sizes(starts);
  return { operands: [...operands, from, sizes(limits), sizes(strides)] };
});

export const DynamicGather = from('dynamic-gather', Gather, ({ operands, attributes }) => {
  const { sliceSizes, ...others } = attributes as GatherAttributes;
  return { operands: [...operands, sizes(sliceSizes)], attributes: others };
});

export const DynamicConv = from('dynamic-conv', Convolution, ({ operands, attributes }) => {
  const { padding, ...others } = attributes as ConvolutionAttributes;
  return { operands: [...operands, sizes(padding.flat(), [padding.length, 2])], attributes: others };
});

export const GetDimensionSize = sample('get-dimension-size', ({ random, result, fixed }) => {
  if (result.element !== 's32' || result.dims.length > 0) return undefined;
  const dims = Array.from({ length: random.int(1, 3) }, () => random.int(0, 4));
  const dimension = (fixed.dimension as number | undefined) ?? random.int(0, dims.length - 1);
  return { operands: [tensorType('f32', dims)], attributes: { dimension } };
});

export const SetDimensionSize = sample('set-dimension-size', ({ random, result, fixed }) => {
  if (result.dims.length === 0) return undefined;
  const dimension = (fixed.dimension as number | undefined) ?? random.int(0, result.dims.length - 1);
  const dims = result.dims.map((n, d) => (d === dimension ? n + random.int(0, 3) : n));
  return { operands: [like(result, dims), sizes([result.dims[dimension]!], [])], attributes: { dimension } };
});

export const DynamicTopK = sample('dynamic-topk', ({ random, result }) => {
  const last = result.dims.length - 1;
  if (last < 0 || isComplex(result.element)) return undefined;
  const k = result.dims[last]!;
  const operand = like(
    result,
    result.dims.map((n, d) => (d === last ? k + random.int(0, 3) : n)),
  );
  return { operands: [operand, sizes([k], [])], results: [result, tensorType('s32', result.dims)] };
});

export const DynamicApproxTopK = from('dynamic-approx-topk', ApproxTopK, ({ attributes, ...made }, { result }) => {
  const { reductionDim } = attributes as { reductionDim: number };
  const operands = [...made.operands, sizes([result.dims[reductionDim]!], [])];
  return { ...made, operands, attributes: { reductionDim } };
});

export const DynamicReduceWindow = from('dynamic-reduce-window', ReduceWindow, ({ operands, attributes, regions }) => {
  const a = attributes as WindowAttributes;
  const lists = [a.size, a.strides, a.baseDilations, a.windowDilations].map((list) => sizes(list));
  return { operands: [...operands, ...lists, sizes(a.padding.flat(), [a.padding.length, 2])], regions: regions! };
});

export const DynamicRngBitGenerator = from(
  'dynamic-rng-bit-generator',
  RngBitGenerator,
  ({ attributes, ...made }, { result: { dims } }) => ({
    ...made,
    operands: [...made.operands, sizes(dims)],
    attributes: { rngAlgorithm: attributes!.algorithm },
  }),
);

export const DYNAMIC_SAMPLES: readonly SampleRule[] = [
  DynamicReshape,
  DynamicBroadcast,
  DynamicIota,
  DynamicPad,
  RealDynamicSlice,
  DynamicGather,
  DynamicConv,
  GetDimensionSize,
  SetDimensionSize,
  DynamicTopK,
  DynamicApproxTopK,
  DynamicReduceWindow,
  DynamicRngBitGenerator,
];
