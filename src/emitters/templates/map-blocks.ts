/**
 * Template map by blocks of threads: all points in one row, a vector of neighbours a thread, and neighbouring vectors to
 * neighbouring threads, so that a warp touches whole lines of memory.
 */
import type { Group } from '../../fusion/group.js';
import type { SpaceVar } from '../../fusion/space.js';
import { delinearize, variable } from '../../rules/index/index.js';
import type { MapBlocksSchedule } from '../../rules/index.js';
import type { ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, KernelContext } from './kernel-context.js';
import { lanesOfRow } from './vector-loop.js';

/** Stores all results at a vector of points: those of the axes given. */
export type MapPoint = (context: KernelContext, axes: ReadonlyMap<string, Axis>) => void;

export function emitMapBlocks(
  g: Group,
  options: EmitOptions,
  { outer, inner, plan }: { outer: readonly SpaceVar[]; inner: SpaceVar; plan: MapBlocksSchedule },
  point: MapPoint,
): EmittedKernel {
  const { threads, vectorsPerThread } = plan;
  const lanes = lanesOfRow(plan.lanes, inner.extent);
  const vectors = outer.reduce((n, v) => n * v.extent, inner.extent / lanes);
  const perBlock = threads * vectorsPerThread;
  const context = new KernelContext(g, options, Math.ceil(vectors / perBlock), g.outputs, 'write', threads);
  const { builder: b, stitch } = context;
  const places = delinearize(variable('vector', vectors), [...outer.map((v) => v.extent), inner.extent / lanes]);
  const at = (value: ValueId): void =>
    stitch.scope(new Map([['vector', { value, lanes: 1 }]]), () => {
      const rows = outer.map((v, k) => [v.name, { value: stitch.index.scalar(places[k]!), lanes: 1 }] as const);
      const first = b.binary('mul', stitch.index.scalar(places[outer.length]!), b.index(lanes));
      point(context, new Map([...rows, [inner.name, { value: first, lanes }]]));
    });
  const first = b.binary('add', b.binary('mul', b.task, b.index(perBlock)), b.thread);
  for (let k = 0; k < vectorsPerThread; k++) {
    const value = b.binary('add', first, b.index(k * threads));
    if (vectors % perBlock === 0) at(value);
    else b.if(b.compare('lt', value, b.index(vectors)), () => at(value));
  }
  return context.finish();
}
