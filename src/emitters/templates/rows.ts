/**
 * Template rows: for each row, passes of reductions and stores over its columns (softmax, layer norm, sums, norms).
 *
 * Where a row's elements are neighbours in memory, its columns are vectorised and a row is one walk after the other
 * over data that the first walk brought into the cache. Where the rows themselves are neighbours (a sum over columns),
 * lanes are rows, and each lane reduces in order.
 */

import type { Group } from '../../fusion/group.js';
import type { Kept, Pass } from '../../fusion/passes.js';
import type { SpaceVar } from '../../fusion/space.js';
import {
  addConstant,
  coefficientOf,
  constant,
  delinearize,
  range,
  substitute,
  variable,
} from '../../rules/index/index.js';
import type { RowsProblem, RowsSchedule } from '../../rules/index.js';
import { laneTypeOf, type ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, KernelContext, scheduleFor, scheduleIfAny } from './kernel-context.js';
import { RowBlocks } from './rows-blocks.js';
import { product, RowsKernel, rowsProblemOf } from './rows-kernel.js';
import { loopInRuns, type Runs, usefulLanes, type VectorBody, vectorBlock, vectorLoop } from './vector-loop.js';

/** Largest row buffer in bytes: it lives on the stack of the thread. */
const MAX_KEPT_BYTES = 1 << 18;

/** Statements' worth of columns that are written out instead of looped over. */
const MAX_UNROLLED = 96;
const MAX_UNROLLED_COLUMNS = 16;

export function emitRows(g: Group, options: EmitOptions): EmittedKernel {
  const problem = rowsProblemOf(g, options);
  const blocks = problem.reorder ? scheduleIfAny(options, 'rows.blocks', problem) : undefined;
  if (blocks) return new RowBlocks(g, options, blocks).run();
  return new RowTasks(g, options, problem).run();
}

const ZERO = constant(0);

class RowTasks extends RowsKernel {
  protected readonly context: KernelContext;
  private readonly plan: RowsSchedule;
  private readonly columnsAcross: boolean;
  private readonly kept: readonly (Kept & { readonly buffer: number })[];

  constructor(g: Group, options: EmitOptions, problem: RowsProblem) {
    super(g, options);
    this.columnsAcross = problem.contiguous === 'column';
    this.plan = scheduleFor(options, 'rows', problem);
    this.context = new KernelContext(g, options, Math.ceil(this.rowSteps() / this.plan.rowsPerTask));
    this.makeReducers();
    this.kept = this.rowBuffers();
  }

  /** Rows are vectorised: the last row variable. */
  private get rowLane(): SpaceVar | undefined {
    return this.columnsAcross ? this.rows[this.rows.length - 1] : undefined;
  }

  private get rowLanes(): number {
    return this.rowLane ? usefulLanes(this.plan.lanes, this.rowLane.extent) : 1;
  }

  /** Vectors of rows that one walk over the columns serves. */
  private get rowCopies(): number {
    return this.rowLane
      ? Math.max(1, Math.min(this.plan.accumulators, Math.floor(this.rowLane.extent / this.rowLanes)))
      : 1;
  }

  /** Row iterations: single rows, or blocks of neighbouring ones. */
  private rowSteps(): number {
    const { rowLane } = this;
    if (!rowLane) return product(this.rows);
    return (product(this.rows) / rowLane.extent) * Math.ceil(rowLane.extent / (this.rowLanes * this.rowCopies));
  }

  private rowBuffers(): (Kept & { buffer: number })[] {
    if (this.columnsAcross) return [];
    let bytes = 0;
    return this.passes.kept(this.plan.keepCost).flatMap((k) => {
      const columns = this.passes.passes[k.passes[0]!]!.columns;
      const { element } = k.value.tensorType;
      const type = laneTypeOf(element);
      const size = product(columns) * (type === 'f64' || type === 's64' || type === 'u64' ? 8 : 4);
      if (bytes + size > MAX_KEPT_BYTES || columns.length !== 1 || element === 'c64' || element === 'c128') return [];
      bytes += size;
      return [{ ...k, buffer: this.context.local('kept', type, product(columns)) }];
    });
  }

