/** Schur forms and the eigenvectors that follow from them, of matrices without symmetry. */
import { abs, add, type Complex, conjugate, divide, multiply, sqrt, subtract } from '../complex.js';
import { hessenberg, qr, reflectColumns, reflection, reflectRows } from './householder.js';
import { inner, isZero, Matrix, norm, ONE, scaled, ZERO } from './matrix.js';

const EPSILON = 2 ** -53;
const ITERATIONS = 100;

/** A = Z·T·Zᴴ, Z unitary, T upper triangular. */
export interface Schur {
  readonly t: Matrix;
  readonly z: Matrix;
  /** Did the iteration end? */
  readonly converged: boolean;
}

/** The unitary Q of a reduction to Hessenberg form. */
function hessenbergQ(a: Matrix, taus: readonly Complex[]): Matrix {
  const q = Matrix.identity(a.rows);
  for (let k = taus.length - 1; k >= 0; k--) {
    const v = [ONE, ...a.column(k).slice(k + 2)];
    reflectRows(q, taus[k]!, v, k + 1, 0, a.rows);
  }
  return q;
}

/** The eigenvalue of the last 2 × 2 block of rows … `end` that is nearer to its last element (Wilkinson's shift). */
function shift(t: Matrix, end: number): Complex {
  const [a, b, c, d] = [t.get(end - 1, end - 1), t.get(end - 1, end), t.get(end, end - 1), t.get(end, end)];
  const half = scaled(subtract(a, d), 0.5);
  const root = sqrt(add(multiply(half, half), multiply(b, c)));
  const middle = scaled(add(a, d), 0.5);
  const [p, q] = [add(middle, root), subtract(middle, root)];
  return abs(subtract(p, d)) < abs(subtract(q, d)) ? p : q;
}

/** Single-shift QR iterations on the Hessenberg form. */
export function complexSchur(given: Matrix): Schur {
  const n = given.rows;
  const reduced = hessenberg(given);
  const z = hessenbergQ(reduced.a, reduced.taus);
  const t = Matrix.of(n, n, (i, j) => (i > j + 1 ? ZERO : reduced.a.get(i, j)));
  let end = n - 1;
  for (let iteration = 0; end > 0; iteration++) {
    let start = end;
    while (start > 0) {
      const near = abs(t.get(start, start)) + abs(t.get(start - 1, start - 1)) || norm(t.elements);
      if (abs(t.get(start, start - 1)) <= EPSILON * near) break;
      start--;
    }
    if (start > 0) t.set(start, start - 1, ZERO);
    if (start === end) {
      end--;
      iteration = -1;
      continue;
    }
    if (iteration === ITERATIONS) return { t, z, converged: false };
    // Every tenth shift is another one: some matrices make the usual one go in circles.
    const mu = iteration % 10 === 9 ? add(t.get(end, end), [abs(t.get(end, end - 1)), 0]) : shift(t, end);
    step(t, z, start, end, mu);
  }
  return { t, z, converged: true };
}

/** T − µ = Q·R, T' = R·Q + µ, on rows `start` … `end`, by rotations. */
function step(t: Matrix, z: Matrix, start: number, end: number, mu: Complex): void {
  for (let i = start; i <= end; i++) t.set(i, i, subtract(t.get(i, i), mu));
  const made: { tau: Complex; v: Complex[] }[] = [];
  for (let k = start; k < end; k++) {
    const { tau, tail } = reflection(t.get(k, k), [t.get(k + 1, k)]);
    const v = [ONE, ...tail];
    reflectRows(t, conjugate(tau), v, k, k, t.columns);
    t.set(k + 1, k, ZERO);
    made.push({ tau, v });
  }
  made.forEach(({ tau, v }, i) => {
    const k = start + i;
    reflectColumns(t, tau, v, k, 0, Math.min(k + 2, end + 1));
    reflectColumns(z, tau, v, k, 0, z.rows);
  });
  for (let i = start; i <= end; i++) t.set(i, i, add(t.get(i, i), mu));
}

