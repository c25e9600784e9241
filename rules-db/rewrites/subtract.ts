import { constant, number, op, rewrite, typed, variables } from '../../src/rules/index.js';
import { integer } from './common.js';

const { x, y, c, d } = variables('x', 'y', 'c', 'd');

export const Subtract_Zero = rewrite('x − 0 = x', op('subtract', [x, number(0)]), { to: ({ x }) => x, fp: 'exact' });

export const Subtract_Self_Integer = rewrite(
  'x − x = 0 for integers',
  op('subtract', [typed(x, { element: integer }), x]),
  { to: (_, build) => build.fill(build.type, 0), fp: 'exact' },
);

export const Subtract_Negate = rewrite('x − −y = x + y', op('subtract', [x, op('negate', [y])]), {
  to: ({ x, y }, build) => build.op('add', [x, y]),
  fp: 'exact',
});

export const Subtract_FromZero_Integer = rewrite(
  '0 − x = −x for integers',
  op('subtract', [typed(number(0), { element: integer }), x]),
  { to: ({ x }, build) => build.op('negate', [x]), fp: 'exact' },
);

export const Subtract_FromNegativeZero = rewrite('−0 − x = −x', op('subtract', [number(-0), x]), {
  to: ({ x }, build) => build.op('negate', [x]),
  fp: 'exact',
});

export const Subtract_Add_Cancel = rewrite(
  '(x + y) − y = x for integers',
  op('subtract', [op('add', [typed(x, { element: integer }), y]), y]),
  { to: ({ x }) => x, fp: 'exact' },
);

export const Subtract_Subtract_Constants = rewrite(
  '(x − c) − d = x − (c + d) for integers',
  op('subtract', [op('subtract', [typed(x, { element: integer }), constant(c)]), constant(d)]),
  {
    to: ({ x, c, d }, build) => build.op('subtract', [x, build.op('add', [build.constant(c), build.constant(d)])]),
    fp: 'exact',
  },
);
