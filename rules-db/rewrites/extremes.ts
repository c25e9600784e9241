import {
  constant,
  guard,
  type Literal,
  literalOf,
  oneOf,
  op,
  rewrite,
  splat,
  type TensorType,
  typed,
  variables,
} from '../../src/rules/index.js';
import { extreme, integral, isExtreme, notConstant } from './common.js';

const { x, y, c, d, f } = variables('x', 'y', 'c', 'd', 'f');

/** The number that changes no maximum (minimum). */
const extremeOf = (t: TensorType, which: 'least' | 'greatest'): Literal =>
  literalOf(t, Number(extreme(t.element, which)));

export const Maximum_Least = rewrite('max(x, least) = x', op('maximum', [x, splat(c)]), {
  when: [
    guard('the constant is the least value of its type (−∞)', ({ c }) => isExtreme(c, 'least'), {
      c: (_, t) => extremeOf(t, 'least'),
    }),
  ],
  to: ({ x }) => x,
  fp: ['nan-payload'],
});

export const Minimum_Greatest = rewrite('min(x, greatest) = x', op('minimum', [x, splat(c)]), {
  when: [
    guard('the constant is the greatest value of its type (∞)', ({ c }) => isExtreme(c, 'greatest'), {
      c: (_, t) => extremeOf(t, 'greatest'),
    }),
  ],
  to: ({ x }) => x,
  fp: ['nan-payload'],
});

export const Idempotent_Same = rewrite(
  'max(x, x) = x, and so for min, and, or',
  op(oneOf(f, 'maximum', 'minimum', 'and', 'or'), [x, x]),
  { to: ({ x }) => x, fp: 'exact' },
);

export const Idempotent_Nested = rewrite(
  'max(max(x, y), y) = max(x, y), and so for min, and, or',
  op(oneOf(f, 'maximum', 'minimum', 'and', 'or'), [op(oneOf(f, 'maximum', 'minimum', 'and', 'or'), [x, y]), y]),
  { to: ({ x, y, f }, build) => build.op(f, [x, y]), fp: 'exact' },
);

export const Extremes_Constants = rewrite(
  'max(max(x, c), d) = max(x, max(c, d)), and so for min, and, or, xor',
  op(oneOf(f, 'maximum', 'minimum', 'and', 'or', 'xor'), [
    op(oneOf(f, 'maximum', 'minimum', 'and', 'or', 'xor'), [x, constant(c)]),
    constant(d),
  ]),
  {
    when: [notConstant],
    to: ({ x, c, d, f }, build) => build.op(f, [x, build.op(f, [build.constant(c), build.constant(d)])]),
    fp: 'exact',
  },
);

export const Maximum_Minimum_Absorb = rewrite(
  'max(x, min(x, y)) = x for integers',
  op('maximum', [typed(x, { element: integral }), op('minimum', [x, y])]),
  { to: ({ x }) => x, fp: 'exact' },
);

export const Minimum_Maximum_Absorb = rewrite(
  'min(x, max(x, y)) = x for integers',
  op('minimum', [typed(x, { element: integral }), op('maximum', [x, y])]),
  { to: ({ x }) => x, fp: 'exact' },
);

const unbounded = guard(
  'the bounds are the least and the greatest value of the type',
  ({ c, d }: { readonly c: Literal; readonly d: Literal }) => isExtreme(c, 'least') && isExtreme(d, 'greatest'),
  { c: (_, t) => extremeOf(t, 'least'), d: (_, t) => extremeOf(t, 'greatest') },
);

export const Clamp_Unbounded = rewrite('clamp(least, x, greatest) = x', op('clamp', [splat(c), x, splat(d)]), {
  when: [unbounded],
  to: ({ x }) => x,
  fp: ['nan-payload'],
});

export const Clamp_Clamp_SameBounds = rewrite(
  'clamp(c, clamp(c, x, d), d) = clamp(c, x, d)',
  op('clamp', [c, op('clamp', [c, x, d]), d]),
  { to: (_, build) => build.root.operands[1]!, fp: 'exact' },
);
