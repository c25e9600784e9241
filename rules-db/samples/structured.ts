/** Instances of reductions, contractions and control flow. */
import { isFloat, literalOf, type SampleRule, sample, type TensorType, tensorType } from '../../src/rules/index.js';
import { insertDims, like, range } from './shapes.js';

/** Of one operand; of two, the second holds the places of the first's elements. */
export const Reduce = sample('reduce', ({ random, result, fixed, operands = 2 }) => {
  const types = [result, ...(operands === 4 ? [{ ...result, element: 's32' as const }] : [])];
  const scalars = types.map((t) => like(t, []));
  const wanted = fixed.dimensions as readonly number[] | undefined;
  const count = operands === 4 ? 1 : random.int(0, 2);
  const extra = range(wanted?.length ?? count).map(() => random.int(1, 3));
  const { dims, added } = insertDims(random, result.dims, extra);
  return {
    operands: [...types.map((t) => like(t, dims)), ...scalars],
    attributes: { dimensions: wanted ?? added },
    regions: [{ parameters: [...scalars, ...scalars], results: scalars }],
    results: types,
  };
});

/** Result dimensions: batch, then those of the left side alone, then those of the right. */
export const Dot = sample('dot', ({ random, result }) => {
  const rank = result.dims.length;
  const batch = random.int(0, Math.min(1, rank));
  const split = random.int(batch, rank);
  const k = range(random.int(0, 2)).map(() => random.int(1, 3));
  const shared = result.dims.slice(0, batch);
  const side = (free: readonly number[]) => {
    const own = [...shared.map((n) => ({ n, role: 'batch' })), ...k.map((n) => ({ n, role: 'k' }))];
    const { dims, added } = insertDims(
      random,
      free,
      own.map((o) => o.n),
    );
    // The sizes that were inserted stand in order: batch first, then contracted.
    return { dims, batch: added.slice(0, batch), contracting: added.slice(batch) };
  };
  const lhs = side(result.dims.slice(batch, split));
  const rhs = side(result.dims.slice(split));
  return {
    operands: [like(result, lhs.dims), like(result, rhs.dims)],
    attributes: {
      lhsBatch: lhs.batch,
      rhsBatch: rhs.batch,
      lhsContracting: lhs.contracting,
      rhsContracting: rhs.contracting,
    },
  };
});

/** Two matrices, blocks of whose rows have scales. */
export const ScaledDot = sample('scaled-dot', ({ random, result }) => {
  if (result.dims.length !== 2 || !isFloat(result.element) || result.dims.includes(0)) return undefined;
  const [m, n] = result.dims as [number, number];
  const blocks = random.int(1, 2);
  const k = blocks * random.int(1, 3);
  const narrow = random.pick(['f32', 'bf16', 'f8e4m3fn', 'f4e2m1fn'] as const);
  const scale = (rows: number) => tensorType('bf16', random.chance(0.3) ? [] : [random.chance(0.5) ? 1 : rows, blocks]);
  return {
    operands: [tensorType(narrow, [m, k]), tensorType(narrow, [n, k]), scale(m), scale(n)],
    attributes: { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [1] },
  };
});

/** Groups of rows, of contracted dimensions, or of batches. */
export const RaggedDot = sample('ragged-dot', ({ random, result }) => {
  const mode = random.pick(['rows', 'terms', 'batch']);
  const groups = mode === 'terms' ? result.dims[0] : random.int(1, 3);
  const dims = mode === 'terms' ? result.dims.slice(1) : result.dims;
  if (groups === undefined || dims.length < 2 || dims.length > 3) return undefined;
  const [m, columns] = dims.slice(-2) as [number, number];
  const batch = dims.slice(0, -2);
  if (mode === 'batch' && batch.length === 0) return undefined;
  const batches = batch.map((_, d) => d);
  const k = random.int(1, 3);
  const own = random.chance(0.3) && mode !== 'batch' ? batch : [];
  const side = mode === 'rows' ? [...batch, groups, k, columns] : [...batch, k, columns];
  const at = batch.length;
  return {
    operands: [
      like(result, [...batch, m, k]),
      like(result, side),
      tensorType(random.pick(['s32', 's64', 'u8', 'u64']), [...own, groups]),
    ],
    attributes: {
      lhsBatch: batches,
      rhsBatch: batches,
      lhsContracting: [at + 1],
      rhsContracting: [mode === 'rows' ? at + 1 : at],
      lhsRagged: [mode === 'rows' ? at : mode === 'terms' ? at + 1 : 0],
      rhsGroup: mode === 'rows' ? [at] : [],
    },
  };
});

