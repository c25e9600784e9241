/**
 * Template rows by blocks of threads: the threads of a row take its vectors in turn, and combine what they have. Where
 * columns are neighbours in memory a row's threads are, too: a warp touches whole lines of memory, and combines by
 * exchanges; several warps do so through shared memory. Where rows are neighbours, a warp has 32 rows, one a thread, and
 * other warps have other columns of them.
 *
 * Where a thread has few vectors its walks over them are written out: what one pass has loaded or computed is in
 * registers for the next.
 */
import type { Group } from '../../fusion/group.js';
import type { Pass } from '../../fusion/passes.js';
import { delinearize, variable } from '../../rules/index/index.js';
import type { RowsBlocksSchedule } from '../../rules/index.js';
import { type ValueId, WARP } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import { type EmitOptions, type EmittedKernel, KernelContext } from './kernel-context.js';
import { product, type Reduction, RowsKernel } from './rows-kernel.js';
import { lanesOfRow } from './vector-loop.js';

export class RowBlocks extends RowsKernel {
  protected readonly context: KernelContext;
  private readonly rowsPerBlock: number;
  private readonly rowCount: number;
  /** The running thread's number among those of its row, and the row's among the block's. */
  private readonly place: ValueId;
  private readonly rowInBlock: ValueId;

  constructor(
    g: Group,
    options: EmitOptions,
    private readonly plan: RowsBlocksSchedule,
  ) {
    super(g, options);
    this.rowCount = product(this.rows);
    this.rowsPerBlock = plan.threads / plan.threadsPerRow;
    // Rows that are not there are the last row again, but where it changes meanwhile; along rows blocks may be smaller.
    const full = !plan.across || g.inPlace.size > 0;
    while (full && this.rowCount % this.rowsPerBlock !== 0) this.rowsPerBlock /= 2;
    const threads = this.rowsPerBlock * plan.threadsPerRow;
    const blocks = Math.ceil(this.rowCount / this.rowsPerBlock);
    this.context = new KernelContext(g, options, blocks, g.outputs, 'write', threads);
    this.makeReducers();
    const b = this.context.builder;
    const minor = plan.across ? this.rowsPerBlock : plan.threadsPerRow;
    const [high, low] = [
      b.binary('shrl', b.thread, b.index(Math.log2(minor))),
      b.binary('and', b.thread, b.index(minor - 1)),
    ];
    [this.place, this.rowInBlock] = plan.across ? [high, low] : [low, high];
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const wanted = b.binary('add', b.binary('mul', b.task, b.index(this.rowsPerBlock)), this.rowInBlock);
    const whole = this.rowCount % this.rowsPerBlock === 0;
    const row = whole ? wanted : b.binary('min', wanted, b.index(this.rowCount - 1));
    const places = delinearize(
      variable('step', this.rowCount),
      this.rows.map((v) => v.extent),
    );
    stitch.scope(new Map([['step', { value: row, lanes: 1 }]]), () => {
      const axes = this.rows.map((v, k) => [v.name, { value: stitch.index.scalar(places[k]!), lanes: 1 }] as const);
      stitch.scope(new Map(axes), () => {
        for (const pass of this.passes.passes) this.pass(pass);
        b.if(b.compare('eq', this.place, b.index(0)), () => {
          stitch.scope(new Map(), () => this.storeRowResults(undefined));
        });
      });
    });
    return this.context.finish();
  }

  private pass(pass: Pass): void {
    const extents = pass.columns.map((v) => v.extent);
    const lanes = lanesOfRow(this.plan.lanes, extents[extents.length - 1] ?? 1);
    const vectors = product(pass.columns) / lanes;
    const starts = pass.reduces.map((r) => this.reducers.get(r)!.start(lanes));
    const totals = this.walk(pass, { lanes, vectors }, starts.flat());
    let offset = 0;
    pass.reduces.forEach((r, k) => {
      const partial = totals.slice(offset, (offset += starts[k]!.length));
      const joined = this.acrossThreads(r, this.reducers.get(r)!.joined([partial]));
      this.bindResults(r, this.reducers.get(r)!.close(joined));
    });
  }

