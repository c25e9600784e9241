/**
 * Template map: every result element by itself. Loops are merged as far as all accesses allow; the innermost is
 * vectorised; the outermost is shared out as tasks.
 */

import { collapse } from '../../fusion/collapse.js';
import { expressionsOf } from '../../fusion/expressions.js';
import { costOf } from '../../fusion/facts.js';
import type { Group } from '../../fusion/group.js';
import type { SpaceVar } from '../../fusion/space.js';
import { byteSize, ELEMENT, type ElementType, type Value } from '../../hlo/index.js';
import { type IndexExpr, substitute } from '../../rules/index/index.js';
import type { MapProblem, MapSchedule } from '../../rules/index.js';
import type { ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, KernelContext, scheduleFor, scheduleIfAny } from './kernel-context.js';
import { emitMapBlocks } from './map-blocks.js';
import { Tiles, type Tiling, tilingOf } from './map-tiled.js';
import { emitTurnedBlocks } from './map-turned.js';
import { taskLoop, usefulLanes, vectorLoop } from './vector-loop.js';

/** The widest element type among values: it decides how many lanes fit a vector register. */
export function widestElement(values: Iterable<Value>): ElementType {
  let widest: ElementType = 'pred';
  for (const v of values) {
    const { element } = v.tensorType;
    if (ELEMENT[element].bits > ELEMENT[widest].bits) widest = element;
  }
  return widest;
}

export function emitMap(g: Group, options: EmitOptions): EmittedKernel {
  if (g.space.kind !== 'map') throw new Error('not a map kernel');
  const { loads, stores, others } = expressionsOf(options.rules, g);
  const all = [...loads.map((l) => l.offset), ...stores, ...others];
  const { vars, substitution } = collapse(g.space.vars, all, 'i');
  const loops = vars.length > 0 ? vars : [{ name: 'i0', extent: 1 }];
  const inner = loops[loops.length - 1]!;
  const outer = loops.slice(0, -1);
  const inputs = [...g.accesses.keys()].filter((v) => !g.members.has(v.producer));
  const tiling = tilingOf(options.rules, g, outer, inner, substitution);
  const problem: MapProblem = {
    template: 'map',
    extents: loops.map((v) => v.extent),
    element: widestElement([...g.accesses.keys()]),
    bytesRead: inputs.reduce((n, v) => n + byteSize(v.tensorType), 0),
    bytesWritten: [...g.outputs].reduce((n, v) => n + byteSize(v.tensorType), 0),
    flopsPerElement: [...g.members].reduce((n, i) => n + costOf(options.rules, i), 0),
    transposed: tiling !== undefined,
  };
  const blocks = scheduleIfAny(options, 'map.blocks', problem);
  if (blocks && tiling) {
    return emitTurnedBlocks(g, options, { outer, inner, tiling, plan: blocks }, (context, axes, bind) => {
      storeResults(context, g, substitution, { axes, exists: undefined, nontemporal: false }, bind);
    });
  }
  if (blocks) {
    return emitMapBlocks(g, options, { inner, outer, plan: blocks }, (context, axes) => {
      storeResults(context, g, substitution, { axes, exists: undefined, nontemporal: false });
    });
  }
  const plan = scheduleFor(options, 'map', problem);
  return new MapEmitter(g, options, { inner, outer, plan, substitution, tiling }).run();
}

interface MapLoops {
  readonly inner: SpaceVar;
  readonly outer: readonly SpaceVar[];
  readonly plan: MapSchedule;
  readonly substitution: ReadonlyMap<string, IndexExpr>;
  readonly tiling: Tiling | undefined;
}

class MapEmitter {
  private readonly context: KernelContext;
  private readonly lanes: number;
  /** Iterations of the outermost loop (or, in a single loop, vectors) of a task. */
  private readonly grain: number;

  constructor(
    private readonly g: Group,
    options: EmitOptions,
    private readonly loops: MapLoops,
  ) {
    const { inner, outer, plan } = loops;
    this.lanes = usefulLanes(plan.lanes, inner.extent);
    const [first] = outer;
    // Where there is nothing to compute, a task may have any size.
    const below = Math.max(
      1,
      outer.slice(1).reduce((n, v) => n * v.extent, inner.extent),
    );
    const step = this.lanes * plan.unroll;
    // Tasks along the loop that tiles step over are runs of whole tiles.
    const multiple = first ? (first === loops.tiling?.across ? this.lanes : 1) : step;
    this.grain = Math.max(1, Math.ceil(plan.elementsPerTask / (first ? below : 1) / multiple)) * multiple;
    this.context = new KernelContext(g, options, Math.ceil((first?.extent ?? inner.extent) / this.grain));
  }

