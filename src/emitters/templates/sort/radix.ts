/** Radix sort by the key's bytes, the least significant first: each pass is stable, so the whole is. */
import type { ValueId } from '../../loop/ir.js';
import type { TaskMemory } from '../kernel-context.js';
import type { StoreOrder } from './merge.js';
import type { SortRows } from './rows.js';

const DIGIT = 256;

/** Keys of up to 32 bits travel with their index in one word; longer ones beside it. */
export function radixSort(
  rows: SortRows,
  bits: number,
  keyAt: (row: ValueId, i: ValueId) => ValueId,
  store: StoreOrder,
): void {
  const { builder: b } = rows.context;
  const n = rows.length;
  const digits = bits / 8;
  const packed = bits <= 32;
  const [keys, indices] = rows.context.own(2 * n, 'u64', ...(packed ? [] : (['u32'] as const))) as [
    TaskMemory,
    TaskMemory?,
  ];
  const counts = rows.context.local('counts', 's32', digits * DIGIT);
  const word = (x: number) => b.constant({ element: 'u64', lanes: 1 }, x);
  const first = b.index(0);
  const shiftOf = (digit: ValueId) => {
    const shift = b.binary('mul', digit, b.index(8));
    return b.convert(packed ? b.binary('add', shift, b.index(32)) : shift, 'u64');
  };
  /** The place in `counts` of a key's digit. */
  const placeOf = (key: ValueId, digit: ValueId) => {
    const d = b.binary('and', b.binary('shrl', key, shiftOf(digit)), word(DIGIT - 1));
    return b.binary('add', b.binary('mul', digit, b.index(DIGIT)), b.convert(d, 's64'));
  };
  const one = b.constant({ element: 's32', lanes: 1 }, 1);
  const [lo, hi] = rows.range();
  b.loop('row', lo, hi, 1, [], (row) => {
    b.loop('d', first, b.index(digits * DIGIT), 1, [], (d) => {
      b.store(counts, d, b.constant({ element: 's32', lanes: 1 }, 0));
      return [];
    });
    b.loop('i', first, b.index(n), 1, [], (i) => {
      const key = b.convert(keyAt(row, i), 'u64');
      const whole = packed ? b.binary('or', b.binary('shl', key, word(32)), b.convert(i, 'u64')) : key;
      b.store(keys.buffer, b.binary('add', keys.base, i), whole);
      if (indices) b.store(indices.buffer, b.binary('add', indices.base, i), b.convert(i, 'u32'));
      for (let d = 0; d < digits; d++) {
        const at = placeOf(whole, b.index(d));
        b.store(counts, at, b.binary('add', b.load(counts, at), one));
      }
      return [];
    });
    const [from] = b.loop('digit', first, b.index(digits), 1, [first, b.index(n)], (digit, [source, target]) => {
      const zero = b.constant({ element: 's32', lanes: 1 }, 0);
      const start = b.binary('mul', digit, b.index(DIGIT));
      // All elements have the same digit where the first one's count is n: there is nothing to do.
      const head = b.load(keys.buffer, b.binary('add', keys.base, source!));
      const alike = b.compare('eq', b.load(counts, placeOf(head, digit)), b.constant({ element: 's32', lanes: 1 }, n));
      const trips = b.select(alike, b.index(0), b.index(1));
      return b.loop('pass', first, trips, 1, [source!, target!], (_, [s, t]) => {
        b.loop('d', start, b.binary('add', start, b.index(DIGIT)), 1, [zero], (d, [sum]) => {
          const count = b.load(counts, d);
          b.store(counts, d, sum!);
          return [b.binary('add', sum!, count)];
        });
        b.loop('i', first, b.index(n), 1, [], (i) => {
          const key = b.load(keys.buffer, b.binary('add', b.binary('add', keys.base, s!), i));
          const at = placeOf(key, digit);
          const to = b.load(counts, at);
          const place = b.binary('add', t!, b.convert(to, 's64'));
          b.store(keys.buffer, b.binary('add', keys.base, place), key);
          if (indices) {
            const index = b.load(indices.buffer, b.binary('add', b.binary('add', indices.base, s!), i));
            b.store(indices.buffer, b.binary('add', indices.base, place), index);
          }
          b.store(counts, at, b.binary('add', to, one));
          return [];
        });
        return [t!, s!];
      });
    }) as [ValueId, ValueId];
    b.loop('place', first, b.index(rows.stored), 1, [], (place) => {
      const { buffer, base } = indices ?? keys;
      const whole = b.load(buffer, b.binary('add', b.binary('add', base, from), place));
      const index = indices ? whole : b.binary('and', whole, word(0xffffffff));
      store(row, place, b.convert(index, 's64'));
      return [];
    });
    return [];
  });
}
