/**
 * Contractions by blocks of threads: a block makes a tile of the result, depth piece by depth piece. Its threads load a
 * piece of both factors into shared memory, which is where prologues, padding and im2col happen; each multiplies what
 * its own part of the tile needs of them, while the next piece is on its way.
 */
import { bound, type IndexExpr, type Predicate, simplifyPredicate, variable } from '../../../rules/index/index.js';
import type { ContractionBlocksSchedule } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { PartIds } from '../../stitch/stitcher.js';
import { type EmittedKernel, KernelContext } from '../kernel-context.js';
import { lanesOfRow } from '../vector-loop.js';
import type { Factor } from './factor.js';
import { divided } from './grid.js';
import { OWN_DEPTH } from './layout.js';
import { NEVER } from './pack.js';
import { type ContractionFacts, FLAT_DEPTH, flatDepth } from './problem.js';

/** Elements between the depths of a piece whose rows are stored across: other banks for neighbouring threads. */
const PADDING = 4;

/** One factor's pieces in shared memory: two of them, `depth` lines of `stride` elements each. */
interface Side {
  readonly name: 'r' | 'v';
  readonly factor: Factor;
  /** Rows or columns of the block's tile, and of all. */
  readonly size: number;
  readonly extent: number;
  /** Neighbours in memory are neighbours along the depth. */
  readonly alongDepth: boolean;
  readonly stride: number;
  /** A buffer for each part. */
  readonly buffers: readonly number[];
  readonly at: readonly IndexExpr[];
  readonly when: Predicate;
}

/** Where the block's tile starts. */
interface Origin {
  readonly r: ValueId;
  readonly v: ValueId;
}

/** What a thread has loaded for shared memory. */
interface Loaded {
  readonly side: Side;
  /** In a piece. */
  readonly place: ValueId;
  readonly parts: PartIds;
}

export class BlockTiles {
  private readonly context: KernelContext;
  private readonly lanes: number;
  private readonly threadsAcross: number;
  private readonly threads: number;
  private readonly rowBlocks: number;
  private readonly columnBlocks: number;
  private readonly sides: readonly [Side, Side];
  private readonly pieces: number;

  constructor(
    private readonly c: ContractionFacts,
    private readonly plan: ContractionBlocksSchedule,
  ) {
    const { layout } = c;
    this.lanes = lanesOfRow(plan.lanes, layout.width);
    this.threadsAcross = plan.columns / (plan.lanes * plan.threadVectors);
    this.threads = (plan.rows / plan.threadRows) * this.threadsAcross;
    this.rowBlocks = Math.ceil(layout.rowCount / plan.rows);
    this.columnBlocks = Math.ceil(layout.width / plan.columns);
    this.pieces = Math.ceil(layout.depthCount / plan.depth);
    const tasks = layout.outerCount * layout.segments * this.rowBlocks * this.columnBlocks;
    this.context = new KernelContext(c.group, c.options, tasks, c.group.outputs, 'write', this.threads);
    this.sides = [
      this.side('r', c.row, plan.rows, layout.rowCount, c.problem.row.along === 'depth'),
      this.side('v', c.column, plan.columns, layout.width, c.problem.column.along === 'depth'),
    ];
  }

  /** Rows, columns and depths that are not there are zeros: the tile is padded. */
  private side(name: 'r' | 'v', factor: Factor, size: number, extent: number, alongDepth: boolean): Side {
    const { layout, arithmetic } = this.c;
    const { depth } = this.plan;
    const padded = (n: number, by: number) => Math.ceil(n / by) * by;
    const row = variable('r', padded(layout.rowCount, this.plan.rows));
    const column = variable('v', padded(layout.width, this.plan.columns));
    const k = variable(FLAT_DEPTH, padded(layout.depthCount, depth));
    const place = (e: IndexExpr) => layout.place(e, row, column, flatDepth(layout, k));
    const inside = [
      ...bound(name === 'r' ? row : column, 0, extent - 1),
      ...bound(k, 0, layout.depthCount - 1),
      ...factor.when.map((p) => ({ ...p, expr: place(p.expr) })),
    ];
    const when = simplifyPredicate(inside);
    const stride = alongDepth ? size + PADDING : size;
    const buffers = Array.from({ length: arithmetic.parts }, (_, part) =>
      this.context.builder.buffer(`${name}${part}`, arithmetic.lane, 2 * depth * stride, 'readwrite', 'shared'),
    );
    const at = factor.at.map(place);
    return { name, factor, size, extent, alongDepth, stride, buffers, at, when: when === false ? NEVER : when };
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const { layout } = this.c;
    const [above, columnBlock] = divided(b, b.task, this.columnBlocks);
    const [outside, rowBlock] = divided(b, above, this.rowBlocks);
    const [outer, segment] = divided(b, outside, layout.segments);
    const origin = {
      r: b.binary('mul', rowBlock, b.index(this.plan.rows)),
      v: b.binary('mul', columnBlock, b.index(this.plan.columns)),
    };
    const axes = new Map<string, Axis>([
      ['o', { value: outer, lanes: 1 }],
      ['p', { value: segment, lanes: 1 }],
    ]);
    stitch.scope(axes, () => this.results(origin, this.sums(origin)));
    return this.context.finish();
  }

