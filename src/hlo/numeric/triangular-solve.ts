/**
 * Triangular systems in the order of operations of XLA's expansion, whose results ill-conditioned matrices show: the
 * diagonal blocks are inverted row by row, then multiplied with. Every step is rounded to the element type; products are
 * summed with fused multiply-adds, in f32 where the type is narrower. A complex product is four real ones.
 */
import type { TriangularSolveAttributes } from '../attributes.js';
import { type ElementType, partType } from '../types.js';
import { roundTo } from './access.js';
import { divide } from './complex.js';
import { fmaF32 } from './fma.js';
import { Matrix } from './matrix.js';

/** Rows of the diagonal blocks that are inverted. */
export const TRIANGULAR_BLOCK = 128;

/** x with op(a)·x = b, or with x·op(a) = b. */
export function triangularSolve(a: Matrix, b: Matrix, element: ElementType, s: TriangularSolveAttributes): Matrix {
  return new Solver(partType(element), s).solve(a, b);
}

class Solver {
  private readonly fma: (a: number, b: number, c: number) => number;
  private readonly round: (x: number) => number;

  constructor(
    part: ElementType,
    private readonly s: TriangularSolveAttributes,
  ) {
    this.fma = part === 'f64' ? (a, b, c) => a * b + c : fmaF32;
    this.round = (x) => roundTo(part, x) as number;
  }

  solve(a: Matrix, b: Matrix): Matrix {
    const { leftSide, lower, transposeA } = this.s;
    const n = a.rows;
    const turned = transposeA !== 'NO_TRANSPOSE';
    const forward = leftSide === (lower !== turned);
    const x = Matrix.zeros(b.rows, b.columns, b);
    const blocks = Math.ceil(n / TRIANGULAR_BLOCK);
    const whole = this.turn(a);
    for (let step = 0; step < blocks; step++) {
      const at = TRIANGULAR_BLOCK * (forward ? step : blocks - 1 - step);
      const size = Math.min(TRIANGULAR_BLOCK, n - at);
      const inverse = this.turn(this.inverse(a.block(at, at, size, size)));
      const [from, count] = forward ? [0, at] : [at + size, n - at - size];
      if (leftSide) {
        let rest = b.block(at, 0, size, b.columns);
        if (count > 0)
          rest = this.minus(rest, this.product(whole.block(at, from, size, count), x.block(from, 0, count, b.columns)));
        x.place(at, 0, this.pairedProduct(inverse, rest));
      } else {
        let rest = b.block(0, at, b.rows, size);
        if (count > 0)
          rest = this.minus(rest, this.product(x.block(0, from, b.rows, count), whole.block(from, at, count, size)));
        x.place(0, at, this.pairedProduct(rest, inverse));
      }
    }
    return x;
  }

  private turn(m: Matrix): Matrix {
    const { transposeA } = this.s;
    if (transposeA === 'NO_TRANSPOSE') return m;
    return transposeA === 'ADJOINT' ? m.transposed().conjugated() : m.transposed();
  }

  /**
   * The inverse of a triangle: with its columns divided by the diagonal d it has ones there, and row j of that inverse is
   * minus its own row times the rows found before; then the rows are divided by d.
   */
  private inverse(block: Matrix): Matrix {
    const { lower } = this.s;
    const n = block.rows;
    const unit = this.unitTriangle(block);
    const found = unit.map(n, n, (i, j, part) => (i === j && part === unit.re ? -1 : 0));
    const first = lower ? 0 : n - 1;
    found.re[first * n + first] = 1;
    for (let step = 1; step < n; step++) {
      const j = lower ? step : n - 1 - step;
      const row = this.product(unit.block(j, 0, 1, n), found);
      found.place(
        j,
        0,
        row.map(1, n, (_, k, part) => -part[k]!),
      );
    }
    return this.s.unitDiagonal ? found : this.quotients(found, block, (i) => i);
  }