  run(): EmittedKernel {
    const b = this.context.builder;
    const steps = this.rowSteps();
    const grain = this.plan.rowsPerTask;
    const lo = b.binary('mul', b.task, b.index(grain));
    const end = b.binary('add', lo, b.index(grain));
    const hi = steps % grain === 0 ? end : b.binary('min', end, b.index(steps));
    b.loop('row', lo, hi, 1, [], (step) => {
      this.row(step);
      return [];
    });
    return this.context.finish();
  }

  /** One row, or one block of neighbouring rows. */
  private row(step: ValueId): void {
    const b = this.context.builder;
    const { rowLane } = this;
    const outer = rowLane ? this.rows.slice(0, -1) : this.rows;
    const width = this.rowLanes * this.rowCopies;
    const blocks = rowLane ? Math.ceil(rowLane.extent / width) : 1;
    const position = { name: 'step', extent: this.rowSteps() };
    const stepExpr = variable(position.name, position.extent);
    const axes = new Map<string, Axis>();
    this.context.stitch.scope(new Map([[position.name, { value: step, lanes: 1 }]]), () => {
      const indices = delinearize(stepExpr, [...outer.map((v) => v.extent), blocks]);
      outer.forEach((v, k) => {
        axes.set(v.name, { value: this.context.stitch.index.scalar(indices[k]!), lanes: 1 });
      });
      if (!rowLane) {
        this.context.stitch.scope(axes, () => this.alongRow());
        return;
      }
      const first = b.binary('mul', this.context.stitch.index.scalar(indices[outer.length]!), b.index(width));
      const block = { extent: rowLane.extent, lanes: this.rowLanes, copies: this.rowCopies };
      vectorBlock(b, block, first, (x, copies, exists) => this.block(axes, rowLane, x, copies, exists));
    });
  }

  // ── Columns vectorised ──────────────────────────────────────────────────────────────────────────────────────────

  private alongRow(): void {
    for (const [k, pass] of this.passes.passes.entries()) this.passAlong(pass, k);
    this.storeRowResults(undefined);
  }

  private passAlong(pass: Pass, number: number): void {
    const { builder: b, stitch } = this.context;
    const inner = pass.columns[pass.columns.length - 1] ?? { name: 'c', extent: 1 };
    const free = pass.reduces.every((r) => this.reducers.get(r)!.reorder);
    const lanes = free ? usefulLanes(this.plan.lanes, inner.extent) : 1;
    const copies = free ? Math.max(1, Math.min(this.plan.accumulators, Math.floor(inner.extent / lanes))) : 1;
    const loop = { label: inner.name, extent: inner.extent, lanes, copies };
    const starts = pass.reduces.map((r) => this.reducers.get(r)!.start(lanes));
    const widths = starts.map((s) => s.length);
    const inits = Array.from({ length: copies }, () => starts.flat()).flat();
    const runs = this.runsOf(pass, widths, inits);
    const walk = (outer: Map<string, Axis>, depth: number, carried: readonly ValueId[]): ValueId[] => {
      const v = pass.columns[depth];
      if (depth >= pass.columns.length - 1 || !v) {
        const body: VectorBody = (x, exists, now) =>
          stitch.scope(
            new Map([...outer, [inner.name, { value: x, lanes }]]),
            () => this.column(pass, number, now, widths, exists, { x, lanes }),
            exists,
          );
        return vectorLoop(b, loop, carried, body, runs);
      }
      return loopInRuns(
        b,
        { label: v.name, end: v.extent, step: 1 },
        carried,
        (iv, now) => walk(new Map([...outer, [v.name, { value: iv, lanes: 1 }]]), depth + 1, now),
        runs,
      );
    };
    const done = walk(new Map(), 0, inits);
    const each = done.length / copies;
    let offset = 0;
    pass.reduces.forEach((r, k) => {
      const sets = Array.from({ length: copies }, (_, u) =>
        done.slice(u * each + offset, u * each + offset + widths[k]!),
      );
      offset += widths[k]!;
      this.bindResults(r, this.reducers.get(r)!.finish(sets));
    });
  }

