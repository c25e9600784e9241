import { guard, op, rewrite, variables } from '../../src/rules/index.js';
import { allZero, dimsOf } from './common.js';

const { x, v, lo, hi, mid, lo2, hi2, mid2 } = variables('x', 'v', 'lo', 'hi', 'mid', 'lo2', 'hi2', 'mid2');

const zeros = (_: unknown, t: { readonly dims: readonly number[] }) => t.dims.map(() => 0);

export const Pad_Pad_Merge = rewrite(
  'pad(pad(x, v), v) = pad(x, v)',
  op('pad', [op('pad', [x, v], { low: lo, high: hi, interior: mid }), v], {
    low: lo2,
    high: hi2,
    interior: mid2,
  }),
  {
    when: [
      guard('nothing goes between the elements', ({ mid, mid2 }) => allZero(mid) && allZero(mid2), {
        mid: zeros,
        mid2: zeros,
      }),
      guard('nothing is cut', ({ lo, hi, lo2, hi2 }) => [lo, hi, lo2, hi2].every((list) => list.every((n) => n >= 0))),
    ],
    to: ({ x, v, lo, hi, mid, lo2, hi2 }, build) =>
      build.op('pad', [x, v], {
        low: lo.map((n, d) => n + lo2[d]!),
        high: hi.map((n, d) => n + hi2[d]!),
        interior: mid,
      }),
    fp: 'exact',
  },
);

export const Pad_IsSlice = rewrite(
  'pad(x, v, −a, −b) = slice(x, a, n − b)',
  op('pad', [x, v], { low: lo, high: hi, interior: mid }),
  {
    when: [
      guard('elements are cut and none added', ({ x, lo, hi, mid }) =>
        dimsOf(x).every((n, d) => lo[d]! <= 0 && hi[d]! <= 0 && (mid[d] === 0 || n <= 1)),
      ),
    ],
    to: ({ x, lo, hi }, build) =>
      build.op('slice', [x], {
        starts: lo.map((n) => Math.abs(n)),
        limits: hi.map((n, d) => dimsOf(x)[d]! + n),
        strides: lo.map(() => 1),
      }),
    fp: 'exact',
  },
);
