import { bind, ELEMENT, guard, isFloat, number, op, P, rewrite, typed, variables } from '../../src/rules/index.js';
import { elementOf, integral, unsigned } from './common.js';

const { x, y, d, t } = variables('x', 'y', 'd', 't');

export const Compare_Self_True = rewrite(
  'x = x, x ≤ x, x ≥ x are true, but for NaN',
  op('compare', [typed(x, { element: integral }), x], { direction: P.union('EQ', 'LE', 'GE') }),
  { to: (_, build) => build.fill(build.type, 1), fp: 'exact' },
);

export const Compare_Self_False = rewrite(
  'x < x, x > x are false, of integers x ≠ x too',
  op('compare', [x, x], { direction: bind(d, P.union('LT', 'GT', 'NE')) }),
  {
    when: [
      guard('a NaN, which differs from itself, does not matter', ({ x, d }) =>
        d === 'NE' ? ['pred', 'signed', 'unsigned'].includes(ELEMENT[elementOf(x)].class) : true,
      ),
    ],
    to: (_, build) => build.fill(build.type, 0),
    fp: 'exact',
  },
);

export const Compare_WithTrue = rewrite(
  '(x = true) = x',
  op('compare', [typed(x, { element: 'pred' }), number(1)], { direction: 'EQ' }),
  { to: ({ x }) => x, fp: 'exact' },
);

export const Compare_WithFalse = rewrite(
  '(x ≠ false) = x',
  op('compare', [typed(x, { element: 'pred' }), number(0)], { direction: 'NE' }),
  { to: ({ x }) => x, fp: 'exact' },
);

export const Compare_WithTrue_IsNot = rewrite(
  '(x ≠ true) = not x',
  op('compare', [typed(x, { element: 'pred' }), number(1)], { direction: 'NE' }),
  { to: ({ x }, build) => build.op('not', [x]), fp: 'exact' },
);

export const Compare_WithFalse_IsNot = rewrite(
  '(x = false) = not x',
  op('compare', [typed(x, { element: 'pred' }), number(0)], { direction: 'EQ' }),
  { to: ({ x }, build) => build.op('not', [x]), fp: 'exact' },
);

export const Compare_Unsigned_BelowZero = rewrite(
  '(x < 0) = false for unsigned x',
  op('compare', [typed(x, { element: unsigned }), number(0)], { direction: 'LT' }),
  { to: (_, build) => build.fill(build.type, 0), fp: 'exact' },
);

export const Compare_Unsigned_FromZero = rewrite(
  '(x ≥ 0) = true for unsigned x',
  op('compare', [typed(x, { element: unsigned }), number(0)], { direction: 'GE' }),
  { to: (_, build) => build.fill(build.type, 1), fp: 'exact' },
);

const OPPOSITE: { readonly [direction: string]: string } = {
  EQ: 'NE',
  NE: 'EQ',
  LT: 'GE',
  GE: 'LT',
  GT: 'LE',
  LE: 'GT',
};

export const Not_Compare = rewrite(
  'not (x < y) = (x ≥ y), and so on',
  op('not', [op('compare', [x, y], { direction: d, type: t })]),
  {
    when: [
      guard(
        'every pair is ordered, or only equality is asked for',
        ({ x, d, t }) => d === 'EQ' || d === 'NE' || t === 'TOTALORDER' || !isFloat(elementOf(x)),
      ),
    ],
    to: ({ x, y, d, t }, build) =>
      build.op('compare', [x, y], { direction: OPPOSITE[d]!, type: t }, { type: build.type }),
    fp: 'exact',
  },
);

const MIRRORED: { readonly [direction: string]: string } = {
  EQ: 'EQ',
  NE: 'NE',
  LT: 'GT',
  GT: 'LT',
  LE: 'GE',
  GE: 'LE',
};

export const Compare_Negate_Both = rewrite(
  '(−x < −y) = (x > y), and so on, of floats',
  op('compare', [op('negate', [x]), op('negate', [y])], { direction: d, type: bind(t, 'FLOAT') }),
  { to: ({ x, y, d, t }, build) => build.op('compare', [x, y], { direction: MIRRORED[d]!, type: t }), fp: 'exact' },
);
