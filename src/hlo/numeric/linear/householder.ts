/**
 * Reflections H = 1 − τ·v·vᴴ and the factorizations made of them, with the signs and the storage of LAPACK's unblocked
 * routines (larfg, geqr2, geqp3, org2r, orm2r, gehd2, sytd2), so that results agree with LAPACK's but for rounding.
 */
import { type Complex, conjugate, divide, multiply, subtract } from '../complex.js';
import { inner, isZero, Matrix, norm, ONE, subtractMultiple, ZERO } from './matrix.js';

/** H·(alpha, x) = (beta, 0), beta real; v = (1, `tail`). */
export interface Reflection {
  readonly beta: number;
  readonly tau: Complex;
  readonly tail: readonly Complex[];
}

export function reflection(alpha: Complex, x: readonly Complex[]): Reflection {
  const size = norm(x);
  const [re, im] = alpha;
  if (size === 0 && im === 0) return { beta: re, tau: ZERO, tail: x };
  const beta = -Math.hypot(re, im, size) * (re < 0 || Object.is(re, -0) ? -1 : 1);
  const scale = divide(ONE, subtract(alpha, [beta, 0]));
  return { beta, tau: [(beta - re) / beta, -im / beta], tail: x.map((v) => multiply(v, scale)) };
}

/** m = (1 − τ·v·vᴴ)·m, v reaching over rows `from` … and columns `first` … `last` − 1 of m. */
export function reflectRows(
  m: Matrix,
  tau: Complex,
  v: readonly Complex[],
  from: number,
  first: number,
  last: number,
): void {
  if (isZero(tau)) return;
  for (let j = first; j < last; j++) {
    const x = v.map((_, i) => m.get(from + i, j));
    subtractMultiple(x, multiply(tau, inner(v, x)), v);
    x.forEach((value, i) => {
      m.set(from + i, j, value);
    });
  }
}

/** m = m·(1 − τ·v·vᴴ), v reaching over columns `from` … and rows `first` … `last` − 1 of m. */
export function reflectColumns(
  m: Matrix,
  tau: Complex,
  v: readonly Complex[],
  from: number,
  first: number,
  last: number,
): void {
  if (isZero(tau)) return;
  const conjugates = v.map(conjugate);
  for (let i = first; i < last; i++) {
    const x = v.map((_, j) => m.get(i, from + j));
    subtractMultiple(x, multiply(tau, inner(conjugates, x)), conjugates);
    x.forEach((value, j) => {
      m.set(i, from + j, value);
    });
  }
}

const below = (a: Matrix, i: number, j: number, end = a.rows): Complex[] =>
  Array.from({ length: Math.max(0, end - i) }, (_, k) => a.get(i + k, j));

function storeBelow(a: Matrix, i: number, j: number, x: readonly Complex[]): void {
  x.forEach((v, k) => {
    a.set(i + k, j, v);
  });
}

/** Step k of a QR factorization, in place; gives τ. */
function eliminate(a: Matrix, k: number): Complex {
  const { beta, tau, tail } = reflection(a.get(k, k), below(a, k + 1, k));
  a.set(k, k, [beta, 0]);
  storeBelow(a, k + 1, k, tail);
  reflectRows(a, conjugate(tau), [ONE, ...tail], k, k + 1, a.columns);
  return tau;
}

/** R on and above the diagonal, the reflections' tails below: A = H₁ ⋯ Hₖ·R. */
export function qr(given: Matrix): { a: Matrix; taus: Complex[] } {
  const a = given.copy();
  return { a, taus: Array.from({ length: Math.min(a.rows, a.columns) }, (_, k) => eliminate(a, k)) };
}

/**
 * A·P = Q·R: of the columns left, the longest comes next. `given`: not 0 for columns that come first, unmoved otherwise.
 * The permutation counts from 1.
 */
export function pivotedQr(start: Matrix, given: readonly number[]): { a: Matrix; taus: Complex[]; order: number[] } {
  const order = given.map((_, j) => j + 1);
  const columns = given.map((_, j) => start.column(j));
  const swap = (p: number, q: number) => {
    for (const list of [order, columns] as unknown[][]) [list[p], list[q]] = [list[q], list[p]];
  };
  let fixed = 0;
  given.forEach((g, j) => {
    if (g !== 0) swap(j, fixed++);
  });
  const a = Matrix.of(start.rows, start.columns, (i, j) => columns[j]![i]!);
  const taus = Array.from({ length: Math.min(a.rows, a.columns) }, (_, k) => {
    if (k >= fixed) {
      let longest = k;
      const lengths = order.map((_, j) => norm(below(a, k, j)));
      for (let j = k + 1; j < a.columns; j++) if (lengths[j]! > lengths[longest]!) longest = j;
      for (let i = 0; i < a.rows; i++) {
        const x = a.get(i, k);
        a.set(i, k, a.get(i, longest));
        a.set(i, longest, x);
      }
      [order[k], order[longest]] = [order[longest]!, order[k]!];
    }
    return eliminate(a, k);
  });
  return { a, taus, order };
}

