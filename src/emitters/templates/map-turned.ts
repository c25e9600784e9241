/**
 * Template map by blocks of threads, where an input is contiguous along another loop than the result is: a block brings
 * a square tile of it into shared memory along the input's contiguous axis, and reads it along the result's. Both sides
 * then touch whole lines of memory. A line of the tile is one element longer than the tile, so that neither way round do
 * two threads of a warp meet in one bank.
 */
import type { Group } from '../../fusion/group.js';
import type { SpaceVar } from '../../fusion/space.js';
import { delinearize, variable } from '../../rules/index/index.js';
import type { MapBlocksSchedule } from '../../rules/index.js';
import { laneTypeOf, type ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, KernelContext } from './kernel-context.js';
import type { Tiling } from './map-tiled.js';

/** Stores all results at a point. `bind`: says what the turned inputs are there. */
export type TurnedPoint = (context: KernelContext, axes: ReadonlyMap<string, Axis>, bind: () => void) => void;

export interface TurnedLoops {
  readonly outer: readonly SpaceVar[];
  readonly inner: SpaceVar;
  readonly tiling: Tiling;
  readonly plan: MapBlocksSchedule;
}

export function emitTurnedBlocks(
  g: Group,
  options: EmitOptions,
  loops: TurnedLoops,
  point: TurnedPoint,
): EmittedKernel {
  return new TurnedBlocks(g, options, loops).run(point);
}

class TurnedBlocks {
  private readonly context: KernelContext;
  private readonly others: readonly SpaceVar[];
  /** Tiles along the result's inner loop, and along the input's. */
  private readonly innerTiles: number;
  private readonly acrossTiles: number;
  private readonly tiles: readonly number[];

  constructor(
    g: Group,
    options: EmitOptions,
    private readonly loops: TurnedLoops,
  ) {
    const { outer, inner, tiling, plan } = loops;
    const { across } = tiling;
    this.others = outer.filter((v) => v !== across);
    this.innerTiles = Math.ceil(inner.extent / plan.tile);
    this.acrossTiles = Math.ceil(across.extent / plan.tile);
    const tasks = this.others.reduce((n, v) => n * v.extent, this.innerTiles * this.acrossTiles);
    this.context = new KernelContext(g, options, tasks, g.outputs, 'write', plan.threads);
    this.tiles = tiling.loads.map(({ value }, k) =>
      this.context.builder.buffer(
        `tile${k}`,
        laneTypeOf(value.tensorType.element),
        plan.tile * this.stride,
        'readwrite',
        'shared',
      ),
    );
  }

  private get stride(): number {
    return this.loops.plan.tile + 1;
  }

  run(point: TurnedPoint): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const { tiling, plan } = this.loops;
    const extents = [...this.others.map((v) => v.extent), this.acrossTiles, this.innerTiles];
    const places = delinearize(variable('block', b.tasks), extents);
    stitch.scope(new Map([['block', { value: b.task, lanes: 1 }]]), () => {
      const at = places.map((e) => stitch.index.scalar(e));
      const axes = this.others.map((v, k) => [v.name, { value: at[k]!, lanes: 1 }] as const);
      const corner = {
        across: b.binary('mul', at[at.length - 2]!, b.index(plan.tile)),
        inner: b.binary('mul', at[at.length - 1]!, b.index(plan.tile)),
      };
      stitch.scope(new Map(axes), () => {
        this.each((lane, line) => {
          // Threads are neighbours along the input's contiguous axis.
          const places = { across: b.binary('add', corner.across, lane), inner: b.binary('add', corner.inner, line) };
          this.where(places, (point) => {
            tiling.loads.forEach(({ value, at }, k) => {
              const [element] = stitch.scope(point, () => stitch.value(value, at));
              const to = b.binary('add', b.binary('mul', line, b.index(this.stride)), lane);
              b.store(this.tiles[k]!, to, element!);
            });
          });
        });
        b.barrier();
        this.each((lane, line) => {
          const places = { across: b.binary('add', corner.across, line), inner: b.binary('add', corner.inner, lane) };
          this.where(places, (axes) => {
            const from = b.binary('add', b.binary('mul', lane, b.index(this.stride)), line);
            point(this.context, axes, () => {
              tiling.loads.forEach(({ value, at }, k) => {
                stitch.bind(value, at, [b.load(this.tiles[k]!, from)]);
              });
            });
          });
        });
      });
    });
    return this.context.finish();
  }

  /** The thread's elements of a tile: its place in a line, and the line. */
  private each(body: (lane: ValueId, line: ValueId) => void): void {
    const { builder: b } = this.context;
    const { tile, threads } = this.loops.plan;
    const lane = b.binary('and', b.thread, b.index(tile - 1));
    const first = b.binary('shrl', b.thread, b.index(Math.log2(tile)));
    for (let line = 0; line < tile; line += threads / tile) body(lane, b.binary('add', first, b.index(line)));
  }

  /** Runs `body` for a point that is there; tiles at the end have some that are not. */
  private where(at: { across: ValueId; inner: ValueId }, body: (axes: ReadonlyMap<string, Axis>) => void): void {
    const { builder: b } = this.context;
    const { inner, tiling, plan } = this.loops;
    const axes = new Map([
      [tiling.across.name, { value: at.across, lanes: 1 }],
      [inner.name, { value: at.inner, lanes: 1 }],
    ]);
    const tests: ValueId[] = [];
    if (tiling.across.extent % plan.tile !== 0) tests.push(b.compare('lt', at.across, b.index(tiling.across.extent)));
    if (inner.extent % plan.tile !== 0) tests.push(b.compare('lt', at.inner, b.index(inner.extent)));
    if (tests.length === 0) body(axes);
    else
      b.if(
        tests.reduce((p, q) => b.binary('and', p, q)),
        () => body(axes),
      );
  }
}
