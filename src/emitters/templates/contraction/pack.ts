/** Copies of factors in the order in which tiles read them, zeros where there is padding. Prologues run here. */
import {
  bound,
  constant,
  dependsOn,
  type IndexExpr,
  linearize,
  type Predicate,
  simplifyPredicate,
  variable,
} from '../../../rules/index/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { KernelContext } from '../kernel-context.js';
import { usefulLanes, vectorLoop } from '../vector-loop.js';
import type { Factor } from './factor.js';
import { OWN_DEPTH } from './layout.js';
import type { Contraction } from './problem.js';

type Axes = ReadonlyMap<string, Axis>;

/** Iterations first … end − 1 of the outermost depth loop. */
export interface DepthRange {
  readonly first: ValueId;
  readonly end: ValueId;
}

/** A factor in the kernel's loops. */
interface Source {
  readonly factor: Factor;
  readonly at: readonly IndexExpr[];
  readonly when: Predicate;
}

/** Padding everywhere. */
export const NEVER: Predicate = bound(constant(0), 1, 0);

export class Packer {
  /** Depths in one iteration of the outermost depth loop. */
  private readonly inner: number;

  constructor(
    private readonly c: Contraction,
    private readonly context: KernelContext,
  ) {
    this.inner = c.layout.depth.slice(1).reduce((n, v) => n * v.extent, 1);
  }

  /** `buffer[(row − first)·stride + depth]` for rows first … end − 1, depths counted from the start of the range. */
  rows(buffer: number, stride: number, rows: { first: ValueId; end: ValueId }, depth: DepthRange): void {
    const { builder: b } = this.context;
    const { layout, options } = this.c;
    const source = this.source(this.c.row, variable('r', layout.rowCount), constant(0));
    const last = layout.depth[layout.depth.length - 1] ?? { name: 'none', extent: 1 };
    const most = usefulLanes(options.target.vectorBits / this.c.arithmetic.laneBits, last.extent);
    b.loop('pack.row', rows.first, rows.end, 1, [], (r) => {
      const line = b.binary('mul', b.binary('sub', r, rows.first), b.index(stride));
      const start = new Map([['r', { value: r, lanes: 1 }]]);
      this.overDepth(layout.depth.slice(0, -1), depth, start, (axes) => {
        this.guarded(source, axes, last.name, (value) => {
          this.alongDepth(last, most, depth, (k, lanes, exists) => {
            const point = new Map([...axes, [last.name, { value: k, lanes }] as const]);
            const to = b.binary('add', line, this.depthOffset(point, depth));
            b.store(buffer, to, value(point, lanes, exists));
          });
        });
      });
      return [];
    });
  }

  /** Vectors along the innermost depth loop; a range that only the running block knows ends in single elements. */
  private alongDepth(
    last: { name: string; extent: number },
    lanes: number,
    { first, end }: DepthRange,
    body: (k: ValueId, lanes: number, exists: ValueId | undefined) => void,
  ): void {
    const { builder: b } = this.context;
    const { layout, plan } = this.c;
    if (layout.depth.length !== 1 || plan.depthBlock >= last.extent) {
      const copies = last.extent >= 4 * lanes ? 4 : 1;
      vectorLoop(b, { label: `pack.${last.name}`, extent: last.extent, lanes, copies }, [], (x, exists) => {
        body(x, lanes, exists);
        return [];
      });
      return;
    }
    const length = b.binary('sub', end, first);
    const vectorsEnd = b.binary('sub', end, b.binary('rem', length, b.index(lanes)));
    for (const [label, from, to, step] of [
      [`pack.${last.name}`, first, vectorsEnd, lanes],
      [`pack.${last.name}.rest`, vectorsEnd, end, 1],
    ] as const) {
      b.loop(label, from, to, step, [], (k) => {
        body(k, step, undefined);
        return [];
      });
    }
  }

