/** The Cholesky factor in double, column by column. */
import { Matrix } from './matrix.js';

/** The lower triangle L with a = L·Lᴴ; all NaN where a is not positive definite. Reads the lower triangle alone. */
export function cholesky(a: Matrix): Matrix {
  const n = a.rows;
  const l = Matrix.zeros(n, n, a);
  const { re, im } = l;
  for (let j = 0; j < n; j++) {
    const pivot = a.re[j * n + j]! - dotConjugate(l, j, j)[0];
    if (!(pivot > 0)) return l.map(n, n, (i, k, part) => (i < k || part === im ? 0 : Number.NaN));
    const root = Math.sqrt(pivot);
    re[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      const [x, y] = dotConjugate(l, i, j);
      re[i * n + j] = (a.re[i * n + j]! - x) / root;
      if (im) im[i * n + j] = (a.im![i * n + j]! - y) / root;
    }
  }
  return l;
}

/** Σ over k < j of l[i, k] · conj(l[j, k]) */
function dotConjugate({ re, im, columns: n }: Matrix, i: number, j: number): [re: number, im: number] {
  let x = 0;
  let y = 0;
  for (let k = 0; k < j; k++) {
    const [p, q] = [i * n + k, j * n + k];
    if (im) {
      x += re[p]! * re[q]! + im[p]! * im[q]!;
      y += im[p]! * re[q]! - re[p]! * im[q]!;
    } else x += re[p]! * re[q]!;
  }
  return [x, y];
}
