/**
 * Matrix times few vectors, read along the depth, by blocks of threads: a warp has a few columns and walks the depth
 * with vectors side by side, so that it reads whole lines of memory; its threads' sums are added up by exchanges.
 */
import { addConstant, constant, type IndexExpr, variable } from '../../../rules/index/index.js';
import type { DotBlocksSchedule } from '../../../rules/index.js';
import { type ValueId, WARP } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { PartIds } from '../../stitch/stitcher.js';
import { type EmittedKernel, KernelContext } from '../kernel-context.js';
import { lanesOfRow } from '../vector-loop.js';
import type { Factor } from './factor.js';
import { divided, Grid } from './grid.js';
import { OWN_DEPTH } from './layout.js';
import type { ContractionFacts } from './problem.js';

export class DotBlocks {
  private readonly context: KernelContext;
  private readonly tiles: number;
  private readonly columns: number;
  private readonly warps: number;
  private readonly lanes: number;

  constructor(
    private readonly c: ContractionFacts,
    plan: DotBlocksSchedule,
  ) {
    const { layout } = c;
    this.columns = Math.min(plan.columns, layout.width);
    this.lanes = lanesOfRow(plan.lanes, layout.depthCount);
    this.warps = plan.threads / WARP;
    this.tiles = layout.outerCount * layout.segments * Math.ceil(layout.width / this.columns);
    const blocks = Math.ceil(this.tiles / this.warps);
    this.context = new KernelContext(c.group, c.options, blocks, c.group.outputs, 'write', plan.threads);
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const { layout } = this.c;
    const tile = b.binary('add', b.binary('mul', b.task, b.index(this.warps)), b.warp);
    const make = () => {
      const [outside, within] = divided(b, tile, Math.ceil(layout.width / this.columns));
      const [outer, segment] = divided(b, outside, layout.segments);
      const axes = new Map<string, Axis>([
        ['o', { value: outer, lanes: 1 }],
        ['p', { value: segment, lanes: 1 }],
        ['v', { value: Grid.start(b, within, this.columns, layout.width), lanes: 1 }],
      ]);
      stitch.scope(axes, () => this.tile());
    };
    // All of a warp or nothing: its threads exchange sums.
    if (this.tiles % this.warps === 0) make();
    else b.if(b.compare('lt', tile, b.index(this.tiles)), make);
    return this.context.finish();
  }

  private placeAt(e: IndexExpr, row: number, column: number): IndexExpr {
    const { layout } = this.c;
    const columns = variable('v', layout.width - this.columns + 1);
    return layout.place(e, constant(row), addConstant(columns, column), OWN_DEPTH);
  }

  private tile(): void {
    const { builder: b } = this.context;
    const { layout, arithmetic } = this.c;
    const pairs = Array.from({ length: layout.rowCount * this.columns }, (_, n) => ({
      row: Math.floor(n / this.columns),
      column: n % this.columns,
    }));
    const { lane } = b;
    const first = b.binary('mul', lane, b.index(this.lanes));
    const step = WARP * this.lanes;
    const whole = Math.floor(layout.depthCount / step) * step;
    const zeros = pairs.map(() => arithmetic.zero(b, this.lanes));
    let sums = b.loop('k', b.index(0), b.index(whole), step, zeros, (k, now) =>
      this.step(pairs, b.binary('add', k, first), now, undefined),
    );
    if (whole < layout.depthCount) {
      const k = b.binary('add', first, b.index(whole));
      const exists = b.compare('lt', k, b.index(layout.depthCount));
      sums = this.step(pairs, b.binary('min', k, b.index(layout.depthCount - this.lanes)), sums, exists);
    }
    const totals = sums.map((sum) => this.acrossWarp(sum, lane));
    b.if(b.compare('eq', lane, b.index(0)), () => {
      for (const [n, at] of pairs.entries()) this.store([totals[n]!], at);
    });
  }

  private step(
    pairs: readonly { row: number; column: number }[],
    k: ValueId,
    now: readonly ValueId[],
    exists: ValueId | undefined,
  ): ValueId[] {
    const { builder: b, stitch } = this.context;
    const { layout, arithmetic, row, column } = this.c;
    const [depth] = layout.depth;
    const mask = exists === undefined ? undefined : b.splat(exists, this.lanes);
    return stitch.scope(
      new Map([[depth!.name, { value: k, lanes: this.lanes }]]),
      () =>
        pairs.map((p, n) => {
          const read = (f: Factor) => {
            const at = f.at.map((e) => this.placeAt(e, p.row, p.column));
            const when = f.when.map((w) => ({ ...w, expr: this.placeAt(w.expr, p.row, p.column) }));
            return arithmetic.factor(b, stitch.valueOrZero(f.value, at, when));
          };
          const [next] = arithmetic.accumulate(b, [now[n]!], read(row), read(column));
          return mask === undefined ? next! : b.select(mask, next!, now[n]!);
        }),
      mask,
    );
  }

  /** All lanes of all threads in one. A fixed tree. */
  private acrossWarp(sum: ValueId, lane: ValueId): ValueId {
    const { builder: b } = this.context;
    const { arithmetic } = this.c;
    let total = sum;
    for (let lanes = this.lanes / 2; lanes >= 1; lanes /= 2) {
      [total] = arithmetic.add(b, [b.part(total, 0, lanes)], [b.part(total, lanes, lanes)]) as [ValueId];
    }
    for (let step = WARP / 2; step >= 1; step /= 2) {
      const other = b.fromThread(total, b.binary('xor', lane, b.index(step)));
      [total] = arithmetic.add(b, [total], [other]) as [ValueId];
    }
    return total;
  }

  private store(sum: PartIds, at: { row: number; column: number }): void {
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
