import { type DotAttributes, guard, op, P, rewrite, variables } from '../../src/rules/index.js';
import { compose, dimsOf, inverse, isIdentity, isIncreasing, type Numbers, range } from './common.js';

const { x, y, p, q, d, a, b, m, n } = variables('x', 'y', 'p', 'q', 'd', 'a', 'b', 'm', 'n');

export const Transpose_Identity = rewrite('transpose(x, identity) = x', op('transpose', [x], { permutation: p }), {
  when: [guard('the permutation is the identity', ({ p }) => isIdentity(p), { p: (_, t) => range(t.dims.length) })],
  to: ({ x }) => x,
  fp: 'exact',
});

export const Transpose_Transpose_Merge = rewrite(
  'transpose(transpose(x, p), q) = transpose(x, p∘q)',
  op('transpose', [op('transpose', [x], { permutation: p })], { permutation: q }),
  {
    to: ({ x, p, q }, build) => build.op('transpose', [x], { permutation: compose(p, q) }),
    fp: 'exact',
  },
);

export const Transpose_OfUnits_IsReshape = rewrite(
  'transpose(x, p) = reshape(x) where p moves dimensions of size 1 alone',
  op('transpose', [x], { permutation: p }),
  {
    when: [
      guard('the dimensions larger than 1 keep their order', ({ x, p }) =>
        isIncreasing(p.filter((d) => dimsOf(x)[d] !== 1)),
      ),
    ],
    to: ({ x }, build) => build.op('reshape', [x], {}, { type: build.type }),
    fp: 'exact',
  },
);

export const Transpose_Broadcast_Merge = rewrite(
  'transpose(broadcast(x, d), p) = broadcast(x, p⁻¹∘d)',
  op('transpose', [op('broadcast', [x], { dimensions: d })], { permutation: p }),
  {
    to: ({ x, d, p }, build) =>
      build.op('broadcast', [x], { dimensions: compose(inverse(p), d) }, { type: build.type }),
    fp: 'exact',
  },
);

export const Transpose_Iota = rewrite(
  'transpose(iota(d), p) = iota(p⁻¹(d))',
  op('transpose', [op('iota', [], { dimension: d })], { permutation: p }),
  {
    to: ({ d, p }, build) => build.op('iota', [], { dimension: p.indexOf(d) }, { type: build.type }),
    fp: 'exact',
  },
);

/** Result dimensions of a dot: batch, then the free ones of each side. */
const freeDims = (rank: number, batch: Numbers, contracting: Numbers): number =>
  rank - batch.length - contracting.length;

const swapSides = ({ x, y, a, m }: { x: { dims: Numbers }; y: { dims: Numbers }; a: Numbers; m: Numbers }) => {
  const batch = range(a.length);
  const left = range(freeDims(x.dims.length, a, m)).map((k) => a.length + k);
  const right = range(freeDims(y.dims.length, a, m)).map((k) => a.length + left.length + k);
  return [...batch, ...right, ...left];
};

export const Transpose_Dot_SwapsSides = rewrite(
  'transpose(dot(x, y)) = dot(y, x) where the sides change places',
  op(
    'transpose',
    [op('dot', [x, y], { lhsBatch: a, rhsBatch: b, lhsContracting: m, rhsContracting: n, algorithm: P.nullish })],
    { permutation: p },
  ),
  {
    when: [
      guard('the permutation exchanges the two sides and nothing else', ({ x, y, a, m, p }) => {
        const wanted = swapSides({ x: x.tensorType, y: y.tensorType, a, m });
        return wanted.every((d, k) => d === p[k]);
      }),
      guard('the sides are of one element type', ({ x, y }) => x.tensorType.element === y.tensorType.element),
    ],
    to: ({ x, y, a, b, m, n }, build) => {
      const { precision } = build.root.operands[0]!.producer.attributes as DotAttributes;
      const swapped: DotAttributes = { lhsBatch: b, rhsBatch: a, lhsContracting: n, rhsContracting: m };
      const attributes = precision ? { ...swapped, precision: [...precision].reverse() } : swapped;
      return build.op('dot', [y, x], attributes, { type: build.type });
    },
    fp: 'exact',
  },
);
