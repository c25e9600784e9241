/** LAPACK's factorizations and solutions: one matrix after the other, in double. */

import { cholesky, lu, solveTriangular, solveTridiagonal } from '../../numeric/linear/elimination.js';
import { formQ, hessenberg, multiplyQ, pivotedQr, qr, tridiagonal } from '../../numeric/linear/householder.js';
import type { InferContext, OpDefinition } from '../../registry.js';
import { showType, type TensorType, tensorType } from '../../types.js';
import { check, operandType, sizesAgree } from '../context.js';
import {
  checkOperand,
  flag,
  infoType,
  lapackOp,
  letter,
  matrixOperand,
  type Part,
  type Slice,
  smaller,
  squareOperand,
  withParts,
} from './common.js';

const UPLO = ['L', 'U'] as const;
const letters = (...names: string[]) => Object.fromEntries(names.map((n) => [n, 'ui8']));

/** `low` and `high` of gehrd: the rows and columns that are not upper triangular yet, from 1. */
function range(c: Pick<InferContext, 'attributes'>, n: number): [number, number] {
  const { low = 1, high = n } = c.attributes as { low?: number; high?: number };
  const good = n < 0 || n === 0 || (low >= 1 && low <= high && high <= n);
  check(good, () => `1 ≤ low ≤ high ≤ ${n} must hold, but low is ${low} and high is ${high}`);
  return [low, high];
}

/** A matrix with reflections below its diagonal, and their factors: the type of the columns of Q. */
export function checkReflections(c: InferContext): TensorType[] {
  const { type, batch, m, n } = matrixOperand(c, 0);
  const k = operandType(c, 1).dims.at(-1) ?? 0;
  checkOperand(c, 1, type.element, [...batch, k]);
  const good = m < 0 || n < 0 || (m >= n && n >= k);
  check(good, () => `${k} reflections of ${m} rows give at least ${k} and at most ${m} columns, not ${n}`);
  return [type];
}

/** R above the reflections that make up Q, and the reflections' factors τ. */
export function inferQr(c: InferContext): TensorType[] {
  const { type, batch, m, n } = matrixOperand(c, 0);
  return [type, tensorType(type.element, [...batch, smaller(m, n)])];
}

export function evaluateQr(s: Slice): Part[] {
  const { a, taus } = qr(s.matrix(0));
  return [a, taus];
}