  /** The triangle with each column divided by its element of the diagonal, where that is not 0. */
  private unitTriangle(block: Matrix): Matrix {
    const n = block.rows;
    const { lower, unitDiagonal } = this.s;
    const inside = (i: number, j: number) => (lower ? j < i : j > i);
    const scaled = unitDiagonal ? block : this.quotients(block, withoutZeros(block), (_, j) => j);
    return scaled.map(n, n, (i, j, part) => {
      if (i === j) return part === scaled.re ? 1 : 0;
      return inside(i, j) ? part[i * n + j]! : 0;
    });
  }

  /** x[i, j] / d[k, k], k being given by i and j. */
  private quotients(x: Matrix, d: Matrix, of: (i: number, j: number) => number): Matrix {
    const n = x.columns;
    const out = Matrix.zeros(x.rows, n, x);
    for (let i = 0; i < x.rows; i++) {
      for (let j = 0; j < n; j++) {
        const k = of(i, j) * (d.columns + 1);
        const at = i * n + j;
        if (out.im) {
          const [re, im] = divide([x.re[at]!, x.im![at]!], [d.re[k]!, d.im![k]!]);
          out.re[at] = this.round(re);
          out.im[at] = this.round(im);
        } else out.re[at] = this.round(x.re[at]! / d.re[k]!);
      }
    }
    return out;
  }

  private minus(a: Matrix, b: Matrix): Matrix {
    const { round } = this;
    const of = (x: Float64Array, y: Float64Array) => x.map((v, k) => round(v - y[k]!));
    return new Matrix(a.rows, a.columns, of(a.re, b.re), a.im && of(a.im, b.im!));
  }

  private product = (a: Matrix, b: Matrix): Matrix => this.combined(a, b, (x, y) => this.sums(x, y, 0, 1));

  /** Even terms and odd ones summed apart. */
  private pairedProduct = (a: Matrix, b: Matrix): Matrix =>
    this.combined(a, b, (x, y) => {
      const [even, odd] = [this.sums(x, y, 0, 2), this.sums(x, y, 1, 2)];
      return even.map((v, k) => this.wide(v + odd[k]!));
    });

  /** A product of matrices from products of their parts. */
  private combined(a: Matrix, b: Matrix, times: (x: Plane, y: Plane) => Float64Array): Matrix {
    const plane = (m: Matrix, part: Float64Array): Plane => ({ rows: m.rows, columns: m.columns, part });
    const [ar, br] = [plane(a, a.re), plane(b, b.re)];
    const re = times(ar, br);
    if (!a.im || !b.im) return new Matrix(a.rows, b.columns, re.map(this.round));
    const [ai, bi] = [plane(a, a.im), plane(b, b.im)];
    const [ii, ri, ir] = [times(ai, bi), times(ar, bi), times(ai, br)];
    const real = re.map((x, k) => this.round(x - ii[k]!));
    return new Matrix(
      a.rows,
      b.columns,
      real,
      ir.map((x, k) => this.round(x + ri[k]!)),
    );
  }

  /** Σ x[i, k]·y[k, j] over k = start, start + step … */
  private sums(x: Plane, y: Plane, start: number, step: number): Float64Array {
    const { fma } = this;
    const out = new Float64Array(x.rows * y.columns);
    for (let i = 0; i < x.rows; i++) {
      for (let k = start; k < x.columns; k += step) {
        const v = x.part[i * x.columns + k]!;
        for (let j = 0; j < y.columns; j++) {
          const at = i * y.columns + j;
          out[at] = fma(v, y.part[k * y.columns + j]!, out[at]!);
        }
      }
    }
    return out;
  }

  /** Rounded to the type that sums are kept in. */
  private wide = (x: number): number => (this.fma === fmaF32 ? Math.fround(x) : x);
}

/** The diagonal with ones in the place of zeros. */
const withoutZeros = (m: Matrix): Matrix =>
  m.map(m.rows, m.columns, (i, j, part) => {
    const k = i * m.columns + j;
    const isZero = m.re[k] === 0 && (m.im?.[k] ?? 0) === 0;
    return isZero && part === m.re ? 1 : part[k]!;
  });

interface Plane {
  readonly rows: number;
  readonly columns: number;
  readonly part: Float64Array;
}
