import {
  guard,
  type Literal,
  literalOf,
  number,
  op,
  rewrite,
  splat,
  splatValue,
  typed,
  variables,
} from '../../src/rules/index.js';
import { float, integer, unsigned } from './common.js';

const { x, y, c } = variables('x', 'y', 'c');

export const Divide_One = rewrite('x / 1 = x', op('divide', [x, number(1)]), { to: ({ x }) => x, fp: 'exact' });

export const Divide_MinusOne = rewrite('x / −1 = −x', op('divide', [x, number(-1)]), {
  to: ({ x }, build) => build.op('negate', [x]),
  fp: 'exact',
});

/** 2^k and 2^−k are both normal numbers of every float type but f8 and f4 for these k. */
const isSmallPower = (l: Literal): boolean => {
  const k = Math.log2(Math.abs(splatValue(l) as number));
  return Number.isInteger(k) && Math.abs(k) <= 14;
};

export const Divide_PowerOfTwo = rewrite('x / 2^k = x · 2^−k', op('divide', [typed(x, { element: float }), splat(c)]), {
  when: [
    guard('the divisor is a power of two with a normal reciprocal', ({ c }) => isSmallPower(c), {
      c: (random, t) => literalOf(t, (random.chance(0.5) ? 1 : -1) * 2 ** random.int(-14, 14)),
    }),
    guard('the type is not narrower than 16 bits', ({ x }) =>
      ['f16', 'bf16', 'f32', 'f64'].includes(x.tensorType.element),
    ),
  ],
  to: ({ x, c }, build) => build.op('multiply', [x, build.fill(c.type, 1 / (splatValue(c) as number))]),
  fp: 'exact',
});

export const Divide_Negate_Negate = rewrite(
  '−x / −y = x / y of floats',
  op('divide', [op('negate', [typed(x, { element: float })]), op('negate', [y])]),
  { to: ({ x, y }, build) => build.op('divide', [x, y]), fp: 'exact' },
);

/** k where the constant is 2^k everywhere. */
function exponentOf(c: Literal): number | undefined {
  const n = BigInt(splatValue(c) as number | bigint);
  const k = n.toString(2).length - 1;
  return n > 0n && n === 1n << BigInt(k) ? k : undefined;
}
const isPower = guard(
  'the divisor is a power of two',
  ({ c }: { readonly c: Literal }) => exponentOf(c) !== undefined,
  {
    c: (random, t) => literalOf(t, 2 ** random.int(0, 6)),
  },
);

export const Divide_Unsigned_PowerOfTwo = rewrite(
  'x / 2^k = x >> k for unsigned x',
  op('divide', [typed(x, { element: unsigned }), splat(c)]),
  {
    when: [isPower],
    to: ({ x, c }, build) => build.op('shift-right-logical', [x, build.fill(c.type, exponentOf(c)!)]),
    fp: 'exact',
  },
);

export const Remainder_One_Integer = rewrite(
  'x mod 1 = 0 for integers',
  op('remainder', [typed(x, { element: integer }), number(1)]),
  { to: (_, build) => build.fill(build.type, 0), fp: 'exact' },
);

export const Remainder_Unsigned_PowerOfTwo = rewrite(
  'x mod 2^k = x & (2^k − 1) for unsigned x',
  op('remainder', [typed(x, { element: unsigned }), splat(c)]),
  {
    when: [isPower],
    to: ({ x, c }, build) => build.op('and', [x, build.fill(c.type, 2 ** exponentOf(c)! - 1)]),
    fp: 'exact',
  },
);
