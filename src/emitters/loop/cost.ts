/**
 * What a kernel computes and moves, counted from its statements.
 *
 * Loops count by their trips, which follow from constant bounds or a constant distance between them; where they do not,
 * by the most that the bounds' ranges allow. Of an `if` the branch counts that has more, quantity by quantity.
 */
import { ELEMENT, isFloat } from '../../hlo/types.js';
import {
  type Atomic,
  type For,
  type Kernel,
  type Let,
  type LoopType,
  type Operation,
  type Scatter,
  type Stmt,
  type Store,
  type ValueId,
  WARP,
} from './ir.js';
import { type Range, rangesOf } from './ranges.js';
import { forEachStatement, typesOf } from './walk.js';

export interface BufferCost {
  readonly name: string;
  /** Bytes that the statements move, each time they run. */
  readonly loaded: number;
  readonly stored: number;
  /** Bytes of the buffer that can be touched at all: the span of the indices' ranges, at most the traffic. */
  readonly footprint: number;
}

export interface KernelCost {
  /** Floating-point operations of all tasks: + − × ÷ √, remainder, min and max count 1 a lane, fma 2. */
  readonly flops: number;
  /** By buffer id. */
  readonly buffers: readonly BufferCost[];
  readonly statements: number;
  /** False where a branch, a mask or a loop with unknown trips made some count an upper bound. */
  readonly exact: boolean;
}

const costs = new WeakMap<Kernel, KernelCost>();

export function kernelCost(kernel: Kernel): KernelCost {
  let cost = costs.get(kernel);
  if (!cost) costs.set(kernel, (cost = count(kernel)));
  return cost;
}

function count(kernel: Kernel): KernelCost {
  const { total, exact, spans } = new Counter(kernel);
  let statements = 0;
  forEachStatement(kernel.body, () => statements++);
  const tasks = kernel.tasks * (kernel.block?.threads ?? 1);
  const buffers = kernel.buffers.map((b, i) => {
    const bytes = ELEMENT[b.element].bytes / (ELEMENT[b.element].class === 'complex' ? 2 : 1);
    const [loaded, stored] = [total.loaded[i]! * tasks * bytes, total.stored[i]! * tasks * bytes];
    const span = spans[i]!;
    const touched = Math.max(0, Math.min(b.count, span.hi) - Math.max(0, span.lo)) * bytes;
    return { name: b.name, loaded, stored, footprint: Math.min(touched, loaded + stored) };
  });
  return { flops: total.flops * tasks, buffers, statements, exact };
}

/** Counts of a body run once, in elements. */
interface Counts {
  flops: number;
  readonly loaded: number[];
  readonly stored: number[];
}

const FLOPS: { readonly [op in Operation['op']]?: number } = {
  add: 1,
  sub: 1,
  mul: 1,
  div: 1,
  rem: 1,
  sqrt: 1,
  min: 1,
  max: 1,
  fma: 2,
};

class Counter {
  readonly total: Counts;
  /** By buffer: from the least element touched to behind the last. */
  readonly spans: Range[];
  exact = true;
  private readonly ranges: readonly Range[];
  private readonly definitions: (Operation | undefined)[] = [];
  private readonly types: readonly LoopType[];

  constructor(private readonly kernel: Kernel) {
    this.ranges = rangesOf(kernel);
    this.types = typesOf(kernel);
    this.spans = kernel.buffers.map(() => ({ lo: Number.POSITIVE_INFINITY, hi: Number.NEGATIVE_INFINITY }));
    forEachStatement(kernel.body, (s) => {
      if (s.kind === 'let') this.definitions[s.id] = s.operation;
    });
    this.total = this.body(kernel.body);
  }

  private none(): Counts {
    const zeros = () => this.kernel.buffers.map(() => 0);
    return { flops: 0, loaded: zeros(), stored: zeros() };
  }

