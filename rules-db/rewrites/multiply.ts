import { constant, number, op, rewrite, typed, variables } from '../../src/rules/index.js';
import { integer, notConstant } from './common.js';

const { x, y, c, d } = variables('x', 'y', 'c', 'd');

export const Multiply_One = rewrite('x · 1 = x', op('multiply', [x, number(1)]), { to: ({ x }) => x, fp: 'exact' });

export const Multiply_Zero_Integer = rewrite(
  'x · 0 = 0 for integers',
  op('multiply', [typed(x, { element: integer }), number(0)]),
  { to: (_, build) => build.fill(build.type, 0), fp: 'exact' },
);

export const Multiply_MinusOne = rewrite('x · −1 = −x', op('multiply', [x, number(-1)]), {
  to: ({ x }, build) => build.op('negate', [x]),
  fp: 'exact',
});

export const Multiply_Negate_Negate = rewrite(
  '−x · −y = x · y',
  op('multiply', [op('negate', [x]), op('negate', [y])]),
  { to: ({ x, y }, build) => build.op('multiply', [x, y]), fp: 'exact' },
);

export const Multiply_Multiply_Constants = rewrite(
  '(x · c) · d = x · (c · d) for integers',
  op('multiply', [op('multiply', [typed(x, { element: integer }), constant(c)]), constant(d)]),
  {
    when: [notConstant],
    to: ({ x, c, d }, build) => build.op('multiply', [x, build.op('multiply', [build.constant(c), build.constant(d)])]),
    fp: 'exact',
  },
);
