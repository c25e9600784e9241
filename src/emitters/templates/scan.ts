/**
 * Template scan: along each row, every element becomes the combination of all up to it.
 *
 * Where a row's elements are neighbours in memory, lanes are elements of the row: each vector is scanned within itself
 * in log₂(lanes) steps, then joined to what came before. Elsewhere, and where the order of combination is fixed, a row
 * is scanned element by element, lanes being rows where rows are neighbours.
 */

import { collapse } from '../../fusion/collapse.js';
import { expressionsOf } from '../../fusion/expressions.js';
import type { Group } from '../../fusion/group.js';
import { type ScanSpace, type SpaceVar, scanAt } from '../../fusion/space.js';
import { delinearize, type IndexExpr, substitute, variable } from '../../rules/index/index.js';
import type { ScanSchedule } from '../../rules/index.js';
import type { ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, KernelContext, scheduleFor } from './kernel-context.js';
import { widestElement } from './map.js';
import { Reducer } from './reducer.js';
import { usefulLanes, vectorBlock, vectorLoop } from './vector-loop.js';

export function emitScan(g: Group, options: EmitOptions): EmittedKernel {
  if (g.space.kind !== 'scan') throw new Error('not a scan');
  return new ScanEmitter(g, g.space, options).run();
}

const product = (extents: readonly number[]): number => extents.reduce((n, e) => n * e, 1);

class ScanEmitter {
  private readonly context: KernelContext;
  private readonly reducer: Reducer;
  private readonly plan: ScanSchedule;
  private readonly along: SpaceVar;
  /** Loops over single rows; `lane`: over neighbouring rows, where there are such. */
  private readonly rows: readonly SpaceVar[];
  private readonly lane: SpaceVar | undefined;
  private readonly substitution: ReadonlyMap<string, IndexExpr>;
  private readonly steps: number;

  constructor(
    private readonly g: Group,
    private readonly space: ScanSpace,
    options: EmitOptions,
  ) {
    const { role, vars } = space;
    const { loads, stores, others } = expressionsOf(options.rules, g);
    const all = [...loads.map((l) => l.offset), ...stores, ...others];
    const outer = collapse(vars.slice(0, role.dimension), all, 'row');
    const inner = collapse(vars.slice(role.dimension + 1), all, 'lane');
    this.along = vars[role.dimension]!;
    this.lane = inner.vars[inner.vars.length - 1];
    this.rows = [...outer.vars, ...inner.vars.slice(0, -1)];
    this.substitution = new Map([...outer.substitution, ...inner.substitution]);
    this.plan = scheduleFor(options, 'scan', {
      template: 'scan',
      rows: product([...this.rows, ...inner.vars.slice(-1)].map((v) => v.extent)),
      length: this.along.extent,
      contiguous: this.lane ? 'column' : 'row',
      element: widestElement([...g.accesses.keys()]),
    });
    this.steps = product(this.rows.map((v) => v.extent)) * this.blocks;
    this.context = new KernelContext(g, options, Math.ceil(this.steps / this.plan.rowsPerTask));
    this.reducer = new Reducer(this.context, space.scan, role, this.along.extent);
  }

  /** Lanes and vectors of neighbouring rows. */
  private get width(): { readonly lanes: number; readonly copies: number } {
    if (!this.lane) return { lanes: 1, copies: 1 };
    const lanes = usefulLanes(this.plan.lanes, this.lane.extent);
    return { lanes, copies: Math.max(1, Math.min(this.plan.vectors, Math.floor(this.lane.extent / lanes))) };
  }

  private get blocks(): number {
    return this.lane ? Math.ceil(this.lane.extent / (this.width.lanes * this.width.copies)) : 1;
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const grain = this.plan.rowsPerTask;
    const lo = b.binary('mul', b.task, b.index(grain));
    const hi = b.binary('min', b.binary('add', lo, b.index(grain)), b.index(this.steps));
    const step = variable('step', this.steps);
    const places = delinearize(step, [...this.rows.map((v) => v.extent), this.blocks]);
    b.loop('row', lo, hi, 1, [], (value) => {
      stitch.scope(new Map([['step', { value, lanes: 1 }]]), () => {
        const [block, ...rows] = [...places].reverse().map((e) => stitch.index.scalar(e));
        rows.reverse();
        const axes = new Map(this.rows.map((v, k) => [v.name, { value: rows[k]!, lanes: 1 }] as const));
        if (this.lane) this.across(axes, this.lane, block!);
        else this.alongRow(axes);
      });
      return [];
    });
    return this.context.finish();
  }

  private readonly inLoops = (at: readonly IndexExpr[]): IndexExpr[] =>
    at.map((e) => substitute(e, (name) => this.substitution.get(name)));