  /** The thread's vectors of a row: `place`, `place + threadsPerRow` … */
  private walk(pass: Pass, row: { lanes: number; vectors: number }, inits: readonly ValueId[]): ValueId[] {
    const b = this.context.builder;
    const { threadsPerRow, keptVectors } = this.plan;
    const { vectors } = row;
    const whole = Math.floor(vectors / threadsPerRow);
    let carried: readonly ValueId[] = inits;
    if (whole <= keptVectors) {
      for (let k = 0; k < whole; k++) {
        const x = b.binary('add', this.place, b.index(k * threadsPerRow));
        carried = this.column(pass, row, x, carried, undefined);
      }
    } else {
      const end = b.index(whole * threadsPerRow);
      carried = b.loop('vector', this.place, end, threadsPerRow, inits, (x, now) =>
        this.column(pass, row, x, now, undefined),
      );
    }
    if (vectors % threadsPerRow === 0) return [...carried];
    const x = b.binary('add', this.place, b.index(whole * threadsPerRow));
    const exists = b.compare('lt', x, b.index(vectors));
    return this.column(pass, row, b.binary('min', x, b.index(vectors - 1)), carried, exists);
  }

  /** All that happens at one vector of columns. */
  private column(
    pass: Pass,
    { lanes, vectors }: { lanes: number; vectors: number },
    x: ValueId,
    carried: readonly ValueId[],
    exists: ValueId | undefined,
  ): ValueId[] {
    const { builder: b, stitch } = this.context;
    const inner = pass.columns[pass.columns.length - 1] ?? { name: 'c', extent: 1 };
    const outer = pass.columns.slice(0, -1);
    const places = delinearize(variable('vector', vectors), [...outer.map((v) => v.extent), inner.extent / lanes]);
    const mask = exists === undefined ? undefined : b.splat(exists, lanes);
    return stitch.scope(new Map([['vector', { value: x, lanes: 1 }]]), () => {
      const first = b.binary('mul', stitch.index.scalar(places[outer.length]!), b.index(lanes));
      const axes = new Map<string, Axis>([
        ...outer.map((v, k) => [v.name, { value: stitch.index.scalar(places[k]!), lanes: 1 }] as const),
        [inner.name, { value: first, lanes }],
      ]);
      return stitch.scope(
        axes,
        () => {
          let offset = 0;
          const next = pass.reduces.flatMap((r) => {
            const width = this.reducers.get(r)!.start(lanes).length;
            return this.accumulate(r, carried.slice(offset, (offset += width)), mask);
          });
          this.storeColumn(pass, mask, false);
          return next;
        },
        mask,
      );
    });
  }

  /** What all threads of the row have, combined; each of them gets it. */
  private acrossThreads(r: Reduction, partial: readonly ValueId[]): ValueId[] {
    const { builder: b } = this.context;
    const { threadsPerRow, across } = this.plan;
    if (threadsPerRow === 1) return [...partial];
    if (across) return this.throughMemory(r, partial, threadsPerRow);
    const reducer = this.reducers.get(r)!;
    let all = [...partial];
    for (let step = Math.min(WARP, threadsPerRow) / 2; step >= 1; step /= 2) {
      const other = b.binary('xor', b.lane, b.index(step));
      all = reducer.combine(
        all,
        all.map((v) => b.fromThread(v, other)),
      );
    }
    return threadsPerRow <= WARP ? all : this.throughMemory(r, all, threadsPerRow / WARP);
  }

  /**
   * Each thread, or the first of each warp, leaves its part in shared memory; every thread then combines its row's parts
   * in order.
   */
  private throughMemory(r: Reduction, parts: readonly ValueId[], perRow: number): ValueId[] {
    const { builder: b } = this.context;
    const reducer = this.reducers.get(r)!;
    const buffers = parts.map((v, k) =>
      b.buffer(`part${k}`, b.typeOf(v).element, perRow * this.rowsPerBlock, 'readwrite', 'shared'),
    );
    const [own, step] = this.plan.across ? [b.thread, this.rowsPerBlock] : [b.warp, 1];
    const leave = () => {
      for (const [k, v] of parts.entries()) b.store(buffers[k]!, own, v);
    };
    if (this.plan.across) leave();
    else b.if(b.compare('eq', b.lane, b.index(0)), leave);
    b.barrier();
    const first = this.plan.across ? this.rowInBlock : b.binary('mul', this.rowInBlock, b.index(perRow));
    const partOf = (w: number) => buffers.map((buffer) => b.load(buffer, b.binary('add', first, b.index(w * step))));
    let all = partOf(0);
    for (let w = 1; w < perRow; w++) all = reducer.combine(all, partOf(w));
    return all;
  }
}
