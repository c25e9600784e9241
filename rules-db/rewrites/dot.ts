import { type ConvolutionAttributes, guard, op, rewrite, type Value, variables } from '../../src/rules/index.js';
import { allOne, compose, dimsOf, isIncreasing, type Numbers } from './common.js';
import { Terms } from './terms.js';

const { x, y, s, t, p, a, b, m, n, dims } = variables('x', 'y', 's', 't', 'p', 'a', 'b', 'm', 'n', 'dims');

const sides = { lhsBatch: a, rhsBatch: b, lhsContracting: m, rhsContracting: n } as const;

/** Whether the dimensions that only this side has come in the same order from the untransposed operand. */
const freeKeepOrder = (p: Numbers, batch: Numbers, contracting: Numbers): boolean =>
  isIncreasing(p.filter((_, k) => !batch.includes(k) && !contracting.includes(k)));

export const Dot_TransposeLhs = rewrite(
  'dot(transpose(x, p), y) = dot(x, y) with dimension numbers through p',
  op('dot', [op('transpose', [x], { permutation: p }), y], sides),
  {
    when: [guard('the dimensions of x that stay keep their order', ({ p, a, m }) => freeKeepOrder(p, a, m))],
    to: ({ x, y, p, a, m }, build) =>
      build.again([x, y], { ...build.attributes, lhsBatch: compose(p, a), lhsContracting: compose(p, m) }, build.type),
    fp: 'exact',
  },
);

export const Dot_TransposeRhs = rewrite(
  'dot(x, transpose(y, p)) = dot(x, y) with dimension numbers through p',
  op('dot', [x, op('transpose', [y], { permutation: p })], sides),
  {
    when: [guard('the dimensions of y that stay keep their order', ({ p, b, n }) => freeKeepOrder(p, b, n))],
    to: ({ x, y, p, b, n }, build) =>
      build.again([x, y], { ...build.attributes, rhsBatch: compose(p, b), rhsContracting: compose(p, n) }, build.type),
    fp: 'exact',
  },
);

export const ScaledDot_IsDot = rewrite(
  'scaled-dot(x, y, s, t) = dot(x · s, y · t), each scale over its block',
  op('scaled-dot', [x, y, s, t]),
  {
    stage: 'decompose',
    to: ({ x, y, s, t }, build) => {
      const terms = new Terms(build);
      const scaled = (v: Value, scale: Value) => {
        const wide = terms.convert(v, 'f32');
        return terms.mul(wide, overBlocks(terms, terms.convert(scale, 'f32'), dimsOf(v)));
      };
      const type = { ...build.type, element: 'f32' } as const;
      return build.as(build.op('dot', [scaled(x, s), scaled(y, t)], build.attributes, { type }), build.type.element);
    },
    fp: 'exact',
  },
);

/** Each element of `v` over a block of a tensor of these sizes. */
function overBlocks(terms: Terms, v: Value, dims: Numbers): Value {
  const own = dimsOf(v);
  if (own.length === 0) return terms.broadcast(v, dims);
  const pairs = own.flatMap((n, d) => [n, dims[d]! / n]);
  const places = own.map((_, d) => 2 * d);
  return terms.reshape(terms.broadcast(v, pairs, places), dims);
}

/** A window of one element that visits each place once. */
function isPointwise(c: ConvolutionAttributes, y: Value): boolean {
  return (
    c.dims.rhsSpatial.every((d) => dimsOf(y)[d] === 1) &&
    allOne(c.strides) &&
    allOne(c.lhsDilation) &&
    c.padding.every(([low, high]) => low === 0 && high === 0) &&
    c.featureGroupCount === 1 &&
    c.batchGroupCount === 1
  );
}

/** Batch and spatial dimensions in the operand's order, then the feature, which is last in the result. */
function isChannelsLast({ dims }: ConvolutionAttributes): boolean {
  const rank = dims.lhsSpatial.length + 2;
  const [from, to] = [
    [dims.lhsBatch, ...dims.lhsSpatial],
    [dims.resultBatch, ...dims.resultSpatial],
  ];
  return dims.resultFeature === rank - 1 && dims.lhsFeature === rank - 1 && from!.every((d, k) => d === to![k]);
}

export const Convolution_Pointwise_IsDot = rewrite(
  'convolution(x, y) = dot(x, y) where the window is one element',
  op('convolution', [x, y], { dims }),
  {
    when: [
      guard('the window is one element that visits each place once', ({ y }, root) =>
        isPointwise(root.attributes as ConvolutionAttributes, y),
      ),
      guard('features come last on the left and in the result', (_, root) =>
        isChannelsLast(root.attributes as ConvolutionAttributes),
      ),
    ],
    to: ({ x, y, dims }, build) => {
      const [input, output] = [dims.rhsInputFeature, dims.rhsOutputFeature];
      const matrix = { ...y.tensorType, dims: [dimsOf(y)[input]!, dimsOf(y)[output]!] };
      const flat = build.op(
        'reshape',
        [y],
        {},
        { type: input < output ? matrix : { ...matrix, dims: [...matrix.dims].reverse() } },
      );
      const { precision } = build.attributes as ConvolutionAttributes;
      const attributes = {
        lhsBatch: [],
        rhsBatch: [],
        lhsContracting: [dims.lhsFeature],
        rhsContracting: [input < output ? 0 : 1],
        ...(precision ? { precision } : {}),
      };
      return build.op('dot', [x, flat], attributes, { type: build.type });
    },
    fp: 'exact',
  },
);
