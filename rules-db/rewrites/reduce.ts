import { guard, number, oneOf, op, region, rewrite, typed, variables } from '../../src/rules/index.js';
import { compose, dimsOf, integral, isIncreasing, range, real } from './common.js';

const { x, i, d, e, a, b, f, p } = variables('x', 'i', 'd', 'e', 'a', 'b', 'f', 'p');

/** A region that is one op on its two parameters. */
const EXACT = oneOf(f, 'maximum', 'minimum', 'and', 'or');
const byExact = [region([a, b], op(EXACT, [a, b]))] as const;
const bySum = [region([a, b], op('add', [a, b]))] as const;
const { a2, b2 } = variables('a2', 'b2');
const againExact = [region([a2, b2], op(EXACT, [a2, b2]))] as const;
const againSum = [region([a2, b2], op('add', [a2, b2]))] as const;

/** Dimensions of the operand of the inner reduction that both reductions take together. */
function mergedAxes(rank: number, inner: readonly number[], outer: readonly number[]): number[] {
  const left = range(rank).filter((k) => !inner.includes(k));
  return [...inner, ...compose(left, outer)].sort((m, n) => m - n);
}

export const Reduce_Reduce_Extremes = rewrite(
  'reduce(reduce(x, i, d), i, e) = reduce(x, i, d ∪ e) by max, min, and, or',
  op(
    'reduce',
    [op('reduce', [typed(x, { element: real }), i], { dimensions: d }, byExact), i],
    { dimensions: e },
    againExact,
  ),
  {
    to: ({ x, i, d, e }, build) => {
      const dimensions = mergedAxes(dimsOf(x).length, d, e);
      return build.op('reduce', [x, i], { dimensions }, { called: build.root.called });
    },
    fp: 'exact',
  },
);

export const Reduce_Reduce_Sum = rewrite(
  'Σ(Σ(x, d), e) = Σ(x, d ∪ e) from 0',
  op('reduce', [op('reduce', [x, number(0)], { dimensions: d }, bySum), number(0)], { dimensions: e }, againSum),
  {
    to: ({ x, d, e }, build) => {
      const dimensions = mergedAxes(dimsOf(x).length, d, e);
      return build.op('reduce', [x, build.root.operands[1]!], { dimensions }, { called: build.root.called });
    },
    fp: ['reassociates'],
  },
);

const keepsOrder = guard(
  'the dimensions that stay keep their order',
  ({ p, d }: { readonly p: readonly number[]; readonly d: readonly number[] }) =>
    isIncreasing(p.filter((_, k) => !d.includes(k))),
);

export const Reduce_Transpose_Extremes = rewrite(
  'reduce(transpose(x, p), d) = reduce(x, p∘d) by max, min, and, or',
  op('reduce', [op('transpose', [typed(x, { element: real })], { permutation: p }), i], { dimensions: d }, byExact),
  {
    when: [keepsOrder],
    to: ({ x, i, p, d }, build) => {
      const dimensions = compose(p, d).sort((m, n) => m - n);
      return build.op('reduce', [x, i], { dimensions }, { called: build.root.called });
    },
    fp: 'exact',
  },
);

export const Reduce_Transpose_Sum = rewrite(
  'Σ(transpose(x, p), d) = Σ(x, p∘d)',
  op('reduce', [op('transpose', [x], { permutation: p }), i], { dimensions: d }, bySum),
  {
    when: [keepsOrder],
    to: ({ x, i, p, d }, build) => {
      const dimensions = compose(p, d).sort((m, n) => m - n);
      return build.op('reduce', [x, i], { dimensions }, { called: build.root.called });
    },
    fp: ['reassociates'],
  },
);

export const Reduce_OfUnits_Integer = rewrite(
  'Σ(x, d) = reshape(x) where d are of size 1, for integers',
  op('reduce', [typed(x, { element: integral }), number(0)], { dimensions: d }, bySum),
  {
    when: [guard('every reduced dimension has one element', ({ x, d }) => d.every((k) => dimsOf(x)[k] === 1))],
    to: ({ x }, build) => build.op('reshape', [x], {}, { type: build.type }),
    fp: 'exact',
  },
);

export const Reduce_OfUnits_Maximum = rewrite(
  'max(x, d) = reshape(x) from −∞ where d are of size 1',
  op('reduce', [x, number(-Infinity)], { dimensions: d }, [region([a, b], op('maximum', [a, b]))]),
  {
    when: [guard('every reduced dimension has one element', ({ x, d }) => d.every((k) => dimsOf(x)[k] === 1))],
    to: ({ x }, build) => build.op('reshape', [x], {}, { type: build.type }),
    fp: ['nan-payload'],
  },
);
