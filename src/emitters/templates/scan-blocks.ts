/**
 * Template scan by blocks of threads: a block has a row, and takes it in pieces of an element a thread. A warp scans its
 * elements by exchanges over doubling distances; what the warps before it have, and all pieces before, comes on top.
 */
import { delinearize, variable } from '../../rules/index/index.js';
import type { ScanBlocksSchedule } from '../../rules/index.js';
import { type ValueId, WARP } from '../loop/ir.js';
import type { EmittedKernel } from './kernel-context.js';
import { product, ScanKernel, type ScanLoops } from './scan-kernel.js';

export class ScanBlocks extends ScanKernel {
  private readonly warps: number;

  constructor(
    loops: ScanLoops,
    private readonly plan: ScanBlocksSchedule,
  ) {
    super(loops, product(loops.rows), plan.threads);
    this.warps = plan.threads / WARP;
  }

  run(): EmittedKernel {
    const { builder: b, stitch } = this.context;
    const { rows, along, space } = this.loops;
    const { threads } = this.plan;
    const places = delinearize(
      variable('row', b.tasks),
      rows.map((v) => v.extent),
    );
    // Warps' totals of two pieces in turn: who is quick may write the next while others read.
    const memory = this.reducer
      .start(1)
      .map((v, k) => b.buffer(`total${k}`, b.typeOf(v).element, 2 * this.warps, 'readwrite', 'shared'));
    stitch.scope(new Map([['row', { value: b.task, lanes: 1 }]]), () => {
      const axes = rows.map((v, k) => [v.name, { value: stitch.index.scalar(places[k]!), lanes: 1 }] as const);
      stitch.scope(new Map(axes), () => {
        const pieces = b.index(Math.ceil(along.extent / threads));
        b.loop('piece', b.index(0), pieces, 1, this.reducer.inits(), (piece, before) => {
          const place = b.binary('add', b.binary('mul', piece, b.index(threads)), b.thread);
          const last = b.index(along.extent - 1);
          const inside = b.binary('min', place, last);
          const value = space.role.reverse ? b.binary('sub', last, inside) : inside;
          const exists = b.compare('le', place, last);
          return stitch.scope(new Map([[along.name, { value, lanes: 1 }]]), () =>
            this.piece(exists, before, memory, b.binary('and', piece, b.index(1))),
          );
        });
      });
    });
    return this.context.finish();
  }

  /** An element a thread; gives what all pieces up to this one come to. */
  private piece(
    exists: ValueId,
    before: readonly ValueId[],
    memory: readonly number[],
    half: ValueId,
  ): readonly ValueId[] {
    const { builder: b, stitch } = this.context;
    const { reducer } = this;
    const identity = reducer.start(1);
    const own = this.elements().map((v, k) => b.select(exists, v, identity[k]!));
    const within = this.inWarp(own);
    const { lane, warp } = b;
    const base = b.binary('mul', half, b.index(this.warps));
    b.if(b.compare('eq', lane, b.index(WARP - 1)), () => {
      for (const [k, v] of within.entries()) b.store(memory[k]!, b.binary('add', base, warp), v);
    });
    b.barrier();
    let all = before;
    let earlier = before;
    for (let w = 0; w < this.warps; w++) {
      const total = memory.map((buffer) => b.load(buffer, b.binary('add', base, b.index(w))));
      const isEarlier = b.compare('gt', warp, b.index(w));
      all = reducer.combine(all, total);
      earlier = all.map((v, k) => b.select(isEarlier, v, earlier[k]!));
    }
    const totals = reducer.combine(earlier, within);
    b.if(exists, () => stitch.scope(new Map(), () => this.store(totals, undefined)));
    return all;
  }

  /** Each thread's element combined with all before it in the warp. */
  private inWarp(elements: readonly ValueId[]): ValueId[] {
    const { builder: b } = this.context;
    const { lane } = b;
    let all = [...elements];
    for (let by = 1; by < WARP; by *= 2) {
      const from = b.binary('max', b.binary('sub', lane, b.index(by)), b.index(0));
      const other = all.map((v) => b.fromThread(v, from));
      const has = b.compare('ge', lane, b.index(by));
      all = this.reducer.combine(other, all).map((v, k) => b.select(has, v, all[k]!));
    }
    return all;
  }
}
