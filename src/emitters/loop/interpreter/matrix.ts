/** What matrix instructions give: `mma` of loop/ir.ts, for the threads of a warp. */
import { codec } from '../../../hlo/numeric/access.js';
import type { MmaElement } from '../ir.js';

/** What a thread hands in. */
export interface Fragments {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly c: readonly number[];
}

const ROWS = 16;
const COLUMNS = 8;

/** By thread: its part of c + a·b. Products are exact, and sums of floats rounded once. */
export function multiplyTiles(element: MmaElement, warp: readonly Fragments[]): number[][] {
  const bits = element === 's8' ? 8 : 16;
  const each = 32 / bits;
  const decode = decoder(element);
  const partOf = (word: number, k: number) => decode((word >>> (k * bits)) & (2 ** bits - 1));
  /** Word w of the depth: its first four words are in the first half of a fragment. */
  const a = (row: number, w: number) => {
    const half = (w >= 4 ? 2 : 0) + (row >= 8 ? 1 : 0);
    return warp[(row % 8) * 4 + (w % 4)]!.a[half]!;
  };
  const b = (column: number, w: number) => warp[column * 4 + (w % 4)]!.b[w >= 4 ? 1 : 0]!;
  const results = warp.map((f) => [...f.c]);
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const thread = (row % 8) * 4 + Math.floor(column / 2);
      const place = (row >= 8 ? 2 : 0) + (column % 2);
      let sum = results[thread]![place]!;
      for (let w = 0; w < 8; w++) {
        const [x, y] = [a(row, w), b(column, w)];
        for (let k = 0; k < each; k++) sum += partOf(x, k) * partOf(y, k);
      }
      results[thread]![place] = element === 's8' ? sum | 0 : Math.fround(sum);
    }
  }
  return results;
}

function decoder(element: MmaElement): (pattern: number) => number {
  if (element === 's8') return (x) => (x << 24) >> 24;
  const { table } = codec(element);
  return (x) => table![x]!;
}