  private body(body: readonly Stmt[]): Counts {
    const sum = this.none();
    for (const s of body) {
      if (s.kind === 'let') this.let(s, sum);
      else if (s.kind === 'for') addTo(sum, this.body(s.body), this.trips(s));
      else if (s.kind === 'if') {
        this.exact = false;
        addTo(sum, larger(this.body(s.then), this.body(s.else)), 1);
      } else if (s.kind === 'call') {
        // What a library does is not known.
        this.exact = false;
      } else if (s.kind !== 'barrier') {
        this.access(sum.stored, s, this.types[s.value]!.lanes);
      }
    }
    return sum;
  }

  private let({ type, operation: o }: Let, sum: Counts): void {
    // A thread's share: 16 × 8 results over 32 bytes of depth, of 32 threads.
    if (o.op === 'mma') sum.flops += (2 * 16 * 8 * (o.element === 's8' ? 32 : 16)) / WARP;
    else if (isFloat(type.element)) sum.flops += (FLOPS[o.op] ?? 0) * type.lanes;
    if (o.op === 'load' || o.op === 'gather') {
      this.access(sum.loaded, o, type.lanes);
    }
  }

  private access(counts: number[], a: Access, lanes: number): void {
    if (a.mask !== undefined) this.exact = false;
    counts[a.buffer]! += lanes;
    const index = this.ranges[a.index]!;
    // A vector index has the lanes in its range; a contiguous access adds them.
    const isContiguous = 'op' in a ? a.op === 'load' : a.kind === 'store';
    const { lo, hi } = this.spans[a.buffer]!;
    this.spans[a.buffer] = { lo: Math.min(lo, index.lo), hi: Math.max(hi, index.hi + (isContiguous ? lanes : 1)) };
  }

  /** Iterations of a loop, or the most there can be; 1 where nothing is known. */
  private trips(s: For): number {
    const distance = this.distance(s.hi, s.lo);
    if (distance !== undefined) return Math.max(0, Math.ceil(distance / s.step));
    this.exact = false;
    const most = this.mostDistance(s.hi, s.lo);
    return Number.isFinite(most) ? Math.max(0, Math.ceil(most / s.step)) : 1;
  }

  /** hi − lo, where it is constant. */
  private distance(hi: ValueId, lo: ValueId): number | undefined {
    const [a, b] = [this.offset(hi), this.offset(lo)];
    return a.base === b.base ? a.constant - b.constant : undefined;
  }

  /** A bound of hi − lo: of the lesser of two values either's distance bounds it. */
  private mostDistance(hi: ValueId, lo: ValueId): number {
    const o = this.definitions[hi];
    if (o?.op === 'min') return Math.min(this.mostDistance(o.a, lo), this.mostDistance(o.b, lo));
    return this.distance(hi, lo) ?? this.ranges[hi]!.hi - this.ranges[lo]!.lo;
  }

  /** v = base + constant; a constant has no base. */
  private offset(v: ValueId): { base: ValueId | undefined; constant: number } {
    const o = this.definitions[v];
    if (o?.op === 'const') return { base: undefined, constant: Number(o.value) };
    if (o?.op === 'add' || o?.op === 'sub') {
      const [a, b] = [this.offset(o.a), this.offset(o.b)];
      if (b.base === undefined)
        return { base: a.base, constant: o.op === 'add' ? a.constant + b.constant : a.constant - b.constant };
      if (a.base === undefined && o.op === 'add') return { base: b.base, constant: a.constant + b.constant };
    }
    return { base: v, constant: 0 };
  }
}

/** What loads, gathers, stores, scatters and atomics have in common. */
type Access = Store | Scatter | Atomic | Extract<Operation, { op: 'load' | 'gather' }>;

function addTo(sum: Counts, more: Counts, times: number): void {
  sum.flops += more.flops * times;
  more.loaded.forEach((n, i) => {
    sum.loaded[i]! += n * times;
  });
  more.stored.forEach((n, i) => {
    sum.stored[i]! += n * times;
  });
}

const larger = (a: Counts, b: Counts): Counts => ({
  flops: Math.max(a.flops, b.flops),
  loaded: a.loaded.map((n, i) => Math.max(n, b.loaded[i]!)),
  stored: a.stored.map((n, i) => Math.max(n, b.stored[i]!)),
});