/** NHWC with a window of 1 × 1, or of more. */
export const Convolution = sample('convolution', ({ random, result }) => {
  const rank = result.dims.length;
  if (rank < 2 || rank > 4) return undefined;
  const spatial = range(rank - 2);
  const window = spatial.map(() => (random.chance(0.7) ? 1 : 2));
  const features = random.int(1, 3);
  const sizes = result.dims.slice(1, -1).map((n, d) => n + window[d]! - 1);
  const dims = {
    lhsBatch: 0,
    lhsFeature: rank - 1,
    lhsSpatial: spatial.map((d) => d + 1),
    rhsInputFeature: rank - 2,
    rhsOutputFeature: rank - 1,
    rhsSpatial: spatial,
    resultBatch: 0,
    resultFeature: rank - 1,
    resultSpatial: spatial.map((d) => d + 1),
  };
  return {
    operands: [
      like(result, [result.dims[0]!, ...sizes, features]),
      like(result, [...window, features, result.dims[rank - 1]!]),
    ],
    attributes: {
      dims,
      strides: spatial.map(() => 1),
      padding: spatial.map(() => [0, 0]),
      lhsDilation: spatial.map(() => 1),
      rhsDilation: spatial.map(() => 1),
      reversal: spatial.map(() => false),
      featureGroupCount: 1,
      batchGroupCount: 1,
    },
  };
});

const PRED = tensorType('pred');

export const Sort = sample('sort', ({ random, result }) => {
  if (result.dims.length === 0) return undefined;
  const operands = range(random.int(1, 2)).map(() => result);
  const scalar = like(result, []);
  return {
    operands,
    results: operands,
    attributes: { dimension: random.int(0, result.dims.length - 1), stable: true },
    regions: [{ parameters: operands.flatMap(() => [scalar, scalar]), results: [tensorType('pred')] }],
  };
});

/** Windows, or along one dimension all elements up to each, whose result has the given shape. */
export const ReduceWindow = sample('reduce-window', ({ random, result, fixed }) => {
  if (Object.keys(fixed).length > 0 || result.dims.some((n) => n === 0)) return undefined;
  const scalar = like(result, []);
  const cumulative = random.chance(0.3) ? random.int(0, result.dims.length - 1) : -1;
  const window = result.dims.map((n, d) => {
    if (cumulative >= 0)
      return { n, size: d === cumulative ? n : 1, stride: 1, low: d === cumulative ? n - 1 : 0, high: 0 };
    const [size, stride] = [random.int(1, 3), random.int(1, 2)];
    const covered = (n - 1) * stride + size;
    const low = random.int(0, Math.min(1, covered - 1));
    return { n: covered - low, size, stride, low, high: 0 };
  });
  const ones = window.map(() => 1);
  return {
    operands: [
      like(
        result,
        window.map((w) => w.n),
      ),
      scalar,
    ],
    attributes: {
      size: window.map((w) => w.size),
      strides: window.map((w) => w.stride),
      padding: window.map((w) => [w.low, w.high]),
      baseDilations: ones,
      windowDilations: ones,
    },
    regions: [{ parameters: [scalar, scalar], results: [scalar] }],
  };
});

/** A window of at most 3, in steps of at most 2, along each dimension of the operand. */
export const SelectAndScatter = sample('select-and-scatter', ({ random, result, fixed }) => {
  if (Object.keys(fixed).length > 0 || result.dims.some((n) => n === 0)) return undefined;
  const window = result.dims.map((n) => {
    const size = random.int(1, Math.min(3, n));
    return { size, stride: random.int(1, 2), low: random.int(0, size - 1), high: random.int(0, size - 1) };
  });
  const positions = result.dims.map((n, d) => {
    const { size, stride, low, high } = window[d]!;
    return Math.floor((n + low + high - size) / stride) + 1;
  });
  const scalar = like(result, []);
  return {
    operands: [result, like(result, positions), scalar],
    attributes: {
      size: window.map((w) => w.size),
      strides: window.map((w) => w.stride),
      padding: window.map((w) => [w.low, w.high]),
    },
    regions: [
      { parameters: [scalar, scalar], results: [PRED] },
      { parameters: [scalar, scalar], results: [scalar] },
    ],
  };
});