  /** How partial results of the pass's reductions join totals; none where order matters or nothing is rounded. */
  private runsOf(pass: Pass, widths: readonly number[], fresh: readonly ValueId[]): Runs | undefined {
    const reducers = pass.reduces.map((r) => this.reducers.get(r)!);
    if (!reducers.every((r) => r.reorder) || !reducers.some((r) => r.rounds)) return undefined;
    const join = (totals: readonly ValueId[], partial: readonly ValueId[]): ValueId[] => {
      const joined: ValueId[] = [];
      while (joined.length < totals.length) {
        for (const [k, r] of reducers.entries()) {
          const [from, to] = [joined.length, joined.length + widths[k]!];
          joined.push(...r.combine(totals.slice(from, to), partial.slice(from, to)));
        }
      }
      return joined;
    };
    return { fresh, join };
  }

  /** All that happens at one vector of columns. */
  private column(
    pass: Pass,
    number: number,
    carried: readonly ValueId[],
    widths: readonly number[],
    exists: ValueId | undefined,
    { x, lanes }: { x: ValueId; lanes: number },
  ): ValueId[] {
    const { builder: b, stitch } = this.context;
    const mask = exists === undefined ? {} : { mask: exists };
    for (const k of this.kept) {
      if (k.passes.includes(number) && k.passes[0] !== number) {
        stitch.bind(k.value, this.inLoops(k.at), [b.load(k.buffer, x, lanes, exists)]);
      }
    }
    for (const k of this.kept) {
      if (k.passes[0] === number) {
        const value = b.splat(stitch.value(k.value, this.inLoops(k.at))[0]!, lanes);
        b.store(k.buffer, x, value, mask);
      }
    }
    let offset = 0;
    const next = pass.reduces.flatMap((r, k) => {
      const acc = carried.slice(offset, (offset += widths[k]!));
      return this.accumulate(r, acc, exists);
    });
    this.storeColumn(pass, exists, this.plan.nontemporal);
    return next;
  }

  // ── Rows vectorised ─────────────────────────────────────────────────────────────────────────────────────────────

  private block(
    axes: ReadonlyMap<string, Axis>,
    lane: SpaceVar,
    first: ValueId,
    copies: number,
    exists: ValueId | undefined,
  ): void {
    const at = new Map([...axes, [lane.name, { value: first, lanes: 1 }] as const]);
    const inside = exists ?? this.context.stitch.scope(at, () => this.windowsInside(lane, copies));
    const run = (inside: boolean) => this.passesAcross(axes, lane, first, { copies, exists, inside });
    if (exists !== undefined || inside === undefined) run(false);
    else {
      this.context.builder.if(
        inside,
        () => run(true),
        () => run(false),
      );
    }
  }

  /** Whether all windows of the block from the running row on lie inside the data; undefined: there are none, or no telling. */
  private windowsInside(lane: SpaceVar, copies: number): ValueId | undefined {
    const { builder: b, stitch } = this.context;
    const tests: ValueId[] = [];
    for (const r of this.passes.passes.flatMap((p) => p.reduces)) {
      const loops = [...r.reduce.columns, { name: lane.name, extent: this.rowLanes * copies }];
      for (const { expr, min, max } of this.boundsInLoops(r)) {
        const reach = loops.map((v) => {
          const step = coefficientOf(expr, v.name);
          return step === undefined ? undefined : step * (v.extent - 1);
        });
        if (!reach.every((n) => n !== undefined)) return undefined;
        const total = (sign: number) => reach.reduce((n, x) => n + (x * sign > 0 ? x : 0), 0);
        const origin = substitute(expr, (name) => (r.reduce.columns.some((c) => c.name === name) ? ZERO : undefined));
        const least = addConstant(origin, total(-1));
        const most = addConstant(origin, total(1));
        if (range(least).min < min) tests.push(b.compare('ge', stitch.index.scalar(least), b.index(min)));
        if (range(most).max > max) tests.push(b.compare('le', stitch.index.scalar(most), b.index(max)));
      }
    }
    return tests.length === 0 ? undefined : tests.reduce((p, q) => stitch.index.both(p, q));
  }

