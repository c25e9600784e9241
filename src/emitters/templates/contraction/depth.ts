/** The innermost loops: a register tile's sums over a range of the depth. */
import { type IndexExpr, type Predicate, simplifyPredicate } from '../../../rules/index/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { PartIds } from '../../stitch/stitcher.js';
import type { KernelContext } from '../kernel-context.js';
import type { Factor } from './factor.js';
import type { Grid } from './grid.js';
import { type DepthPoint, OWN_DEPTH } from './layout.js';
import { type DepthRange, NEVER } from './pack.js';
import { placeInTile } from './place.js';
import { type Contraction, FLAT_DEPTH, flatDepth, isEven } from './problem.js';

/** Reads a factor at row `i` and vector `j` of the tile, at the running depth. */
type Read = (i: number, j: number) => PartIds;

export interface Tile {
  /** The packed row block's first row, and the tile's. */
  readonly base: ValueId;
  readonly row: ValueId;
  readonly segment: ValueId;
  readonly column: ValueId;
  /** Where the packed panel starts. */
  readonly panelBase: ValueId;
  readonly depth: DepthRange;
}

/** Where packed factors are. */
export interface PackedMemory {
  /** Buffers, where that side is packed. */
  readonly rows: number | undefined;
  readonly panels: number | undefined;
  /** From one packed row to the next, or from one depth to the next where rows are packed across. */
  readonly rowStride: number;
}

export class TileSums {
  private readonly inner: number;

  constructor(
    private readonly c: Contraction,
    private readonly context: KernelContext,
    private readonly grid: Grid,
    private readonly memory: PackedMemory,
  ) {
    this.inner = c.layout.depth.slice(1).reduce((n, v) => n * v.extent, 1);
  }

  /** Can both factors be read in one loop over all of the depth? */
  private get isFlat(): boolean {
    const { plan, row, column, layout } = this.c;
    if (layout.depth.length <= 1) return true;
    return (plan.packRows || isEven(layout, row)) && (plan.packColumns !== 'no' || isEven(layout, column));
  }

  /** The sums with this range of the depth added. */
  overDepth(tile: Tile, inits: readonly ValueId[]): readonly ValueId[] {
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
    if (side === 'row' && this.memory.rows !== undefined) {
      const [perRow, perDepth] = this.c.rowsAcross ? [1, this.memory.rowStride] : [this.memory.rowStride, 1];
      const start = b.binary('mul', b.binary('sub', tile.row, tile.base), b.index(perRow));
      return (k) => {
        const at = b.binary('add', start, b.binary('mul', b.binary('sub', k, begin), b.index(perDepth)));
        const values = Array.from({ length: plan.rows }, (_, i) => [
          b.load(this.memory.rows!, b.binary('add', at, b.index(i * perRow))),
        ]);
        return (i) => values[i]!;
      };
    }
    if (side === 'column' && plan.packColumns !== 'no') {
      return (k) => {
        const line = b.binary('mul', b.binary('sub', k, begin), b.index(this.grid.tileColumns));
        const at = b.binary('add', tile.panelBase, line);
        const values = Array.from({ length: plan.vectors }, (_, j) => [
          b.load(this.memory.panels!, b.binary('add', at, b.index(j * plan.lanes)), plan.lanes),
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
    const place = (e: IndexExpr) => placeInTile(this.c, e, i, j, point);
    const when = simplifyPredicate(f.when.map((p) => ({ ...p, expr: place(p.expr) })));
    return { at: f.at.map(place), when: when === false ? NEVER : when };
  }
}
