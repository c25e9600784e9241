/**
 * Sorting by blocks of threads: a block has a row, whose words lie in shared memory. A key and its place in the row are
 * one word; no two words are equal, which makes the order stable. Bitonic sort (Batcher 1968): every step compares
 * pairs that no two threads share, and a barrier ends it.
 */
import type { Value } from '../../../hlo/index.js';
import type { SortKey } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import { keyOf } from './key.js';
import type { StoreOrder } from './merge.js';
import { networkSize } from './network.js';
import type { SortRows } from './rows.js';

const U64 = { element: 'u64', lanes: 1 } as const;

export function sortInShared(rows: SortRows, key: SortKey, operand: Value, store: StoreOrder): void {
  const { builder: b } = rows.context;
  const row = b.task;
  const size = networkSize(rows.length);
  const words = b.buffer('words', 'u64', size, 'readwrite', 'shared');
  each(rows, rows.length, (place) => {
    const [value] = rows.pick(operand, row, place);
    const high = b.binary('shl', b.convert(keyOf(b, key, value!), 'u64'), b.constant(U64, 32));
    b.store(words, place, b.binary('or', high, b.convert(place, 'u64')));
  });
  each(rows, size - rows.length, (k) => {
    b.store(words, b.binary('add', k, b.index(rows.length)), b.constant(U64, 0xffffffffffffffffn));
  });
  for (let run = 2; run <= size; run *= 2) {
    for (let distance = run / 2; distance >= 1; distance /= 2) {
      b.barrier();
      each(rows, size / 2, (pair) => exchange(rows, words, pair, run, distance));
    }
  }
  b.barrier();
  each(rows, rows.stored, (place) => {
    const from = b.binary('and', b.load(words, place), b.constant(U64, 0xffffffff));
    store(row, place, b.convert(from, 's64'));
  });
}

/** Shares 0 … count − 1 out to the threads of the block. */
function each(rows: SortRows, count: number, body: (k: ValueId) => void): void {
  const { builder: b } = rows.context;
  b.loop('element', b.thread, b.index(count), b.threads!, [], (k) => {
    body(k);
    return [];
  });
}

/** Orders a pair of words, upwards or downwards by the run that they lie in. */
function exchange(rows: SortRows, words: number, pair: ValueId, run: number, distance: number): void {
  const { builder: b } = rows.context;
  const below = b.binary('and', pair, b.index(distance - 1));
  const first = b.binary('add', b.binary('mul', b.binary('sub', pair, below), b.index(2)), below);
  const second = b.binary('add', first, b.index(distance));
  const [x, y] = [b.load(words, first), b.load(words, second)];
  const downwards = b.compare('ne', b.binary('and', first, b.index(run)), b.index(0));
  const swap = b.binary('xor', b.compare('gt', x, y), downwards);
  b.store(words, first, b.select(swap, y, x));
  b.store(words, second, b.select(swap, x, y));
}
