/** Shapes as samples make them: operands that give a wanted result. */
import { type Random, type TensorType, tensorType } from '../../src/rules/index.js';

export const like = (t: TensorType, dims: readonly number[]): TensorType =>
  // A scale for each index along a dimension belongs to that shape.
  t.quantization && t.quantization.axis === undefined ? { ...t, dims } : tensorType(t.element, dims);
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const size = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);

/** `dims` with more of them in between: where the old ones are, and where the new ones. */
export function insertDims(random: Random, dims: readonly number[], extra: readonly number[]) {
  const slots = random.shuffle([...dims.map(() => false), ...extra.map(() => true)]);
  const added: number[] = [];
  const kept: number[] = [];
  const out: number[] = [];
  let a = 0;
  let k = 0;
  slots.forEach((isNew, d) => {
    (isNew ? added : kept).push(d);
    out.push(isNew ? extra[a++]! : dims[k++]!);
  });
  return { dims: out, added, kept };
}

/** Sizes whose product is `n`. */
export function factors(random: Random, n: number): number[] {
  const out: number[] = [];
  let left = n;
  for (let f = 2; f <= left && left > 1; ) {
    if (left % f === 0) {
      out.push(f);
      left /= f;
    } else f++;
  }
  const dims = random.shuffle(out);
  // Some factors merge, some units join.
  for (let i = dims.length - 1; i > 0; i--) if (random.chance(0.4)) dims.splice(i - 1, 2, dims[i - 1]! * dims[i]!);
  for (let u = random.int(0, 2); u > 0; u--) dims.splice(random.int(0, dims.length), 0, 1);
  return n === 0 ? [0] : dims;
}
