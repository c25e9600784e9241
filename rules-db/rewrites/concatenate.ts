import { guard, op, rest, rewrite, type Value, variables } from '../../src/rules/index.js';
import { allOne, dimsOf } from './common.js';

const { x, xs, d, s, l, t, s2, l2, t2, _any } = variables('x', 'xs', 'd', 's', 'l', 't', 's2', 'l2', 't2', '_any');

export const Concatenate_One = rewrite('concatenate(x) = x', op('concatenate', [x]), {
  to: ({ x }) => x,
  fp: 'exact',
});

const isNested = (v: Value, d: number, opcode: string): boolean =>
  v.producer.opcode === opcode && v.producer.attributes.dimension === d;

export const Concatenate_Flatten = rewrite(
  'concatenate(…, concatenate(xs), …) = concatenate(…, xs, …)',
  op('concatenate', [rest(xs)], { dimension: d }),
  {
    when: [
      guard(
        'an operand is a concatenation along the same dimension',
        ({ xs, d }, root) => xs.some((v) => isNested(v, d, root.opcode)),
        { xs: (random) => (random.chance(0.5) ? op('concatenate', [rest(_any)], { dimension: d }) : undefined) },
      ),
    ],
    to: ({ xs, d }, build) =>
      build.again(xs.flatMap((v) => (isNested(v, d, build.root.opcode) ? [...v.producer.operands] : [v]))),
    fp: 'exact',
  },
);

export const Concatenate_DropEmpty = rewrite(
  'concatenate(…, empty, …) = concatenate(…, …)',
  op('concatenate', [rest(xs)], { dimension: d }),
  {
    when: [
      guard('an operand is empty, and another is not', ({ xs, d }) => {
        const empty = xs.filter((v) => dimsOf(v)[d] === 0).length;
        return empty > 0 && empty < xs.length;
      }),
    ],
    to: ({ xs, d }, build) => build.again(xs.filter((v) => dimsOf(v)[d] !== 0)),
    fp: 'exact',
  },
);

export const Concatenate_Slices_Join = rewrite(
  'concatenate(slice(x, a, b), slice(x, b, c)) = slice(x, a, c)',
  op(
    'concatenate',
    [op('slice', [x], { starts: s, limits: l, strides: t }), op('slice', [x], { starts: s2, limits: l2, strides: t2 })],
    { dimension: d },
  ),
  {
    when: [
      guard(
        'the second slice begins where the first ends',
        ({ s, l, s2, l2, d }) => s.every((n, k) => (k === d ? l[k] === s2[k] : n === s2[k] && l[k] === l2[k])),
        { s: (_, type) => type.dims.map(() => 0), s2: (random, type) => type.dims.map(() => random.int(0, 3)) },
      ),
      guard('neither skips elements', ({ t, t2 }) => allOne(t) && allOne(t2), {
        t: (_, type) => type.dims.map(() => 1),
        t2: (_, type) => type.dims.map(() => 1),
      }),
    ],
    to: ({ x, s, l2, t }, build) => build.op('slice', [x], { starts: s, limits: l2, strides: t }),
    fp: 'exact',
  },
);
