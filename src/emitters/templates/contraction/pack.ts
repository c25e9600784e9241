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
import { remainder, transpose } from './transpose.js';

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

  /** `buffer[depth·stride + (row − first)]` for rows first … end − 1; vectors may fill up to `stride` places. */
  rowsAcross(buffer: number, stride: number, rows: { first: ValueId; end: ValueId }, depth: DepthRange): void {
    const { builder: b } = this.context;
    const { layout } = this.c;
    const source = this.source(this.c.row, variable('r', layout.rowCount), constant(0));
    const lanes = this.lanesAcross;
    const index = { element: 's32', lanes } as const;
    b.loop('pack.rows', rows.first, rows.end, lanes, [], (r) => {
      const left = b.convert(b.binary('sub', rows.end, r), 's32');
      const exists = b.compare('lt', b.lanes(index), b.splat(left, lanes));
      const start = new Map([['r', { value: r, lanes }]]);
      this.overDepth(layout.depth, depth, start, (axes) => {
        const line = b.binary('mul', this.depthOffset(axes, depth), b.index(stride));
        const to = b.binary('add', line, b.binary('sub', r, rows.first));
        this.guarded(source, axes, 'r', (value) => {
          b.store(buffer, to, value(axes, lanes, exists));
        });
      });
      return [];
    });
  }

  /** Rows that `rowsAcross` copies at a time. */
  get lanesAcross(): number {
    return usefulLanes(this.c.options.target.vectorBits / this.c.arithmetic.laneBits, this.c.layout.rowCount);
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

  /**
   * `buffer[base + depth·columns + column]` for the columns of a panel. Where memory runs along the depth, squares of
   * lanes × lanes are read that way and turned round in registers.
   */
  panel(
    buffer: number,
    base: ValueId,
    panel: { segment: ValueId; column: ValueId },
    depth: DepthRange,
    exists: (vector: number) => ValueId | undefined,
  ): void {
    const { layout, plan, turnColumns } = this.c;
    const last = layout.depth[layout.depth.length - 1];
    const mayTurn = turnColumns && plan.lanes > 1 && last !== undefined && last.extent >= plan.lanes;
    if (!mayTurn) {
      this.panelLines(buffer, base, panel, depth, exists);
      return;
    }
    const { builder: b } = this.context;
    const [first, end] = layout.depth.length === 1 ? [depth.first, depth.end] : [b.index(0), b.index(last.extent)];
    const whole = b.binary('sub', b.binary('sub', end, first), remainder(b, b.binary('sub', end, first), plan.lanes));
    const squaresEnd = b.binary('add', first, whole);
    const start = new Map<string, Axis>([['p', { value: panel.segment, lanes: 1 }]]);
    const source = this.source(this.c.column, constant(0), variable('v', layout.width));
    this.overDepth(layout.depth.slice(0, -1), depth, start, (axes) => {
      b.loop('pack.square', first, squaresEnd, plan.lanes, [], (k) => {
        const point = new Map([...axes, [last.name, { value: k, lanes: plan.lanes }] as const]);
        b.loop('pack.vector', b.index(0), b.index(plan.vectors * plan.lanes), plan.lanes, [], (offset) => {
          this.square(buffer, base, source, point, b.binary('add', panel.column, offset), offset, depth);
          return [];
        });
        return [];
      });
    });
    const knownWhole = b.constantOf(squaresEnd) !== undefined && b.constantOf(squaresEnd) === b.constantOf(end);
    if (!knownWhole) this.panelLines(buffer, base, panel, depth, exists, { first: squaresEnd, end });
  }

  /** Lanes columns from `column` on, at lanes depths: read along the depth, stored along the columns. */
  private square(
    buffer: number,
    base: ValueId,
    { factor, at, when }: Source,
    axes: Axes,
    column: ValueId,
    offset: ValueId,
    depth: DepthRange,
  ): void {
    const { builder: b, stitch } = this.context;
    const { plan, layout, arithmetic } = this.c;
    const size = plan.lanes;
    const isShort = layout.width < plan.lanes * plan.vectors;
    const lines = Array.from({ length: size }, (_, c) => {
      const exact = b.binary('add', column, b.index(c));
      const value = isShort ? b.binary('min', exact, b.index(layout.width - 1)) : exact;
      const point = new Map([...axes, ['v', { value, lanes: 1 }] as const]);
      return stitch.scope(point, () =>
        b.splat(arithmetic.factor(b, stitch.valueOrZero(factor.value, at, when))[0]!, size),
      );
    });
    const columns = plan.lanes * plan.vectors;
    const line = b.binary('add', base, b.binary('mul', this.depthOffset(axes, depth), b.index(columns)));
    transpose(b, lines).forEach((v, k) => {
      b.store(buffer, b.binary('add', b.binary('add', line, offset), b.index(k * columns)), v);
    });
  }

  /** One depth after the other; `rest`: of the innermost loop only these. */
  private panelLines(
    buffer: number,
    base: ValueId,
    panel: { segment: ValueId; column: ValueId },
    depth: DepthRange,
    exists: (vector: number) => ValueId | undefined,
    rest?: DepthRange,
  ): void {
    const { builder: b } = this.context;
    const { layout, plan } = this.c;
    const source = this.source(this.c.column, constant(0), variable('v', layout.width));
    const start = new Map<string, Axis>([['p', { value: panel.segment, lanes: 1 }]]);
    const lines = (axes: Axes): void => {
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
    };
    if (!rest) {
      this.overDepth(layout.depth, depth, start, lines);
      return;
    }
    const last = layout.depth[layout.depth.length - 1]!;
    this.overDepth(layout.depth.slice(0, -1), depth, start, (axes) => {
      b.loop('pack.rest', rest.first, rest.end, 1, [], (k) => {
        lines(new Map([...axes, [last.name, { value: k, lanes: 1 }] as const]));
        return [];
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
