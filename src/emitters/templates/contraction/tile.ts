/** The kernel proper: tasks, packing, register tiles, and what happens to their sums. */
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import { type EmittedKernel, KernelContext, type Scratch } from '../kernel-context.js';
import { type Tile, TileSums } from './depth.js';
import { Epilogue } from './epilogue.js';
import { Grid, type Task } from './grid.js';
import { type DepthRange, Packer } from './pack.js';
import type { Contraction } from './problem.js';

/** Columns packed before all tasks, and how many elements that takes. */
export interface SharedPanels {
  readonly memory: Scratch;
  readonly elements: number;
}

/** Elements between rows packed: not a power of two, so that they do not compete for one cache set. */
const ROW_PADDING = 16;

export class TileEmitter {
  private readonly context: KernelContext;
  private readonly grid: Grid;
  private readonly packer: Packer;
  private readonly inner: number;
  private readonly blocks: number;
  private readonly rowStride: number = 0;
  private readonly panels: number | undefined;
  private readonly packedRows: number | undefined;
  /** One buffer for each part of the sums: those of the task's tiles between depth blocks, or of one tile. */
  private readonly sums: readonly number[];
  private readonly tileSums: TileSums;
  private readonly epilogue: Epilogue;

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
    const memory = { rows: this.packedRows, panels: this.panels, rowStride: this.rowStride };
    this.tileSums = new TileSums(c, this.context, this.grid, memory);
    this.epilogue = new Epilogue(c, this.context, this.grid, this.sums);
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
    const sums = this.tileSums.overDepth(tile, inits);
    if (!blocked && plan.epilogueInRegisters) {
      this.epilogue.inRegisters(sums);
      return;
    }
    sums.forEach((sum, n) => {
      b.store(this.sums[n % arithmetic.parts]!, this.keptAt(kept, n), sum);
    });
    if (last === undefined) this.epilogue.inLoop(tile, kept);
    else b.if(last, () => this.epilogue.inLoop(tile, kept));
  }

  /** Place of the tile's n-th value in its part's buffer. */
  private keptAt(kept: ValueId, n: number): ValueId {
    const { builder: b } = this.context;
    return b.binary('add', kept, b.index(Math.floor(n / this.c.arithmetic.parts) * this.c.plan.lanes));
  }
}