/** The vector of reflection k as `qr` stores it. */
const vectorOf = (a: Matrix, k: number): Complex[] => [ONE, ...below(a, k + 1, k)];

/** The first columns of Q = H₁ ⋯ Hₖ. */
export function formQ(a: Matrix, taus: readonly Complex[]): Matrix {
  const q = Matrix.identity(a.rows, a.columns);
  for (let k = taus.length - 1; k >= 0; k--) reflectRows(q, taus[k]!, vectorOf(a, k), k, 0, a.columns);
  return q;
}

/** Q·c or c·Q; `adjoint`: Qᴴ in place of Q. */
export function multiplyQ(a: Matrix, taus: readonly Complex[], c: Matrix, left: boolean, adjoint: boolean): Matrix {
  const out = c.copy();
  const order = taus.map((_, k) => k);
  if (left !== adjoint) order.reverse();
  for (const k of order) {
    const tau = adjoint ? conjugate(taus[k]!) : taus[k]!;
    if (left) reflectRows(out, tau, vectorOf(a, k), k, 0, c.columns);
    else reflectColumns(out, tau, vectorOf(a, k), k, 0, c.rows);
  }
  return out;
}

/** Qᴴ·A·Q in Hessenberg form, reflections in rows and columns `low` … `high` (from 1) alone; tails below the subdiagonal. */
export function hessenberg(given: Matrix, low = 1, high = given.rows): { a: Matrix; taus: Complex[] } {
  const a = given.copy();
  const taus = new Array<Complex>(Math.max(0, a.rows - 1)).fill(ZERO);
  for (let i = low - 1; i < high - 1; i++) {
    const { beta, tau, tail } = reflection(a.get(i + 1, i), below(a, i + 2, i, high));
    const v = [ONE, ...tail];
    reflectColumns(a, tau, v, i + 1, 0, high);
    reflectRows(a, conjugate(tau), v, i + 1, i + 1, a.columns);
    a.set(i + 1, i, [beta, 0]);
    storeBelow(a, i + 2, i, tail);
    taus[i] = tau;
  }
  return { a, taus };
}

export interface Tridiagonal {
  readonly a: Matrix;
  readonly diagonal: number[];
  readonly offDiagonal: number[];
  readonly taus: Complex[];
}

/** Qᴴ·A·Q of a Hermitian matrix, tridiagonal; the tails of the reflections lie where the given triangle was. */
export function tridiagonal(given: Matrix, lower: boolean): Tridiagonal {
  const n = given.rows;
  const full = given.hermitian(lower);
  const a = given.copy();
  const offDiagonal: number[] = [];
  const taus: Complex[] = [];
  const steps = Array.from({ length: Math.max(0, n - 1) }, (_, i) => (lower ? i : n - 2 - i));
  for (const i of steps) {
    // Lower: column i below the diagonal. Upper: column i + 1 above it, whose last element is alpha.
    const [alphaRow, column] = lower ? [i + 1, i] : [i, i + 1];
    const x = lower ? below(full, i + 2, column) : below(full, 0, column, i);
    const { beta, tau, tail } = reflection(full.get(alphaRow, column), x);
    const v = lower ? [ONE, ...tail] : [...tail, ONE];
    const from = lower ? i + 1 : 0;
    reflectColumns(full, tau, v, from, 0, n);
    reflectRows(full, conjugate(tau), v, from, 0, n);
    a.set(alphaRow, column, [beta, 0]);
    storeBelow(a, lower ? i + 2 : 0, column, tail);
    offDiagonal[i] = beta;
    taus[i] = tau;
  }
  const diagonal = Array.from({ length: n }, (_, i) => full.get(i, i)[0]);
  diagonal.forEach((d, i) => {
    a.set(i, i, [d, 0]);
  });
  return { a, diagonal, offDiagonal, taus };
}
