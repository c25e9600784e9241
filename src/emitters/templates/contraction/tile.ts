/** The kernel proper: tasks, packing, register tiles, and what happens to their sums. */
import {
  addConstant,
  type IndexExpr,
  type Predicate,
  simplifyPredicate,
  variable,
} from '../../../rules/index/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { PartIds } from '../../stitch/stitcher.js';
import { type EmittedKernel, KernelContext, type Scratch } from '../kernel-context.js';
import type { Factor } from './factor.js';
import { Grid, type Task } from './grid.js';
import { type DepthPoint, OWN_DEPTH } from './layout.js';
import { type DepthRange, NEVER, Packer } from './pack.js';
import { type Contraction, FLAT_DEPTH, flatDepth, isEven } from './problem.js';

/** Columns packed before all tasks, and how many elements that takes. */
export interface SharedPanels {
  readonly memory: Scratch;
  readonly elements: number;
}

/** Elements between rows packed: not a power of two, so that they do not compete for one cache set. */
const ROW_PADDING = 16;

/** Reads a factor at row `i` and vector `j` of the tile, at the running depth. */
type Read = (i: number, j: number) => PartIds;

interface Tile {
  /** The packed row block's first row, and the tile's. */
  readonly base: ValueId;
  readonly row: ValueId;
  readonly segment: ValueId;
  readonly column: ValueId;
  /** Where the packed panel starts. */
  readonly panelBase: ValueId;
  readonly depth: DepthRange;
}

export class TileEmitter {
  private readonly context: KernelContext;
  private readonly grid: Grid;
  private readonly packer: Packer;
  private readonly inner: number;
  private readonly blocks: number;
  /** From one packed row to the next, or from one depth to the next where rows are packed across. */
  private readonly rowStride: number = 0;
  private readonly panels: number | undefined;
  private readonly packedRows: number | undefined;
  /** One buffer for each part of the sums: those of the task's tiles between depth blocks, or of one tile. */
  private readonly sums: readonly number[];

  constructor(
    private readonly c: Contraction,
    shared: SharedPanels | undefined,
  ) {
    const { plan, layout, arithmetic } = c;
    this.grid = new Grid(c);
    this.context = new KernelContext(c.group, c.options, this.grid.tasks);
    this.packer = new Packer(c, this.context);
    this.inner = layout.depth.slice(1).reduce((n, v) => n * v.extent, 1);
    this.blocks = Math.ceil((layout.depth[0]?.extent ?? 1) / plan.depthBlock);
    const depth = plan.depthBlock * this.inner;
    if (shared) this.panels = this.context.scratch(shared.memory, arithmetic.sum, shared.elements, 'read');
    if (plan.packColumns === 'task') {
      this.panels = this.context.local('panel', arithmetic.sum, this.grid.tileColumns * depth);
    }
    if (plan.packRows) {
      const rows = Math.min(layout.rowCount, plan.rowTilesPerTask * plan.rows);
      const across = this.packer.lanesAcross;
      this.rowStride = c.rowsAcross ? Math.ceil(rows / across) * across : depth + ROW_PADDING;
      const places = c.rowsAcross ? depth * this.rowStride : rows * this.rowStride;
      this.packedRows = this.context.local('rows', arithmetic.sum, places);
    }
    const tileSize = plan.rows * this.grid.tileColumns;
    const kept = this.blocks > 1 ? plan.rowTilesPerTask * plan.panelsPerTask : plan.epilogueInRegisters ? 0 : 1;
    this.sums =
      kept === 0
        ? []
        : Array.from({ length: arithmetic.parts }, (_, k) =>
            this.context.local(`sums${k}`, arithmetic.sumPart, kept * tileSize),
          );
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const task = this.grid.task(b);
    stitch.scope(new Map([['o', { value: task.outer, lanes: 1 }]]), () => this.task(task));
    return this.context.finish();
  }

  private task(task: Task): void {
    const { builder: b } = this.context;
    const outerExtent = this.c.layout.depth[0]?.extent ?? 1;
    if (this.blocks <= 1) {
      this.block(task, { first: b.index(0), end: b.index(outerExtent) }, undefined);
      return;
    }
    this.clearSums();
    const { depthBlock } = this.c.plan;
    b.loop('depth', b.index(0), b.index(outerExtent), depthBlock, [], (first) => {
      const end = b.binary('min', b.binary('add', first, b.index(depthBlock)), b.index(outerExtent));
      this.block(task, { first, end }, b.compare('ge', end, b.index(outerExtent)));
      return [];
    });
  }