  /** `buffer[base + depth·columns + column]` for the columns of a panel. */
  panel(
    buffer: number,
    base: ValueId,
    panel: { segment: ValueId; column: ValueId },
    depth: DepthRange,
    exists: (vector: number) => ValueId | undefined,
  ): void {
    const { builder: b } = this.context;
    const { layout, plan } = this.c;
    const source = this.source(this.c.column, constant(0), variable('v', layout.width));
    const start = new Map<string, Axis>([['p', { value: panel.segment, lanes: 1 }]]);
    this.overDepth(layout.depth, depth, start, (axes) => {
      const line = b.binary(
        'add',
        base,
        b.binary('mul', this.depthOffset(axes, depth), b.index(plan.lanes * plan.vectors)),
      );
      this.guarded(source, axes, 'v', (value) => {
        for (let j = 0; j < plan.vectors; j++) {
          const column = b.binary('add', panel.column, b.index(j * plan.lanes));
          const point = new Map([...axes, ['v', { value: column, lanes: plan.lanes }] as const]);
          b.store(buffer, b.binary('add', line, b.index(j * plan.lanes)), value(point, plan.lanes, exists(j)));
        }
      });
    });
  }

  private source(factor: Factor, row: IndexExpr, column: IndexExpr): Source {
    const place = (e: IndexExpr) => this.c.layout.place(e, row, column, OWN_DEPTH);
    const when = simplifyPredicate(factor.when.map((p) => ({ ...p, expr: place(p.expr) })));
    return { factor, at: factor.at.map(place), when: when === false ? NEVER : when };
  }

  /** Nested loops, the outermost in the running range. */
  private overDepth(
    loops: readonly { name: string; extent: number }[],
    depth: DepthRange,
    axes: Axes,
    body: (axes: Axes) => void,
    level = 0,
  ): void {
    const { builder: b } = this.context;
    const loop = loops[level];
    if (!loop) {
      body(axes);
      return;
    }
    const [lo, hi] = level === 0 ? [depth.first, depth.end] : [b.index(0), b.index(loop.extent)];
    b.loop(`pack.${loop.name}`, lo, hi, 1, [], (k) => {
      this.overDepth(loops, depth, new Map([...axes, [loop.name, { value: k, lanes: 1 }]]), body, level + 1);
      return [];
    });
  }

  /** The running depth, counted from the start of its range. */
  private depthOffset(axes: Axes, { first }: DepthRange): ValueId {
    const { builder: b, stitch } = this.context;
    const { depth } = this.c.layout;
    const extents = depth.map((v) => v.extent);
    const position = linearize(
      depth.map((v) => variable(v.name, v.extent)),
      extents,
    );
    const at = stitch.index.with(axes, () => stitch.index.scalar(position));
    return b.binary('sub', at, b.binary('mul', first, b.index(this.inner)));
  }

  /**
   * Runs `body` with what gives the factor's vectors. What of the predicate does not vary along `vector` is asked
   * once, outside of `body`, which then runs with zeros instead.
   */
  private guarded(
    { factor, at, when }: Source,
    axes: Axes,
    vector: string,
    body: (value: (point: Axes, lanes: number, exists: ValueId | undefined) => ValueId) => void,
  ): void {
    const { builder: b, stitch } = this.context;
    const { arithmetic } = this.c;
    const varying = when.filter((p) => dependsOn(p.expr, vector));
    const fixed = when.filter((p) => !dependsOn(p.expr, vector));
    const inside = (): void =>
      body((point, lanes, exists) =>
        stitch.scope(
          point,
          () => b.splat(arithmetic.factor(b, stitch.valueOrZero(factor.value, at, varying))[0]!, lanes),
          exists,
        ),
      );
    if (fixed.length === 0) inside();
    else {
      const holds = stitch.scope(axes, () => stitch.index.predicate(fixed));
      b.if(holds, inside, () => body((_point, lanes) => arithmetic.zero(b, lanes)));
    }
  }
}
