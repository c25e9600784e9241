/** Eigenvalues of Hermitian matrices and singular values by Jacobi's rotations: slow, and as accurate as can be. */
import { abs, type Complex, conjugate, multiply, sign } from '../complex.js';
import { formQ, qr } from './householder.js';
import { inner, Matrix, norm, scaled } from './matrix.js';

const SWEEPS = 60;
const EPSILON = 2 ** -53;

/** The rotation (c, s, phase) that makes [[p, z], [z̄, q]] diagonal. */
function rotation(p: number, q: number, z: Complex): { c: number; s: number; phase: Complex } {
  const theta = (q - p) / (2 * abs(z));
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  return { c, s: t * c, phase: sign(z) };
}

/** m·J: columns j and k of m become c·x − s·phase̅·y and s·phase·x + c·y. */
function rotateColumns(m: Matrix, j: number, k: number, c: number, s: number, phase: Complex): void {
  for (let i = 0; i < m.rows; i++) {
    const [x, y] = [m.get(i, j), m.get(i, k)];
    const [px, py] = [multiply(phase, x), multiply(conjugate(phase), y)];
    m.set(i, j, [c * x[0] - s * py[0], c * x[1] - s * py[1]]);
    m.set(i, k, [s * px[0] + c * y[0], s * px[1] + c * y[1]]);
  }
}

/** Jᴴ·m */
const rotateRows = (m: Matrix, j: number, k: number, c: number, s: number, phase: Complex): void => {
  for (let i = 0; i < m.columns; i++) {
    const [x, y] = [m.get(j, i), m.get(k, i)];
    const [px, py] = [multiply(conjugate(phase), x), multiply(phase, y)];
    m.set(j, i, [c * x[0] - s * py[0], c * x[1] - s * py[1]]);
    m.set(k, i, [s * px[0] + c * y[0], s * px[1] + c * y[1]]);
  }
};

/** Columns put into another order. */
const ordered = (m: Matrix, order: readonly number[]): Matrix =>
  Matrix.of(m.rows, order.length, (i, j) => m.get(i, order[j]!));

/** A·V = V·diag(values), ascending, V unitary. */
export function eigenHermitian(given: Matrix): { values: number[]; vectors: Matrix } {
  const a = given.copy();
  const n = a.rows;
  const v = Matrix.identity(n);
  const total = norm(a.elements);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let j = 0; j < n; j++) {
      for (let k = j + 1; k < n; k++) {
        const z = a.get(j, k);
        if (!(abs(z) > EPSILON * 1e-3 * total)) continue;
        rotated = true;
        const { c, s, phase } = rotation(a.get(j, j)[0], a.get(k, k)[0], z);
        rotateColumns(a, j, k, c, s, phase);
        rotateRows(a, j, k, c, s, phase);
        rotateColumns(v, j, k, c, s, phase);
      }
    }
    if (!rotated) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((p, q) => a.get(p, p)[0] - a.get(q, q)[0]);
  return { values: order.map((i) => a.get(i, i)[0]), vectors: ordered(v, order) };
}

export interface Svd {
  /** Descending. */
  readonly values: number[];
  /** Unitary. */
  readonly u: Matrix;
  /** Vᴴ, unitary. */
  readonly vh: Matrix;
}

/** A = U·Σ·Vᴴ: the columns of A·V are made orthogonal (Hestenes). */
export function singularValues(given: Matrix): Svd {
  if (given.rows < given.columns) {
    const { values, u, vh } = singularValues(given.adjoint());
    return { values, u: vh.adjoint(), vh: u.adjoint() };
  }
  const a = given.copy();
  const n = a.columns;
  const v = Matrix.identity(n);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let j = 0; j < n; j++) {
      for (let k = j + 1; k < n; k++) {
        const [x, y] = [a.column(j), a.column(k)];
        const z = inner(x, y);
        const [p, q] = [norm(x), norm(y)];
        if (!(abs(z) > EPSILON * p * q) || p * q === 0) continue;
        rotated = true;
        const r = rotation(p * p, q * q, z);
        rotateColumns(a, j, k, r.c, r.s, r.phase);
        rotateColumns(v, j, k, r.c, r.s, r.phase);
      }
    }
    if (!rotated) break;
  }
  const lengths = Array.from({ length: n }, (_, j) => norm(a.column(j)));
  const order = lengths.map((_, j) => j).sort((p, q) => lengths[q]! - lengths[p]!);
  return { values: order.map((j) => lengths[j]!), u: unitary(ordered(a, order)), vh: ordered(v, order).adjoint() };
}

/** A unitary matrix whose first columns point where those given do, which are orthogonal, the longest first. */
function unitary(columns: Matrix): Matrix {
  const { a, taus } = qr(columns);
  const wide = Matrix.of(columns.rows, columns.rows, (i, j) => (j < columns.columns ? a.get(i, j) : [0, 0]));
  const q = formQ(wide, taus);
  for (let j = 0; j < columns.columns; j++) {
    // R's diagonal says how far the column was turned.
    if (a.get(j, j)[0] < 0)
      q.setColumn(
        j,
        q.column(j).map((z) => scaled(z, -1)),
      );
  }
  return q;
}
