/** The terms that collectives are made of, where it is known which processes there are. */
import {
  type Builder,
  byteSize,
  type CollectiveAttributes,
  type Computation,
  elementCount,
  tensorType,
  type Value,
} from '../../src/rules/index.js';
import { dimsOf, elementOf, type Numbers, range } from './common.js';
import { Terms } from './terms.js';

/** From this size on an all-reduce goes in two exchanges, each of which moves a part: every member combines one. */
const TWO_PHASE_BYTES = 1 << 15;

export const NOBODY = -1;

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
export class Collective extends Terms {
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
