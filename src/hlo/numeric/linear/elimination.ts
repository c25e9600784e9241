/** Triangular factors and systems: Cholesky, LU with partial pivoting, triangular and tridiagonal solutions. */
import { type Complex, conjugate, divide, multiply, subtract } from '../complex.js';
import { isZero, type Matrix } from './matrix.js';

/** What went wrong, as LAPACK counts: 0, or one more than the place of the pivot that is not positive (or is zero). */
type Info = number;

/**
 * The triangle `lower` (or not) of a becomes L with A = L·Lᴴ (or U with A = Uᴴ·U); the rest stays. Where a pivot is not
 * positive, the columns from there on stay as they were left.
 */
export function cholesky(given: Matrix, lower: boolean): { a: Matrix; info: Info } {
  const a = given.copy();
  // Both triangles are computed as the lower one.
  const at = (i: number, j: number): Complex => (lower ? a.get(i, j) : conjugate(a.get(j, i)));
  const put = (i: number, j: number, x: Complex) => (lower ? a.set(i, j, x) : a.set(j, i, conjugate(x)));
  for (let j = 0; j < a.rows; j++) {
    let [pivot] = at(j, j);
    for (let k = 0; k < j; k++) pivot -= at(j, k)[0] ** 2 + at(j, k)[1] ** 2;
    if (!(pivot > 0)) {
      put(j, j, [pivot, 0]);
      return { a, info: j + 1 };
    }
    const root = Math.sqrt(pivot);
    put(j, j, [root, 0]);
    for (let i = j + 1; i < a.rows; i++) {
      let x = at(i, j);
      for (let k = 0; k < j; k++) x = subtract(x, multiply(at(i, k), conjugate(at(j, k))));
      put(i, j, [x[0] / root, x[1] / root]);
    }
  }
  return { a, info: 0 };
}

/** LAPACK's measure of a pivot. */
const size = ([re, im]: Complex): number => Math.abs(re) + Math.abs(im);

/** A = P·L·U, L and U in one matrix. Row k was exchanged with row pivots[k], counted from 1. */
export function lu(given: Matrix): { a: Matrix; pivots: number[]; info: Info } {
  const a = given.copy();
  let info = 0;
  const pivots = Array.from({ length: Math.min(a.rows, a.columns) }, (_, k) => {
    let pivot = k;
    for (let i = k + 1; i < a.rows; i++) if (size(a.get(i, k)) > size(a.get(pivot, k))) pivot = i;
    if (isZero(a.get(pivot, k))) info ||= k + 1;
    else {
      a.swapRows(k, pivot);
      for (let i = k + 1; i < a.rows; i++) {
        const factor = divide(a.get(i, k), a.get(k, k));
        a.set(i, k, factor);
        for (let j = k + 1; j < a.columns; j++) a.set(i, j, subtract(a.get(i, j), multiply(factor, a.get(k, j))));
      }
    }
    return pivot + 1;
  });
  return { a, pivots, info };
}

export interface Triangle {
  readonly left: boolean;
  readonly lower: boolean;
  readonly unitDiagonal: boolean;
  /** What is solved with: the matrix, its transpose, or its adjoint. */
  readonly as: 'N' | 'T' | 'C';
}

/** x with op(a)·x = b, or x·op(a) = b. */
export function solveTriangular(a: Matrix, b: Matrix, t: Triangle): Matrix {
  const turned = t.as !== 'N';
  const op = t.as === 'C' ? a.adjoint() : turned ? a.transposed() : a;
  const lower = t.lower !== turned;
  if (t.left) return substitute(op, b, lower, t.unitDiagonal);
  return substitute(op.transposed(), b.transposed(), !lower, t.unitDiagonal).transposed();
}

function substitute(a: Matrix, b: Matrix, lower: boolean, unitDiagonal: boolean): Matrix {
  const n = a.rows;
  const x = b.copy();
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    for (let j = 0; j < b.columns; j++) {
      let sum = x.get(i, j);
      for (let k = lower ? 0 : i + 1; k < (lower ? i : n); k++) {
        sum = subtract(sum, multiply(a.get(i, k), x.get(k, j)));
      }
      x.set(i, j, unitDiagonal ? sum : divide(sum, a.get(i, i)));
    }
  }
  return x;
}

/**
 * x with T·x = b, T tridiagonal, by elimination with partial pivoting (gtsv). The diagonals are overwritten: the
 * factor's diagonal, its first and its second diagonal above (the latter in `lower`, whose first element stays).
 */
export function solveTridiagonal(lower: Complex[], diagonal: Complex[], upper: Complex[], x: Matrix): { info: Info } {
  const n = diagonal.length;
  const second = new Array<Complex>(n).fill([0, 0]);
  const row = (i: number, j: number, factor: Complex) => {
    for (let c = 0; c < x.columns; c++) x.set(i, c, subtract(x.get(i, c), multiply(factor, x.get(j, c))));
  };
  for (let k = 0; k + 1 < n; k++) {
    const below = lower[k + 1]!;
    if (size(diagonal[k]!) >= size(below)) {
      if (isZero(diagonal[k]!)) return { info: k + 1 };
      const factor = divide(below, diagonal[k]!);
      diagonal[k + 1] = subtract(diagonal[k + 1]!, multiply(factor, upper[k]!));
      row(k + 1, k, factor);
      lower[k + 1] = [0, 0];
    } else {
      const factor = divide(diagonal[k]!, below);
      diagonal[k] = below;
      const next = diagonal[k + 1]!;
      diagonal[k + 1] = subtract(upper[k]!, multiply(factor, next));
      if (k + 2 < n) {
        second[k] = upper[k + 1]!;
        upper[k + 1] = multiply([-factor[0], -factor[1]], upper[k + 1]!);
      }
      upper[k] = next;
      x.swapRows(k, k + 1);
      row(k + 1, k, factor);
      lower[k + 1] = second[k]!;
    }
  }
  if (n > 0 && isZero(diagonal[n - 1]!)) return { info: n };
  for (let k = n - 1; k >= 0; k--) {
    for (let c = 0; c < x.columns; c++) {
      let sum = x.get(k, c);
      if (k + 1 < n) sum = subtract(sum, multiply(upper[k]!, x.get(k + 1, c)));
      if (k + 2 < n) sum = subtract(sum, multiply(second[k]!, x.get(k + 2, c)));
      x.set(k, c, divide(sum, diagonal[k]!));
    }
  }
  return { info: 0 };
}
