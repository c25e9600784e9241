/** Copies between strided views of typed arrays: what every op that only moves elements comes down to. */
import { partsOf, type TypedArray } from './tensor.js';
import type { ElementType } from './types.js';

/** Elements `offset + Σ index[d]·strides[d]` of an array; strides may be 0 (broadcast) or negative (reverse). */
export interface View {
  readonly data: TypedArray;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** `to[i] = from[i]` for every index i within `dims`. Offsets and strides count elements, not numbers. */
export function copyStrided(element: ElementType, dims: readonly number[], to: View, from: View): void {
  const parts = partsOf(element);
  const loops: Loop[] = [];
  dims.forEach((n, d) => {
    loops.push({ n, to: to.strides[d]! * parts, from: from.strides[d]! * parts });
  });
  if (parts === 2) loops.push({ n: 2, to: 1, from: 1 });
  if (dims.includes(0)) return;
  const nest = collapse(loops);
  const inner = nest.pop() ?? { n: 1, to: 1, from: 1 };
  const copy = rowCopy(to.data, from.data, inner);
  const index = new Array<number>(nest.length).fill(0);
  let t = to.offset * parts;
  let f = from.offset * parts;
  for (;;) {
    copy(t, f);
    let d = nest.length - 1;
    for (; d >= 0; d--) {
      const loop = nest[d]!;
      t += loop.to;
      f += loop.from;
      if (++index[d]! < loop.n) break;
      index[d] = 0;
      t -= loop.to * loop.n;
      f -= loop.from * loop.n;
    }
    if (d < 0) return;
  }
}

interface Loop {
  readonly n: number;
  readonly to: number;
  readonly from: number;
}

/** Neighbouring loops that step through both arrays as one loop would become one. */
function collapse(loops: readonly Loop[]): Loop[] {
  const out: Loop[] = [];
  for (const loop of loops) {
    if (loop.n === 1) continue;
    const last = out[out.length - 1];
    if (last && last.to === loop.to * loop.n && last.from === loop.from * loop.n) {
      out[out.length - 1] = { n: last.n * loop.n, to: loop.to, from: loop.from };
    } else out.push(loop);
  }
  return out;
}

const SHORT = 16;

function rowCopy(dst: TypedArray, src: TypedArray, row: Loop): (t: number, f: number) => void {
  const { n, to, from } = row;
  const out = dst as Float64Array;
  const values = src as Float64Array;
  if (n >= SHORT && to === 1 && from === 1) return (t, f) => out.set(values.subarray(f, f + n), t);
  if (n >= SHORT && to === 1 && from === 0) return (t, f) => void out.fill(values[f]!, t, t + n);
  return (t, f) => {
    for (let k = 0; k < n; k++) out[t + k * to] = values[f + k * from]!;
  };
}
