/** What becomes of complete sums: what follows the product runs on them, and the results are stored. */
import { type IndexExpr, variable } from '../../../rules/index/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { PartIds } from '../../stitch/stitcher.js';
import type { KernelContext } from '../kernel-context.js';
import type { Tile } from './depth.js';
import type { Grid } from './grid.js';
import { OWN_DEPTH } from './layout.js';
import { placeInTile } from './place.js';
import type { Contraction } from './problem.js';

export class Epilogue {
  constructor(
    private readonly c: Contraction,
    private readonly context: KernelContext,
    private readonly grid: Grid,
    /** Copies of sums, a buffer for each part. */
    private readonly buffers: readonly number[],
  ) {}

  /** On the register tile itself. */
  inRegisters(sums: readonly ValueId[]): void {
    const { builder: b } = this.context;
    const { plan, arithmetic } = this.c;
    for (let i = 0; i < plan.rows; i++) {
      for (let j = 0; j < plan.vectors; j++) {
        const n = (i * plan.vectors + j) * arithmetic.parts;
        const place = (e: IndexExpr) => placeInTile(this.c, e, i, j, OWN_DEPTH);
        this.results(sums.slice(n, n + arithmetic.parts), place, new Map(), this.grid.exists(b, j));
      }
    }
  }

  /** Vector by vector, on a copy of the tile that starts at `kept`. */
  inLoop(tile: Tile, kept: ValueId): void {
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
      const sums = Array.from({ length: arithmetic.parts }, (_, part) => b.load(this.buffers[part]!, at, plan.lanes));
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
