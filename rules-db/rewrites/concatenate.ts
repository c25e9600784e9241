import { type Builder, guard, op, rest, rewrite, tensorType, type Value, variables } from '../../src/rules/index.js';
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

/** Every element of a concatenation asks which operand it comes from: of more operands than this, that takes too long. */
const MANY = 32;

export const Concatenate_Many = rewrite(
  'concatenate(x₁, …, xₙ) = pad(concatenate(x₁, …, x₃₂)), its windows set to concatenations of 32 others each',
  op('concatenate', [rest(xs)], { dimension: d }),
  {
    stage: 'decompose',
    when: [guard(`it has more than ${MANY} operands`, ({ xs }) => xs.length > MANY)],
    to: ({ xs, d }, build) => {
      let at = 0;
      let all: Value | undefined;
      for (let k = 0; k < xs.length; k += MANY) {
        const piece = build.again(xs.slice(k, k + MANY));
        all = all ? windowSet(build, all, piece, d, at) : padded(build, piece, d);
        at += dimsOf(piece)[d]!;
      }
      return all!;
    },
    fp: 'exact',
  },
);

/** `x` at the start of something as large as the root along dimension `d`. */
function padded(build: Builder, x: Value, d: number): Value {
  const { element, dims } = build.type;
  const none = dims.map(() => 0);
  const high = none.with(d, dims[d]! - dimsOf(x)[d]!);
  return build.op('pad', [x, build.fill(tensorType(element), 0)], { low: none, high, interior: none });
}

function windowSet(build: Builder, x: Value, piece: Value, d: number, start: number): Value {
  const starts = dimsOf(x).map((_, k) => build.fill(tensorType('s64'), k === d ? start : 0));
  return build.op('dynamic-update-slice', [x, piece, ...starts]);
}