  private sums(origin: Origin): readonly ValueId[] {
    const { builder: b } = this.context;
    const { threadRows, threadVectors } = this.plan;
    const count = threadRows * threadVectors * this.c.arithmetic.parts;
    const zeros = Array.from({ length: count }, () => this.c.arithmetic.zero(b, this.plan.lanes));
    if (this.pieces === 0) return zeros;
    this.keep(this.load(origin, b.index(0)), b.index(0));
    b.barrier();
    const last = b.index(this.pieces - 1);
    const almost = b.loop('piece', b.index(0), last, 1, zeros, (piece, sums) => {
      const next = b.binary('add', piece, b.index(1));
      const loaded = this.load(origin, next);
      const added = this.multiply(sums, this.half(piece));
      this.keep(loaded, this.half(next));
      b.barrier();
      return added;
    });
    return this.multiply(almost, this.half(last));
  }

  /** Which of the two places of pieces a piece has. */
  private half(piece: ValueId): ValueId {
    const { builder: b } = this.context;
    return b.binary('and', piece, b.index(1));
  }

  /** The thread's share of a piece of both factors, in registers. */
  private load(origin: Origin, piece: ValueId): Loaded[] {
    const { builder: b, stitch } = this.context;
    const first = b.binary('mul', piece, b.index(this.plan.depth));
    return this.sides.flatMap((side) => {
      const elements = side.size * this.plan.depth;
      const share = Math.ceil(elements / this.threads);
      return Array.from({ length: share }, (_, s) => {
        const element = b.binary('add', b.thread, b.index(s * this.threads));
        const [major, minor] = divided(b, element, side.alongDepth ? this.plan.depth : side.size);
        const [k, across] = side.alongDepth ? [minor, major] : [major, minor];
        const axes = new Map<string, Axis>([
          [side.name, { value: b.binary('add', origin[side.name], across), lanes: 1 }],
          [FLAT_DEPTH, { value: b.binary('add', first, k), lanes: 1 }],
        ]);
        const parts = stitch.scope(axes, () =>
          this.c.arithmetic.factor(b, stitch.valueOrZero(side.factor.value, side.at, side.when)),
        );
        return { side, place: b.binary('add', b.binary('mul', k, b.index(side.stride)), across), parts };
      });
    });
  }

  private base(side: Side, half: ValueId): ValueId {
    const { builder: b } = this.context;
    return b.binary('mul', half, b.index(this.plan.depth * side.stride));
  }

  private keep(loaded: readonly Loaded[], half: ValueId): void {
    const { builder: b } = this.context;
    for (const { side, place, parts } of loaded) {
      const at = b.binary('add', this.base(side, half), place);
      for (const [part, value] of parts.entries()) b.store(side.buffers[part]!, at, value);
    }
  }

  /** First row and first column of the thread's part of the tile. */
  private get own(): { row: ValueId; column: ValueId } {
    const { builder: b } = this.context;
    const [down, across] = divided(b, b.thread, this.threadsAcross);
    return {
      row: b.binary('mul', down, b.index(this.plan.threadRows)),
      column: b.binary('mul', across, b.index(this.plan.lanes)),
    };
  }

