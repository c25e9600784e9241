/** How far two tensors are apart, for tests of kernels against the interpreter. */
import { isComplex, isFloat, type Tensor } from '../../src/hlo/index.js';
import { reader } from '../../src/hlo/numeric/access.js';

/**
 * Largest difference relative to the largest magnitude (to `floor` at least: what cancels out is as exact as its
 * terms); NaN beside NaN and equal infinities count as equal.
 */
export function relativeError(got: Tensor, want: Tensor, floor = 1e-30): number {
  const { element } = want.type;
  if (got.data.length !== want.data.length) return Number.POSITIVE_INFINITY;
  const exact = !isFloat(element) && !isComplex(element);
  const read = isComplex(element) ? (d: Tensor['data'], k: number) => d[k]! : reader(element);
  let worst = 0;
  let scale = floor;
  for (let k = 0; k < want.data.length; k++) {
    const g = read(got.data, k);
    const w = read(want.data, k);
    if (g === w || (Number.isNaN(g) && Number.isNaN(w))) continue;
    if (exact || !Number.isFinite(g as number) || !Number.isFinite(w as number)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, Math.abs((g as number) - (w as number)));
  }
  for (let k = 0; k < want.data.length; k++) {
    const w = Math.abs(Number(read(want.data, k)));
    if (Number.isFinite(w)) scale = Math.max(scale, w);
  }
  return worst / scale;
}
