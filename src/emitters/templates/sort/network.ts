/**
 * Sorting networks: as many rows at a time as a vector has lanes, one row a lane.
 *
 * Comparisons and exchanges do not depend on the data, so lanes never part: a minimum and a maximum of two vectors
 * order one pair in every row. A key and its place in the row are one word; no two words are equal, which makes the
 * order stable. Bitonic merges (Batcher 1968) of sorted runs; several steps of one are done in registers on each
 * visit of memory.
 */
import type { Value } from '../../../hlo/index.js';
import type { SortKey } from '../../../rules/index.js';
import type { KernelBuilder } from '../../loop/builder.js';
import type { ValueId } from '../../loop/ir.js';
import { turn } from '../map-tiled.js';
import { keyOf } from './key.js';
import type { SortRows } from './rows.js';

/** Places of a network: the next power of two. What is past the row's end sorts behind everything. */
export const networkSize = (length: number): number => 2 ** Math.ceil(Math.log2(Math.max(2, length)));

export function networkSort(
  rows: SortRows,
  key: SortKey,
  operand: Value,
  sources: Parameters<SortRows['store']>[0],
): void {
  const { builder: b } = rows.context;
  const { lanes, registers } = rows.plan;
  const size = networkSize(rows.length);
  const buffer = rows.context.local('words', 'u64', size * lanes);
  const [lo, hi] = rows.range();
  b.loop('rows', lo, hi, lanes, [], (first) => {
    // The last rows may be done twice rather than in part.
    const row = b.binary('min', first, b.index(rows.rows - lanes));
    const words = new Words(rows, key, operand, buffer, row);
    words.load(size);
    sortWords(b, { buffer, lanes, size, registers: Math.min(registers, size) });
    words.store(sources);
    return [];
  });
}

/** A block of rows on its way into the network's memory, and out of it. */
class Words {
  private readonly b: KernelBuilder;
  private readonly lanes: number;

  constructor(
    private readonly rows: SortRows,
    private readonly key: SortKey,
    private readonly operand: Value,
    private readonly buffer: number,
    private readonly row: ValueId,
  ) {
    this.b = rows.context.builder;
    this.lanes = rows.plan.lanes;
  }

  private at(place: ValueId): ValueId {
    return this.b.binary('mul', place, this.b.index(this.lanes));
  }

  /** Key above, place in the row below. */
  private word(value: ValueId, place: ValueId): ValueId {
    const { b, lanes } = this;
    const wide = b.splat(b.convert(keyOf(b, this.key, value), 'u64'), lanes);
    const high = b.binary('shl', wide, b.constant({ element: 'u64', lanes }, 32));
    return b.binary('or', high, b.splat(b.convert(place, 'u64'), lanes));
  }

  load(size: number): void {
    const { b, lanes, rows } = this;
    const n = rows.length;
    if (rows.contiguous) this.tiles(n, (x, exists, count) => this.loadTile(x, exists, count));
    else {
      b.loop('place', b.index(0), b.index(n), 1, [], (place) => {
        const [value] = rows.value(this.operand, { value: this.row, lanes }, { value: place, lanes: 1 });
        b.store(this.buffer, this.at(place), this.word(b.splat(value!, lanes), place));
        return [];
      });
    }
    const behind = b.constant({ element: 'u64', lanes }, 0xffffffffffffffffn);
    b.loop('pad', b.index(n), b.index(size), 1, [], (place) => {
      b.store(this.buffer, this.at(place), behind);
      return [];
    });
  }

  /** Runs `body` for squares of places × rows up to place n, the last with a mask of the places that exist. */
  private tiles(n: number, body: (x: ValueId, exists: ValueId | undefined, count: number) => void): void {
    const { b, lanes } = this;
    const whole = Math.floor(n / lanes) * lanes;
    b.loop('places', b.index(0), b.index(whole), lanes, [], (x) => {
      body(x, undefined, lanes);
      return [];
    });
    if (whole === n) return;
    const type = { element: 's32', lanes } as const;
    const exists = b.compare('lt', b.lanes(type), b.constant(type, n - whole));
    b.loop('places.tail', b.index(whole), b.index(n), lanes, [], (x) => {
      body(x, exists, n - whole);
      return [];
    });
  }

  private loadTile(x: ValueId, exists: ValueId | undefined, count: number): void {
    const { b, lanes, rows } = this;
    const type = { element: 's64', lanes } as const;
    const places = b.binary('add', b.splat(x, lanes), b.lanes(type));
    const words = Array.from({ length: lanes }, (_, l) => {
      const row = { value: b.binary('add', this.row, b.index(l)), lanes: 1 };
      const [value] = rows.value(this.operand, row, { value: x, lanes }, exists);
      return this.word(b.splat(value!, lanes), places);
    });
    turn(b, words)
      .slice(0, count)
      .forEach((w, k) => {
        b.store(this.buffer, this.at(b.binary('add', x, b.index(k))), w);
      });
  }

