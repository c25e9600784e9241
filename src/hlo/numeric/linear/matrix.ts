/** Complex matrices in double: what the reference algorithms of linear algebra work on. Real ones have zero imaginary parts. */
import { type Complex, conjugate, multiply, subtract } from '../complex.js';

export const ZERO: Complex = [0, 0];
export const ONE: Complex = [1, 0];

export const isZero = ([re, im]: Complex): boolean => re === 0 && im === 0;
export const scaled = ([re, im]: Complex, by: number): Complex => [re * by, im * by];

export class Matrix {
  constructor(
    readonly rows: number,
    readonly columns: number,
    /** Row by row. */
    readonly elements: Complex[] = new Array<Complex>(rows * columns).fill(ZERO),
  ) {}

  static identity(rows: number, columns = rows): Matrix {
    return Matrix.of(rows, columns, (i, j) => (i === j ? ONE : ZERO));
  }

  static of(rows: number, columns: number, f: (i: number, j: number) => Complex): Matrix {
    return new Matrix(
      rows,
      columns,
      Array.from({ length: rows * columns }, (_, k) => f(Math.floor(k / columns), k % columns)),
    );
  }

  get = (i: number, j: number): Complex => this.elements[i * this.columns + j]!;

  set(i: number, j: number, x: Complex): void {
    this.elements[i * this.columns + j] = x;
  }

  copy = (): Matrix => new Matrix(this.rows, this.columns, [...this.elements]);
  adjoint = (): Matrix => Matrix.of(this.columns, this.rows, (i, j) => conjugate(this.get(j, i)));
  transposed = (): Matrix => Matrix.of(this.columns, this.rows, (i, j) => this.get(j, i));
  column = (j: number): Complex[] => Array.from({ length: this.rows }, (_, i) => this.get(i, j));
  /** Columns `from` … `to` − 1. */
  part = (from: number, to: number): Matrix => Matrix.of(this.rows, to - from, (i, j) => this.get(i, from + j));

  setColumn(j: number, x: readonly Complex[]): void {
    x.forEach((v, i) => {
      this.set(i, j, v);
    });
  }

  times(other: Matrix): Matrix {
    return Matrix.of(this.rows, other.columns, (i, j) => {
      let [re, im] = ZERO;
      for (let k = 0; k < this.columns; k++) {
        const [p, q] = multiply(this.get(i, k), other.get(k, j));
        re += p;
        im += q;
      }
      return [re, im];
    });
  }

  swapRows(p: number, q: number): void {
    if (p === q) return;
    for (let j = 0; j < this.columns; j++) {
      const x = this.get(p, j);
      this.set(p, j, this.get(q, j));
      this.set(q, j, x);
    }
  }

  /** The Hermitian matrix of which one triangle is given. */
  hermitian(lower: boolean): Matrix {
    return Matrix.of(this.rows, this.rows, (i, j) => {
      if (i === j) return [this.get(i, i)[0], 0];
      return lower === i > j ? this.get(i, j) : conjugate(this.get(j, i));
    });
  }

  isFinite = (): boolean => this.elements.every((z) => z.every(Number.isFinite));
}

/** xᴴ·y */
export function inner(x: readonly Complex[], y: readonly Complex[]): Complex {
  let [re, im] = ZERO;
  x.forEach((v, i) => {
    const [p, q] = multiply(conjugate(v), y[i]!);
    re += p;
    im += q;
  });
  return [re, im];
}

export const norm = (x: readonly Complex[]): number => Math.hypot(...x.flat());

/** x − factor·y, in place. */
export function subtractMultiple(x: Complex[], factor: Complex, y: readonly Complex[]): void {
  y.forEach((v, i) => {
    x[i] = subtract(x[i]!, multiply(factor, v));
  });
}
