import { guard, op, rewrite, sameDims, variables } from '../../src/rules/index.js';
import { dimsOf, unitsAside } from './common.js';

const { x, d } = variables('x', 'd');

export const Reshape_Identity = rewrite('reshape(x) = x where the shape stays', op('reshape', [x]), {
  when: [guard('the shape stays as it is', ({ x }, root) => sameDims(dimsOf(x), dimsOf(root.result)))],
  to: ({ x }) => x,
  fp: 'exact',
});

export const Reshape_Reshape_Merge = rewrite('reshape(reshape(x)) = reshape(x)', op('reshape', [op('reshape', [x])]), {
  to: ({ x }, build) => build.op('reshape', [x], {}, { type: build.type }),
  fp: 'exact',
});

export const Reshape_Broadcast_Units = rewrite(
  'reshape(broadcast(x, d)) = broadcast(x, d′) where only dimensions of size 1 come and go',
  op('reshape', [op('broadcast', [x], { dimensions: d })]),
  {
    when: [
      guard('dimensions of size 1 come and go in the broadcast alone', ({ x, d }, root) => {
        const places = unitsAside(dimsOf(root.operands[0]!), dimsOf(root.result));
        return places !== undefined && dimsOf(x).every((_, k) => places[d[k]!] !== -1);
      }),
    ],
    to: ({ x, d }, build) => {
      const places = unitsAside(dimsOf(build.root.operands[0]!), build.type.dims)!;
      return build.op('broadcast', [x], { dimensions: d.map((k) => places[k]!) }, { type: build.type });
    },
    fp: 'exact',
  },
);

export const Reshape_Iota_Units = rewrite(
  'reshape(iota(d)) = iota(d′) where only dimensions of size 1 come and go',
  op('reshape', [op('iota', [], { dimension: d })]),
  {
    when: [
      guard('dimensions of size 1 come and go, the counted one stays', ({ d }, root) => {
        const places = unitsAside(dimsOf(root.operands[0]!), dimsOf(root.result));
        return places !== undefined && places[d] !== -1;
      }),
    ],
    to: ({ d }, build) => {
      const places = unitsAside(dimsOf(build.root.operands[0]!), build.type.dims)!;
      return build.op('iota', [], { dimension: places[d]! }, { type: build.type });
    },
    fp: 'exact',
  },
);
