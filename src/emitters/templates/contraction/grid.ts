/** The tiles of a result: where each starts, and which of them a task makes. */
import type { KernelBuilder } from '../../loop/builder.js';
import type { ValueId } from '../../loop/ir.js';
import type { Contraction } from './problem.js';

export interface Task {
  readonly outer: ValueId;
  readonly firstTile: ValueId;
  readonly endTile: ValueId;
  readonly firstPanel: ValueId;
  readonly endPanel: ValueId;
}

/**
 * Tiles are all of one size: the last one of a side starts early enough to end with it, so that some results are made
 * twice, alike. A side shorter than a tile has one, with lanes behind its end masked.
 */
export class Grid {
  readonly tiles: number;
  readonly panelsOfSegment: number;
  readonly panels: number;
  readonly tileColumns: number;
  readonly tasks: number;
  private readonly rowBlocks: number;
  private readonly panelBlocks: number;

  constructor(private readonly c: Contraction) {
    const { layout, plan } = c;
    this.tileColumns = plan.lanes * plan.vectors;
    this.tiles = Math.ceil(layout.rowCount / plan.rows);
    this.panelsOfSegment = Math.ceil(layout.width / this.tileColumns);
    this.panels = layout.segments * this.panelsOfSegment;
    this.rowBlocks = Math.ceil(this.tiles / plan.rowTilesPerTask);
    this.panelBlocks = Math.ceil(this.panels / plan.panelsPerTask);
    this.tasks = layout.outerCount * this.rowBlocks * this.panelBlocks;
  }

  /** The lanes of a panel's vector that hold columns; undefined: all. */
  exists(b: KernelBuilder, vector: number): ValueId | undefined {
    const { layout, plan } = this.c;
    if (layout.width >= this.tileColumns || vector < plan.vectors - 1) return undefined;
    const type = { element: 's32', lanes: plan.lanes } as const;
    return b.compare('lt', b.lanes(type), b.constant(type, layout.width - (plan.vectors - 1) * plan.lanes));
  }

  task(b: KernelBuilder): Task {
    const { plan } = this.c;
    const [rest, panelBlock] = divided(b, b.task, this.panelBlocks);
    const [outer, rowBlock] = divided(b, rest, this.rowBlocks);
    const range = (block: ValueId, size: number, total: number, blocks: number): [ValueId, ValueId] => {
      if (blocks <= 1) return [b.index(0), b.index(total)];
      const from = b.binary('mul', block, b.index(size));
      const to = b.binary('add', from, b.index(size));
      return [from, total % size === 0 ? to : b.binary('min', to, b.index(total))];
    };
    const [firstTile, endTile] = range(rowBlock, plan.rowTilesPerTask, this.tiles, this.rowBlocks);
    const [firstPanel, endPanel] = range(panelBlock, plan.panelsPerTask, this.panels, this.panelBlocks);
    return { outer, firstTile, endTile, firstPanel, endPanel };
  }

  rowOf(b: KernelBuilder, tile: ValueId): ValueId {
    return Grid.start(b, tile, this.c.plan.rows, this.c.layout.rowCount);
  }

  /** The panel's segment, and its first column in that. */
  panelAt(b: KernelBuilder, panel: ValueId): { segment: ValueId; column: ValueId } {
    const [segment, within] = divided(b, panel, this.panelsOfSegment);
    return { segment, column: Grid.start(b, within, this.tileColumns, this.c.layout.width) };
  }

  /** Where the piece starts that holds `size` of `total`; the last ends with the total. */
  static start(b: KernelBuilder, piece: ValueId, size: number, total: number): ValueId {
    if (total <= size) return b.index(0);
    const at = b.binary('mul', piece, b.index(size));
    return total % size === 0 ? at : b.binary('min', at, b.index(total - size));
  }
}

/** Quotient and remainder by a constant. */
export function divided(b: KernelBuilder, v: ValueId, by: number): [ValueId, ValueId] {
  if (by === 1) return [v, b.index(0)];
  if (by === 0) return [b.index(0), b.index(0)];
  const known = b.constantOf(v);
  if (known !== undefined) return [b.index(Math.floor(Number(known) / by)), b.index(Number(known) % by)];
  return [b.binary('div', v, b.index(by)), b.binary('rem', v, b.index(by))];
}