/**
 * The real form of a real matrix: 2 × 2 blocks with equal diagonal elements and subdiagonals of opposite sign stand for
 * pairs of conjugate eigenvalues. One invariant subspace after another is split off.
 */
export function realSchur(given: Matrix): Schur {
  const n = given.rows;
  const t = given.copy();
  const z = Matrix.identity(n);
  for (let k = 0; k < n; ) {
    const rest = Matrix.of(n - k, n - k, (i, j) => t.get(k + i, k + j));
    const { t: triangle, z: vectors, converged } = complexSchur(rest);
    if (!converged) return { t, z, converged };
    const value = triangle.get(0, 0);
    const size = invariant(rest, value, vectors.column(0)) ?? 1;
    const basis = size === 1 ? realColumn(vectors.column(0)) : realPlane(vectors.column(0));
    const factors = qr(basis);
    for (const [j, tau] of factors.taus.entries()) {
      const v = [ONE, ...factors.a.column(j).slice(j + 1)];
      reflectRows(t, conjugate(tau), v, k + j, 0, n);
      reflectColumns(t, tau, v, k + j, 0, n);
      reflectColumns(z, tau, v, k + j, 0, n);
    }
    for (let i = k + size; i < n; i++) for (let j = k; j < k + size; j++) t.set(i, j, ZERO);
    k += size === 2 ? standardize(t, z, k) : 1;
  }
  return { t, z, converged: true };
}

/** How many dimensions belong to an eigenvalue of a real matrix: 2 where it has an imaginary part. */
function invariant(a: Matrix, value: Complex, vector: readonly Complex[]): 1 | 2 {
  if (a.rows === 1 || value[1] === 0) return 1;
  // Is the real direction nearest to the vector an eigenvector, too?
  const [x] = [realColumn(vector).column(0)];
  const image = a.times(realColumn(vector)).column(0);
  const along = inner(x, image)[0];
  const left = image.map((v, i) => subtract(v, scaled(x[i]!, along)));
  return norm(left) <= 64 * a.rows * EPSILON * norm(a.elements) ? 1 : 2;
}

/** The vector turned so that it is as real as can be, as a column of length 1. */
function realColumn(x: readonly Complex[]): Matrix {
  let largest = x[0]!;
  for (const v of x) if (abs(v) > abs(largest)) largest = v;
  const real = x.map((v): Complex => [divide(v, largest)[0], 0]);
  const length = norm(real);
  return Matrix.of(x.length, 1, (i) => scaled(real[i]!, 1 / length));
}

const realPlane = (x: readonly Complex[]): Matrix => Matrix.of(x.length, 2, (i, j) => [x[i]![j as 0 | 1], 0]);

/** Turns the block at k, k + 1 to its standard form; gives how many rows are done: 1 where its eigenvalues are real. */
function standardize(t: Matrix, z: Matrix, k: number): 1 | 2 {
  const n = t.rows;
  const [a, b, c, d] = [t.get(k, k), t.get(k, k + 1), t.get(k + 1, k), t.get(k + 1, k + 1)].map((x) => x[0]) as [
    number,
    number,
    number,
    number,
  ];
  const half = (a - d) / 2;
  const square = half * half + b * c;
  let angle: number;
  if (square >= 0) {
    // The first eigenvector (λ − d, c) becomes the first axis.
    const root = half + (half < 0 ? -1 : 1) * Math.sqrt(square);
    angle = c === 0 ? 0 : Math.atan2(c, root);
  } else angle = Math.atan2(d - a, b + c) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turn = (x: Complex, y: Complex): [Complex, Complex] => [
    add(scaled(x, cos), scaled(y, sin)),
    subtract(scaled(y, cos), scaled(x, sin)),
  ];
  for (let j = 0; j < n; j++) {
    const [x, y] = turn(t.get(k, j), t.get(k + 1, j));
    t.set(k, j, x);
    t.set(k + 1, j, y);
  }
  for (const m of [t, z]) {
    for (let i = 0; i < n; i++) {
      const [x, y] = turn(m.get(i, k), m.get(i, k + 1));
      m.set(i, k, x);
      m.set(i, k + 1, y);
    }
  }
  if (square >= 0) {
    t.set(k + 1, k, ZERO);
    return 1;
  }
  const mean: Complex = [(t.get(k, k)[0] + t.get(k + 1, k + 1)[0]) / 2, 0];
  t.set(k, k, mean);
  t.set(k + 1, k + 1, mean);
  return 2;
}