  run(): EmittedKernel {
    const { outer } = this.loops;
    if (this.loops.tiling) this.tiled(this.loops.tiling);
    else if (outer.length === 0) this.single();
    else this.nest(new Map(), 0);
    return this.context.finish();
  }

  /** First and last + 1 iteration of the running task. */
  private range(extent: number): [lo: ValueId, hi: ValueId] {
    const b = this.context.builder;
    const lo = b.binary('mul', b.task, b.index(this.grain));
    const end = b.binary('add', lo, b.index(this.grain));
    return [lo, extent % this.grain === 0 ? end : b.binary('min', end, b.index(extent))];
  }

  private nest(axes: Map<string, Axis>, depth: number): void {
    const b = this.context.builder;
    const v = this.loops.outer[depth];
    if (!v) {
      const { extent, name } = this.loops.inner;
      const loop = { label: name, extent, lanes: this.lanes, copies: this.loops.plan.unroll };
      vectorLoop(b, loop, [], (x, exists) => this.point(axes, x, exists));
      return;
    }
    const [lo, hi] = depth === 0 ? this.range(v.extent) : [b.index(0), b.index(v.extent)];
    b.loop(v.name, lo, hi, 1, [], (iv) => {
      this.nest(new Map([...axes, [v.name, { value: iv, lanes: 1 }]]), depth + 1);
      return [];
    });
  }

  /** The loop that tiles step over is innermost but for the tiles' own. */
  private tiled(tiling: Tiling): void {
    const b = this.context.builder;
    const { inner, outer } = this.loops;
    const tiles = new Tiles(this.context, { inner, lanes: this.lanes, tiling }, (axes, x, exists, bind) => {
      this.point(axes, x, exists, bind);
    });
    const order = [...outer.filter((v) => v !== tiling.across), tiling.across];
    const walk = (axes: Map<string, Axis>, depth: number): void => {
      const v = order[depth]!;
      const [lo, hi] = v === outer[0] ? this.range(v.extent) : [b.index(0), b.index(v.extent)];
      b.loop(v.name, lo, hi, v === tiling.across ? this.lanes : 1, [], (iv) => {
        if (v === tiling.across) tiles.row(axes, iv);
        else walk(new Map([...axes, [v.name, { value: iv, lanes: 1 }]]), depth + 1);
        return [];
      });
    };
    walk(new Map(), 0);
  }

  /** One loop only: tasks are runs of whole vectors, and the last one has the rest. */
  private single(): void {
    const { extent, name } = this.loops.inner;
    const loop = { label: name, extent, lanes: this.lanes, copies: this.loops.plan.unroll };
    taskLoop(this.context.builder, loop, this.grain, (x, exists) => this.point(new Map(), x, exists));
  }

  /** All results at one vector of points. */
  private point(
    outer: ReadonlyMap<string, Axis>,
    x: ValueId,
    exists: ValueId | undefined,
    bind?: () => void,
  ): readonly ValueId[] {
    const axes = new Map([...outer, [this.loops.inner.name, { value: x, lanes: this.lanes }]]);
    const { substitution, plan } = this.loops;
    storeResults(this.context, this.g, substitution, { axes, exists, nontemporal: plan.nontemporal }, bind);
    return [];
  }
}

/** Stores all results of a map kernel at a vector of points. `bind`: values that the points have already. */
function storeResults(
  context: KernelContext,
  g: Group,
  substitution: ReadonlyMap<string, IndexExpr>,
  at: { axes: ReadonlyMap<string, Axis>; exists: ValueId | undefined; nontemporal: boolean },
  bind?: () => void,
): void {
  const { stitch } = context;
  stitch.scope(
    at.axes,
    () => {
      bind?.();
      const points = [...g.outputs].map((v) => {
        const index = g.outputIndex(v)!.map((e) => substitute(e, (name) => substitution.get(name)));
        return { v, index, parts: stitch.value(v, index) };
      });
      for (const p of points) context.store(p.v, p.index, p.parts, at.exists, at.nontemporal);
    },
    at.exists,
  );
}
