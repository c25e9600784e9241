/** LAPACK's singular values, eigenvalues and Schur forms. Vectors are determined up to a factor: here by other algorithms. */

import { type Complex, conjugate } from '../../numeric/complex.js';
import { eigenHermitian, singularValues } from '../../numeric/linear/jacobi.js';
import { Matrix, ZERO } from '../../numeric/linear/matrix.js';
import {
  complexSchur,
  eigenvaluesOf,
  leftEigenvectors,
  realSchur,
  rightEigenvectors,
  triangularized,
} from '../../numeric/linear/schur.js';
import type { InferContext, OpDefinition } from '../../registry.js';
import { type ElementType, isComplex, partType, type TensorType, tensorType } from '../../types.js';
import {
  infoType,
  lapackOp,
  letter,
  matrixOperand,
  type Part,
  type Routine,
  type Slice,
  smaller,
  squareOperand,
  withParts,
} from './common.js';

const VECTORS = ['N', 'V'] as const;
/** What LAPACK and JAX say where a matrix holds NaN or infinities. */
const NOT_FINITE = -4;

const empty = ([rows, columns]: readonly [number, number]): Matrix => new Matrix(rows, columns);

function inferSvd(c: InferContext) {
  const { type, batch, m, n } = matrixOperand(c, 0);
  const mode = letter(c, 'mode', ['A', 'S', 'N']);
  const k = smaller(m, n);
  // Without vectors, u and vt are there all the same, of either size.
  const declared = c.declared?.[2];
  const columns = declared?.kind === 'tensor' ? declared.dims.at(-1) : undefined;
  const full = mode === 'A' || (mode === 'N' && columns !== undefined && columns !== k);
  const u = tensorType(type.element, [...batch, m, full ? m : k]);
  const vt = tensorType(type.element, [...batch, full ? n : k, n]);
  return [type, withParts(type, [...batch, k]), u, vt, infoType(batch)];
}

function evaluateSvd(s: Slice): Part[] {
  const a = s.matrix(0);
  const k = Math.min(a.rows, a.columns);
  const [u, vt] = [empty(s.sizeOf(2)), empty(s.sizeOf(3))];
  if (!a.isFinite()) return [a, new Array<number>(k).fill(0), u, vt, NOT_FINITE];
  const svd = singularValues(a);
  if (letter(s, 'mode', ['A', 'S', 'N']) === 'N') return [a, svd.values, u, vt, 0];
  return [a, svd.values, svd.u.part(0, u.columns), Matrix.of(vt.rows, vt.columns, svd.vh.get), 0];
}

const svd = (name: string, how: string): Routine => ({
  name,
  doc: `A = U·Σ·Vᴴ ${how}: what is left of A, Σ, U, Vᴴ (mode A: all of both, S: as many as Σ has, N: neither), and info`,
  operands: 1,
  core: 2,
  attributeTypes: { mode: 'ui8' },
  infer: inferSvd,
  evaluate: evaluateSvd,
});

/** Eigenvalues and the Schur form they were read from; undefined where the iteration did not end. */
function spectrum(a: Matrix, complex: boolean) {
  const schur = complex ? complexSchur(a) : realSchur(a);
  return schur.converged ? { schur, values: eigenvaluesOf(schur.t) } : undefined;
}

function inferEigen(c: InferContext, vectorElement: (element: ElementType) => ElementType): TensorType[] {
  const { type, batch, n } = squareOperand(c, 0);
  letter(c, 'computeLeft', VECTORS);
  letter(c, 'computeRight', VECTORS);
  const values = tensorType(type.element, [...batch, n]);
  const vectors = tensorType(vectorElement(type.element), type.dims);
  return [values, ...(isComplex(type.element) ? [] : [values]), vectors, vectors, infoType(batch)];
}

/** Of a matrix that is not finite: those of a zero one, and info says so. */
function eigen(s: Slice): { values: readonly Complex[]; left: Matrix; right: Matrix; info: number } {
  const given = s.matrix(0);
  const none = new Matrix(given.rows, given.rows);
  const finite = given.isFinite();
  const found = spectrum(finite ? given : none, s.complex);
  if (!found) return { values: given.column(0).map(() => ZERO), left: none, right: none, info: given.rows };
  const triangular = s.complex ? found.schur : triangularized(found.schur);
  const vectors = (side: string, make: typeof rightEigenvectors): Matrix => {
    if (letter(s, side, VECTORS) === 'N') return none;
    return s.complex ? make(triangular) : conjugatePairs(make(triangular), found.values);
  };
  return {
    values: found.values,
    left: vectors('computeLeft', leftEigenvectors),
    right: vectors('computeRight', rightEigenvectors),
    info: finite ? 0 : NOT_FINITE,
  };
}

