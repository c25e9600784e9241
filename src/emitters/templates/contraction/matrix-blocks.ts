/**
 * Contractions by matrix instructions: the warps of a block share its tile out, and each makes its part from pieces of
 * 16 × 8 sums that lie over its threads (`mma` in loop/ir.ts says how).
 */
import type { MatrixBlocksSchedule } from '../../../rules/index.js';
import { type MmaElement, type ValueId, WARP } from '../../loop/ir.js';
import { BlockTile } from './block-tile.js';
import { divided } from './grid.js';
import { type Origin, Pieces, type Side } from './pieces.js';
import type { ContractionFacts } from './problem.js';

const ROWS = 16;
const COLUMNS = 8;
/** Words of depth that an instruction takes, and of 4 bytes each. */
const DEPTH_WORDS = 8;

export class MatrixTiles extends BlockTile {
  private readonly pieces: Pieces;
  private readonly element: MmaElement;
  /** Elements of a word. */
  private readonly each: number;
  /** Where in the block's tile the warp's part starts, and the running thread's place in an instruction's tiles. */
  private readonly part: { readonly row: ValueId; readonly column: ValueId };
  private readonly group: ValueId;
  private readonly member: ValueId;

  constructor(
    c: ContractionFacts,
    private readonly plan: MatrixBlocksSchedule,
  ) {
    const across = plan.columns / plan.warpColumns;
    const threads = (plan.rows / plan.warpRows) * across * WARP;
    super(c, { rows: plan.rows, columns: plan.columns, threads, lanes: 2 });
    this.element = plan.element;
    this.each = plan.element === 's8' ? 4 : 2;
    this.pieces = new Pieces(c, this.context, {
      ...plan,
      threads,
      element: plan.element,
      alongDepth: true,
      padding: 4 * this.each,
    });
    const { builder: b } = this.context;
    const [warp, lane] = divided(b, b.thread, WARP);
    const [down, right] = divided(b, warp, across);
    this.part = {
      row: b.binary('mul', down, b.index(plan.warpRows)),
      column: b.binary('mul', right, b.index(plan.warpColumns)),
    };
    [this.group, this.member] = divided(b, lane, 4);
  }

  protected tile(origin: Origin): void {
    const { builder: b } = this.context;
    const { warpRows, warpColumns } = this.plan;
    const [down, across] = [warpRows / ROWS, warpColumns / COLUMNS];
    const zeros = Array.from({ length: down * across }, () => this.c.arithmetic.zero(b, 4));
    const sums = this.pieces.overAll(origin, zeros, (now, half) => this.multiply(now, half));
    const row = b.binary('add', b.binary('add', origin.r, this.part.row), this.group);
    const pair = b.binary('mul', this.member, b.index(2));
    const column = b.binary('add', b.binary('add', origin.v, this.part.column), pair);
    sums.forEach((sum, n) => {
      const [i, j] = [Math.floor(n / across), n % across];
      const v = b.binary('add', column, b.index(j * COLUMNS));
      for (const low of [0, 1]) {
        const r = b.binary('add', row, b.index(i * ROWS + low * (ROWS / 2)));
        this.results(r, v, [b.part(sum, 2 * low, 2)]);
      }
    });
  }

  private multiply(sums: readonly ValueId[], half: ValueId): ValueId[] {
    const { builder: b } = this.context;
    const { warpRows, warpColumns, depth } = this.plan;
    const { rows, columns } = this.pieces;
    const across = warpColumns / COLUMNS;
    const word = b.binary('mul', this.member, b.index(this.each));
    const start = (side: Side, line: ValueId): ValueId => {
      const at = b.binary('mul', b.binary('add', line, this.group), b.index(side.stride));
      return b.binary('add', b.binary('add', this.pieces.base(side, half), at), word);
    };
    const rowAt = start(rows, this.part.row);
    const columnAt = start(columns, this.part.column);
    let now = [...sums];
    for (let k = 0; k < depth; k += DEPTH_WORDS * this.each) {
      const words = (side: Side, at: ValueId, line: number, later: number): ValueId => {
        const offset = line * side.stride + k + later * 4 * this.each;
        return b.loadWords(side.buffers[0]!, b.binary('add', at, b.index(offset)), 1);
      };
      const a = Array.from({ length: warpRows / ROWS }, (_, i) => {
        const w = (low: number, later: number) => words(rows, rowAt, i * ROWS + low * (ROWS / 2), later);
        return this.joined([w(0, 0), w(1, 0), w(0, 1), w(1, 1)]);
      });
      const bs = Array.from({ length: across }, (_, j) => {
        const w = (later: number) => words(columns, columnAt, j * COLUMNS, later);
        return this.joined([w(0), w(1)]);
      });
      now = now.map((sum, n) => b.mma(this.element, a[Math.floor(n / across)]!, bs[n % across]!, sum));
    }
    return now;
  }

  /** Words as the lanes of one value. */
  private joined(words: readonly ValueId[]): ValueId {
    const { builder: b } = this.context;
    let all = [...words];
    while (all.length > 1) {
      const { lanes } = b.typeOf(all[0]!);
      const both = Array.from({ length: 2 * lanes }, (_, l) => l);
      all = Array.from({ length: all.length / 2 }, (_, k) => b.shuffle(all[2 * k]!, all[2 * k + 1]!, both));
    }
    return all[0]!;
  }
}
