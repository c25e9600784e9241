/** Instances of ops that move elements, for verification. */
import { type Literal, literalOf, type SampleRule, sample, tensorType } from '../../src/rules/index.js';
import { factors, insertDims, like, range } from './shapes.js';

type Numbers = readonly number[];

export const Constant = sample('constant', ({ random, result, fixed }) => ({
  operands: [],
  attributes: {
    value: (fixed.value as Literal | undefined) ?? literalOf(result, random.int(0, 1)),
  },
}));

export const Broadcast = sample('broadcast', ({ random, result, fixed }) => {
  const rank = result.dims.length;
  const chosen = random.permutation(rank).slice(0, random.int(0, rank));
  const dimensions = (fixed.dimensions as Numbers | undefined) ?? chosen.sort((a, b) => a - b);
  if (dimensions.some((d) => d >= rank)) return undefined;
  const dims = dimensions.map((d) => (random.chance(0.2) ? 1 : result.dims[d]!));
  return { operands: [like(result, dims)], attributes: { dimensions } };
});

export const Transpose = sample('transpose', ({ random, result, fixed }) => {
  const permutation = (fixed.permutation as Numbers | undefined) ?? random.permutation(result.dims.length);
  if (permutation.length !== result.dims.length) return undefined;
  const dims = new Array<number>(permutation.length);
  permutation.forEach((p, d) => {
    dims[p] = result.dims[d]!;
  });
  return { operands: [like(result, dims)], attributes: { permutation } };
});

export const Reshape = sample('reshape', ({ random, result }) => {
  const n = result.dims.reduce((a, b) => a * b, 1);
  const units = result.dims.filter((d) => d !== 1);
  // Often only units come and go: that is what programs do most, and rules ask for.
  const dims = random.chance(0.5) ? insertDims(random, units, random.chance(0.5) ? [1] : []).dims : factors(random, n);
  return { operands: [like(result, random.chance(0.15) ? result.dims : dims)] };
});

export const Slice = sample('slice', ({ random, result, fixed }) => {
  const rank = result.dims.length;
  const strides = (fixed.strides as Numbers | undefined) ?? range(rank).map(() => (random.chance(0.7) ? 1 : 2));
  const starts =
    (fixed.starts as Numbers | undefined) ?? range(rank).map(() => (random.chance(0.6) ? 0 : random.int(0, 2)));
  if (strides.length !== rank || starts.length !== rank) return undefined;
  const limits =
    (fixed.limits as Numbers | undefined) ??
    result.dims.map((n, d) => starts[d]! + (n === 0 ? 0 : (n - 1) * strides[d]! + 1));
  const dims = limits.map((l) => l + (random.chance(0.6) ? 0 : random.int(0, 2)));
  return { operands: [like(result, dims)], attributes: { starts, limits, strides } };
});

export const Pad = sample('pad', ({ random, result, fixed }) => {
  const rank = result.dims.length;
  const amounts = (key: string, draw: () => number) => (fixed[key] as Numbers | undefined) ?? range(rank).map(draw);
  const low = amounts('low', () => (random.chance(0.4) ? 0 : random.int(-1, 2)));
  const high = amounts('high', () => (random.chance(0.4) ? 0 : random.int(-1, 2)));
  const interior = amounts('interior', () => (random.chance(0.8) ? 0 : 1));
  if ([low, high, interior].some((a) => a.length !== rank)) return undefined;
  const inner = result.dims.map((n, d) => n - low[d]! - high[d]!);
  const dims = inner.map((n, d) => (n <= 0 ? n : (n - 1) / (interior[d]! + 1) + 1));
  if (dims.some((n) => n < 0 || !Number.isInteger(n))) return undefined;
  return { operands: [like(result, dims), like(result, [])], attributes: { low, high, interior } };
});

