/**
 * Both factors of a block's tile in shared memory, depth piece by depth piece: while one is multiplied, the next is on
 * its way. Loading is where prologues, padding and im2col happen; rows, columns and depths that are not there are zeros.
 */
import type { ElementType } from '../../../hlo/index.js';
import { bound, type IndexExpr, type Predicate, simplifyPredicate, variable } from '../../../rules/index/index.js';
import { laneTypeOf, type ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import type { PartIds } from '../../stitch/stitcher.js';
import type { KernelContext } from '../kernel-context.js';
import type { Factor } from './factor.js';
import { divided } from './grid.js';
import { NEVER } from './pack.js';
import { type ContractionFacts, FLAT_DEPTH, flatDepth } from './problem.js';

export interface PieceShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly threads: number;
  /** What memory holds of the factors' elements. */
  readonly element: ElementType;
  /** Neighbours in shared memory are neighbours along the depth; else along rows and columns. */
  readonly alongDepth: boolean;
  /** Elements between two lines more than it takes: threads that go down a column then meet in no bank. */
  readonly padding: number;
}

/** One factor's pieces in shared memory: two of them. */
export interface Side {
  readonly name: 'r' | 'v';
  readonly factor: Factor;
  /** Rows or columns of the block's tile. */
  readonly size: number;
  /** In the factor's own memory neighbours are neighbours along the depth. */
  readonly alongDepth: boolean;
  /** From one line to the next, and elements of a piece. */
  readonly stride: number;
  readonly elements: number;
  /** A buffer for each part. */
  readonly buffers: readonly number[];
  readonly at: readonly IndexExpr[];
  readonly when: Predicate;
}

/** Where the block's tile starts. */
export interface Origin {
  readonly r: ValueId;
  readonly v: ValueId;
}

/** What a thread has loaded for shared memory. */
interface Loaded {
  readonly side: Side;
  /** In a piece. */
  readonly place: ValueId;
  readonly parts: PartIds;
}

export class Pieces {
  readonly rows: Side;
  readonly columns: Side;
  private readonly count: number;

  constructor(
    private readonly c: ContractionFacts,
    private readonly context: KernelContext,
    private readonly shape: PieceShape,
  ) {
    const { layout, problem, row, column } = c;
    this.count = Math.ceil(layout.depthCount / shape.depth);
    this.rows = this.side('r', row, shape.rows, layout.rowCount, problem.row.along === 'depth');
    this.columns = this.side('v', column, shape.columns, layout.width, problem.column.along === 'depth');
  }

  private side(name: 'r' | 'v', factor: Factor, size: number, extent: number, alongDepth: boolean): Side {
    const { layout, arithmetic } = this.c;
    const { shape } = this;
    const padded = (n: number, by: number) => Math.ceil(n / by) * by;
    const row = variable('r', padded(layout.rowCount, shape.rows));
    const column = variable('v', padded(layout.width, shape.columns));
    const k = variable(FLAT_DEPTH, padded(layout.depthCount, shape.depth));
    const place = (e: IndexExpr) => layout.place(e, row, column, flatDepth(layout, k));
    const when = simplifyPredicate([
      ...bound(name === 'r' ? row : column, 0, extent - 1),
      ...bound(k, 0, layout.depthCount - 1),
      ...factor.when.map((p) => ({ ...p, expr: place(p.expr) })),
    ]);
    const [length, lines] = shape.alongDepth ? [shape.depth, size] : [size, shape.depth];
    // Only who stores across lines needs the padding.
    const stride = length + (shape.alongDepth || alongDepth ? shape.padding : 0);
    const elements = lines * stride;
    const buffers = Array.from({ length: arithmetic.parts }, (_, part) =>
      this.context.builder.buffer(`${name}${part}`, shape.element, 2 * elements, 'readwrite', 'shared'),
    );
    const at = factor.at.map(place);
    return { name, factor, size, alongDepth, stride, elements, buffers, at, when: when === false ? NEVER : when };
  }

  /** The sums over all pieces; `multiply` adds the piece that lies in a half. */
  overAll(
    origin: Origin,
    zeros: readonly ValueId[],
    multiply: (sums: readonly ValueId[], half: ValueId) => readonly ValueId[],
  ): readonly ValueId[] {
    const { builder: b } = this.context;
    if (this.count === 0) return zeros;
    this.keep(this.load(origin, b.index(0)), b.index(0));
    b.barrier();
    const last = b.index(this.count - 1);
    const almost = b.loop('piece', b.index(0), last, 1, zeros, (piece, sums) => {
      const next = b.binary('add', piece, b.index(1));
      const loaded = this.load(origin, next);
      const added = multiply(sums, this.half(piece));
      this.keep(loaded, this.half(next));
      b.barrier();
      return added;
    });
    return multiply(almost, this.half(last));
  }

  /** Which of the two places of pieces a piece has. */
  private half(piece: ValueId): ValueId {
    const { builder: b } = this.context;
    return b.binary('and', piece, b.index(1));
  }

  /** Where the piece in a half starts. */
  base(side: Side, half: ValueId): ValueId {
    const { builder: b } = this.context;
    return b.binary('mul', half, b.index(side.elements));
  }

  /** The thread's share of a piece of both factors, in registers. */
  private load(origin: Origin, piece: ValueId): Loaded[] {
    const { builder: b, stitch } = this.context;
    const { depth, threads } = this.shape;
    const first = b.binary('mul', piece, b.index(depth));
    return [this.rows, this.columns].flatMap((side) =>
      Array.from({ length: Math.ceil((side.size * depth) / threads) }, (_, s) => {
        const element = b.binary('add', b.thread, b.index(s * threads));
        const [major, minor] = divided(b, element, side.alongDepth ? depth : side.size);
        const [k, across] = side.alongDepth ? [minor, major] : [major, minor];
        const axes = new Map<string, Axis>([
          [side.name, { value: b.binary('add', origin[side.name], across), lanes: 1 }],
          [FLAT_DEPTH, { value: b.binary('add', first, k), lanes: 1 }],
        ]);
        const parts = stitch.scope(axes, () =>
          this.c.arithmetic.factor(b, stitch.valueOrZero(side.factor.value, side.at, side.when)),
        );
        const [line, place] = this.shape.alongDepth ? [across, k] : [k, across];
        return { side, place: b.binary('add', b.binary('mul', line, b.index(side.stride)), place), parts };
      }),
    );
  }

  private keep(loaded: readonly Loaded[], half: ValueId): void {
    const { builder: b } = this.context;
    for (const { side, place, parts } of loaded) {
      const at = b.binary('add', this.base(side, half), place);
      for (const [part, value] of parts.entries()) {
        b.store(side.buffers[part]!, at, b.convert(value, laneTypeOf(this.shape.element)));
      }
    }
  }
}
