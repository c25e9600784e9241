/** What XLA's clients call by name, made of other ops. */
import { op, rest, rewrite, type Value, variables } from '../../src/rules/index.js';
import { dimsOf, range } from './common.js';
import { Terms } from './terms.js';

const { a, t, k0, k1, x0, x1, xs } = variables('a', 't', 'k0', 'k1', 'x0', 'x1', 'xs');

export const ApproxTopK_Sorted = rewrite('approx-topk(x …) = first(sort(x …))', op('approx-topk', [rest(xs)]), {
  stage: 'decompose',
  to: ({ xs }, build) => {
    const terms = new Terms(build);
    const { reductionDim } = build.attributes as { reductionDim: number };
    const tensors = xs.slice(0, xs.length / 2);
    const sorted = build.results(
      'sort',
      tensors,
      { dimension: reductionDim, stable: true },
      { called: build.root.called },
    );
    return sorted.map((v, k) => terms.cut(v, reductionDim, 0, dimsOf(build.root.results[k]!)[reductionDim]!));
  },
  fp: 'exact',
});

export const Qr_Geqrf = rewrite('qr(a) = geqrf(a)', op('qr', [a]), {
  stage: 'decompose',
  to: ({ a }, build) => build.results('lapack-geqrf', [a]),
  fp: 'exact',
});

export const HouseholderProduct_Orgqr = rewrite(
  'householder-product(a, t) = orgqr(a, t)',
  op('householder-product', [a, t]),
  { stage: 'decompose', to: ({ a, t }, build) => build.op('lapack-orgqr', [a, t]), fp: 'exact' },
);

export const Eigh_Syevd = rewrite('eigh(a) = syevd(a)', op('eigh', [a]), {
  stage: 'decompose',
  to: ({ a }, build) => {
    const lower = !String(build.attributes.config).startsWith('0');
    const code = (letter: string) => letter.charCodeAt(0);
    return build.results('lapack-syevd', [a], { mode: code('V'), uplo: code(lower ? 'L' : 'U') }).slice(0, 2);
  },
  fp: 'exact',
});

export const Lu_Getrf = rewrite('lu(a) = l, p − 1, permutation(p − 1) of getrf(a) = l, p', op('lu', [a]), {
  stage: 'decompose',
  to: ({ a }, build) => {
    const terms = new Terms(build);
    const [factors, pivots] = build.results('lapack-getrf', [a]) as [Value, Value];
    const rows = terms.sub(pivots, terms.fillLike(pivots, 1));
    const type = build.root.results[2]!.tensorType;
    return [factors, rows, build.op('lu-permutation', [rows], {}, { type })];
  },
  fp: 'exact',
});

/** Exchanges places k and pivots[…, k] of every row, k = 0, 1, … */
export const LuPermutation_Exchanges = rewrite(
  'lu-permutation(p) = 0, 1, … with places k and p[k] exchanged, k = 0, 1, …',
  op('lu-permutation', [a]),
  {
    stage: 'decompose',
    to: ({ a }, build) => {
      const dims = dimsOf(build.root.result);
      const last = dims.length - 1;
      const start = new Terms(build).iota('s32', dims, last);
      const count = dimsOf(a)[last]!;
      if (count === 0) return start;
      const [, order] = new Terms(build).repeat(count, [a, start], (b, step, [pivots, order]) => {
        const spread = (v: Value) => b.broadcast(b.reshape(v, dims.slice(0, -1)), dims, range(last));
        const column = (v: Value) => {
          const zero = b.scalar('s32', 0);
          return b.dynamicSlice(v, [...range(last).map(() => zero), step], [...dims.slice(0, -1), 1]);
        };
        const place = b.iota('s32', dims, last);
        const to = spread(column(pivots!));
        const there = b.compare(place, 'EQ', to);
        const here = b.compare(place, 'EQ', b.broadcast(step, dims));
        const chosen = b.reduce(b.select(there, order!, b.fillLike(order!, 0)), [last], 'add', 0);
        const fromThere = b.broadcast(chosen, dims, range(last));
        return [pivots!, b.select(here, fromThere, b.select(there, spread(column(order!)), order!))];
      });
      return order!;
    },
    fp: 'exact',
  },
);

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

export const Threefry_Rounds = rewrite(
  'threefry2x32(k₀, k₁, x₀, x₁) = 20 rounds of sums, rotations and exclusive ors',
  op('threefry2x32', [k0, k1, x0, x1, rest(xs)]),
  {
    stage: 'decompose',
    to: ({ k0, k1, x0, x1 }, build) => {
      const terms = new Terms(build);
      const constant = (n: number) => terms.fillLike(x0, n);
      const xor = (p: Value, q: Value) => terms.op('xor', p, q);
      const rotated = (v: Value, by: number) =>
        terms.op('or', terms.op('shift-left', v, constant(by)), terms.op('shift-right-logical', v, constant(32 - by)));
      const keys = [k0, k1, xor(xor(k0, k1), constant(0x1bd11bda))];
      let [p, q] = [terms.add(x0, k0), terms.add(x1, k1)];
      for (let group = 0; group < 5; group++) {
        for (const by of ROTATIONS[group % 2]!) {
          p = terms.add(p, q);
          q = xor(rotated(q, by), p);
        }
        p = terms.add(p, keys[(group + 1) % 3]!);
        q = terms.add(terms.add(q, keys[(group + 2) % 3]!), constant(group + 1));
      }
      return [p, q];
    },
    fp: 'exact',
  },
);
