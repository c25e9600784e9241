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

  /** Blocks from `sources`, along dimension 0; where everybody takes its own, or nothing, there is nobody to meet. */
  exchange(v: Value, sources: readonly Numbers[], parts = false): Value {
    const given = dimsOf(v).length === 0 ? this.reshape(v, [1]) : v;
    const [first, ...rest] = dimsOf(given);
    const dims = parts ? dimsOf(given) : [sources[0]!.length * first!, ...rest];
    if (sources.every((row, p) => row.length === 1 && row[0] === p)) return given;
    if (sources.flat().every((p) => p === NOBODY)) return this.build.fill(tensorType(elementOf(v), dims), 0);
    return this.build.op('exchange', [given], { sources, parts });
  }

  /** Members' values, one after another. */
  gather = (v: Value): Value =>
    this.exchange(
      v,
      this.table((g) => g, this.size),
    );
  /** Of as many parts as there are members, part k goes to member k, and part k comes from there. */
  scatter = (v: Value): Value =>
    this.exchange(
      v,
      this.table((g) => g, this.size),
      true,
    );
  /** The value of the group's first member; zeros where there is no group. */
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

  /** Equal parts along dimension 0, each of a shape. */
  blocks(v: Value, count: number, dims: Numbers): Value[] {
    const size = dimsOf(v)[0]! / count;
    return range(count).map((k) => this.reshape(this.cut(v, 0, k * size, (k + 1) * size), dims));
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

  /** What is split along a dimension for the members, part after part along dimension 0. */
  split(v: Value, dimension: number): Value {
    if (dimension === 0) return v;
    const dims = dimsOf(v);
    const apart = this.reshape(v, replaced(dims, dimension, this.size, dims[dimension]! / this.size));
    const first = this.transpose(apart, moved(range(dims.length + 1), dimension, 0));
    const [count, size, ...rest] = dimsOf(first);
    return this.reshape(first, [count! * size!, ...rest]);
  }

  /** The shape of a part. */
  partOf = (dims: Numbers, dimension: number): Numbers => replaced(dims, dimension, dims[dimension]! / this.size);

  /** Blocks of a shape, which stand along dimension 0, joined along another. */
  join(v: Value, dims: Numbers, dimension: number): Value {
    if (dimension === 0) return v;
    const apart = this.reshape(v, [this.size, ...dims]);
    const inside = this.transpose(apart, moved(range(dims.length + 1), 0, dimension));
    return this.reshape(inside, replaced(dims, dimension, this.size * dims[dimension]!));
  }

  /** Everybody combines a part of all and hands it to everybody. */
  private reduceInParts(v: Value, f: Computation, captured: readonly Value[]): Value {
    const dims = dimsOf(v);
    if (dims[0]! % this.size !== 0) return this.reduceFlat(v, f, captured);
    const parts = this.blocks(this.scatter(v), this.size, this.partOf(dims, 0));
    return this.gather(this.fold(parts, f, captured));
  }

  /** The same where the first dimension has no equal parts: of all elements in a row, filled up. */
  private reduceFlat(v: Value, f: Computation, captured: readonly Value[]): Value {
    const count = elementCount(dimsOf(v));
    const missing = Math.ceil(count / this.size) * this.size - count;
    const flat = this.reshape(v, [count]);
    const whole = missing === 0 ? flat : this.concatenate([flat, this.fillLike(this.cut(flat, 0, 0, missing), 0)], 0);
    return this.reshape(this.cut(this.reduceInParts(whole, f, captured), 0, 0, count), dimsOf(v));
  }

  allReduce(v: Value, f: Computation, captured: readonly Value[]): Value {
    const large = this.even && this.size > 2 && byteSize(v.tensorType) >= TWO_PHASE_BYTES;
    if (large) return this.reduceInParts(v, f, captured);
    return this.fold(this.blocks(this.gather(v), this.size, dimsOf(v)), f, captured);
  }
}