  private clearSums(): void {
    const { builder: b } = this.context;
    const { arithmetic, plan } = this.c;
    for (const buffer of this.sums) {
      b.loop('clear', b.index(0), b.index(b.bufferCount(buffer)), plan.lanes, [], (k) => {
        b.store(buffer, k, arithmetic.zero(b, plan.lanes));
        return [];
      });
    }
  }

  /** All tiles of the task, a range of the depth; `last`: whether their sums are complete then. */
  private block(task: Task, depth: DepthRange, last: ValueId | undefined): void {
    const { builder: b } = this.context;
    const { plan } = this.c;
    const base = this.grid.rowOf(b, task.firstTile);
    if (this.packedRows !== undefined) {
      const lastTile = b.binary('sub', task.endTile, b.index(1));
      const end = b.binary('add', this.grid.rowOf(b, lastTile), b.index(plan.rows));
      const rows = { first: base, end };
      if (this.c.rowsAcross) this.packer.rowsAcross(this.packedRows, this.rowStride, rows, depth);
      else this.packer.rows(this.packedRows, this.rowStride, rows, depth);
    }
    b.loop('panel', task.firstPanel, task.endPanel, 1, [], (panel) => {
      const { segment, column } = this.grid.panelAt(b, panel);
      const panelBase = this.panelBase(task, panel, depth);
      if (plan.packColumns === 'task') {
        this.packer.panel(this.panels!, panelBase, { segment, column }, depth, (j) => this.grid.exists(b, j));
      }
      b.loop('tile', task.firstTile, task.endTile, 1, [], (t) => {
        const row = this.grid.rowOf(b, t);
        const at = b.binary(
          'add',
          b.binary('mul', b.binary('sub', panel, task.firstPanel), b.index(plan.rowTilesPerTask)),
          b.binary('sub', t, task.firstTile),
        );
        const kept = this.blocks > 1 ? b.binary('mul', at, b.index(plan.rows * this.grid.tileColumns)) : b.index(0);
        const axes = new Map<string, Axis>([
          ['r', { value: row, lanes: 1 }],
          ['p', { value: segment, lanes: 1 }],
          ['v', { value: column, lanes: plan.lanes }],
        ]);
        const tile = { base, row, segment, column, panelBase, depth };
        this.context.stitch.scope(axes, () => this.tile(tile, kept, last));
        return [];
      });
      return [];
    });
  }

  private panelBase(task: Task, panel: ValueId, { first }: DepthRange): ValueId {
    const { builder: b } = this.context;
    const { plan, layout } = this.c;
    if (plan.packColumns !== 'before') return b.index(0);
    const number = b.binary('add', b.binary('mul', task.outer, b.index(this.grid.panels)), panel);
    const depth = b.binary(
      'add',
      b.binary('mul', number, b.index(layout.depthCount)),
      b.binary('mul', first, b.index(this.inner)),
    );
    return b.binary('mul', depth, b.index(this.grid.tileColumns));
  }

  private tile(tile: Tile, kept: ValueId, last: ValueId | undefined): void {
    const { builder: b } = this.context;
    const { plan, arithmetic } = this.c;
    const count = plan.rows * plan.vectors * arithmetic.parts;
    const blocked = this.blocks > 1;
    const inits = Array.from({ length: count }, (_, n) =>
      blocked
        ? b.load(this.sums[n % arithmetic.parts]!, this.keptAt(kept, n), plan.lanes)
        : arithmetic.zero(b, plan.lanes),
    );
    const sums = this.overDepth(tile, inits);
    if (!blocked && plan.epilogueInRegisters) {
      this.epilogueInRegisters(sums);
      return;
    }
    sums.forEach((sum, n) => {
      b.store(this.sums[n % arithmetic.parts]!, this.keptAt(kept, n), sum);
    });
    if (last === undefined) this.epilogueInLoop(tile, kept);
    else b.if(last, () => this.epilogueInLoop(tile, kept));
  }

  /** Place of the tile's n-th value in its part's buffer. */
  private keptAt(kept: ValueId, n: number): ValueId {
    const { builder: b } = this.context;
    return b.binary('add', kept, b.index(Math.floor(n / this.c.arithmetic.parts) * this.c.plan.lanes));
  }

  // The depth

