import { guard, op, rest, rewrite, type SliceAttributes, type Value, variables } from '../../src/rules/index.js';
import { allOne, allZero, count, dimsOf, type Numbers, range, sameNumbers } from './common.js';

const { x, v, xs, s, l, t, s2, l2, t2, d, lo, hi, mid } = variables(
  'x',
  'v',
  'xs',
  's',
  'l',
  't',
  's2',
  'l2',
  't2',
  'd',
  'lo',
  'hi',
  'mid',
);

const slice = { starts: s, limits: l, strides: t } as const;

export const Slice_All = rewrite('slice(x, everything) = x', op('slice', [x]), {
  when: [guard('the slice is the whole', ({ x }, root) => sameNumbers(dimsOf(x), dimsOf(root.result)))],
  to: ({ x }) => x,
  fp: 'exact',
});

export const Slice_Slice_Merge = rewrite(
  'slice(slice(x)) = slice(x)',
  op('slice', [op('slice', [x], { starts: s2, limits: l2, strides: t2 })], slice),
  {
    to: ({ x, s, t, s2, t2 }, build) => {
      const starts = s.map((n, k) => s2[k]! + n * t2[k]!);
      const strides = t.map((n, k) => n * t2[k]!);
      return build.op('slice', [x], sliceOf(starts, build.type.dims, strides));
    },
    fp: 'exact',
  },
);

/** `sizes` elements from `starts` on. An empty slice starts at 0, where it cannot be out of bounds. */
function sliceOf(starts: Numbers, sizes: Numbers, strides: Numbers): SliceAttributes {
  const empty = count(sizes) === 0;
  const from = starts.map((n, k) => (sizes[k] === 0 ? 0 : n));
  return {
    starts: from,
    limits: from.map((n, k) => (sizes[k] === 0 ? 0 : n + (sizes[k]! - 1) * strides[k]! + 1)),
    strides: empty ? strides.map((n, k) => (sizes[k] === 0 ? 1 : n)) : strides,
  };
}

export const Slice_Pad = rewrite(
  'slice(pad(x, v)) = slice(x) where no padding is in it',
  op('slice', [op('pad', [x, v], { low: lo, high: hi, interior: mid })], slice),
  {
    when: [
      guard('there is no padding between elements', ({ mid }) => allZero(mid), {
        mid: (_, type) => type.dims.map(() => 0),
      }),
      guard('the slice lies within the operand', ({ x, s, l, lo }) =>
        dimsOf(x).every((n, k) => s[k]! >= lo[k]! && l[k]! - lo[k]! <= n && s[k]! < l[k]!),
      ),
    ],
    to: ({ x, s, l, t, lo }, build) =>
      build.op('slice', [x], {
        starts: s.map((n, k) => n - lo[k]!),
        limits: l.map((n, k) => n - lo[k]!),
        strides: t,
      }),
    fp: 'exact',
  },
);

/** The operand of a concatenation that holds indices from … to − 1, and where it begins. */
function pieceWith(
  xs: readonly Value[],
  d: number,
  from: number,
  to: number,
): { piece: Value; at: number } | undefined {
  let at = 0;
  for (const piece of xs) {
    const n = dimsOf(piece)[d]!;
    if (from >= at && to <= at + n && from < to) return { piece, at };
    at += n;
  }
  return undefined;
}

export const Slice_Concatenate = rewrite(
  'slice(concatenate(xs)) = slice(one of xs) where it lies within that one',
  op('slice', [op('concatenate', [rest(xs)], { dimension: d })], slice),
  {
    when: [
      guard('the slice lies within one operand', ({ xs, d, s, l }) => pieceWith(xs, d, s[d]!, l[d]!) !== undefined),
    ],
    to: ({ xs, d, s, l, t }, build) => {
      const { piece, at } = pieceWith(xs, d, s[d]!, l[d]!)!;
      const moved = (list: Numbers) => list.map((n, k) => (k === d ? n - at : n));
      return build.op('slice', [piece], { starts: moved(s), limits: moved(l), strides: t });
    },
    fp: 'exact',
  },
);

export const Slice_Broadcast = rewrite(
  'slice(broadcast(x)) = broadcast(x) where only repetitions are cut',
  op('slice', [op('broadcast', [x], { dimensions: d })], slice),
  {
    when: [
      guard('every element of x is still there', ({ x, d }, root) =>
        d.every((k, j) => dimsOf(x)[j] === 1 || dimsOf(root.operands[0]!)[k] === dimsOf(root.result)[k]),
      ),
    ],
    to: ({ x, d }, build) => build.op('broadcast', [x], { dimensions: d }, { type: build.type }),
    fp: 'exact',
  },
);

export const Slice_Iota = rewrite(
  'slice(iota(d)) = iota(d) where it begins at 0 and skips nothing along d',
  op('slice', [op('iota', [], { dimension: d })], slice),
  {
    when: [guard('it begins at 0 and skips nothing along d', ({ d, s, t }) => s[d] === 0 && t[d] === 1)],
    to: ({ d }, build) => build.op('iota', [], { dimension: d }, { type: build.type }),
    fp: 'exact',
  },
);

export const Slice_Reverse = rewrite(
  'slice(reverse(x)) = reverse(slice(x))',
  op('slice', [op('reverse', [x], { dimensions: d })], slice),
  {
    when: [guard('it skips nothing', ({ t }) => allOne(t), { t: (_, type) => type.dims.map(() => 1) })],
    to: ({ x, s, l, t, d }, build) => {
      const n = dimsOf(x);
      const mirrored = (list: Numbers, other: Numbers) =>
        range(n.length).map((k) => (d.includes(k) ? n[k]! - other[k]! : list[k]!));
      const inner = build.op('slice', [x], { starts: mirrored(s, l), limits: mirrored(l, s), strides: t });
      return build.op('reverse', [inner], { dimensions: d });
    },
    fp: 'exact',
  },
);
