/** One matrix of a batch in double, real and imaginary parts apart. */
import type { Scalar } from '../registry.js';
import type { Tensor } from '../tensor.js';
import { elementCount, isComplex, type TensorType } from '../types.js';
import { reader, writer } from './access.js';

export class Matrix {
  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly re = new Float64Array(rows * columns),
    /** Absent: all 0. */
    readonly im: Float64Array | undefined = undefined,
  ) {}

  /** Zeros with an imaginary part where `like` has one. */
  static zeros(rows: number, columns: number, like: Matrix): Matrix {
    const size = rows * columns;
    return new Matrix(rows, columns, new Float64Array(size), like.im && new Float64Array(size));
  }

  /** Each part of the element at (i, j), of a matrix of this size. */
  map(rows: number, columns: number, f: (i: number, j: number, part: Float64Array) => number): Matrix {
    const of = (part: Float64Array) =>
      Float64Array.from({ length: rows * columns }, (_, k) => f(Math.floor(k / columns), k % columns, part));
    return new Matrix(rows, columns, of(this.re), this.im && of(this.im));
  }

  transposed(): Matrix {
    return this.map(this.columns, this.rows, (i, j, part) => part[j * this.columns + i]!);
  }

  conjugated(): Matrix {
    return new Matrix(
      this.rows,
      this.columns,
      this.re,
      this.im?.map((x) => -x),
    );
  }

  /** The block of `rows` × `columns` elements from (i, j) on. */
  block(i: number, j: number, rows: number, columns: number): Matrix {
    return this.map(rows, columns, (r, c, part) => part[(i + r) * this.columns + j + c]!);
  }

  /** Writes a block at (i, j). */
  place(i: number, j: number, block: Matrix): void {
    for (let r = 0; r < block.rows; r++) {
      const [from, to] = [r * block.columns, (i + r) * this.columns + j];
      this.re.set(block.re.subarray(from, from + block.columns), to);
      if (block.im) this.im!.set(block.im.subarray(from, from + block.columns), to);
    }
  }
}

/** How many matrices a tensor holds: its last two dimensions are theirs. */
export const matrixCount = (t: TensorType): number => elementCount(t.dims.slice(0, -2));

export function matrixAt(t: Tensor, batch: number): Matrix {
  const [rows, columns] = t.type.dims.slice(-2) as [number, number];
  const read = reader(t.type.element);
  const size = rows * columns;
  const all = Array.from({ length: size }, (_, k) => read(t.data, batch * size + k));
  if (!isComplex(t.type.element)) return new Matrix(rows, columns, Float64Array.from(all as number[]));
  const part = (p: 0 | 1) => Float64Array.from(all as (readonly [number, number])[], (x) => x[p]);
  return new Matrix(rows, columns, part(0), part(1));
}

/** Writes a matrix of a batch, rounded to the tensor's type. */
export function storeMatrix(out: Tensor, batch: number, m: Matrix): void {
  const write = writer(out.type.element);
  const start = batch * m.rows * m.columns;
  m.re.forEach((re, k) => {
    write(out.data, start + k, (m.im ? [re, m.im[k]!] : re) as Scalar);
  });
}