  store(sources: Parameters<SortRows['store']>[0]): void {
    const { b, lanes, rows } = this;
    if (!rows.contiguous) {
      b.loop('place', b.index(0), b.index(rows.stored), 1, [], (place) => {
        const order = this.order(b.load(this.buffer, this.at(place), lanes));
        rows.store(sources, order, { value: this.row, lanes }, { value: place, lanes: 1 });
        return [];
      });
      return;
    }
    this.tiles(rows.stored, (x, exists, count) => {
      const loaded = Array.from({ length: lanes }, (_, k) =>
        b.load(this.buffer, this.at(b.binary('add', x, b.index(Math.min(k, count - 1)))), lanes),
      );
      turn(b, loaded).forEach((w, l) => {
        const row = { value: b.binary('add', this.row, b.index(l)), lanes: 1 };
        rows.store(sources, this.order(w), row, { value: x, lanes }, exists);
      });
    });
  }

  private order(word: ValueId): ValueId {
    const { b, lanes } = this;
    return b.convert(b.binary('and', word, b.constant({ element: 'u64', lanes }, 0xffffffff)), 's32');
  }
}

interface Net {
  readonly buffer: number;
  readonly lanes: number;
  readonly size: number;
  readonly registers: number;
}

type Vectors = ValueId[];

function exchange(b: KernelBuilder, v: Vectors, low: number, high: number): void {
  const [x, y] = [v[low]!, v[high]!];
  v[low] = b.binary('min', x, y);
  v[high] = b.binary('max', x, y);
}

/** Puts the words of every lane in order. */
function sortWords(b: KernelBuilder, net: Net): void {
  const { size, registers, lanes } = net;
  const units = (places: number) => b.index(places * lanes);
  b.loop('run', b.index(0), units(size), registers * lanes, [], (base) => {
    inRegisters(
      b,
      net,
      Array.from({ length: registers }, (_, q) => b.binary('add', base, units(q))),
      (v) => {
        for (let run = 2; run <= registers; run *= 2) merge(b, v, run);
      },
    );
    return [];
  });
  const most = Math.log2(registers);
  for (let run = 2 * registers; run <= size; run *= 2) {
    let left = Math.log2(run);
    let visits = Math.ceil(left / most);
    for (let distance = run; left > 0; visits--) {
      const steps = Math.ceil(left / visits);
      visit(b, net, distance, steps, distance === run);
      distance /= 2 ** steps;
      left -= steps;
    }
  }
}

/** Merges neighbouring sorted runs into runs of `run`, all in registers. */
function merge(b: KernelBuilder, v: Vectors, run: number): void {
  for (let base = 0; base < v.length; base += run) {
    for (let i = 0; i < run / 2; i++) exchange(b, v, base + i, base + run - 1 - i);
  }
  halve(b, v, run / 4);
}

/** Compares at `distance`, then at half of it, down to neighbours. */
function halve(b: KernelBuilder, v: Vectors, distance: number): void {
  for (let d = distance; d >= 1; d /= 2) {
    for (let q = 0; q < v.length; q++) if ((q & d) === 0) exchange(b, v, q, q + d);
  }
}

/**
 * `steps` steps of the merge of blocks of `block` places, done on 2^steps vectors at a time. The first step of a merge
 * (`mirrored`) compares places at equal distance from the block's ends, so there vectors of its upper half are met in
 * the opposite direction.
 */
function visit(b: KernelBuilder, net: Net, block: number, steps: number, mirrored: boolean): void {
  const { size, lanes } = net;
  const count = 2 ** steps;
  const gap = block / count;
  const units = (places: number) => b.index(places * lanes);
  const body = (base: ValueId, i: ValueId): void => {
    const up = b.binary('add', base, i);
    const down = b.binary('sub', b.binary('add', base, units(gap - 1)), i);
    const places = Array.from({ length: count }, (_, q) =>
      b.binary('add', mirrored && q >= count / 2 ? down : up, units(q * gap)),
    );
    inRegisters(b, net, places, (v) => {
      if (!mirrored) halve(b, v, count / 2);
      else {
        for (let q = 0; q < count / 2; q++) exchange(b, v, q, count - 1 - q);
        halve(b, v, count / 4);
      }
    });
  };
  b.loop('block', b.index(0), units(size), block * lanes, [], (base) => {
    b.loop('i', b.index(0), units(gap), lanes, [], (i) => {
      body(base, i);
      return [];
    });
    return [];
  });
}

function inRegisters(b: KernelBuilder, net: Net, places: readonly ValueId[], work: (v: Vectors) => void): void {
  const v = places.map((p) => b.load(net.buffer, p, net.lanes));
  work(v);
  v.forEach((x, q) => {
    b.store(net.buffer, places[q]!, x);
  });
}
