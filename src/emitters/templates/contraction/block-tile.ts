/** What contractions by blocks of threads have in common: which tile a block makes, and what becomes of its sums. */
import { type IndexExpr, variable } from '../../../rules/index/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { PartIds } from '../../stitch/stitcher.js';
import { type EmittedKernel, KernelContext } from '../kernel-context.js';
import { lanesOfRow } from '../vector-loop.js';
import { divided } from './grid.js';
import { OWN_DEPTH } from './layout.js';
import type { Origin } from './pieces.js';
import type { ContractionFacts } from './problem.js';

export interface TileShape {
  readonly rows: number;
  readonly columns: number;
  readonly threads: number;
  /** Neighbouring columns that a thread has sums of. */
  readonly lanes: number;
}

export abstract class BlockTile {
  protected readonly context: KernelContext;
  private readonly rowBlocks: number;
  private readonly columnBlocks: number;
  private readonly storedLanes: number;

  constructor(
    protected readonly c: ContractionFacts,
    private readonly shape: TileShape,
  ) {
    const { layout } = c;
    this.storedLanes = lanesOfRow(shape.lanes, layout.width);
    this.rowBlocks = Math.ceil(layout.rowCount / shape.rows);
    this.columnBlocks = Math.ceil(layout.width / shape.columns);
    const tasks = layout.outerCount * layout.segments * this.rowBlocks * this.columnBlocks;
    this.context = new KernelContext(c.group, c.options, tasks, c.group.outputs, 'write', shape.threads);
  }

  /** Makes the tile and stores it. */
  protected abstract tile(origin: Origin): void;

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const [above, columnBlock] = divided(b, b.task, this.columnBlocks);
    const [outside, rowBlock] = divided(b, above, this.rowBlocks);
    const [outer, segment] = divided(b, outside, this.c.layout.segments);
    const origin = {
      r: b.binary('mul', rowBlock, b.index(this.shape.rows)),
      v: b.binary('mul', columnBlock, b.index(this.shape.columns)),
    };
    const axes = new Map<string, Axis>([
      ['o', { value: outer, lanes: 1 }],
      ['p', { value: segment, lanes: 1 }],
    ]);
    stitch.scope(axes, () => this.tile(origin));
    return this.context.finish();
  }

  /** What follows the product, on a vector of complete sums, where that is part of the result. */
  protected results(r: ValueId, v: ValueId, sums: PartIds): void {
    const { builder: b } = this.context;
    const { layout } = this.c;
    const { lanes, rows, columns } = this.shape;
    // In pieces where the result's rows are no whole number of vectors.
    for (let from = 0; from < lanes; from += this.storedLanes) {
      const column = b.binary('add', v, b.index(from));
      const pieces = sums.map((p) => b.part(p, from, this.storedLanes));
      const tests: ValueId[] = [];
      if (layout.rowCount % rows !== 0) tests.push(b.compare('lt', r, b.index(layout.rowCount)));
      if (layout.width % columns !== 0) tests.push(b.compare('lt', column, b.index(layout.width)));
      if (tests.length === 0) this.store(r, column, pieces);
      else {
        const inside = tests.reduce((p, q) => b.binary('and', p, q));
        b.if(inside, () => this.store(r, column, pieces));
      }
    }
  }

  private store(r: ValueId, v: ValueId, sums: PartIds): void {
    const { builder: b, stitch } = this.context;
    const { space, arithmetic, layout } = this.c;
    const place = (e: IndexExpr) =>
      layout.place(e, variable('r', layout.rowCount), variable('v', layout.width), OWN_DEPTH);
    const axes = new Map<string, Axis>([
      ['r', { value: r, lanes: 1 }],
      ['v', { value: v, lanes: this.storedLanes }],
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
