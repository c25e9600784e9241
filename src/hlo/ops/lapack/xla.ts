/** Factorizations as XLA's own clients call them: what LAPACK computes, under other names, row by row, counted from 0. */
import type { Attributes } from '../../attributes.js';
import { lu } from '../../numeric/linear/elimination.js';
import { formQ } from '../../numeric/linear/householder.js';
import { eigenHermitian } from '../../numeric/linear/jacobi.js';
import type { OpDefinition } from '../../registry.js';
import { tensorType } from '../../types.js';
import { check, operandType } from '../context.js';
import { factorOp, matrixOperand, smaller, squareOperand, withParts } from './common.js';
import { checkReflections, evaluateQr, inferQr } from './factorizations.js';

/** `1,1,100,1e-6`: the triangle that is given (lower where not 0), whether to sort, and when iterations end. */
function lowerGiven({ attributes }: { readonly attributes: Attributes }): boolean {
  const { config } = attributes;
  check(typeof config === 'string' && config !== '', 'its configuration says which triangle is given: "1,…" or "0,…"');
  return config.split(',')[0] !== '0';
}

/** Where each row comes from, of rows exchanged one after the other. */
export function permutationOf(pivots: readonly number[], rows: number): number[] {
  const order = Array.from({ length: rows }, (_, i) => i);
  pivots.forEach((p, k) => {
    [order[k], order[p]] = [order[p]!, order[k]!];
  });
  return order;
}

export const XLA_FACTORIZATIONS: readonly OpDefinition[] = [
  factorOp({
    name: 'qr',
    target: 'Qr',
    doc: 'A = Q·R: R above the reflections that make up Q, and their factors τ',
    operands: 1,
    infer: inferQr,
    evaluate: evaluateQr,
  }),
  factorOp({
    name: 'householder-product',
    target: 'ProductOfElementaryHouseholderReflectors',
    doc: 'the first columns of Q, from the reflections below the diagonal of operand 0 and their factors τ',
    operands: 2,
    infer: checkReflections,
    evaluate: (s) => [formQ(s.matrix(0), s.vector(1))],
  }),
  factorOp({
    name: 'lu',
    target: 'LuDecomposition',
    doc: 'A = P·L·U with partial pivoting: L and U in one matrix, the rows exchanged (from 0), and where each row comes from',
    operands: 1,
    infer: (c) => {
      const { type, batch, m, n } = matrixOperand(c, 0);
      return [type, tensorType('s32', [...batch, smaller(m, n)]), tensorType('s32', [...batch, m])];
    },
    evaluate: (s) => {
      const { a, pivots } = lu(s.matrix(0));
      const rows = pivots.map((p) => p - 1);
      return [a, rows, permutationOf(rows, a.rows)];
    },
  }),
  factorOp({
    name: 'eigh',
    target: 'Eigh',
    doc: 'of a Hermitian A: eigenvectors as columns, eigenvalues ascending',
    operands: 1,
    infer: (c) => {
      const { type, batch, n } = squareOperand(c, 0);
      lowerGiven(c);
      return [type, withParts(type, [...batch, n])];
    },
    evaluate: (s) => {
      const { values, vectors } = eigenHermitian(s.matrix(0).hermitian(lowerGiven(s)));
      return [vectors, values];
    },
  }),
  factorOp({
    name: 'lu-permutation',
    target: 'cu_lu_pivots_to_permutation',
    doc: 'where each row comes from, of rows exchanged one after the other as operand 0 says (from 0)',
    operands: 1,
    core: 1,
    elements: ['s32'],
    infer: (c) => {
      const { dims } = operandType(c, 0);
      const declared = c.declared?.[0];
      const rows = declared?.kind === 'tensor' ? (declared.dims.at(-1) ?? 0) : dims.at(-1)!;
      const good = rows < 0 || dims.at(-1)! <= rows;
      check(good, () => `${dims.at(-1)} exchanges of ${rows} rows`);
      return [tensorType('s32', [...dims.slice(0, -1), rows])];
    },
    evaluate: (s) => [
      permutationOf(
        s.vector(0).map(([p]) => p),
        s.lastOf(0),
      ),
    ],
  }),
];
