/**
 * Template scatter: the inputs are copied to the results, then updates are combined into them, one after the other.
 *
 * Any combiner in the order that the program gives: updates are a sequential loop, windows the loops inside it, of
 * which the one that is contiguous in the result is vectorised. Points along a dimension that results and updates
 * share never meet, so tasks may share it out.
 */
import { reducerFacts } from '../../fusion/facts.js';
import type { Group } from '../../fusion/group.js';
import type { AloneSpace } from '../../fusion/space.js';
import { type ElementType, elementCount, type Instruction } from '../../hlo/index.js';
import { coefficientOf, delinearize, dependsOn, equal, linearize, variable } from '../../rules/index/index.js';
import type { Predicate, ScatterDim, ScatterRole } from '../../rules/index.js';
import { type AtomicOp, laneTypeOf, type ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import type { PartIds } from '../stitch/stitcher.js';
import { type EmitOptions, type EmittedKernel, KernelContext, scheduleFor, scheduleIfAny } from './kernel-context.js';
import { widestElement } from './map.js';
import { knownOf } from './reducer.js';
import { taskLoop, usefulLanes, vectorLoop } from './vector-loop.js';

export function emitScatter(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const { instruction, role } = g.space as AloneSpace<ScatterRole>;
  const copy = emitCopy(g, options, instruction, role);
  if (role.dims.some((d) => d.extent === 0)) return [copy];
  const how = atomicOf(options, instruction, role);
  const updates = elementCount(role.dims.map((d) => d.extent));
  const blocks = how && scheduleIfAny(options, 'scatter.blocks', { template: 'scatter', updates });
  if (blocks) return [copy, emitAtomics(g, options, instruction, { role, updates, how, threads: blocks.threads })];
  return [copy, new Updates(g, options, instruction, role).run()];
}

/** How memory combines an update with an element by itself, if it can and their order does not matter. */
function atomicOf(options: EmitOptions, i: Instruction, role: ScatterRole): AtomicOp | undefined {
  const { element } = i.results[0]!.tensorType;
  const update = i.operands[role.updates[0]!]!.tensorType.element;
  if (!ATOMIC_TYPES.has(element) || update !== element || !knownOf(options, role.combiner, element).reorder)
    return undefined;
  return reducerFacts(options.rules, role.combiner)?.atomic;
}

const ATOMIC_TYPES: ReadonlySet<ElementType> = new Set(['f32', 'f64', 's32', 's64', 'u32', 'u64']);

interface Atomics {
  readonly role: ScatterRole;
  readonly updates: number;
  readonly how: AtomicOp;
  readonly threads: number;
}

/** Every update by a thread of its own, in no order: memory combines them. */
function emitAtomics(g: Group, options: EmitOptions, i: Instruction, a: Atomics): EmittedKernel {
  const { role, updates, how, threads } = a;
  const context = new KernelContext(g, options, Math.ceil(updates / threads), g.outputs, 'readwrite', threads);
  const { builder: b, stitch } = context;
  const [result] = i.results;
  const places = delinearize(
    variable('update', updates),
    role.dims.map((d) => d.extent),
  );
  const number = b.binary('add', b.binary('mul', b.task, b.index(threads)), b.thread);
  const update = (): void =>
    stitch.scope(new Map([['update', { value: number, lanes: 1 }]]), () => {
      const axes = role.dims.map((d, k) => [d.name, { value: stitch.index.scalar(places[k]!), lanes: 1 }] as const);
      stitch.scope(new Map(axes), () => {
        b.if(stitch.index.predicate(role.when), () => {
          stitch.scope(new Map(), () => {
            const [value] = stitch.value(i.operands[role.updates[0]!]!, role.at);
            const at = stitch.index.scalar(linearize(role.out, result!.tensorType.dims));
            b.atomic(how, context.output(result!), at, value!);
          });
        });
      });
    });
  if (updates % threads === 0) update();
  else b.if(b.compare('lt', number, b.index(updates)), update);
  return context.finish();
}

/** Elements that make a task worth a thread. */
const TASK_ELEMENTS = 1 << 16;

/** results = inputs */
function emitCopy(g: Group, options: EmitOptions, i: Instruction, role: ScatterRole): EmittedKernel {
  const { dims } = i.results[0]!.tensorType;
  const extent = elementCount(dims);
  const lanes = usefulLanes(lanesOf(g, options), extent);
  const loop = { label: 'copy', extent, lanes, copies: 1 };
  const grain = TASK_ELEMENTS;
  const context = new KernelContext(g, options, Math.ceil(extent / grain));
  const { builder: b, stitch } = context;
  const at = delinearize(variable('flat', extent), dims);
  taskLoop(b, loop, grain, (x, exists) => {
    stitch.scope(
      new Map([['flat', { value: x, lanes }]]),
      () => {
        i.results.forEach((r, k) => {
          const to = laneTypeOf(r.tensorType.element);
          const parts = stitch.value(i.operands[role.inputs[k]!]!, at).map((p) => b.convert(p, to));
          context.store(r, at, parts, exists, false);
        });
      },
      exists,
    );
  });
  return context.finish();
}

/** Lanes of a vector of the widest element touched. */
function lanesOf(g: Group, options: EmitOptions): number {
  return scheduleFor(options, 'map', {
    template: 'map',
    extents: [],
    element: widestElement(g.outputs),
    bytesRead: 0,
    bytesWritten: 0,
    flopsPerElement: 1,
    transposed: false,
  }).lanes;
}

class Updates {
  private readonly context: KernelContext;
  /** The window's innermost loop, where it is contiguous in the results. */
  private readonly vector: ScatterDim | undefined;
  private readonly lanes: number;
  private readonly shared: { readonly dim: ScatterDim; readonly grain: number } | undefined;

  constructor(
    g: Group,
    options: EmitOptions,
    private readonly i: Instruction,
    private readonly role: ScatterRole,
  ) {
    const last = role.dims[role.dims.length - 1];
    const offset = linearize(role.out, i.results[0]!.tensorType.dims);
    const contiguous = last?.kind === 'window' && last.extent > 1 && coefficientOf(offset, last.name) === 1;
    this.vector = contiguous ? last : undefined;
    this.lanes = this.vector ? usefulLanes(lanesOf(g, options), this.vector.extent) : 1;
    this.shared = this.share();
    const tasks = this.shared ? Math.ceil(this.shared.dim.extent / this.shared.grain) : 1;
    this.context = new KernelContext(g, options, tasks, g.outputs, 'readwrite');
  }

  /** A loop that is a dimension of the results too: different points of it never meet. */
  private share(): { dim: ScatterDim; grain: number } | undefined {
    const { dims, out } = this.role;
    const points = elementCount(dims.map((d) => d.extent));
    const [dim] = dims
      .filter((d) => d !== this.vector && out.some((e) => equal(e, variable(d.name, d.extent))))
      .sort((p, q) => q.extent - p.extent);
    if (!dim || dim.extent < 2 || points < 2 * TASK_ELEMENTS) return undefined;
    return { dim, grain: Math.max(1, Math.ceil((TASK_ELEMENTS * dim.extent) / points)) };
  }

  run(): EmittedKernel {
    this.nest(new Map(), 0);
    return this.context.finish();
  }

  /** Bounds that the loops down to `depth` decide, and those above do not. */
  private decidedAt(depth: number): Predicate {
    const { dims, when } = this.role;
    const depthOf = (b: Predicate[number]) => dims.findLastIndex((d) => dependsOn(b.expr, d.name)) + 1;
    return when.filter((b) => depthOf(b) === depth);
  }

  private nest(axes: ReadonlyMap<string, Axis>, depth: number): void {
    const { builder: b, stitch } = this.context;
    const dim = this.role.dims[depth];
    stitch.scope(axes, () => {
      const inside = this.decidedAt(depth);
      if (inside.length === 0) this.step(dim, depth);
      else b.if(stitch.index.predicate(inside), () => stitch.scope(new Map(), () => this.step(dim, depth)));
    });
  }

  private step(dim: ScatterDim | undefined, depth: number): void {
    if (!dim) this.point(undefined);
    else if (dim === this.vector) this.vectors(dim);
    else {
      const b = this.context.builder;
      const [lo, hi] = this.range(dim);
      b.loop(dim.name, lo, hi, 1, [], (iv) => {
        this.nest(new Map([[dim.name, { value: iv, lanes: 1 }]]), depth + 1);
        return [];
      });
    }
  }

  private range(dim: ScatterDim): [lo: ValueId, hi: ValueId] {
    const b = this.context.builder;
    if (this.shared?.dim !== dim) return [b.index(0), b.index(dim.extent)];
    const lo = b.binary('mul', b.task, b.index(this.shared.grain));
    return [lo, b.binary('min', b.binary('add', lo, b.index(this.shared.grain)), b.index(dim.extent))];
  }

  private vectors({ name, extent }: ScatterDim): void {
    const { builder: b, stitch } = this.context;
    const { lanes } = this;
    const copies = Math.max(1, Math.min(4, Math.floor(extent / lanes)));
    const bounds = this.decidedAt(this.role.dims.length);
    vectorLoop(b, { label: name, extent, lanes, copies }, [], (x, exists) => {
      stitch.scope(
        new Map([[name, { value: x, lanes }]]),
        () => {
          const inside = bounds.length > 0 ? b.splat(stitch.index.predicate(bounds), lanes) : undefined;
          const mask = inside && exists ? b.binary('and', inside, exists) : (inside ?? exists);
          stitch.scope(new Map(), () => this.point(mask), mask);
        },
        exists,
      );
      return [];
    });
  }

  /** Combines one point, or a vector of them, into every result. */
  private point(mask: ValueId | undefined): void {
    const { builder: b, stitch } = this.context;
    const { role, i } = this;
    const spread = (parts: PartIds) => parts.map((p) => b.splat(p, this.lanes));
    const old = i.results.map((r) => spread(this.context.stored(r, role.out, mask)));
    const updates = role.updates.map((k, r) => {
      const to = laneTypeOf(i.results[r]!.tensorType.element);
      return spread(stitch.value(i.operands[k]!, role.at)).map((p) => b.convert(p, to));
    });
    const captures = role.captures.map((k) => stitch.value(i.operands[k]!, []));
    const next = this.context.call(role.combiner, [...old, ...updates, ...captures]);
    i.results.forEach((r, k) => {
      const to = laneTypeOf(r.tensorType.element);
      const parts = next[k]!.map((p) => b.splat(b.convert(p, to), this.lanes));
      this.context.store(r, role.out, parts, mask, false);
    });
  }
}