  private elements(): ValueId[] {
    const at = this.inLoops(scanAt(this.space));
    const { scan, role } = this.space;
    return role.inputs.flatMap((k) => this.context.stitch.value(scan.operands[k]!, at));
  }

  /** Stores all results at the running point, given the scan's. */
  private store(totals: readonly ValueId[], exists: ValueId | undefined): void {
    const { stitch } = this.context;
    const parts = this.reducer.results(this.reducer.rounded(totals));
    parts.forEach((p, k) => {
      stitch.bindPoint(this.space.scan.results[k]!, p);
    });
    for (const v of this.g.outputs) {
      const at = this.inLoops(this.space.outputs.get(v)!);
      this.context.store(v, at, stitch.value(v, at), exists, false);
    }
  }

  // ── Lanes are neighbouring rows ─────────────────────────────────────────────────────────────────────────────────

  private across(axes: ReadonlyMap<string, Axis>, lane: SpaceVar, block: ValueId): void {
    const b = this.context.builder;
    const { lanes, copies } = this.width;
    const first = b.binary('mul', block, b.index(lanes * copies));
    vectorBlock(b, { extent: lane.extent, lanes, copies }, first, (x, vectors, exists) => {
      const points = Array.from({ length: vectors }, (_, u) => {
        const value = b.binary('add', x, b.index(u * lanes));
        return new Map([...axes, [lane.name, { value, lanes }] as const]);
      });
      this.oneByOne(points, lanes, exists);
    });
  }

  /** Rows side by side, element by element. */
  private oneByOne(rows: readonly ReadonlyMap<string, Axis>[], lanes: number, exists: ValueId | undefined): void {
    const { builder: b, stitch } = this.context;
    const { name, extent } = this.along;
    const inits = this.reducer.inits().map((v) => b.splat(v, lanes));
    const all = rows.flatMap(() => inits);
    b.loop(name, b.index(0), b.index(extent), 1, all, (iv, carried) => {
      const value = this.space.role.reverse ? b.binary('sub', b.index(extent - 1), iv) : iv;
      return rows.flatMap((axes, u) =>
        stitch.scope(
          new Map([...axes, [name, { value, lanes: 1 }] as const]),
          () => {
            const before = carried.slice(u * inits.length, (u + 1) * inits.length);
            const totals = this.reducer.accumulate(before, this.elements(), undefined);
            this.store(totals, exists);
            return totals;
          },
          exists,
        ),
      );
    });
  }

  // ── Lanes are elements of a row ─────────────────────────────────────────────────────────────────────────────────

  private alongRow(axes: ReadonlyMap<string, Axis>): void {
    const { builder: b, stitch } = this.context;
    const { name, extent } = this.along;
    const lanes = this.reducer.reorder ? usefulLanes(this.plan.lanes, extent) : 1;
    if (lanes === 1) {
      this.oneByOne([axes], 1, undefined);
      return;
    }
    const { reverse } = this.space.role;
    vectorLoop(b, { label: name, extent, lanes, copies: 1 }, this.reducer.inits(), (x, exists, before) => {
      // From the end backwards; what is left over then stands at the beginning.
      const left = exists === undefined ? b.binary('sub', b.index(extent - lanes), x) : b.index(0);
      const value = reverse ? left : x;
      return stitch.scope(
        new Map([...axes, [name, { value, lanes }] as const]),
        () => {
          const within = this.scanLanes(this.vector(lanes, reverse ? exists : undefined), lanes);
          const totals = this.reducer.combine(
            before.map((v) => b.splat(v, lanes)),
            within,
          );
          this.store(totals, exists);
          const last = within.map((v) => b.part(v, reverse ? 0 : lanes - 1, 1));
          return this.reducer.combine(before, last);
        },
        exists,
      );
    });
  }

  /** The row's elements in lanes; where one does not exist, the identity. */
  private vector(lanes: number, exists: ValueId | undefined): ValueId[] {
    const b = this.context.builder;
    const elements = this.elements().map((v) => b.splat(v, lanes));
    const identity = this.reducer.start(lanes);
    return exists === undefined ? elements : elements.map((v, k) => b.select(exists, v, identity[k]!));
  }

  /** Each lane combined with all lanes before it (behind it, in reverse), by doubling distances. */
  private scanLanes(elements: readonly ValueId[], lanes: number): ValueId[] {
    const b = this.context.builder;
    const identity = this.reducer.start(lanes);
    const { reverse } = this.space.role;
    let all = [...elements];
    for (let by = 1; by < lanes; by *= 2) {
      const from = (l: number): number => (reverse ? l + by : l - by);
      const pattern = Array.from({ length: lanes }, (_, l) => (from(l) < 0 || from(l) >= lanes ? l : lanes + from(l)));
      const moved = all.map((v, k) => b.shuffle(identity[k]!, v, pattern));
      all = this.reducer.combine(moved, all);
    }
    return all;
  }
}
