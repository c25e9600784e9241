/**
 * Collectives as exchanges of blocks, and arithmetic like any other around them. All of this holds once it is known
 * which processes there are: groups are lists of process numbers then.
 */
import {
  type Builder,
  byteSize,
  type CollectiveAttributes,
  type Computation,
  elementCount,
  guard,
  type IdentityAttributes,
  op,
  rest,
  rewrite,
  tensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { dimsOf, elementOf, type Numbers, range } from './common.js';
import { Terms } from './terms.js';

const { xs, d, f, n, x, o, i, s, t, r } = variables('xs', 'd', 'f', 'n', 'x', 'o', 'i', 's', 't', 'r');

/** From this size on an all-reduce goes in two exchanges, each of which moves a part: every member combines one. */
const TWO_PHASE_BYTES = 1 << 15;

const NOBODY = -1;

const moved = (list: Numbers, from: number, to: number): number[] => {
  const out = list.filter((_, k) => k !== from);
  out.splice(to, 0, list[from]!);
  return out;
};
const replaced = (list: Numbers, k: number, ...by: Numbers): number[] => [
  ...list.slice(0, k),
  ...by,
  ...list.slice(k + 1),
];

/** The terms of a collective whose groups are known. */
class Collective extends Terms {
  private readonly groups: readonly Numbers[];
  private readonly processes: number;
  private known: Value | undefined;

  constructor(build: Builder) {
    super(build);
    const { replicaGroups = [], processes = 1 } = build.attributes as CollectiveAttributes;
    this.groups = replicaGroups;
    this.processes = processes;
  }

  /** Members of the largest group. */
  get size(): number {
    return Math.max(1, ...this.groups.map((g) => g.length));
  }

  /** Has every process a group, and each as many members? */
  get even(): boolean {
    return this.groups.flat().length === this.processes && this.groups.every((g) => g.length === this.size);
  }

  /** Of each process: what `of` says of its group and its place in it, filled up with −1. */
  private table(of: (group: Numbers, index: number) => Numbers, width: number): number[][] {
    return range(this.processes).map((p) => {
      const group = this.groups.find((g) => g.includes(p));
      const row = group ? of(group, group.indexOf(p)) : [];
      return [...row, ...range(width - row.length).map(() => NOBODY)];
    });
  }

  /** Blocks from `sources`; where everybody takes its own, or nothing, there is nobody to meet. */
  exchange(v: Value, sources: readonly Numbers[], parts = false): Value {
    const dims = parts ? dimsOf(v) : [sources[0]!.length, ...dimsOf(v)];
    if (sources.every((row, p) => row.length === 1 && row[0] === p)) return this.reshape(v, dims);
    if (sources.flat().every((p) => p === NOBODY)) return this.build.fill(tensorType(elementOf(v), dims), 0);
    return this.build.op('exchange', [v], { sources, parts });
  }

  /** Members' values, [n, …]. */
  gather = (v: Value): Value =>
    this.exchange(
      v,
      this.table((g) => g, this.size),
    );
  /** [n, …]: block k goes to member k, and block k comes from there. */
  scatter = (v: Value): Value =>
    this.exchange(
      v,
      this.table((g) => g, this.size),
      true,
    );
  /** The value of the group's first member, for those for whom `takes` says so; else zeros. */
  fromFirst = (v: Value): Value =>
    this.reshape(
      this.exchange(
        v,
        this.table((g) => g.slice(0, 1), 1),
      ),
      dimsOf(v),
    );
  /** Members' values for the group's first member, zeros for the others. */
  gatherAtFirst = (v: Value): Value =>
    this.exchange(
      v,
      this.table((g, index) => (index === 0 ? g : []), this.size),
    );

  /** Blocks of [n, …]. */
  blocks(v: Value): Value[] {
    const [count, ...block] = dimsOf(v);
    return range(count!).map((k) => this.reshape(this.cut(v, 0, k, k + 1), block));
  }

  /** All of them combined, from the first on. */
  fold(parts: readonly Value[], f: Computation, captured: readonly Value[]): Value {
    const spread = captured.map((v) => this.broadcast(v, dimsOf(parts[0]!)));
    return parts.slice(1).reduce((acc, v, k) => {
      const [next] = this.build.lift(f, [acc, v, ...spread]);
      return this.even ? next! : this.select(this.isMember(k + 1, v), next!, acc);
    }, parts[0]!);
  }

  /** Whether this process's group has a member number k, everywhere. */
  private isMember(k: number, like: Value): Value {
    return this.where((g) => g.length > k, like);
  }

  /** Whether something holds of this process's group and its place in it, everywhere. */
  where(holds: (group: Numbers, index: number) => boolean, like: Value): Value {
    const rows = this.table((g, index) => [holds(g, index) ? 1 : 0], 1);
    const list = this.build.list(tensorType('s32', [rows.length]), rows.flat());
    const own = this.dynamicSlice(list, [this.me], [1]);
    const flag = this.compare(this.reshape(own, []), 'GT', this.scalar('s32', 0));
    return this.broadcast(flag, dimsOf(like));
  }

  /** The number of this process. */
  private get me(): Value {
    this.known ??= this.convert(this.build.op('process-id', [], { replicas: this.processes, partitions: 1 }), 's32');
    return this.known;
  }

  /** Dimension d split into n parts, which come first: [n, …]. */
  split(v: Value, dimension: number, parts: number): Value {
    const dims = dimsOf(v);
    const apart = this.reshape(v, replaced(dims, dimension, parts, dims[dimension]! / parts));
    return this.transpose(apart, moved(range(dims.length + 1), dimension, 0));
  }

  /** [n, …] joined along a dimension. */
  join(v: Value, dimension: number): Value {
    const [count, ...block] = dimsOf(v);
    const inside = this.transpose(v, moved(range(block.length + 1), 0, dimension));
    return this.reshape(inside, replaced(block, dimension, count! * block[dimension]!));
  }

  /** Everybody combines a part of all and hands it to everybody. */
  private reduceInParts(v: Value, f: Computation, captured: readonly Value[]): Value {
    const count = elementCount(dimsOf(v));
    const part = Math.ceil(count / this.size);
    const flat = this.reshape(v, [count]);
    const missing = part * this.size - count;
    const whole = missing === 0 ? flat : this.concatenate([flat, this.fillLike(this.cut(flat, 0, 0, missing), 0)], 0);
    const own = this.fold(this.blocks(this.scatter(this.reshape(whole, [this.size, part]))), f, captured);
    return this.reshape(this.cut(this.join(this.gather(own), 0), 0, 0, count), dimsOf(v));
  }

  allReduce(v: Value, f: Computation, captured: readonly Value[]): Value {
    const large = this.even && this.size > 2 && byteSize(v.tensorType) >= TWO_PHASE_BYTES;
    return large ? this.reduceInParts(v, f, captured) : this.fold(this.blocks(this.gather(v)), f, captured);
  }
}

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
      return xs.map((v) => c.join(c.gather(v), d as number));
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
      return data.map((v) => c.fold(c.blocks(c.scatter(c.split(v, d as number, c.size))), f, captured));
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
        const all = c.fold(c.blocks(c.gatherAtFirst(v)), f, captured);
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
      return xs.map((v) => c.join(c.scatter(c.split(v, s as number, c.size)), d as number));
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
      return c.blocks(c.scatter(stacked));
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
      const all = c.blocks(c.gather(x));
      /** What each member has for this process: [n][updates] scalars. */
      const table = (v: Value): Value[][] => {
        const each = dimsOf(v)[0]! / c.size;
        return c.blocks(c.scatter(c.reshape(v, [c.size, each]))).map((own) => c.blocks(own));
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
