import {
  bind,
  guard,
  literalOf,
  op,
  type Random,
  rest,
  rewrite,
  type TensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { constantOf, count, dimsOf, integersOf, type Numbers, range, sameNumbers } from './common.js';

const { x, u, i, xs, n, od, cs, ob, map, sz } = variables('x', 'u', 'i', 'xs', 'n', 'od', 'cs', 'ob', 'map', 'sz');

const clampStart = (start: number, extent: number, size: number): number => Math.max(0, Math.min(start, extent - size));
const someIndex = (random: Random, t: TensorType) => literalOf(t, random.int(-1, 4));
const areConstant = (list: readonly Value[]): boolean => list.every((v) => constantOf(v) !== undefined);

export const DynamicSlice_All = rewrite('dynamic-slice(x, …, all of it) = x', op('dynamic-slice', [x, rest(xs)]), {
  when: [guard('the slice is the whole', ({ x }, root) => sameNumbers(dimsOf(x), dimsOf(root.result)))],
  to: ({ x }) => x,
  fp: 'exact',
});

export const DynamicSlice_Constant = rewrite(
  'dynamic-slice(x, constants) = slice(x)',
  op('dynamic-slice', [x, rest(xs)], { sizes: n }),
  {
    when: [guard('all starts are constants', ({ xs }) => areConstant(xs), { xs: someIndex })],
    to: ({ x, xs, n }, build) => {
      const starts = xs.map((v, d) => clampStart(integersOf(v)[0]!, dimsOf(x)[d]!, n[d]!));
      const limits = starts.map((s, d) => s + n[d]!);
      return build.op('slice', [x], { starts, limits, strides: starts.map(() => 1) });
    },
    fp: 'exact',
  },
);

export const DynamicUpdateSlice_All = rewrite(
  'dynamic-update-slice(x, u, …) = u where u is as large as x',
  op('dynamic-update-slice', [x, u, rest(xs)]),
  {
    when: [guard('the update is as large as the operand', ({ x, u }) => sameNumbers(dimsOf(x), dimsOf(u)))],
    to: ({ u }) => u,
    fp: 'exact',
  },
);

export const DynamicUpdateSlice_Empty = rewrite(
  'dynamic-update-slice(x, empty, …) = x',
  op('dynamic-update-slice', [x, u, rest(xs)]),
  {
    when: [guard('the update is empty', ({ u }) => dimsOf(u).includes(0))],
    to: ({ x }) => x,
    fp: 'exact',
  },
);

export const DynamicUpdateSlice_OfSlice_Same = rewrite(
  'dynamic-update-slice(x, dynamic-slice(x, i), i) = x',
  op('dynamic-update-slice', [x, op('dynamic-slice', [x, rest(xs)]), rest(xs)]),
  { to: ({ x }) => x, fp: 'exact' },
);

/** The dimensions that a window keeps, in order. */
const keptOf = (sizes: Numbers, collapsed: Numbers): Numbers => sizes.filter((_, d) => !collapsed.includes(d));

export const Gather_Constant_One = rewrite(
  'gather(x, one constant index) = reshape(slice(x))',
  op('gather', [x, i], {
    offsetDims: od,
    collapsedSliceDims: cs,
    operandBatchingDims: bind(ob, []),
    startIndexMap: map,
    sliceSizes: sz,
  }),
  {
    when: [
      guard('the indices are constant', ({ i }) => areConstant([i]), { i: someIndex }),
      guard('there is one index vector, not empty', ({ i, map }) => map.length > 0 && count(dimsOf(i)) === map.length),
      guard('the window keeps its order', ({ od, sz, cs }, root) =>
        sameNumbers(
          od.map((d) => dimsOf(root.result)[d]!),
          keptOf(sz, cs),
        ),
      ),
    ],
    to: ({ x, i, map, sz }, build) => {
      const index = integersOf(i);
      const starts = dimsOf(x).map((extent, d) => {
        const k = map.indexOf(d);
        return k < 0 ? 0 : clampStart(index[k]!, extent, sz[d]!);
      });
      const limits = starts.map((s, d) => s + sz[d]!);
      const piece = build.op('slice', [x], { starts, limits, strides: starts.map(() => 1) });
      return build.op('reshape', [piece], {}, { type: build.type });
    },
    fp: 'exact',
  },
);

/** Batches side by side: result[b, m, p, i] = x[b, m, n[b, p], i]. */
export const TorchIndexSelect_IsGather = rewrite(
  'torch-index-select(x, i, d) = gather(x, i) along d',
  op('torch-index-select', [x, i], { dimension: n, batchDims: ob }),
  {
    stage: 'decompose',
    to: ({ x, i, n, ob }, build) => {
      const [dimension, batch] = [n as number, ob as number];
      const picks = dimsOf(i).length - batch;
      const offsetDims = [
        ...range(dimension - batch).map((d) => batch + d),
        ...range(dimsOf(x).length - dimension - 1).map((d) => dimension + picks + d),
      ];
      const batches = range(batch);
      return build.op('gather', [x, i], {
        offsetDims,
        collapsedSliceDims: [dimension],
        operandBatchingDims: batches,
        startIndicesBatchingDims: batches,
        startIndexMap: [dimension],
        indexVectorDim: dimsOf(i).length,
        sliceSizes: dimsOf(x).map((size, d) => (d < batch || d === dimension ? Math.min(1, size) : size)),
        indicesAreSorted: false,
      });
    },
    fp: 'exact',
  },
);