export const FACTORIZATIONS: readonly OpDefinition[] = [
  lapackOp({
    name: 'potrf',
    doc: 'Cholesky: the triangle uplo of A becomes L with A = L·Lᴴ (or U with A = Uᴴ·U), the rest stays; and info',
    operands: 1,
    core: 2,
    attributeTypes: letters('uplo'),
    infer: (c) => {
      const { type, batch } = squareOperand(c, 0);
      letter(c, 'uplo', UPLO);
      return [type, infoType(batch)];
    },
    evaluate: (s) => {
      const { a, info } = cholesky(s.matrix(0), letter(s, 'uplo', UPLO) === 'L');
      return [a, info];
    },
  }),
  lapackOp({
    name: 'trsm',
    doc: 'X with op(A)·X = B (side L) or X·op(A) = B (side R), A the triangle uplo of operand 0; op by trans_x',
    operands: 2,
    core: 2,
    attributeTypes: letters('side', 'uplo', 'transX', 'diag'),
    infer: (c) => {
      const a = squareOperand(c, 0);
      const b = matrixOperand(c, 1);
      const side = letter(c, 'side', ['L', 'R']);
      letter(c, 'uplo', UPLO);
      letter(c, 'transX', ['N', 'T', 'C']);
      letter(c, 'diag', ['N', 'U']);
      checkOperand(c, 1, a.type.element, [...a.batch, b.m, b.n]);
      const fits = sizesAgree(a.n, side === 'L' ? b.m : b.n);
      check(fits, () => `A ${showType(a.type)} does not fit B ${showType(b.type)} on side ${side}`);
      return [b.type];
    },
    evaluate: (s) => [
      solveTriangular(s.matrix(0), s.matrix(1), {
        left: letter(s, 'side', ['L', 'R']) === 'L',
        lower: letter(s, 'uplo', UPLO) === 'L',
        unitDiagonal: letter(s, 'diag', ['N', 'U']) === 'U',
        as: letter(s, 'transX', ['N', 'T', 'C']),
      }),
    ],
  }),
  lapackOp({
    name: 'getrf',
    doc: 'A = P·L·U with partial pivoting: L and U in one matrix, the rows exchanged (from 1), and info',
    operands: 1,
    core: 2,
    infer: (c) => {
      const { type, batch, m, n } = matrixOperand(c, 0);
      return [type, tensorType('s32', [...batch, smaller(m, n)]), infoType(batch)];
    },
    evaluate: (s) => {
      const { a, pivots, info } = lu(s.matrix(0));
      return [a, pivots, info];
    },
  }),
  lapackOp({
    name: 'geqrf',
    doc: 'A = Q·R: R above the reflections that make up Q, and their factors τ',
    operands: 1,
    core: 2,
    infer: inferQr,
    evaluate: evaluateQr,
  }),
  lapackOp({
    name: 'geqp3',
    doc: 'A·P = Q·R, the columns with the longest first (those that operand 1 marks before all): R and reflections, P, τ',
    operands: 2,
    core: 2,
    infer: (c) => {
      const { type, batch, m, n } = matrixOperand(c, 0);
      const order = checkOperand(c, 1, 's32', [...batch, n]);
      return [type, order, tensorType(type.element, [...batch, smaller(m, n)])];
    },
    evaluate: (s) => {
      const { a, taus, order } = pivotedQr(
        s.matrix(0),
        s.vector(1).map(([x]) => x),
      );
      return [a, order, taus];
    },
  }),
  lapackOp({
    name: 'orgqr',
    complexName: 'ungqr',
    doc: 'the first columns of Q, from the reflections below the diagonal of operand 0 and their factors τ',
    operands: 2,
    core: 2,
    infer: checkReflections,
    evaluate: (s) => [formQ(s.matrix(0), s.vector(1))],
  }),
  lapackOp({
    name: 'ormqr',
    complexName: 'unmqr',
    doc: 'Q·C (left) or C·Q, Q from the reflections in operand 0 and their factors τ; transpose: Qᴴ in place of Q',
    operands: 3,
    core: 2,
    infer: (c) => {
      const { type, batch, m, n } = matrixOperand(c, 0);
      const target = matrixOperand(c, 2);
      const left = flag(c, 'left');
      flag(c, 'transpose');
      const k = operandType(c, 1).dims.at(-1) ?? 0;
      checkOperand(c, 1, type.element, [...batch, k]);
      checkOperand(c, 2, type.element, [...batch, target.m, target.n]);
      const order = left ? target.m : target.n;
      const fits = sizesAgree(m, order) && (k < 0 || n < 0 || order < 0 || (k <= n && k <= order));
      check(fits, () => `${k} reflections in ${showType(type)} do not fit ${showType(target.type)}`);
      return [target.type];
    },
    evaluate: (s) => [multiplyQ(s.matrix(0), s.vector(1), s.matrix(2), flag(s, 'left'), flag(s, 'transpose'))],
  }),
  lapackOp({
    name: 'gehrd',
    doc: 'Qᴴ·A·Q in Hessenberg form above the reflections that make up Q, their factors τ, and info',
    operands: 1,
    core: 2,
    attributeTypes: { low: 'i32', high: 'i32' },
    infer: (c) => {
      const { type, batch, n } = squareOperand(c, 0);
      range(c, n);
      return [type, tensorType(type.element, [...batch, n < 0 ? n : Math.max(0, n - 1)]), infoType(batch)];
    },
    evaluate: (s) => {
      const given = s.matrix(0);
      const { a, taus } = hessenberg(given, ...range(s, given.rows));
      return [a, taus, 0];
    },
  }),
  lapackOp({
    name: 'sytrd',
    complexName: 'hetrd',
    doc: 'Qᴴ·A·Q of a Hermitian A, tridiagonal, over the reflections that make up Q; diagonals, factors τ, and info',
    operands: 1,
    core: 2,
    attributeTypes: letters('uplo'),
    infer: (c) => {
      const { type, batch, n } = squareOperand(c, 0);
      letter(c, 'uplo', UPLO);
      const between = [...batch, n < 0 ? n : Math.max(0, n - 1)];
      const taus = tensorType(type.element, between);
      return [type, withParts(type, [...batch, n]), withParts(type, between), taus, infoType(batch)];
    },
    evaluate: (s) => {
      const t = tridiagonal(s.matrix(0), letter(s, 'uplo', UPLO) === 'L');
      return [t.a, t.diagonal, t.offDiagonal, t.taus, 0];
    },
  }),
  lapackOp({
    name: 'gtsv',
    doc: 'X with T·X = B, T given by its diagonals below (first element unused), on and above (last unused); their factors, X, info',
    operands: 4,
    core: 1,
    infer: (c) => {
      const d = operandType(c, 1);
      const b = matrixOperand(c, 3);
      for (const k of [0, 1, 2]) checkOperand(c, k, d.element, [...b.batch, b.m]);
      checkOperand(c, 3, d.element, b.type.dims);
      return [d, d, d, b.type, infoType(b.batch)];
    },
    evaluate: (s) => {
      const [lower, diagonal, upper, x] = [s.vector(0), s.vector(1), s.vector(2), s.matrix(3)];
      const { info } = solveTridiagonal(lower, diagonal, upper, x);
      return [lower, diagonal, upper, x, info];
    },
  }),
];
