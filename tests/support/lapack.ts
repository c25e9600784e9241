/**
 * What LAPACK's routines promise, whoever computes them: A = Q·R, U·Σ·Vᴴ and so on. Vectors are determined up to a
 * factor, so results are multiplied out again.
 */

import {
  allocate,
  type ElementType,
  elementCount,
  isComplex,
  partType,
  type Tensor,
  tensorType,
} from '../../src/hlo/index.js';
import { reader, writer } from '../../src/hlo/numeric/access.js';
import { type Complex, multiply, subtract } from '../../src/hlo/numeric/complex.js';
import { formQ } from '../../src/hlo/numeric/linear/householder.js';
import { Matrix, norm, ONE, ZERO } from '../../src/hlo/numeric/linear/matrix.js';
import { typeToText } from '../../src/hlo/stablehlo/types-text.js';

export const TYPES = ['f32', 'f64', 'c64', 'c128'] as const;
export type LapackType = (typeof TYPES)[number];

const LETTER = { f32: 's', f64: 'd', c64: 'c', c128: 'z' } as const;

/** A program of one call, as JAX writes it. */
export interface Call {
  readonly name: string;
  readonly complexName?: string;
  /** `uplo = 76 : ui8` */
  readonly config?: string;
  readonly operands: readonly { readonly element: ElementType; readonly dims: readonly number[] }[];
  readonly results: readonly { readonly element: ElementType; readonly dims: readonly number[] }[];
}

const layoutOf = (rank: number, core: number): string => {
  const batch = Array.from({ length: rank - core }, (_, d) => rank - core - 1 - d);
  const own = core === 2 ? [rank - 2, rank - 1] : core === 1 ? [rank - 1] : [];
  const layout = [...own, ...batch];
  return layout.length === 0 ? 'dense<> : tensor<0xindex>' : `dense<[${layout}]> : tensor<${layout.length}xindex>`;
};

/** The program; `batch` dimensions come before all others. */
export function programOf(call: Call, type: LapackType, batch: readonly number[]): string {
  const name = `lapack_${LETTER[type]}${isComplex(type) ? (call.complexName ?? call.name) : call.name}_ffi`;
  const types = (list: Call['operands']) => list.map((t) => typeToText(tensorType(t.element, [...batch, ...t.dims])));
  const layouts = (list: Call['operands']) =>
    list.map((t) => layoutOf(batch.length + t.dims.length, t.dims.length)).join(', ');
  const [given, made] = [types(call.operands), types(call.results)];
  const args = given.map((t, k) => `%a${k}: ${t}`).join(', ');
  const names = call.results.map((_, k) => (call.results.length === 1 ? '%r' : `%r#${k}`)).join(', ');
  const bound = call.results.length === 1 ? '%r' : `%r:${call.results.length}`;
  const attributes = [
    'backend_config = ""',
    `mhlo.backend_config = {${call.config ?? ''}}`,
    `operand_layouts = [${layouts(call.operands)}]`,
    `result_layouts = [${layouts(call.results)}]`,
  ];
  return `func.func public @main(${args}) -> (${made.join(', ')}) {
  ${bound} = stablehlo.custom_call @${name}(${given.map((_, k) => `%a${k}`).join(', ')}) {${attributes.join(', ')}} : (${given.join(', ')}) -> ${made.length === 1 ? made[0] : `(${made.join(', ')})`}
  return ${names} : ${made.join(', ')}
}`;
}

/** Numbers between −1 and 1, another list for each seed. */
export function randomTensor(element: ElementType, dims: readonly number[], seed: number): Tensor {
  const out = allocate(tensorType(element, dims));
  let state = (seed * 2654435761) >>> 0;
  for (let i = 0; i < out.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out.data[i] = state / 2 ** 31 - 1;
  }
  return out;
}

export const complexOf = (t: LapackType): ElementType => (partType(t) === 'f32' ? 'c64' : 'c128');
export const realOf = (t: LapackType): ElementType => partType(t);

/** Matrix number b of a batch; a vector is a column. */
export function matrixOf(t: Tensor, b: number, core = 2): Matrix {
  const { dims, element } = t.type;
  const shape = core === 2 ? dims.slice(-2) : [dims.at(-1) ?? 1, 1];
  const [rows, columns] = shape as [number, number];
  const read = reader(element);
  return Matrix.of(rows, columns, (i, j) => {
    const x = read(t.data, b * rows * columns + i * columns + j);
    return typeof x === 'object' ? x : [Number(x), 0];
  });
}

export const numbersOf = (t: Tensor, b: number): number[] =>
  matrixOf(t, b, 1)
    .column(0)
    .map(([re]) => re);
export const scalarOf = (t: Tensor, b: number): number => Number(t.data[b]);
export const vectorOf = (t: Tensor, b: number): Complex[] => matrixOf(t, b, 1).column(0);

/** A tensor with every matrix replaced. */
export function mapMatrices(t: Tensor, f: (m: Matrix, b: number) => Matrix): Tensor {
  const out = allocate(t.type);
  const write = writer(t.type.element);
  const size = t.type.dims.at(-1)! * t.type.dims.at(-2)!;
  const count = elementCount(t.type.dims) / size;
  for (let b = 0; b < count; b++) {
    f(matrixOf(t, b), b).elements.forEach((x, i) => {
      write(out.data, b * size + i, isComplex(t.type.element) ? x : x[0]);
    });
  }
  return out;
}

/** ‖a − b‖ / ‖b‖ */
export function distance(a: Matrix, b: Matrix): number {
  if (a.rows !== b.rows || a.columns !== b.columns) return Infinity;
  return norm(a.elements.map((x, i) => subtract(x, b.elements[i]!))) / (norm(b.elements) || 1);
}

/** ‖qᴴ·q − 1‖ */
export const offUnitary = (q: Matrix): number => distance(q.adjoint().times(q), Matrix.identity(q.columns));

export const diagonal = (values: readonly Complex[], rows = values.length, columns = rows): Matrix =>
  Matrix.of(rows, columns, (i, j) => (i === j ? values[i]! : ZERO));

export const triangle = (m: Matrix, part: 'lower' | 'upper', unit = false): Matrix =>
  Matrix.of(m.rows, m.columns, (i, j) => {
    if (i === j) return unit ? ONE : m.get(i, j);
    return (part === 'lower') === i > j ? m.get(i, j) : ZERO;
  });

/** Q of a factorization, all its columns. */
export function wholeQ(a: Matrix, taus: readonly Complex[]): Matrix {
  const wide = Matrix.of(a.rows, a.rows, (i, j) => (j < a.columns ? a.get(i, j) : ZERO));
  return formQ(wide, taus.slice(0, a.rows));
}

/** P·A, rows exchanged as the pivots of getrf say. */
export function exchanged(a: Matrix, pivots: readonly number[]): Matrix {
  const out = a.copy();
  pivots.forEach((p, k) => {
    out.swapRows(k, p - 1);
  });
  return out;
}

export const scaledColumns = (m: Matrix, by: readonly Complex[]): Matrix =>
  Matrix.of(m.rows, m.columns, (i, j) => multiply(m.get(i, j), by[j]!));
