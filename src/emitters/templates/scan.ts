/**
 * Template scan: along each row, every element becomes the combination of all up to it.
 *
 * Where a row's elements are neighbours in memory, lanes are elements of the row: each vector is scanned within itself
 * in log₂(lanes) steps, then joined to what came before. Elsewhere, and where the order of combination is fixed, a row
 * is scanned element by element, lanes being rows where rows are neighbours.
 */

import type { Group } from '../../fusion/group.js';
import type { SpaceVar } from '../../fusion/space.js';
import { delinearize, variable } from '../../rules/index/index.js';
import type { ScanSchedule } from '../../rules/index.js';
import type { ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, scheduleFor, scheduleIfAny } from './kernel-context.js';
import { ScanBlocks } from './scan-blocks.js';
import { product, ScanKernel, type ScanLoops, scanLoops } from './scan-kernel.js';
import { usefulLanes, vectorBlock, vectorLoop } from './vector-loop.js';

export function emitScan(g: Group, options: EmitOptions): EmittedKernel {
  const loops = scanLoops(g, options);
  const blocks = loops.problem.reorder ? scheduleIfAny(options, 'scan.blocks', loops.problem) : undefined;
  // Threads behind the end read the last element again, which must not change meanwhile.
  const still = g.inPlace.size === 0 || loops.along.extent % (blocks?.threads ?? 1) === 0;
  if (blocks && still) return new ScanBlocks(loops, blocks).run();
  return new ScanTasks(loops, scheduleFor(options, 'scan', loops.problem)).run();
}

interface Width {
  readonly lanes: number;
  readonly copies: number;
}

/** Lanes and vectors of neighbouring rows. */
function widthOf(lane: SpaceVar | undefined, plan: ScanSchedule): Width {
  if (!lane) return { lanes: 1, copies: 1 };
  const lanes = usefulLanes(plan.lanes, lane.extent);
  return { lanes, copies: Math.max(1, Math.min(plan.vectors, Math.floor(lane.extent / lanes))) };
}

class ScanTasks extends ScanKernel {
  private readonly width: Width;
  private readonly blocks: number;
  private readonly steps: number;

  constructor(
    loops: ScanLoops,
    private readonly plan: ScanSchedule,
  ) {
    const width = widthOf(loops.lane, plan);
    const blocks = loops.lane ? Math.ceil(loops.lane.extent / (width.lanes * width.copies)) : 1;
    const steps = product(loops.rows) * blocks;
    super(loops, Math.ceil(steps / plan.rowsPerTask));
    this.width = width;
    this.blocks = blocks;
    this.steps = steps;
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const grain = this.plan.rowsPerTask;
    const lo = b.binary('mul', b.task, b.index(grain));
    const hi = b.binary('min', b.binary('add', lo, b.index(grain)), b.index(this.steps));
    const step = variable('step', this.steps);
    const places = delinearize(step, [...this.loops.rows.map((v) => v.extent), this.blocks]);
    b.loop('row', lo, hi, 1, [], (value) => {
      stitch.scope(new Map([['step', { value, lanes: 1 }]]), () => {
        const [block, ...rows] = [...places].reverse().map((e) => stitch.index.scalar(e));
        rows.reverse();
        const axes = new Map(this.loops.rows.map((v, k) => [v.name, { value: rows[k]!, lanes: 1 }] as const));
        if (this.loops.lane) this.across(axes, this.loops.lane, block!);
        else this.alongRow(axes);
      });
      return [];
    });
    return this.context.finish();
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
    const { name, extent } = this.loops.along;
    const inits = this.reducer.inits().map((v) => b.splat(v, lanes));
    const all = rows.flatMap(() => inits);
    b.loop(name, b.index(0), b.index(extent), 1, all, (iv, carried) => {
      const value = this.loops.space.role.reverse ? b.binary('sub', b.index(extent - 1), iv) : iv;
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
    const { name, extent } = this.loops.along;
    const lanes = this.reducer.reorder ? usefulLanes(this.plan.lanes, extent) : 1;
    if (lanes === 1) {
      this.oneByOne([axes], 1, undefined);
      return;
    }
    const { reverse } = this.loops.space.role;
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
    const { reverse } = this.loops.space.role;
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
