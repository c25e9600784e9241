/**
 * Merge sort by any comparator, stable: runs of growing length are merged, the right one's element first only where it
 * is less. It compares what the graph interpreter compares, so even a comparator that is no order gives its result.
 */
import type { ValueId } from '../../loop/ir.js';
import type { TaskMemory } from '../kernel-context.js';
import type { SortRows } from './rows.js';

/** Does the element at the first index come before the one at the second? Of one row. */
export type Less = (row: ValueId, i: ValueId, j: ValueId) => ValueId;
export type StoreOrder = (row: ValueId, place: ValueId, index: ValueId) => void;

export function mergeSort(rows: SortRows, less: Less, store: StoreOrder): void {
  const { builder: b } = rows.context;
  const n = rows.length;
  const [{ buffer, base }] = rows.context.own(2 * n, 's32') as [TaskMemory];
  const other = b.binary('add', base, b.index(n));
  const [lo, hi] = rows.range();
  b.loop('row', lo, hi, 1, [], (row) => {
    b.loop('i', b.index(0), b.index(n), 1, [], (i) => {
      b.store(buffer, b.binary('add', base, i), b.convert(i, 's32'));
      return [];
    });
    const levels = n > 1 ? Math.ceil(Math.log2(n)) : 0;
    const [, from] = b.loop(
      'level',
      b.index(0),
      b.index(levels),
      1,
      [b.index(1), base, other],
      (_, [width, source, target]) => {
        mergeRuns(rows, { buffer, width: width!, source: source!, target: target! }, (i, j) => less(row, i, j));
        return [b.binary('add', width!, width!), target!, source!];
      },
    ) as [ValueId, ValueId, ValueId];
    b.loop('place', b.index(0), b.index(rows.stored), 1, [], (place) => {
      store(row, place, b.convert(b.load(buffer, b.binary('add', from, place)), 's64'));
      return [];
    });
    return [];
  });
}

interface Level {
  readonly buffer: number;
  readonly width: ValueId;
  readonly source: ValueId;
  readonly target: ValueId;
}

/** Neighbouring runs of `width` become runs of twice that. */
function mergeRuns(rows: SortRows, l: Level, less: (i: ValueId, j: ValueId) => ValueId): void {
  const { builder: b } = rows.context;
  const n = b.index(rows.length);
  const last = b.index(rows.length - 1);
  const pair = b.binary('add', l.width, l.width);
  const pairs = b.binary('div', b.binary('add', b.binary('sub', pair, b.index(1)), n), pair);
  b.loop('pair', b.index(0), pairs, 1, [], (p) => {
    const start = b.binary('mul', p, pair);
    const middle = b.binary('min', b.binary('add', start, l.width), n);
    const end = b.binary('min', b.binary('add', start, pair), n);
    b.loop('place', start, end, 1, [start, middle], (place, [i, j]) => {
      const head = (k: ValueId) => b.load(l.buffer, b.binary('add', l.source, b.binary('min', k, last)));
      const [left, right] = [head(i!), head(j!)];
      const before = less(b.convert(right, 's64'), b.convert(left, 's64'));
      const mayRight = b.binary('and', b.compare('lt', j!, end), before);
      const takeRight = b.binary('or', b.compare('ge', i!, middle), mayRight);
      b.store(l.buffer, b.binary('add', l.target, place), b.select(takeRight, right, left));
      const step = b.convert(takeRight, 's64');
      return [b.binary('add', i!, b.binary('sub', b.index(1), step)), b.binary('add', j!, step)];
    });
    return [];
  });
}