/** One input and one carried slice of it. */
export const Scan = sample('scan', ({ random, result }) => {
  if (result.dims.length === 0) return undefined;
  const dimension = random.int(0, result.dims.length - 1);
  const slice = like(
    result,
    result.dims.filter((_, d) => d !== dimension),
  );
  return {
    operands: [result, slice],
    results: [result, slice],
    attributes: { dimension, isReverse: random.chance(0.5) },
    regions: [{ parameters: [slice, slice], results: [slice, slice] }],
  };
});

export const MapOp = sample('map', ({ random, result }) => {
  const operands = range(random.int(1, 3)).map(() => result);
  const scalar = like(result, []);
  return { operands, regions: [{ parameters: operands.map(() => scalar), results: [scalar] }] };
});

/**
 * A loop that ends from wherever it begins: over 8-bit numbers, in steps that do not leap over their ends. What else it
 * carries doubles, or stays.
 */
export const While = sample('while', ({ random, result }) => {
  const counter = tensorType(random.pick(['s8', 'u8'] as const));
  const carried = [result, counter, counter, ...range(random.int(0, 2)).map(() => result)];
  const near = (from: number) => literalOf(counter, from + random.int(0, random.chance(0.7) ? 4 : 20));
  const direction = random.pick(['LT', 'LE', 'GT', 'GE', 'NE'] as const);
  const up = direction === 'NE' ? random.chance(0.5) : direction.startsWith('L');
  const step = direction === 'NE' ? 1 : random.int(1, 3);
  // A limit that is handed in may be the last number of all: only steps of 1 are sure to meet it.
  const given = step === 1 && !direction.endsWith('E');
  const limit = near(25);
  const doubled = carried.map(() => random.chance(0.5));
  return {
    operands: carried.map((t, k) => (k === 1 && random.chance(0.5) ? near(22) : t)),
    results: carried,
    regions: [
      {
        parameters: carried,
        results: [PRED],
        make: (build, parameters) => {
          const end = given && random.chance(0.5) ? parameters[2]! : build.constant(limit);
          const type = counter.element === 's8' ? 'SIGNED' : 'UNSIGNED';
          return [build.op('compare', [parameters[1]!, end], { direction, type })];
        },
      },
      {
        parameters: carried,
        results: carried,
        make: (build, parameters) =>
          parameters.map((v, k) => {
            if (k === 1) return build.op(up ? 'add' : 'subtract', [v, build.fill(counter, step)]);
            return k !== 2 && doubled[k] ? build.op('add', [v, v]) : v;
          }),
      },
    ],
  };
});

const branches = (op: string, selector: 'pred' | 's32'): SampleRule =>
  sample(op, ({ random, result }) => {
    const captured = range(random.int(0, 2)).map(() => result);
    const region = { parameters: captured, results: [result] };
    const n = selector === 'pred' ? 2 : random.int(1, 3);
    return { operands: [tensorType(selector), ...captured], regions: range(n).map(() => region) };
  });

export const If = branches('if', 'pred');
export const Case = branches('case', 's32');

/** The one kind of value that is no tensor. */
const TOKEN = { kind: 'token' } as unknown as TensorType;

export const AfterAll = sample('after-all', () => ({ operands: [], results: [TOKEN] }));
export const AddDependency = sample('add-dependency', ({ result }) => ({ operands: [result, TOKEN] }));

export const OptBarrier = sample('opt-barrier', ({ random, result }) => {
  const operands = range(random.int(1, 3)).map(() => result);
  return { operands, results: operands };
});

export const STRUCTURED_SAMPLES: readonly SampleRule[] = [
  Reduce,
  Dot,
  RaggedDot,
  ScaledDot,
  Convolution,
  Sort,
  ReduceWindow,
  SelectAndScatter,
  Scan,
  MapOp,
  While,
  If,
  Case,
  OptBarrier,
  AfterAll,
  AddDependency,
];