/** What rounding has left of it made exact: real eigenvectors are real, those of a pair conjugates. */
function conjugatePairs(m: Matrix, values: readonly Complex[]): Matrix {
  return Matrix.of(m.rows, m.columns, (i, j) => {
    const [, im] = values[j]!;
    if (im < 0) return conjugate(m.get(i, j - 1));
    return im === 0 ? [m.get(i, j)[0], 0] : m.get(i, j);
  });
}

/** Eigenvalues as results: of real types, real and imaginary parts by themselves. */
const valueParts = (s: Slice, values: readonly Complex[]): Part[] =>
  s.complex ? [values] : [values.map(([re]) => re), values.map(([, im]) => im)];

/** Real eigenvectors as they are; of a pair, the real and the imaginary part of the first. */
function packPairs(m: Matrix, values: readonly Complex[]): Matrix {
  return Matrix.of(m.rows, m.columns, (i, j) => {
    const [, im] = values[j]!;
    return [im < 0 ? m.get(i, j - 1)[1] : m.get(i, j)[0], 0];
  });
}

export const SPECTRA: readonly OpDefinition[] = [
  lapackOp(svd('gesdd', 'by divide and conquer')),
  lapackOp(svd('gesvd', 'by QR iterations')),
  lapackOp({
    name: 'syevd',
    complexName: 'heevd',
    doc: 'of a Hermitian A, the triangle uplo given: eigenvectors as columns (mode V), eigenvalues ascending, and info',
    operands: 1,
    core: 2,
    attributeTypes: { mode: 'ui8', uplo: 'ui8' },
    infer: (c) => {
      const { type, batch, n } = squareOperand(c, 0);
      letter(c, 'uplo', ['L', 'U']);
      letter(c, 'mode', VECTORS);
      return [type, withParts(type, [...batch, n]), infoType(batch)];
    },
    evaluate: (s) => {
      const a = s.matrix(0).hermitian(letter(s, 'uplo', ['L', 'U']) === 'L');
      const { values, vectors } = eigenHermitian(a);
      return [letter(s, 'mode', VECTORS) === 'V' ? vectors : a, values, 0];
    },
  }),
  lapackOp({
    name: 'geev',
    doc: 'eigenvalues of A (real types: real and imaginary parts), left and right eigenvectors as complex columns, and info',
    operands: 1,
    core: 2,
    attributeTypes: { computeLeft: 'ui8', computeRight: 'ui8' },
    infer: (c) => inferEigen(c, (element) => (partType(element) === 'f32' ? 'c64' : 'c128')),
    evaluate: (s) => {
      const { values, left, right, info } = eigen(s);
      return [...valueParts(s, values), left, right, info];
    },
  }),
  lapackOp({
    name: 'geev-parts',
    doc: 'geev of finite matrices as LAPACK gives it: of conjugate real eigenvectors, one column is the real part, the next the imaginary',
    inner: true,
    operands: 1,
    core: 2,
    infer: (c) => inferEigen(c, (element) => element),
    evaluate: (s) => {
      const { values, left, right, info } = eigen(s);
      const packed = (m: Matrix) => (s.complex ? m : packPairs(m, values));
      return [...valueParts(s, values), packed(left), packed(right), info];
    },
  }),
  lapackOp({
    name: 'gees',
    doc: 'A = Z·T·Zᴴ: the Schur form T, Z (mode V), eigenvalues (real types: real and imaginary parts), how many are selected, info',
    operands: 1,
    core: 2,
    attributeTypes: { mode: 'ui8', sort: 'ui8' },
    infer: (c) => {
      const { type, batch, n } = squareOperand(c, 0);
      letter(c, 'mode', VECTORS);
      letter(c, 'sort', ['N']);
      const values = tensorType(type.element, [...batch, n]);
      const parts = isComplex(type.element) ? [values] : [values, values];
      return [type, type, ...parts, infoType(batch), infoType(batch)];
    },
    evaluate: (s) => {
      const a = s.matrix(0);
      const none = new Matrix(a.rows, a.rows);
      const found = a.isFinite() ? spectrum(a, s.complex) : undefined;
      if (!found) return [a, none, ...valueParts(s, a.column(0)), 0, a.rows];
      const vectors = letter(s, 'mode', VECTORS) === 'V' ? found.schur.z : none;
      return [found.schur.t, vectors, ...valueParts(s, found.values), 0, 0];
    },
  }),
];