  private passesAcross(
    axes: ReadonlyMap<string, Axis>,
    lane: SpaceVar,
    first: ValueId,
    { copies, exists, inside }: { copies: number; exists: ValueId | undefined; inside: boolean },
  ): void {
    const { builder: b, stitch } = this.context;
    /** Each vector of rows has a scope of its own, in which earlier passes' results are bound. */
    const results: (() => void)[][] = Array.from({ length: copies }, () => []);
    const inVector = <T>(u: number, columns: ReadonlyMap<string, Axis>, body: () => T): T => {
      const x = b.binary('add', first, b.index(u * this.rowLanes));
      const all = new Map([...axes, ...columns, [lane.name, { value: x, lanes: this.rowLanes }] as const]);
      return stitch.scope(
        all,
        () => {
          for (const bind of results[u]!) bind();
          return body();
        },
        exists,
      );
    };
    for (const pass of this.passes.passes) {
      const starts = pass.reduces.map((r) => inVector(0, new Map(), () => this.reducers.get(r)!.start(this.rowLanes)));
      const widths = starts.map((s) => s.length);
      const inits = Array.from({ length: copies }, () => starts.flat()).flat();
      const each = starts.flat().length;
      const runs = this.runsOf(pass, widths, inits);
      const steps = product(pass.columns);
      const unrolled =
        steps <= MAX_UNROLLED_COLUMNS && steps * copies <= MAX_UNROLLED && (inside || !this.hasBorders(pass));
      const walk = (columns: Map<string, Axis>, depth: number, carried: readonly ValueId[]): ValueId[] => {
        const v = pass.columns[depth];
        if (!v) {
          return Array.from({ length: copies }, (_, u) =>
            inVector(u, columns, () =>
              this.acrossColumn(pass, carried.slice(u * each, (u + 1) * each), widths, exists, inside),
            ),
          ).flat();
        }
        const within = (iv: ValueId, now: readonly ValueId[]) =>
          walk(new Map([...columns, [v.name, { value: iv, lanes: 1 }]]), depth + 1, now);
        if (unrolled) return [...Array(v.extent).keys()].reduce((now, k) => within(b.index(k), now), [...carried]);
        return loopInRuns(b, { label: v.name, end: v.extent, step: 1 }, carried, within, runs);
      };
      const done = walk(new Map(), 0, inits);
      for (let u = 0; u < copies; u++) {
        let offset = u * each;
        pass.reduces.forEach((r, k) => {
          const set = done.slice(offset, (offset += widths[k]!));
          const total = inVector(u, new Map(), () => this.reducers.get(r)!.close(set));
          results[u]!.push(() => this.bindResults(r, total));
        });
      }
    }
    for (let u = 0; u < copies; u++) inVector(u, new Map(), () => this.storeRowResults(exists));
  }

  private hasBorders(pass: Pass): boolean {
    return pass.reduces.some((r) => r.reduce.when.length > 0);
  }

  private acrossColumn(
    pass: Pass,
    carried: readonly ValueId[],
    widths: readonly number[],
    exists: ValueId | undefined,
    inside: boolean,
  ): ValueId[] {
    let offset = 0;
    const next = pass.reduces.flatMap((r, k) => {
      const acc = carried.slice(offset, (offset += widths[k]!));
      return this.accumulate(r, acc, undefined, inside);
    });
    this.storeColumn(pass, exists, this.plan.nontemporal);
    return next;
  }
}
