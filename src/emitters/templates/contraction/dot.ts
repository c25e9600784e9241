/** Form `dot`: few rows, memory read once in order. Vectors run along the depth and are added up at its end. */
import { addConstant, constant, type IndexExpr, variable } from '../../../rules/index/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { PartIds } from '../../stitch/stitcher.js';
import { type EmittedKernel, KernelContext } from '../kernel-context.js';
import { vectorLoop } from '../vector-loop.js';
import type { Factor } from './factor.js';
import { divided, Grid } from './grid.js';
import { OWN_DEPTH } from './layout.js';
import type { Contraction } from './problem.js';

export class DotEmitter {
  private readonly context: KernelContext;
  /** Columns of a tile; they take all rows at once. */
  private readonly columns: number;
  private readonly tiles: number;
  private readonly blocks: number;

  constructor(private readonly c: Contraction) {
    const { layout, plan } = c;
    this.columns = plan.rows;
    this.tiles = Math.ceil(layout.width / this.columns);
    this.blocks = Math.ceil(this.tiles / plan.panelsPerTask);
    this.context = new KernelContext(c.group, c.options, layout.outerCount * layout.segments * this.blocks);
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const { layout, plan } = this.c;
    const [rest, block] = divided(b, b.task, this.blocks);
    const [outer, segment] = divided(b, rest, layout.segments);
    const first = b.binary('mul', block, b.index(plan.panelsPerTask));
    const end = b.binary('min', b.binary('add', first, b.index(plan.panelsPerTask)), b.index(this.tiles));
    b.loop('tile', first, end, 1, [], (tile) => {
      const column = Grid.start(b, tile, this.columns, layout.width);
      const axes = new Map([
        ['o', { value: outer, lanes: 1 }],
        ['p', { value: segment, lanes: 1 }],
        ['v', { value: column, lanes: 1 }],
      ]);
      stitch.scope(axes, () => this.tile());
      return [];
    });
    return this.context.finish();
  }

  private placeAt(e: IndexExpr, row: number, column: number): IndexExpr {
    const { layout } = this.c;
    const columns = variable('v', Math.max(1, layout.width - this.columns + 1));
    return layout.place(e, constant(row), addConstant(columns, column), OWN_DEPTH);
  }

  private tile(): void {
    const { builder: b, stitch } = this.context;
    const { layout, plan, arithmetic, row, column } = this.c;
    const [depth] = layout.depth;
    const pairs = Array.from({ length: layout.rowCount * this.columns }, (_, n) => ({
      row: Math.floor(n / this.columns),
      column: n % this.columns,
    }));
    const zeros = Array.from({ length: pairs.length * plan.vectors }, () => arithmetic.zero(b, plan.lanes));
    const loop = { label: 'k', extent: depth!.extent, lanes: plan.lanes, copies: plan.vectors };
    const sums = vectorLoop(b, loop, zeros, (k, exists, now) =>
      stitch.scope(
        new Map([[depth!.name, { value: k, lanes: plan.lanes }]]),
        () =>
          pairs.map((p, n) => {
            const read = (f: Factor) =>
              arithmetic.factor(
                b,
                stitch.valueOrZero(
                  f.value,
                  f.at.map((e) => this.placeAt(e, p.row, p.column)),
                  f.when.map((w) => ({ ...w, expr: this.placeAt(w.expr, p.row, p.column) })),
                ),
              );
            const [next] = arithmetic.accumulate(b, [now[n]!], read(row), read(column));
            return exists === undefined ? next! : b.select(exists, next!, now[n]!);
          }),
        exists,
      ),
    );
    pairs.forEach((p, n) => {
      const copies = Array.from({ length: plan.vectors }, (_, u) => [sums[u * pairs.length + n]!]);
      this.result(this.total(copies), p);
    });
  }

  /** All lanes of all copies in one. A fixed tree. */
  private total(copies: readonly PartIds[]): PartIds {
    const { builder: b } = this.context;
    const { arithmetic, plan } = this.c;
    let [sum] = copies.reduce((x, y) => arithmetic.add(b, x, y)) as [ValueId];
    for (let lanes = plan.lanes / 2; lanes >= 1; lanes /= 2) {
      [sum] = arithmetic.add(b, [b.part(sum, 0, lanes)], [b.part(sum, lanes, lanes)]) as [ValueId];
    }
    return [sum];
  }

  private result(sum: PartIds, at: { row: number; column: number }): void {
    const { builder: b, stitch } = this.context;
    const { space, arithmetic } = this.c;
    const place = (index: readonly IndexExpr[]) => index.map((e) => this.placeAt(e, at.row, at.column));
    stitch.scope(new Map(), () => {
      stitch.bindPoint(space.product.result, arithmetic.close(b, sum));
      for (const [v, index] of space.outputs) {
        this.context.store(v, place(index), stitch.value(v, place(index)), undefined, false);
      }
    });
  }
}
