/** Contractions by blocks of threads: each thread multiplies what its own part of the tile needs of both factors. */
import type { ContractionBlocksSchedule } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { PartIds } from '../../stitch/stitcher.js';
import { BlockTile } from './block-tile.js';
import { divided } from './grid.js';
import { type Origin, Pieces, type Side } from './pieces.js';
import type { ContractionFacts } from './problem.js';

/** Threads across a tile. */
const acrossOf = (plan: ContractionBlocksSchedule): number => plan.columns / (plan.lanes * plan.threadVectors);
const threadsOf = (plan: ContractionBlocksSchedule): number => (plan.rows / plan.threadRows) * acrossOf(plan);

export class BlockTiles extends BlockTile {
  private readonly pieces: Pieces;
  /** First row and first column of the thread's part of the tile. */
  private readonly own: { readonly row: ValueId; readonly column: ValueId };
  /** Columns between two of a thread's vectors, which lie a tile's share apart: a warp reads whole lines. */
  private readonly vectorStep: number;

  constructor(
    c: ContractionFacts,
    private readonly plan: ContractionBlocksSchedule,
  ) {
    const threads = threadsOf(plan);
    super(c, { ...plan, threads });
    this.pieces = new Pieces(c, this.context, {
      ...plan,
      threads,
      element: c.arithmetic.lane,
      alongDepth: false,
      padding: plan.lanes,
    });
    const { builder: b } = this.context;
    const [down, across] = divided(b, b.thread, acrossOf(plan));
    this.own = {
      row: b.binary('mul', down, b.index(plan.threadRows)),
      column: b.binary('mul', across, b.index(plan.lanes)),
    };
    this.vectorStep = plan.columns / plan.threadVectors;
  }

  protected tile(origin: Origin): void {
    const { builder: b } = this.context;
    const { arithmetic } = this.c;
    const { threadRows, threadVectors, lanes } = this.plan;
    const count = threadRows * threadVectors * arithmetic.parts;
    const zeros = Array.from({ length: count }, () => arithmetic.zero(b, lanes));
    const sums = this.pieces.overAll(origin, zeros, (now, half) => this.multiply(now, half));
    for (let i = 0; i < threadRows; i++) {
      for (let j = 0; j < threadVectors; j++) {
        const n = (i * threadVectors + j) * arithmetic.parts;
        const r = b.binary('add', b.binary('add', origin.r, this.own.row), b.index(i));
        const v = b.binary('add', b.binary('add', origin.v, this.own.column), b.index(j * this.vectorStep));
        this.results(r, v, sums.slice(n, n + arithmetic.parts));
      }
    }
  }

  private multiply(sums: readonly ValueId[], half: ValueId): ValueId[] {
    const { builder: b } = this.context;
    const { arithmetic } = this.c;
    const { threadRows, threadVectors, lanes, depth } = this.plan;
    const { rows, columns } = this.pieces;
    const rowAt = b.binary('add', this.pieces.base(rows, half), this.own.row);
    const columnAt = b.binary('add', this.pieces.base(columns, half), this.own.column);
    const width = threadRows % lanes === 0 ? lanes : 1;
    const step = (k: ValueId, now: readonly ValueId[]): ValueId[] => {
      const read = (side: Side, at: ValueId, offset: number, wide: number): PartIds => {
        const line = b.binary('add', at, b.binary('mul', k, b.index(side.stride)));
        return side.buffers.map((buffer) => b.load(buffer, b.binary('add', line, b.index(offset)), wide));
      };
      const x = Array.from({ length: threadRows / width }, (_, g) => read(rows, rowAt, g * width, width)).flatMap((v) =>
        Array.from({ length: width }, (_, i) => v.map((p) => b.part(p, i, 1))),
      );
      const y = Array.from({ length: threadVectors }, (_, j) => read(columns, columnAt, j * this.vectorStep, lanes));
      return x.flatMap((xi, i) =>
        y.flatMap((yj, j) => {
          const n = (i * threadVectors + j) * arithmetic.parts;
          return arithmetic.accumulate(b, now.slice(n, n + arithmetic.parts), xi, yj);
        }),
      );
    };
    return b.loop('k', b.index(0), b.index(depth), 1, sums, step, depth);
  }
}
