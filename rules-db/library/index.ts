/** Ops as calls of OpenBLAS: for those who allow it (`--library openblas`), and for programs that ask for it. */
import {
  type DotAttributes,
  type ForeignArgument,
  type LibraryRule,
  library,
  type OpView,
} from '../../src/rules/index.js';
import { ENTROPY_RULES } from './entropy.js';
import { LAPACK_RULES } from './lapack.js';
import { OPENBLAS } from './openblas.js';

/** CBLAS' enumerations. */
const ROW_MAJOR = 101;
const [NO_TRANSPOSE, TRANSPOSE] = [111, 112];

const s32 = (value: number): ForeignArgument => ({ kind: 's32', value });
const f32 = (value: number): ForeignArgument => ({ kind: 'f32', value });
const operand = (index: number): ForeignArgument => ({ kind: 'operand', index });

function sgemm({ operands, results, attributes }: OpView): ForeignArgument[] {
  const { lhsContracting, rhsContracting } = attributes as DotAttributes;
  const [lhs, rhs] = operands.map((t) => t.dims);
  const [m, n] = results[0]!.dims;
  const k = lhs![lhsContracting[0]!]!;
  const transposes = [
    lhsContracting[0] === 1 ? NO_TRANSPOSE : TRANSPOSE,
    rhsContracting[0] === 0 ? NO_TRANSPOSE : TRANSPOSE,
  ];
  const shape = [ROW_MAJOR, ...transposes, m, n, k].map((value) => s32(value!));
  const factors = [f32(1), operand(0), s32(lhs![1]!), operand(1), s32(rhs![1]!)];
  return [...shape, ...factors, f32(0), { kind: 'result', index: 0 }, s32(n!)];
}

/** result = lhs · rhs: cblas_sgemm with α = 1, β = 0 */
export const Dot_OpenBlas = library({
  name: 'Dot_OpenBlas',
  library: OPENBLAS,
  op: 'dot',
  when: 'two f32 matrices without empty dimensions, one dimension of each contracted',
  applies: ({ operands, results, attributes }) => {
    const { lhsBatch, lhsContracting } = attributes as DotAttributes;
    const types = [...operands, ...results];
    return (
      types.every((t) => t.element === 'f32' && t.dims.length === 2 && !t.dims.includes(0)) &&
      lhsBatch.length === 0 &&
      lhsContracting.length === 1
    );
  },
  call: (op) => ({ symbol: 'cblas_sgemm', args: sgemm(op) }),
});

export const LIBRARY_RULES: readonly LibraryRule[] = [Dot_OpenBlas, ...LAPACK_RULES, ...ENTROPY_RULES];
