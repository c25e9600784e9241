/** Ops whose sizes are operands, once shapes are known: their static counterparts. */
import {
  type ConvolutionAttributes,
  constant,
  type GatherAttributes,
  guard,
  numbersOf,
  op,
  rest,
  rewrite,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { constantOf, dimsOf, integersOf, type Numbers, range } from './common.js';

const { x, y, v, i, s, l, d, lo, hi, mid, t, xs, a } = variables(
  ...(['x', 'y', 'v', 'i', 's', 'l', 'd', 'lo', 'hi', 'mid', 't', 'xs', 'a'] as const),
);

const isStatic = (value: Value): boolean => dimsOf(value).every((n) => n >= 0);
const staticResult = guard("the result's shape is known", (_, root) => isStatic(root.result));

export const DynamicReshape_Static = rewrite('dynamic-reshape(x, sizes) = reshape(x)', op('dynamic-reshape', [x, s]), {
  when: [staticResult],
  to: ({ x }, build) => build.op('reshape', [x], {}, { type: build.type }),
  fp: 'exact',
});

export const DynamicBroadcast_Static = rewrite(
  'dynamic-broadcast-in-dim(x, sizes) = broadcast(x)',
  op('dynamic-broadcast-in-dim', [x, s], { dimensions: d }),
  {
    when: [staticResult, guard("the operand's shape is known", ({ x }) => isStatic(x))],
    to: ({ x, d }, build) => build.op('broadcast', [x], { dimensions: d }, { type: build.type }),
    fp: 'exact',
  },
);

export const DynamicIota_Static = rewrite('dynamic-iota(sizes) = iota', op('dynamic-iota', [s], { dimension: d }), {
  when: [staticResult],
  to: ({ d }, build) => build.op('iota', [], { dimension: d }, { type: build.type }),
  fp: 'exact',
});

export const DynamicPad_Constant = rewrite(
  'dynamic-pad(x, v, constants) = pad(x, v)',
  op('dynamic-pad', [x, v, constant(lo), constant(hi), constant(mid)]),
  {
    when: [guard("the operand's shape is known", ({ x }) => isStatic(x))],
    to: ({ x, v, lo, hi, mid }, build) =>
      build.op('pad', [x, v], { low: numbersOf(lo), high: numbersOf(hi), interior: numbersOf(mid) }),
    fp: 'exact',
  },
);

export const RealDynamicSlice_Constant = rewrite(
  'real-dynamic-slice(x, constants) = slice(x)',
  op('real-dynamic-slice', [x, constant(s), constant(l), constant(t)]),
  {
    when: [guard("the operand's shape is known", ({ x }) => isStatic(x))],
    to: ({ x, s, l, t }, build) =>
      build.op('slice', [x], { starts: numbersOf(s), limits: numbersOf(l), strides: numbersOf(t) }),
    fp: 'exact',
  },
);

/** Elements from the first to the last of `n` that are `stride` apart. */
const extents = (dims: Numbers, strides: Numbers): number[] =>
  dims.map((n, k) => (n === 0 ? 0 : (n - 1) * strides[k]! + 1));

export const RealDynamicSlice_Static = rewrite(
  'real-dynamic-slice(x, starts, limits, strides) = slice(dynamic-slice(x, starts), strides)',
  op('real-dynamic-slice', [x, s, l, constant(t)]),
  {
    when: [staticResult, guard("the operand's shape is known", ({ x }) => isStatic(x))],
    to: ({ x, s, t }, build) => {
      const strides = numbersOf(t);
      const sizes = extents(build.type.dims, strides);
      const starts = sizes.map((_, k) => {
        const one = build.op('slice', [s], { starts: [k], limits: [k + 1], strides: [1] });
        return build.op('reshape', [one], {}, { type: { ...one.tensorType, dims: [] } });
      });
      const window = build.op('dynamic-slice', [x, ...starts], { sizes });
      return build.op('slice', [window], { starts: sizes.map(() => 0), limits: sizes, strides });
    },
    fp: 'exact',
  },
);

/** Slice sizes that give a result of these dimensions: what is dropped from it has one element, or none. */
function gatherSizes(a: GatherAttributes, operand: Numbers, result: Numbers): number[] {
  const dropped = [...a.collapsedSliceDims, ...a.operandBatchingDims];
  let next = 0;
  return range(operand.length).map((k) =>
    dropped.includes(k) ? Math.min(1, operand[k]!) : result[a.offsetDims[next++]!]!,
  );
}

export const DynamicGather_Static = rewrite(
  'dynamic-gather(x, i, sizes) = gather(x, i)',
  op('dynamic-gather', [x, i, s]),
  {
    when: [staticResult, guard("the operands' shapes are known", ({ x, i }) => isStatic(x) && isStatic(i))],
    to: ({ x, i }, build) => {
      const a = build.attributes as GatherAttributes;
      return build.op('gather', [x, i], { ...a, sliceSizes: gatherSizes(a, dimsOf(x), build.type.dims) });
    },
    fp: 'exact',
  },
);

export const DynamicConv_Constant = rewrite(
  'dynamic-conv(x, y, constant) = convolution(x, y)',
  op('dynamic-conv', [x, y, constant(t)]),
  {
    when: [guard("the operands' shapes are known", ({ x, y }) => isStatic(x) && isStatic(y))],
    to: ({ x, y, t }, build) => {
      const a = build.attributes as ConvolutionAttributes;
      const flat = numbersOf(t);
      const padding = range(flat.length / 2).map((k) => [flat[2 * k]!, flat[2 * k + 1]!] as const);
      const strides = a.strides.slice(0, padding.length);
      return build.op('convolution', [x, y], { ...a, strides, padding }, { type: build.type });
    },
    fp: 'exact',
  },
);

export const GetDimensionSize_Static = rewrite(
  'get-dimension-size(x, d) = its size, a constant',
  op('get-dimension-size', [x], { dimension: d }),
  {
    when: [guard('the size is known', ({ x, d }) => dimsOf(x)[d as number]! >= 0)],
    to: ({ x, d }, build) => build.fill(build.type, dimsOf(x)[d as number]!),
    fp: 'exact',
  },
);

export const SetDimensionSize_Static = rewrite(
  'set-dimension-size(x, n) = slice(x)',
  op('set-dimension-size', [x, s]),
  {
    when: [staticResult],
    to: ({ x }, build) => {
      const limits = build.type.dims;
      return build.op('slice', [x], { starts: limits.map(() => 0), limits, strides: limits.map(() => 1) });
    },
    fp: 'exact',
  },
);

export const DynamicTopK_Static = rewrite('dynamic-topk(x, k) = topk(x)', op('dynamic-topk', [x, s]), {
  when: [
    guard('the shapes are known', ({ x }, root) => isStatic(x) && root.results.every(isStatic)),
    guard('there is something to choose', (_, root) => dimsOf(root.results[0]!).length > 0),
  ],
  to: ({ x }, build) => build.results('topk', [x], { k: dimsOf(build.root.results[0]!).at(-1)!, largest: true }),
  fp: 'exact',
});

export const DynamicApproxTopK_Static = rewrite(
  'dynamic-approx-topk(xs, k) = approx-topk(xs)',
  op('dynamic-approx-topk', [rest(xs)], { reductionDim: d }),
  {
    when: [guard('the shapes are known', ({ xs }, root) => [...xs, ...root.results].every(isStatic))],
    to: ({ xs, d }, build) => {
      const { called, results } = build.root;
      const topK = dimsOf(results[0]!)[d as number]!;
      const type = results.map((r) => r.type);
      return build.results('approx-topk', xs.slice(0, -1), { topK, reductionDim: d }, { called, type });
    },
    fp: 'exact',
  },
);

export const DynamicReduceWindow_Constant = rewrite(
  'dynamic-reduce-window(xs, constants) = reduce-window(xs)',
  op('dynamic-reduce-window', [rest(xs)]),
  {
    when: [
      guard('the window is constant', ({ xs }) => xs.slice(-5).every((w) => constantOf(w) !== undefined)),
      guard('the shapes are known', ({ xs }) => xs.every(isStatic)),
    ],
    to: ({ xs }, build) => {
      const [size, strides, baseDilations, windowDilations, flat] = xs.slice(-5).map(integersOf) as [
        number[],
        number[],
        number[],
        number[],
        number[],
      ];
      const padding = size.map((_, k) => [flat[2 * k]!, flat[2 * k + 1]!] as const);
      const { called } = build.root;
      const window = { size, strides, baseDilations, windowDilations, padding };
      return build.results('reduce-window', xs.slice(0, -5), window, { called });
    },
    fp: 'exact',
  },
);

export const DynamicRngBitGenerator_Static = rewrite(
  'dynamic-rng-bit-generator(s, sizes) = rng-bit-generator(s)',
  op('dynamic-rng-bit-generator', [x, s], { rngAlgorithm: a }),
  {
    when: [guard('the shape of the bits is known', (_, root) => isStatic(root.results[1]!))],
    to: ({ x, a }, build) => {
      const types = build.root.results.map((r) => r.type);
      return build.results('rng-bit-generator', [x], { algorithm: a }, { type: types });
    },
    fp: 'exact',
  },
);
