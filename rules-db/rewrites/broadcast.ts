import { guard, Literal, op, rewrite, sameDims, splat, variables } from '../../src/rules/index.js';
import { compose, count, dimsOf, isIncreasing, range, sameNumbers, unitsAside } from './common.js';

const { x, c, d, e } = variables('x', 'c', 'd', 'e');

export const Broadcast_Identity = rewrite(
  'broadcast(x, identity) = x where the shape stays',
  op('broadcast', [x], { dimensions: d }),
  {
    when: [
      guard(
        'the shape stays as it is',
        ({ x, d }, root) => isIncreasing(d) && sameDims(dimsOf(x), dimsOf(root.result)),
        {
          d: (_, t) => range(t.dims.length),
        },
      ),
    ],
    to: ({ x }) => x,
    fp: 'exact',
  },
);

export const Broadcast_Constant = rewrite(
  'broadcast(constant of one number) = constant of that number',
  op('broadcast', [splat(c)]),
  {
    to: ({ c }, build) => build.constant(Literal.splat(build.type, c.scalar())),
    fp: 'exact',
  },
);

export const Broadcast_Broadcast_Merge = rewrite(
  'broadcast(broadcast(x, d), e) = broadcast(x, e∘d)',
  op('broadcast', [op('broadcast', [x], { dimensions: d })], { dimensions: e }),
  {
    to: ({ x, d, e }, build) => build.op('broadcast', [x], { dimensions: compose(e, d) }, { type: build.type }),
    fp: 'exact',
  },
);

export const Broadcast_IsReshape = rewrite(
  'broadcast(x, d) = reshape(x) where no element is repeated',
  op('broadcast', [x], { dimensions: d }),
  {
    when: [
      guard('no element is repeated', ({ x }, root) => count(dimsOf(x)) === count(dimsOf(root.result))),
      guard('the dimensions keep their order', ({ x, d }) => isIncreasing(d.filter((_, k) => dimsOf(x)[k] !== 1))),
    ],
    to: ({ x }, build) => build.op('reshape', [x], {}, { type: build.type }),
    fp: 'exact',
  },
);

export const Broadcast_Reshape_Units = rewrite(
  'broadcast(reshape(x), d) = broadcast(x, d′) where the reshape only adds dimensions of size 1',
  op('broadcast', [op('reshape', [x])], { dimensions: d }),
  {
    when: [
      guard('the reshape only adds dimensions of size 1', ({ x }, root) => {
        const places = unitsAside(dimsOf(x), dimsOf(root.operands[0]!));
        return places !== undefined && !places.includes(-1);
      }),
    ],
    to: ({ x, d }, build) => {
      const places = unitsAside(dimsOf(x), dimsOf(build.root.operands[0]!))!;
      return build.op('broadcast', [x], { dimensions: compose(d, places) }, { type: build.type });
    },
    fp: 'exact',
  },
);

export const Broadcast_Iota = rewrite(
  'broadcast(iota(d), e) = iota(e(d)) where the counted dimension is not repeated',
  op('broadcast', [op('iota', [], { dimension: d })], { dimensions: e }),
  {
    when: [
      guard('the counted dimension is not repeated', ({ d, e }, root) =>
        sameNumbers([dimsOf(root.operands[0]!)[d]!], [dimsOf(root.result)[e[d]!]!]),
      ),
    ],
    to: ({ d, e }, build) => build.op('iota', [], { dimension: e[d]! }, { type: build.type }),
    fp: 'exact',
  },
);
