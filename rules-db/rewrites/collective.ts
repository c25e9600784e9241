/**
 * Collectives as exchanges of blocks, and arithmetic like any other around them. All of this holds once it is known
 * which processes there are: groups are lists of process numbers then.
 */
import {
  type Builder,
  type CollectiveAttributes,
  guard,
  type IdentityAttributes,
  op,
  rest,
  rewrite,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { Collective, NOBODY } from './collective-terms.js';
import { dimsOf, elementOf, range } from './common.js';
import { Terms } from './terms.js';

const { xs, d, f, n, x, o, i, s, t, r } = variables('xs', 'd', 'f', 'n', 'x', 'o', 'i', 's', 't', 'r');

/** The operands, without those that the computation reads from outside, and these. */
function split(xs: readonly Value[], build: Builder): [data: readonly Value[], captured: readonly Value[]] {
  const { captures = 0 } = build.attributes as { captures?: number };
  return [xs.slice(0, xs.length - captures), xs.slice(xs.length - captures)];
}

const known = guard(
  'it is known which processes there are',
  ({ n }: { readonly n: number | undefined }) => n !== undefined,
  { n: () => 1 },
);
const splits = (yes: boolean) =>
  guard(
    yes ? 'operands are split along a dimension' : 'there is an operand for each member',
    ({ s }: { readonly s: number | undefined }) => (s !== undefined) === yes,
  );

export const AllGather_Exchange = rewrite(
  'all-gather(xs, d) = xs of all members, joined along d',
  op('all-gather', [rest(xs)], { dimension: d, processes: n }),
  {
    when: [known],
    to: ({ xs, d }, build) => {
      const c = new Collective(build);
      return xs.map((v) => c.join(c.gather(v), dimsOf(v), d as number));
    },
    fp: 'exact',
  },
);

export const AllReduce_Exchange = rewrite(
  'all-reduce(xs; f) = f over xs of all members',
  op('all-reduce', [rest(xs)], { processes: n }, [f]),
  {
    when: [known],
    to: ({ xs, f }, build) => {
      const c = new Collective(build);
      const [data, captured] = split(xs, build);
      return data.map((v) => c.allReduce(v, f, captured));
    },
    fp: 'exact',
  },
);

export const ReduceScatter_Exchange = rewrite(
  'reduce-scatter(xs, d; f) = f over the parts of xs along d that all members have for this one',
  op('reduce-scatter', [rest(xs)], { dimension: d, processes: n }, [f]),
  {
    when: [known],
    to: ({ xs, d, f }, build) => {
      const c = new Collective(build);
      const [data, captured] = split(xs, build);
      return data.map((v) => {
        const parts = c.blocks(c.scatter(c.split(v, d as number)), c.size, c.partOf(dimsOf(v), d as number));
        return c.fold(parts, f, captured);
      });
    },
    fp: 'exact',
  },
);

export const CollectiveReduce_Exchange = rewrite(
  'collective-reduce(xs; f) = f over xs of all members for the first, 0 for the others',
  op('collective-reduce', [rest(xs)], { processes: n }, [f]),
  {
    when: [known],
    to: ({ xs, f }, build) => {
      const c = new Collective(build);
      const [data, captured] = split(xs, build);
      return data.map((v) => {
        const all = c.fold(c.blocks(c.gatherAtFirst(v), c.size, dimsOf(v)), f, captured);
        return c.select(
          c.where((_, index) => index === 0, v),
          all,
          c.fillLike(v, 0),
        );
      });
    },
    fp: 'exact',
  },
);

export const AllToAll_Exchange = rewrite(
  'all-to-all(xs, s, d) = the parts of xs along s that all members have for this one, joined along d',
  op('all-to-all', [rest(xs)], { splitDimension: s, concatDimension: d, processes: n }),
  {
    when: [known, splits(true)],
    to: ({ xs, s, d }, build) => {
      const c = new Collective(build);
      return xs.map((v) => c.join(c.scatter(c.split(v, s as number)), c.partOf(dimsOf(v), s as number), d as number));
    },
    fp: 'exact',
  },
);

export const AllToAll_Operands = rewrite(
  'all-to-all(xs) = what all members have for this one, an operand for each',
  op('all-to-all', [rest(xs)], { splitDimension: s, processes: n }),
  {
    when: [known, splits(false)],
    to: ({ xs }, build) => {
      const c = new Collective(build);
      const stacked = c.concatenate(
        xs.map((v) => c.reshape(v, [1, ...dimsOf(v)])),
        0,
      );
      return c.blocks(c.scatter(stacked), xs.length, dimsOf(xs[0]!));
    },
    fp: 'exact',
  },
);

export const CollectiveBroadcast_Exchange = rewrite(
  "collective-broadcast(xs) = xs of the group's first member, or 0",
  op('collective-broadcast', [rest(xs)], { processes: n }),
  {
    when: [known],
    to: ({ xs }, build) => {
      const c = new Collective(build);
      return xs.map(c.fromFirst);
    },
    fp: 'exact',
  },
);

export const CollectivePermute_Exchange = rewrite(
  'collective-permute(xs) = xs of the process that sends here, or 0',
  op('collective-permute', [rest(xs)], { processes: n }),
  {
    when: [known],
    to: ({ xs, n }, build) => {
      const c = new Collective(build);
      const { sourceTargetPairs = [] } = build.attributes as CollectiveAttributes;
      const sources = range(n as number).map((p) => [sourceTargetPairs.find(([, to]) => to === p)?.[0] ?? NOBODY]);
      return xs.map((v) => c.reshape(c.exchange(v, sources), dimsOf(v)));
    },
    fp: 'exact',
  },
);

/** Row r of the result is row r − to + from of a member whose rows to … to + size − 1 these are, else what it was. */
export const RaggedAllToAll_Exchange = rewrite(
  'ragged-all-to-all(x, o, i, s, t, r) = rows of x of all members where they say, over o',
  op('ragged-all-to-all', [x, o, i, s, t, r], { processes: n }),
  {
    when: [known],
    to: ({ x, o, i, s, t }, build) => {
      if (dimsOf(x)[0] === 0) return o;
      const c = new Collective(build);
      const [rows, ...row] = dimsOf(o);
      const index = elementOf(i);
      const counter = c.iota(index, [rows!], 0);
      const all = c.blocks(c.gather(x), c.size, dimsOf(x));
      /** What each member has for this process: [n][updates] scalars. */
      const table = (v: Value): Value[][] => {
        const own = c.scatter(v);
        const each = dimsOf(v)[0]! / c.size;
        return c.blocks(own, c.size, [each]).map((row) => c.blocks(row, each, []));
      };
      const [from, sizes, to] = [table(i), table(s), table(t)];
      let out = o;
      for (const [j, source] of all.entries()) {
        for (const k of range(from[j]!.length)) {
          const spread = (v: Value) => c.broadcast(v, [rows!]);
          const start = spread(to[j]![k]!);
          const after = c.compare(counter, 'GE', start);
          const inside = c.op('and', after, c.compare(counter, 'LT', c.add(start, spread(sizes[j]![k]!))));
          const places = c.add(c.sub(counter, start), spread(from[j]![k]!));
          const taken = build.op('gather', [source, places], {
            offsetDims: range(row.length).map((k) => k + 1),
            collapsedSliceDims: [0],
            operandBatchingDims: [],
            startIndicesBatchingDims: [],
            startIndexMap: [0],
            indexVectorDim: 1,
            sliceSizes: [1, ...row],
            indicesAreSorted: false,
          });
          out = c.select(c.broadcast(inside, dimsOf(o), [0]), taken, out);
        }
      }
      return out;
    },
    fp: 'exact',
  },
);

const identity = (name: string, doc: string, of: (c: Terms, me: Value, partitions: Value) => Value) =>
  rewrite(doc, op(name, [], { replicas: n }), {
    when: [known],
    to: (_, build) => {
      const { replicas = 1, partitions = 1 } = build.attributes as IdentityAttributes;
      const c = new Terms(build);
      if (replicas * partitions === 1) return c.scalar('u32', 0);
      return of(c, build.op('process-id', [], { replicas, partitions }), c.scalar('u32', partitions));
    },
    fp: 'exact',
  });

export const ReplicaId_OfProcess = identity(
  'replica-id',
  'replica-id = ⌊process-id / partitions⌋',
  (c, me, partitions) => c.div(me, partitions),
);
export const PartitionId_OfProcess = identity(
  'partition-id',
  'partition-id = process-id mod partitions',
  (c, me, partitions) => c.op('remainder', me, partitions),
);

export const Print_Operand = rewrite('print(x) = x', op('print', [x]), { to: ({ x }) => x, fp: 'exact' });
export const Probe_Operand = rewrite('probe(x) = x', op('probe', [x]), { to: ({ x }) => x, fp: 'exact' });

/** Where tensors lie is nothing to one device. */
export const Sharding_Operands = rewrite('sharding(xs) = xs', op('sharding', [rest(xs)]), {
  to: ({ xs }) => xs,
  fp: 'exact',
});
export const AsyncDone_Operands = rewrite('async-done(xs) = xs', op('async-done', [rest(xs)]), {
  to: ({ xs }) => xs,
  fp: 'exact',
});