  /** Can both factors be read in one loop over all of the depth? */
  private get isFlat(): boolean {
    const { plan, row, column, layout } = this.c;
    if (layout.depth.length <= 1) return true;
    return (plan.packRows || isEven(layout, row)) && (plan.packColumns !== 'no' || isEven(layout, column));
  }

  private overDepth(tile: Tile, inits: readonly ValueId[]): readonly ValueId[] {
    const { builder: b, stitch } = this.context;
    const { layout } = this.c;
    if (layout.depthCount === 0) return inits;
    if (this.isFlat) {
      const flat = flatDepth(layout);
      const row = this.reader('row', tile, flat);
      const column = this.reader('column', tile, flat);
      const scale = (v: ValueId) => b.binary('mul', v, b.index(this.inner));
      return b.loop('k', scale(tile.depth.first), scale(tile.depth.end), 1, inits, (k, sums) =>
        stitch.scope(new Map([[FLAT_DEPTH, { value: k, lanes: 1 }]]), () => this.step(sums, row(k), column(k))),
      );
    }
    const row = this.reader('row', tile, OWN_DEPTH);
    const column = this.reader('column', tile, OWN_DEPTH);
    const nest = (level: number, position: ValueId, sums: readonly ValueId[]): readonly ValueId[] => {
      const loop = layout.depth[level];
      if (!loop) return this.step(sums, row(position), column(position));
      const [lo, hi] = level === 0 ? [tile.depth.first, tile.depth.end] : [b.index(0), b.index(loop.extent)];
      return b.loop(loop.name, lo, hi, 1, sums, (k, now) => {
        const inside = b.binary('add', b.binary('mul', position, b.index(loop.extent)), k);
        return stitch.scope(new Map([[loop.name, { value: k, lanes: 1 }]]), () => nest(level + 1, inside, now));
      });
    };
    return nest(0, b.index(0), inits);
  }

  private step(sums: readonly ValueId[], row: Read, column: Read): ValueId[] {
    const { builder: b } = this.context;
    const { plan, arithmetic } = this.c;
    const next: ValueId[] = [];
    for (let i = 0; i < plan.rows; i++) {
      for (let j = 0; j < plan.vectors; j++) {
        const acc = sums.slice(next.length, next.length + arithmetic.parts);
        // The order of the factors is lhs, rhs: it shows in which NaN comes out, and in nothing else.
        next.push(...arithmetic.accumulate(b, acc, row(i, j), column(i, j)));
      }
    }
    return next;
  }

  /** What reads a factor at a depth: from its packed copy, or in place. */
  private reader(side: 'row' | 'column', tile: Tile, point: DepthPoint): (k: ValueId) => Read {
    const { builder: b } = this.context;
    const { plan } = this.c;
    const begin = b.binary('mul', tile.depth.first, b.index(this.inner));
    if (side === 'row' && this.packedRows !== undefined) {
      const [perRow, perDepth] = this.c.rowsAcross ? [1, this.rowStride] : [this.rowStride, 1];
      const start = b.binary('mul', b.binary('sub', tile.row, tile.base), b.index(perRow));
      return (k) => {
        const at = b.binary('add', start, b.binary('mul', b.binary('sub', k, begin), b.index(perDepth)));
        const values = Array.from({ length: plan.rows }, (_, i) => [
          b.load(this.packedRows!, b.binary('add', at, b.index(i * perRow))),
        ]);
        return (i) => values[i]!;
      };
    }
    if (side === 'column' && plan.packColumns !== 'no') {
      return (k) => {
        const line = b.binary('mul', b.binary('sub', k, begin), b.index(this.grid.tileColumns));
        const at = b.binary('add', tile.panelBase, line);
        const values = Array.from({ length: plan.vectors }, (_, j) => [
          b.load(this.panels!, b.binary('add', at, b.index(j * plan.lanes)), plan.lanes),
        ]);
        return (_i, j) => values[j]!;
      };
    }
    return this.readerInPlace(side, point);
  }

  private readerInPlace(side: 'row' | 'column', point: DepthPoint): (k: ValueId) => Read {
    const { builder: b, stitch } = this.context;
    const { plan, arithmetic } = this.c;
    const f = side === 'row' ? this.c.row : this.c.column;
    const hasColumns = side === 'column' || this.c.layout.columnKind === 'batch';
    const points = Array.from({ length: side === 'row' ? plan.rows : 1 }, (_, i) =>
      Array.from({ length: hasColumns ? plan.vectors : 1 }, (_, j) => this.sourceAt(f, i, j, point)),
    );
    return () => (i, j) => {
      const { at, when } = points[side === 'row' ? i : 0]![hasColumns ? j : 0]!;
      return stitch.scope(
        new Map(),
        () => arithmetic.factor(b, stitch.valueOrZero(f.value, at, when)),
        this.grid.exists(b, j),
      );
    };
  }

