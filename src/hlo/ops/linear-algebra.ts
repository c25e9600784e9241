/** cholesky, computed in double and rounded once, and triangular-solve, over batches of matrices. */
import type { CholeskyAttributes, TriangularSolveAttributes } from '../attributes.js';
import { cholesky } from '../numeric/cholesky.js';
import { matrixAt, matrixCount, storeMatrix } from '../numeric/matrix.js';
import { triangularSolve } from '../numeric/triangular-solve.js';
import { defineOp, type OpDefinition } from '../registry.js';
import { allocate } from '../tensor.js';
import { ELEMENT, isFloat, showType, type TensorType } from '../types.js';
import { attributesOf, check, checkElement, dimsAgree, operandTensor, operandType, sizesAgree } from './context.js';

const shapeOf = (t: TensorType): [number, number] => t.dims.slice(-2) as [number, number];

function checkSquare(t: TensorType, what: string): void {
  const [rows, columns] = shapeOf(t);
  check(
    t.dims.length >= 2 && sizesAgree(rows, columns),
    () => `${what} must be square matrices, but is ${showType(t)}`,
  );
  const good = isFloat(t.element) || ELEMENT[t.element].class === 'complex';
  check(good, () => `${what} must hold floats or complex numbers, but is ${showType(t)}`);
}

export const LINEAR_ALGEBRA_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'cholesky',
    doc: 'the triangle L (lower) with L·Lᴴ = a, or U (upper) with Uᴴ·U = a; the other triangle is 0',
    operands: 1,
    stablehlo: ['stablehlo.cholesky'],
    hlo: ['cholesky'],
    infer: (c) => {
      checkSquare(operandType(c, 0), 'the operand');
      return [operandType(c, 0)];
    },
    evaluate: (c) => {
      const a = operandTensor(c, 0);
      const { lower } = attributesOf<CholeskyAttributes>(c);
      const out = allocate(a.type);
      for (let b = 0; b < matrixCount(a.type); b++) {
        const m = matrixAt(a, b);
        const l = cholesky(lower ? m : m.transposed().conjugated());
        storeMatrix(out, b, lower ? l : l.transposed().conjugated());
      }
      return [out];
    },
  }),
  defineOp({
    name: 'triangular-solve',
    doc: 'x with op(a)·x = b (left) or x·op(a) = b, where a is a lower or upper triangle',
    operands: 2,
    stablehlo: ['stablehlo.triangular_solve'],
    hlo: ['triangular-solve'],
    infer: (c) => {
      const a = operandType(c, 0);
      const b = operandType(c, 1);
      checkSquare(a, 'a');
      checkElement(b, a.element, 'b');
      const { leftSide } = attributesOf<TriangularSolveAttributes>(c);
      const fits = dimsAgree(a.dims.slice(0, -2), b.dims.slice(0, -2)) && b.dims.length === a.dims.length;
      const side = b.dims[b.dims.length - (leftSide ? 2 : 1)]!;
      check(
        fits && sizesAgree(side, a.dims[a.dims.length - 1]!),
        () => `a ${showType(a)} does not fit b ${showType(b)}`,
      );
      return [b];
    },
    evaluate: (c) => {
      const [a, b] = [operandTensor(c, 0), operandTensor(c, 1)];
      const out = allocate(b.type);
      const attributes = attributesOf<TriangularSolveAttributes>(c);
      for (let k = 0; k < matrixCount(b.type); k++) {
        storeMatrix(out, k, triangularSolve(matrixAt(a, k), matrixAt(b, k), a.type.element, attributes));
      }
      return [out];
    },
  }),
];