  /** Columns between two of a thread's vectors, which lie a tile's share apart: a warp reads whole lines. */
  private get vectorStep(): number {
    return this.plan.columns / this.plan.threadVectors;
  }

  private multiply(sums: readonly ValueId[], half: ValueId): ValueId[] {
    const { builder: b } = this.context;
    const { arithmetic } = this.c;
    const { threadRows, threadVectors, lanes, depth } = this.plan;
    const [rows, columns] = this.sides;
    const rowAt = b.binary('add', this.base(rows, half), this.own.row);
    const columnAt = b.binary('add', this.base(columns, half), this.own.column);
    const step = (k: ValueId, now: readonly ValueId[]): ValueId[] => {
      const line = (side: Side, at: ValueId) => b.binary('add', at, b.binary('mul', k, b.index(side.stride)));
      const read = (side: Side, at: ValueId, offset: number, width: number): PartIds =>
        side.buffers.map((buffer) => b.load(buffer, b.binary('add', line(side, at), b.index(offset)), width));
      const width = threadRows % lanes === 0 ? lanes : 1;
      const x = Array.from({ length: threadRows / width }, (_, g) => read(rows, rowAt, g * width, width)).flatMap((v) =>
        Array.from({ length: width }, (_, i) => v.map((p) => b.part(p, i, 1))),
      );
      const y = Array.from({ length: threadVectors }, (_, j) => read(columns, columnAt, j * this.vectorStep, lanes));
      return x.flatMap((xi, i) =>
        y.flatMap((yj, j) => {
          const n = (i * threadVectors + j) * arithmetic.parts;
          return arithmetic.accumulate(b, now.slice(n, n + arithmetic.parts), xi, yj);
        }),
      );
    };
    return b.loop('k', b.index(0), b.index(depth), 1, sums, step, depth);
  }

  /** What follows the product, on each vector of complete sums that is part of the result. */
  private results(origin: Origin, sums: readonly ValueId[]): void {
    const { builder: b } = this.context;
    const { arithmetic } = this.c;
    const { threadRows, threadVectors } = this.plan;
    for (let i = 0; i < threadRows; i++) {
      for (let j = 0; j < threadVectors; j++) {
        const n = (i * threadVectors + j) * arithmetic.parts;
        const { row, column } = this.own;
        const r = b.binary('add', b.binary('add', origin.r, row), b.index(i));
        const v = b.binary('add', b.binary('add', origin.v, column), b.index(j * this.vectorStep));
        this.vector(r, v, sums.slice(n, n + arithmetic.parts));
      }
    }
  }

  /** In pieces where the result's rows are no whole number of vectors. */
  private vector(r: ValueId, v: ValueId, sums: PartIds): void {
    const { builder: b } = this.context;
    for (let from = 0; from < this.plan.lanes; from += this.lanes) {
      const column = b.binary('add', v, b.index(from));
      const store = () =>
        this.store(
          r,
          column,
          sums.map((p) => b.part(p, from, this.lanes)),
        );
      const tests: ValueId[] = [];
      const { layout } = this.c;
      if (layout.rowCount % this.plan.rows !== 0) tests.push(b.compare('lt', r, b.index(layout.rowCount)));
      if (layout.width % this.plan.columns !== 0) tests.push(b.compare('lt', column, b.index(layout.width)));
      if (tests.length === 0) store();
      else
        b.if(
          tests.reduce((p, q) => b.binary('and', p, q)),
          store,
        );
    }
  }

  private store(r: ValueId, v: ValueId, sums: PartIds): void {
    const { builder: b, stitch } = this.context;
    const { space, arithmetic, layout } = this.c;
    const place = (e: IndexExpr) =>
      layout.place(e, variable('r', layout.rowCount), variable('v', layout.width), OWN_DEPTH);
    const axes = new Map<string, Axis>([
      ['r', { value: r, lanes: 1 }],
      ['v', { value: v, lanes: this.lanes }],
    ]);
    stitch.scope(axes, () => {
      stitch.bindPoint(space.product.result, arithmetic.close(b, sums));
      const points = [...space.outputs].map(([value, index]) => {
        const at = index.map(place);
        return { value, at, parts: stitch.value(value, at) };
      });
      for (const { value, at, parts } of points) this.context.store(value, at, parts, undefined, false);
    });
  }
}