  private sourceAt(f: Factor, i: number, j: number, point: DepthPoint): { at: IndexExpr[]; when: Predicate } {
    const place = (e: IndexExpr) => this.placeInTile(e, i, j, point);
    const when = simplifyPredicate(f.when.map((p) => ({ ...p, expr: place(p.expr) })));
    return { at: f.at.map(place), when: when === false ? NEVER : when };
  }

  /** Row i and vector j as constant distances from where the tile starts. */
  private placeInTile(e: IndexExpr, i: number, j: number, point: DepthPoint): IndexExpr {
    const { layout, plan } = this.c;
    const rows = variable('r', layout.rowCount - plan.rows + 1);
    const columns = variable('v', Math.max(plan.lanes, layout.width - (plan.vectors - 1) * plan.lanes));
    return layout.place(e, addConstant(rows, i), addConstant(columns, j * plan.lanes), point);
  }

  // The epilogue

  private epilogueInRegisters(sums: readonly ValueId[]): void {
    const { builder: b } = this.context;
    const { plan, arithmetic } = this.c;
    for (let i = 0; i < plan.rows; i++) {
      for (let j = 0; j < plan.vectors; j++) {
        const n = (i * plan.vectors + j) * arithmetic.parts;
        const place = (e: IndexExpr) => this.placeInTile(e, i, j, OWN_DEPTH);
        this.results(sums.slice(n, n + arithmetic.parts), place, new Map(), this.grid.exists(b, j));
      }
    }
  }

  private epilogueInLoop(tile: Tile, kept: ValueId): void {
    const { builder: b } = this.context;
    const { plan, layout, arithmetic } = this.c;
    const row = variable('r', layout.rowCount);
    const place = (e: IndexExpr) =>
      layout.place(e, row, variable('v', Math.max(plan.lanes * plan.vectors, layout.width)), OWN_DEPTH);
    const vector = (
      axes: ReadonlyMap<string, Axis>,
      line: ValueId,
      offset: ValueId,
      exists: ValueId | undefined,
    ): void => {
      const at = b.binary('add', line, offset);
      const sums = Array.from({ length: arithmetic.parts }, (_, part) => b.load(this.sums[part]!, at, plan.lanes));
      const column = { value: b.binary('add', tile.column, offset), lanes: plan.lanes };
      this.results(sums, place, new Map([...axes, ['v', column] as const]), exists);
    };
    b.loop('row', b.index(0), b.index(plan.rows), 1, [], (i) => {
      const axes = new Map([['r', { value: b.binary('add', tile.row, i), lanes: 1 }]]);
      const line = b.binary('add', kept, b.binary('mul', i, b.index(this.grid.tileColumns)));
      const whole = plan.vectors - Number(this.grid.exists(b, plan.vectors - 1) !== undefined);
      b.loop('column', b.index(0), b.index(whole * plan.lanes), plan.lanes, [], (offset) => {
        vector(axes, line, offset, undefined);
        return [];
      });
      if (whole < plan.vectors) {
        b.loop(
          'column.tail',
          b.index(whole * plan.lanes),
          b.index(plan.vectors * plan.lanes),
          plan.lanes,
          [],
          (offset) => {
            vector(axes, line, offset, this.grid.exists(b, plan.vectors - 1));
            return [];
          },
        );
      }
      return [];
    });
  }

  /** Stores the results that follow from one vector of complete sums. */
  private results(
    sums: PartIds,
    place: (e: IndexExpr) => IndexExpr,
    axes: ReadonlyMap<string, Axis>,
    exists: ValueId | undefined,
  ): void {
    const { builder: b, stitch } = this.context;
    const { space, arithmetic } = this.c;
    stitch.scope(
      axes,
      () => {
        stitch.bindPoint(space.product.result, arithmetic.close(b, sums));
        const points = [...space.outputs].map(([v, index]) => {
          const at = index.map(place);
          return { v, at, parts: stitch.value(v, at) };
        });
        for (const { v, at, parts } of points) this.context.store(v, at, parts, exists, false);
      },
      exists,
    );
  }
}
