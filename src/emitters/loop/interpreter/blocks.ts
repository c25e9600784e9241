/**
 * Runs kernels of blocks as a graphics processor may: the threads of a block one after the other from barrier to
 * barrier, and from exchange to exchange of their warps. Blocks run in ascending order.
 *
 * It refuses barriers and exchanges that not all of the threads concerned come to, and data races (races.ts).
 */
import { storageOf, type TypedArray } from '../../../hlo/tensor.js';
import { type MmaElement, WARP } from '../ir.js';
import { type Fragments, multiplyTiles } from './matrix.js';
import type { Prepared } from './prepare.js';
import { AccessLog, type Moment, type Touch } from './races.js';

type Run = Generator<number, void, undefined>;

/** `globals`: storage by buffer id; undefined for the kernel's own buffers. */
export function runBlocks(
  prepared: Prepared,
  globals: readonly (TypedArray | undefined)[],
  lo: number,
  hi: number,
): void {
  new Blocks(prepared, globals).run(lo, hi);
}

class Blocks {
  private readonly threads: number;
  private readonly now: Moment & { task: number; thread: number } = {
    agent: 0,
    block: 0,
    epoch: 0,
    task: 0,
    thread: 0,
  };
  private readonly logs: readonly (AccessLog | undefined)[];
  private readonly written: (Uint8Array | undefined)[];
  private readonly start: ((task: number, thread: number) => Run)[];
  private readonly offered: unknown[] = [];
  private readonly asked: number[] = [];
  private readonly taken: unknown[] = [];

  constructor(
    private readonly prepared: Prepared,
    globals: readonly (TypedArray | undefined)[],
  ) {
    const { kernel } = prepared;
    this.threads = kernel.block!.threads;
    this.logs = kernel.buffers.map((b) => (b.space === 'local' ? undefined : new AccessLog(b.count)));
    this.written = kernel.buffers.map((b) => (b.space === 'shared' ? new Uint8Array(b.count) : undefined));
    const shared = kernel.buffers.map((b, i) =>
      b.space === 'shared' ? new (storageOf(b.element))(b.count) : globals[i],
    );
    const hooks = {
      who: () => `block ${this.now.task}, thread ${this.now.thread}`,
      touched: (how: Touch, buffer: number, index: number, same: boolean) => this.touched(how, buffer, index, same),
      offer: (thread: number, value: unknown, lane: number) => {
        this.offered[thread] = value;
        this.asked[thread] = lane;
      },
      taken: (thread: number) => this.taken[thread],
    };
    this.start = Array.from({ length: this.threads }, () => {
      const data = kernel.buffers.map((b, i) => shared[i] ?? new (storageOf(b.element))(b.count));
      const written = kernel.buffers.map((b, i) => (b.space === 'local' ? new Uint8Array(b.count) : this.written[i]));
      return prepared.bind({ data, written }, hooks) as (task: number, thread: number) => Run;
    });
  }

  run(lo: number, hi: number): void {
    const { now } = this;
    for (now.task = lo; now.task < hi; now.task++) {
      now.block = now.task;
      now.epoch++;
      for (const [i, written] of this.written.entries()) {
        if (!written) continue;
        written.fill(0);
        this.logs[i]!.clear();
      }
      this.block(now.task);
    }
  }

  private touched(how: Touch, buffer: number, index: number, same: boolean): string | undefined {
    const other = this.logs[buffer]!.touch(how, index, this.now, same);
    if (!other) return undefined;
    const between = this.prepared.kernel.buffers[buffer]!.space === 'shared' ? 'with no barrier between' : 'unordered';
    return `is touched by two threads ${between}: one ${other} it, this one ${how} it (a data race)`;
  }

  /** A block: every thread runs to where it waits; who has all its partners there goes on. */
  private block(task: number): void {
    const runs = this.start.map((start, thread) => start(task, thread));
    /** The statement that each waits at; −1: it may go on; undefined: it has ended. */
    const waits: (number | undefined)[] = runs.map(() => -1);
    for (;;) {
      runs.forEach((run, thread) => {
        if (waits[thread] !== -1) return;
        this.now.thread = thread;
        this.now.agent = task * this.threads + thread;
        const { done, value } = run.next();
        waits[thread] = done ? undefined : value;
      });
      if (waits.every((w) => w === undefined)) return;
      if (this.passBarrier(waits)) continue;
      if (!this.exchange(waits)) this.refuse(waits);
    }
  }

  private passBarrier(waits: (number | undefined)[]): boolean {
    const [first] = waits;
    if (first === undefined || !waits.every((w) => w === first)) return false;
    if (this.prepared.statements[first]!.kind !== 'barrier') return false;
    waits.fill(-1);
    this.now.epoch++;
    return true;
  }

  /** Warps whose threads all wait at one exchange have it. */
  private exchange(waits: (number | undefined)[]): boolean {
    let some = false;
    for (let from = 0; from < this.threads; from += WARP) {
      const to = Math.min(this.threads, from + WARP);
      const at = waits[from];
      if (at === undefined || this.prepared.statements[at]!.kind === 'barrier') continue;
      if (!waits.slice(from, to).every((w) => w === at)) continue;
      const s = this.prepared.statements[at]!;
      if (s.kind === 'let' && s.operation.op === 'mma') this.multiply(s.operation.element, from, to, at);
      else this.handRound(from, to, at);
      waits.fill(-1, from, to);
      some = true;
    }
    return some;
  }

  /** Each thread of the warp takes what the one that it asks for offers. */
  private handRound(from: number, to: number, at: number): void {
    for (let t = from; t < to; t++) {
      const lane = this.asked[t]!;
      if (!(lane >= 0 && from + lane < to))
        this.fail(t, `thread ${lane} of the warp is asked for, which is not there`, at);
      this.taken[t] = this.offered[from + lane];
    }
  }

  private multiply(element: MmaElement, from: number, to: number, at: number): void {
    if (to - from !== WARP) this.fail(from, 'a matrix instruction needs a whole warp', at);
    const results = multiplyTiles(element, this.offered.slice(from, to) as Fragments[]);
    for (const [k, result] of results.entries()) this.taken[from + k] = result;
  }

  private fail(thread: number, what: string, statement: number): never {
    const { kernel, lineOf, statements } = this.prepared;
    throw new Error(
      `kernel ${kernel.name}, block ${this.now.task}, thread ${thread}: ${what}, in: ${lineOf(statements[statement]!)}`,
    );
  }

  private refuse(waits: readonly (number | undefined)[]): never {
    const waiting = waits.findIndex((w) => w !== undefined);
    const at = waits[waiting]!;
    const other = waits.findIndex((w) => w !== at);
    const elsewhere = waits[other];
    const { statements, lineOf } = this.prepared;
    const place = elsewhere === undefined ? 'has ended' : `waits in: ${lineOf(statements[elsewhere]!)}`;
    return this.fail(waiting, `waits for thread ${other}, which ${place} (divergent threads)`, at);
  }
}
