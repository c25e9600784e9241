/** cholesky and triangular-solve, over batches of matrices; computed in double and rounded once. */
import type { CholeskyAttributes, TriangularSolveAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { defineOp, type OpDefinition, type Scalar } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { ELEMENT, elementCount, isComplex, isFloat, showType, type TensorType } from '../types.js';
import { attributesOf, check, checkElement, dimsAgree, operandTensor, operandType, sizesAgree } from './context.js';

interface Complex {
  readonly re: number;
  readonly im: number;
}
const ZERO: Complex = { re: 0, im: 0 };
const conjugate = ({ re, im }: Complex): Complex => ({ re, im: -im });
/** a − b·c */
const minusProduct = (a: Complex, b: Complex, c: Complex): Complex => ({
  re: a.re - (b.re * c.re - b.im * c.im),
  im: a.im - (b.re * c.im + b.im * c.re),
});
function quotient(a: Complex, b: Complex): Complex {
  if (b.im === 0) return { re: a.re / b.re, im: a.im / b.re };
  const scale = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / scale, im: (a.im * b.re - a.re * b.im) / scale };
}

/** One matrix of a batch, in double. */
class Matrix {
  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly elements: Complex[] = new Array<Complex>(rows * columns).fill(ZERO),
  ) {}

  get = (i: number, j: number): Complex => this.elements[i * this.columns + j]!;

  set(i: number, j: number, x: Complex): void {
    this.elements[i * this.columns + j] = x;
  }

  map(rows: number, columns: number, f: (i: number, j: number) => Complex): Matrix {
    return new Matrix(
      rows,
      columns,
      Array.from({ length: rows * columns }, (_, k) => f(Math.floor(k / columns), k % columns)),
    );
  }

  transposed(): Matrix {
    return this.map(this.columns, this.rows, (i, j) => this.get(j, i));
  }
}

const shapeOf = (t: TensorType): [number, number] => t.dims.slice(-2) as [number, number];

function matrixAt(t: Tensor, batch: number): Matrix {
  const [rows, columns] = shapeOf(t.type);
  const read = reader(t.type.element);
  const start = batch * rows * columns;
  const complex = isComplex(t.type.element);
  const at = (k: number): Complex => {
    const x = read(t.data, start + k);
    if (!complex) return { re: x as number, im: 0 };
    const [re, im] = x as readonly [number, number];
    return { re, im };
  };
  return new Matrix(
    rows,
    columns,
    Array.from({ length: rows * columns }, (_, k) => at(k)),
  );
}

function store(out: Tensor, batch: number, m: Matrix): void {
  const write = writer(out.type.element);
  const complex = isComplex(out.type.element);
  const start = batch * m.rows * m.columns;
  m.elements.forEach(({ re, im }, k) => {
    write(out.data, start + k, (complex ? [re, im] : re) as Scalar);
  });
}

const batches = (t: TensorType): number => elementCount(t.dims.slice(0, -2));

/** The lower triangle L with a = L·Lᴴ; all NaN where a is not positive definite. Reads the lower triangle alone. */
function cholesky(a: Matrix): Matrix {
  const n = a.rows;
  const l = new Matrix(n, n);
  for (let j = 0; j < n; j++) {
    let pivot = a.get(j, j).re;
    for (let k = 0; k < j; k++) pivot -= l.get(j, k).re ** 2 + l.get(j, k).im ** 2;
    if (!(pivot > 0)) return a.map(n, n, (i, k) => (i < k ? ZERO : { re: Number.NaN, im: 0 }));
    const root = { re: Math.sqrt(pivot), im: 0 };
    l.set(j, j, root);
    for (let i = j + 1; i < n; i++) {
      let x = a.get(i, j);
      for (let k = 0; k < j; k++) x = minusProduct(x, l.get(i, k), conjugate(l.get(j, k)));
      l.set(i, j, quotient(x, root));
    }
  }
  return l;
}

/** x with a·x = b, a triangular. */
function solve(a: Matrix, b: Matrix, lower: boolean, unitDiagonal: boolean): Matrix {
  const n = a.rows;
  const x = new Matrix(b.rows, b.columns, [...b.elements]);
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    for (let j = 0; j < b.columns; j++) {
      let sum = x.get(i, j);
      for (let k = lower ? 0 : i + 1; k < (lower ? i : n); k++) sum = minusProduct(sum, a.get(i, k), x.get(k, j));
      x.set(i, j, unitDiagonal ? sum : quotient(sum, a.get(i, i)));
    }
  }
  return x;
}

function triangularSolve(a: Matrix, b: Matrix, s: TriangularSolveAttributes): Matrix {
  const turned = s.transposeA !== 'NO_TRANSPOSE';
  const turn = turned ? a.transposed() : a;
  const op = s.transposeA === 'ADJOINT' ? turn.map(turn.rows, turn.columns, (i, j) => conjugate(turn.get(i, j))) : turn;
  const lower = s.lower !== turned;
  if (s.leftSide) return solve(op, b, lower, s.unitDiagonal);
  return solve(op.transposed(), b.transposed(), !lower, s.unitDiagonal).transposed();
}

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
      for (let b = 0; b < batches(a.type); b++) {
        const m = matrixAt(a, b);
        const l = cholesky(lower ? m : m.map(m.rows, m.rows, (i, j) => conjugate(m.get(j, i))));
        store(out, b, lower ? l : l.map(l.rows, l.rows, (i, j) => conjugate(l.get(j, i))));
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
      for (let k = 0; k < batches(b.type); k++) {
        store(out, k, triangularSolve(matrixAt(a, k), matrixAt(b, k), attributesOf<TriangularSolveAttributes>(c)));
      }
      return [out];
    },
  }),
];