export const Concatenate = sample('concatenate', ({ random, result, fixed }) => {
  if (result.dims.length === 0) return undefined;
  const dimension = (fixed.dimension as number | undefined) ?? random.int(0, result.dims.length - 1);
  const total = result.dims[dimension];
  if (total === undefined) return undefined;
  const parts: number[] = [];
  let left = total;
  for (let k = random.chance(0.15) ? 40 : random.int(0, 2); k > 0; k--) {
    parts.push(random.int(0, left));
    left -= parts.at(-1)!;
  }
  parts.push(left);
  return {
    operands: parts.map((n) =>
      like(
        result,
        result.dims.map((m, d) => (d === dimension ? n : m)),
      ),
    ),
    attributes: { dimension },
  };
});

export const Reverse = sample('reverse', ({ random, result }) => ({
  operands: [result],
  attributes: { dimensions: range(result.dims.length).filter(() => random.chance(0.4)) },
}));

export const Iota = sample('iota', ({ random, result, fixed }) =>
  result.dims.length === 0 || result.element === 'pred'
    ? undefined
    : { operands: [], attributes: { dimension: fixed.dimension ?? random.int(0, result.dims.length - 1) } as never },
);

const INDEX = tensorType('s32');

export const DynamicSlice = sample('dynamic-slice', ({ random, result }) => ({
  operands: [
    like(
      result,
      result.dims.map((n) => n + (random.chance(0.5) ? 0 : random.int(0, 3))),
    ),
    ...result.dims.map(() => INDEX),
  ],
  attributes: { sizes: result.dims },
}));

export const DynamicUpdateSlice = sample('dynamic-update-slice', ({ random, result }) => ({
  operands: [
    result,
    like(
      result,
      result.dims.map((n) => (random.chance(0.6) ? n : random.int(0, n))),
    ),
    ...result.dims.map(() => INDEX),
  ],
}));

/** Windows of an operand at places that one index vector, or several, tell. */
export const Gather = sample('gather', ({ random, result }) => {
  const windows = random.permutation(result.dims.length).slice(0, random.int(0, result.dims.length));
  const offsetDims = windows.sort((a, b) => a - b);
  const batch = result.dims.filter((_, d) => !offsetDims.includes(d));
  const window = offsetDims.map((d) => result.dims[d]!);
  const collapsed = range(random.int(0, 2)).map(() => 1);
  const { dims: sliceSizes, added } = insertDims(random, window, collapsed);
  const operand = sliceSizes.map((n) => n + (random.chance(0.4) ? 0 : random.int(0, 3)));
  const startIndexMap = range(operand.length).filter((d) => added.includes(d) || random.chance(0.5));
  if (operand.some((n, d) => n === 0 && startIndexMap.includes(d))) return undefined;
  return {
    operands: [like(result, operand), tensorType('s32', [...batch, startIndexMap.length])],
    attributes: {
      offsetDims,
      collapsedSliceDims: added,
      operandBatchingDims: [],
      startIndicesBatchingDims: [],
      startIndexMap,
      indexVectorDim: batch.length,
      sliceSizes,
      indicesAreSorted: false,
    },
  };
});

/** Picks along one dimension, which become as many dimensions as the index has beyond its batches. */
export const TorchIndexSelect = sample('torch-index-select', ({ random, result }) => {
  const rank = result.dims.length;
  const dimension = random.int(0, rank);
  const batchDims = random.int(0, Math.min(1, dimension));
  const picks = random.int(0, rank - dimension);
  const index = [...result.dims.slice(0, batchDims), ...result.dims.slice(dimension, dimension + picks)];
  const dims = [...result.dims.slice(0, dimension), random.int(1, 3), ...result.dims.slice(dimension + picks)];
  return {
    operands: [like(result, dims), tensorType(random.pick(['s32', 's64', 'u8']), index)],
    attributes: { dimension, batchDims },
  };
});

export const Copy = sample('copy', ({ result }) => ({ operands: [result] }));

export const MOVEMENT_SAMPLES: readonly SampleRule[] = [
  Constant,
  Broadcast,
  Transpose,
  Reshape,
  Slice,
  Pad,
  Concatenate,
  Reverse,
  Iota,
  DynamicSlice,
  DynamicUpdateSlice,
  Gather,
  TorchIndexSelect,
  Copy,
];