/** Eigenvalues of a Schur form, complex or real: pairs of conjugates, that with the positive imaginary part first. */
export function eigenvaluesOf(t: Matrix): Complex[] {
  const values: Complex[] = [];
  for (let k = 0; k < t.rows; k++) {
    if (k + 1 === t.rows || isZero(t.get(k + 1, k))) {
      values.push(t.get(k, k));
      continue;
    }
    const im = Math.sqrt(Math.abs(t.get(k, k + 1)[0])) * Math.sqrt(Math.abs(t.get(k + 1, k)[0]));
    const [re] = t.get(k, k);
    values.push([re, im], [re, -im]);
    k++;
  }
  return values;
}

/** A real Schur form with every 2 × 2 block made triangular by a complex rotation. */
export function triangularized({ t: real, z: vectors, converged }: Schur): Schur {
  const [t, z] = [real.copy(), vectors.copy()];
  const values = eigenvaluesOf(real);
  for (let k = 0; k + 1 < t.rows; k++) {
    if (isZero(t.get(k + 1, k))) continue;
    // The eigenvector (λ − t₂₂, t₂₁) of the block becomes its first axis.
    const x = [subtract(values[k]!, t.get(k + 1, k + 1)), t.get(k + 1, k)] as const;
    const { tau, tail } = reflection(x[0], [x[1]]);
    const v = [ONE, ...tail];
    reflectRows(t, conjugate(tau), v, k, 0, t.columns);
    reflectColumns(t, tau, v, k, 0, t.rows);
    reflectColumns(z, tau, v, k, 0, z.rows);
    t.set(k + 1, k, ZERO);
    t.set(k, k, values[k]!);
    t.set(k + 1, k + 1, values[k + 1]!);
  }
  return { t, z, converged };
}

/** Of length 1, the largest component real, as geev gives them. */
function normalized(x: readonly Complex[]): Complex[] {
  const length = norm(x);
  let largest = x[0] ?? ONE;
  for (const v of x) if (abs(v) > abs(largest)) largest = v;
  const turn = scaled(conjugate(largest), 1 / (abs(largest) * length));
  return x.map((v) => multiply(v, turn));
}

/** Right eigenvectors as columns: (T − λ)·x = 0 by substitution, turned by Z. */
export function rightEigenvectors({ t, z }: Schur): Matrix {
  const n = t.rows;
  const smallest = EPSILON * norm(t.elements) || EPSILON;
  const out = new Matrix(n, n);
  for (let k = 0; k < n; k++) {
    const x = new Array<Complex>(n).fill(ZERO);
    x[k] = ONE;
    for (let i = k - 1; i >= 0; i--) {
      let sum = ZERO;
      for (let j = i + 1; j <= k; j++) sum = subtract(sum, multiply(t.get(i, j), x[j]!));
      const pivot = subtract(t.get(i, i), t.get(k, k));
      x[i] = divide(sum, abs(pivot) < smallest ? [smallest, 0] : pivot);
    }
    out.setColumn(k, normalized(z.times(new Matrix(n, 1, x)).column(0)));
  }
  return out;
}

/** Left eigenvectors as columns, yᴴ·A = λ·yᴴ: the right ones of Aᴴ, whose Schur form is T's adjoint in reversed order. */
export function leftEigenvectors({ t, z, converged }: Schur): Matrix {
  const n = t.rows;
  const reversed = Matrix.of(n, n, (i, j) => conjugate(t.get(n - 1 - j, n - 1 - i)));
  const turned = Matrix.of(n, n, (i, j) => z.get(i, n - 1 - j));
  const right = rightEigenvectors({ t: reversed, z: turned, converged });
  return Matrix.of(n, n, (i, j) => right.get(i, n - 1 - j));
}
