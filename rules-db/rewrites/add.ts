import { constant, number, op, rewrite, typed, variables } from '../../src/rules/index.js';
import { integer, notConstant } from './common.js';

const { x, y, c, d } = variables('x', 'y', 'c', 'd');

export const Add_Zero_Integer = rewrite(
  'x + 0 = x for integers',
  op('add', [typed(x, { element: integer }), number(0)]),
  {
    to: ({ x }) => x,
    fp: 'exact',
  },
);

export const Add_NegativeZero = rewrite('x + −0 = x', op('add', [x, number(-0)]), { to: ({ x }) => x, fp: 'exact' });

export const Add_Negate = rewrite('x + −y = x − y', op('add', [x, op('negate', [y])]), {
  to: ({ x, y }, build) => build.op('subtract', [x, y]),
  fp: 'exact',
});

export const Add_Add_Constants = rewrite(
  '(x + c) + d = x + (c + d) for integers',
  op('add', [op('add', [typed(x, { element: integer }), constant(c)]), constant(d)]),
  {
    when: [notConstant],
    to: ({ x, c, d }, build) => build.op('add', [x, build.op('add', [build.constant(c), build.constant(d)])]),
    fp: 'exact',
  },
);

export const Add_Subtract_Cancel = rewrite(
  '(x − y) + y = x for integers',
  op('add', [op('subtract', [typed(x, { element: integer }), y]), y]),
  { to: ({ x }) => x, fp: 'exact' },
);
