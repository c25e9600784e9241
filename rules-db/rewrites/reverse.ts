import { guard, op, rewrite, variables } from '../../src/rules/index.js';
import { dimsOf } from './common.js';

const { x, d, e } = variables('x', 'd', 'e');

export const Reverse_Nothing = rewrite(
  'reverse(x, d) = x where d are dimensions of size 1 or none',
  op('reverse', [x], { dimensions: d }),
  {
    when: [guard('no reversed dimension has two elements', ({ x, d }) => d.every((k) => dimsOf(x)[k]! <= 1))],
    to: ({ x }) => x,
    fp: 'exact',
  },
);

export const Reverse_Reverse_Merge = rewrite(
  'reverse(reverse(x, d), e) = reverse(x, d △ e)',
  op('reverse', [op('reverse', [x], { dimensions: d })], { dimensions: e }),
  {
    to: ({ x, d, e }, build) => {
      const once = [...d.filter((k) => !e.includes(k)), ...e.filter((k) => !d.includes(k))];
      return build.op('reverse', [x], { dimensions: once.sort((a, b) => a - b) });
    },
    fp: 'exact',
  },
);

export const Reverse_Broadcast = rewrite(
  'reverse(broadcast(x, d), e) = broadcast(x, d) where only repetitions are reversed',
  op('reverse', [op('broadcast', [x], { dimensions: d })], { dimensions: e }),
  {
    when: [
      guard('only repetitions are reversed', ({ x, d, e }) => d.every((k, j) => dimsOf(x)[j] === 1 || !e.includes(k))),
    ],
    to: ({ x, d }, build) => build.op('broadcast', [x], { dimensions: d }, { type: build.type }),
    fp: 'exact',
  },
);
