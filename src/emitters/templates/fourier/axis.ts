/** Rows of a tensor along one dimension: blocks of them into a task's memory, a row a lane, and out of it. */
import type { ValueId } from '../../loop/ir.js';
import type { KernelContext } from '../kernel-context.js';
import { turn } from '../map-tiled.js';

/** A tensor seen as [outer, length, inner], of which the middle dimension is transformed. */
export interface Axis<B = number> {
  readonly buffer: B;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** Numbers of an element: 2 where it is complex. */
  readonly parts: 1 | 2;
}

/** Walks over the numbers of a block of `lanes` rows: all parts of all elements along the axis. */
export class Block {
  constructor(
    private readonly context: KernelContext,
    private readonly lanes: number,
    /** Number of the first row. */
    private readonly row: ValueId,
  ) {}

  /** Gives every number of the rows, lane l of row l, with its position along the axis. */
  load(axis: Axis, put: (position: ValueId, part: number, value: ValueId) => void): void {
    const { builder: b } = this.context;
    if (axis.inner === 1 && this.lanes > 1) {
      this.tiles(axis, (x, count, exists) => {
        const rows = this.rowStarts(axis, x).map((at) => b.load(axis.buffer, at, this.lanes, exists));
        turn(b, rows)
          .slice(0, count)
          .forEach((v, k) => {
            put(this.position(axis, x, k), k % axis.parts, v);
          });
      });
      return;
    }
    const start = this.offsets(axis);
    this.each(axis, (p) => {
      for (let part = 0; part < axis.parts; part++) {
        const at = this.place(axis, start, p, part);
        put(p, part, this.lanes === 1 ? b.load(axis.buffer, at) : b.gather(axis.buffer, at));
      }
    });
  }

  /** Stores every number of the rows. */
  store(axis: Axis, value: (position: ValueId, part: number) => ValueId): void {
    const { builder: b } = this.context;
    if (axis.inner === 1 && this.lanes > 1) {
      this.tiles(axis, (x, count, exists) => {
        const numbers = Array.from({ length: this.lanes }, (_, k) => {
          const inside = Math.min(k, count - 1);
          return value(this.position(axis, x, inside), inside % axis.parts);
        });
        const mask = exists === undefined ? {} : { mask: exists };
        turn(b, numbers).forEach((v, l) => {
          b.store(axis.buffer, this.rowStarts(axis, x)[l]!, v, mask);
        });
      });
      return;
    }
    const start = this.offsets(axis);
    this.each(axis, (p) => {
      for (let part = 0; part < axis.parts; part++) {
        const at = this.place(axis, start, p, part);
        const v = value(p, part);
        if (this.lanes === 1) b.store(axis.buffer, at, v);
        else b.scatter(axis.buffer, at, v);
      }
    });
  }

  private each({ length }: Axis, body: (p: ValueId) => void): void {
    const { builder: b } = this.context;
    b.loop('point', b.index(0), b.index(length), 1, [], (p) => {
      body(p);
      return [];
    });
  }

  /** Squares of rows × numbers along a row; the last has a mask of the numbers that exist. */
  private tiles(axis: Axis, body: (x: ValueId, count: number, exists: ValueId | undefined) => void): void {
    const { builder: b } = this.context;
    const { lanes } = this;
    const extent = axis.length * axis.parts;
    const whole = Math.floor(extent / lanes) * lanes;
    b.loop('tile', b.index(0), b.index(whole), lanes, [], (x) => {
      body(x, lanes, undefined);
      return [];
    });
    if (whole === extent) return;
    const type = { element: 's32', lanes } as const;
    const exists = b.compare('lt', b.lanes(type), b.constant(type, extent - whole));
    b.loop('tile.tail', b.index(whole), b.index(extent), lanes, [], (x) => {
      body(x, extent - whole, exists);
      return [];
    });
  }

  private rowStarts(axis: Axis, x: ValueId): ValueId[] {
    const { builder: b } = this.context;
    const size = b.index(axis.length * axis.parts);
    return Array.from({ length: this.lanes }, (_, l) =>
      b.binary('add', b.binary('mul', b.binary('add', this.row, b.index(l)), size), x),
    );
  }

  /** Element that number x + k of a row belongs to; x is a multiple of the lanes, which are even. */
  private position({ parts }: Axis, x: ValueId, k: number): ValueId {
    const { builder: b } = this.context;
    if (parts === 1) return b.binary('add', x, b.index(k));
    const half = b.binary('div', x, b.index(2));
    return b.binary('add', half, b.index(Math.floor(k / 2)));
  }

  /** Offset of each lane's row, in elements. */
  private offsets({ length, inner }: Axis): ValueId {
    const { builder: b } = this.context;
    const type = { element: 's64', lanes: this.lanes } as const;
    const row = this.lanes === 1 ? this.row : b.binary('add', b.splat(this.row, this.lanes), b.lanes(type));
    const by = b.constant(type, inner);
    const outer = b.binary('mul', b.binary('div', row, by), b.constant(type, length * inner));
    return b.binary('add', outer, b.binary('rem', row, by));
  }

  private place({ inner, parts }: Axis, start: ValueId, p: ValueId, part: number): ValueId {
    const { builder: b } = this.context;
    const along = b.splat(b.binary('mul', p, b.index(inner)), this.lanes);
    const type = b.typeOf(start);
    const scaled = b.binary('mul', b.binary('add', start, along), b.constant(type, parts));
    return b.binary('add', scaled, b.constant(type, part));
  }
}
