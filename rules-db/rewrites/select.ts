import { guard, number, op, rewrite, typed, type Value, variables } from '../../src/rules/index.js';
import { dimsOf, sameNumbers } from './common.js';

const { c, x, y, z } = variables('c', 'x', 'y', 'z');

export const Select_True = rewrite('select(true, x, y) = x', op('select', [number(1), x, y]), {
  to: ({ x }) => x,
  fp: 'exact',
});

export const Select_False = rewrite('select(false, x, y) = y', op('select', [number(0), x, y]), {
  to: ({ y }) => y,
  fp: 'exact',
});

export const Select_SameBranches = rewrite('select(c, x, x) = x', op('select', [c, x, x]), {
  to: ({ x }) => x,
  fp: 'exact',
});

export const Select_Not = rewrite(
  'select(not c, x, y) = select(c, y, x)',
  op('select', [op('not', [typed(c, { element: 'pred' })]), x, y]),
  { to: ({ c, x, y }, build) => build.op('select', [c, y, x]), fp: 'exact' },
);

const wholeCondition = guard('the condition has the shape of the result', ({ c }: { readonly c: Value }, root) =>
  sameNumbers(dimsOf(c), dimsOf(root.result)),
);

export const Select_TrueFalse_IsCondition = rewrite(
  'select(c, true, false) = c',
  op('select', [c, typed(number(1), { element: 'pred' }), number(0)]),
  { when: [wholeCondition], to: ({ c }) => c, fp: 'exact' },
);

export const Select_FalseTrue_IsNot = rewrite(
  'select(c, false, true) = not c',
  op('select', [c, typed(number(0), { element: 'pred' }), number(1)]),
  { when: [wholeCondition], to: ({ c }, build) => build.op('not', [c]), fp: 'exact' },
);

export const Select_SelectThen_SameCondition = rewrite(
  'select(c, select(c, x, y), z) = select(c, x, z)',
  op('select', [c, op('select', [c, x, y]), z]),
  { to: ({ c, x, z }, build) => build.op('select', [c, x, z]), fp: 'exact' },
);

export const Select_SelectElse_SameCondition = rewrite(
  'select(c, x, select(c, y, z)) = select(c, x, z)',
  op('select', [c, x, op('select', [c, y, z])]),
  { to: ({ c, x, z }, build) => build.op('select', [c, x, z]), fp: 'exact' },
);
