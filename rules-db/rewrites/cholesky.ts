/**
 * Cholesky factors in f64, rounded once: blocks of columns, each column by column in a loop, which for small matrices is
 * what the op's definition says.
 */
import {
  type CholeskyAttributes,
  guard,
  isComplex,
  op,
  type Random,
  rewrite,
  type TensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { count, dimsOf, elementOf } from './common.js';
import { Matrices, tame } from './matrices.js';

const { x } = variables('x');

/** Columns of a block. */
const BLOCK = 64;

export const Cholesky_ByColumns = rewrite('cholesky(x) = L with L·Lᴴ = x, column by column', op('cholesky', [x]), {
  stage: 'decompose',
  when: [
    guard('x has elements', ({ x }) => count(dimsOf(x)) > 0, {
      // Of arbitrary numbers hardly any are positive definite.
      x: (random: Random, type: TensorType) => (random.chance(0.7) ? tame(random, type) : undefined),
    }),
  ],
  to: ({ x }, build) => {
    const t = new Factor(build, x);
    const { lower } = build.attributes as CholeskyAttributes;
    const wide = t.convert(x, isComplex(elementOf(x)) ? 'c128' : 'f64');
    const factor = t.checked(t.lower(lower ? wide : t.adjoint(wide)));
    return t.convert(lower ? factor : t.adjoint(factor), elementOf(x));
  },
  fp: ['reassociates'],
});

class Factor extends Matrices {
  /** L of each matrix, with NaN among its elements where there is none; reads the lower triangle. */
  lower(a: Value): Value {
    const n = this.rows;
    if (n <= BLOCK) return this.byColumns(a);
    const blocks: Value[] = [];
    for (let start = 0; start < n; start += BLOCK) {
      const end = Math.min(n, start + BLOCK);
      const panel = this.block(a, [start, n], [start, end]);
      blocks.push(this.blockColumn(this.withoutKnown(panel, blocks)));
    }
    const columns = blocks.map((b) => {
      const low = dimsOf(b).map((_, d) => (d === this.rank - 2 ? n - dimsOf(b)[d]! : 0));
      const none = low.map(() => 0);
      return this.build.op('pad', [b, this.scalar(elementOf(b), 0)], { low, high: none, interior: none });
    });
    return this.concatenate(columns, this.rank - 1);
  }

  /** A panel of the lowest rows, less what the blocks on its left account for. */
  private withoutKnown(panel: Value, blocks: readonly Value[]): Value {
    if (blocks.length === 0) return panel;
    const [rows, columns] = dimsOf(panel).slice(-2) as [number, number];
    const beside = blocks.map((b) => {
      const own = dimsOf(b).at(-2)!;
      return this.cut(b, this.rank - 2, own - rows, own);
    });
    const left = this.concatenate(beside, this.rank - 1);
    const top = this.cut(left, this.rank - 2, 0, columns);
    return this.sub(panel, this.product(left, this.adjoint(top)));
  }

  /** The factor of the square on top, and X with X·Lᴴ = what is under it. */
  private blockColumn(panel: Value): Value {
    const [rows, columns] = dimsOf(panel).slice(-2) as [number, number];
    const square = this.cut(panel, this.rank - 2, 0, columns);
    const factor = new Factor(this.build, square).byColumns(square);
    if (rows === columns) return factor;
    const below = this.build.op('triangular-solve', [factor, this.cut(panel, this.rank - 2, columns, rows)], {
      leftSide: false,
      lower: true,
      unitDiagonal: false,
      transposeA: 'ADJOINT',
    });
    return this.concatenate([factor, below], this.rank - 2);
  }

  private byColumns(a: Value): Value {
    const [found] = this.repeat(this.rows, [this.fillLike(a, 0), a], (t, j, [l, given]) => {
      const step = new Factor(t.build, l!);
      return [step.column(l!, given!, j), given!];
    });
    return found!;
  }

  /** The factor, or NaN all over its triangle where a root was none. */
  checked(found: Value): Value {
    const real = this.op('real', found);
    const diagonal = this.select(this.onDiagonal(), real, this.fillLike(real, 1));
    const { rank } = this;
    const least = this.reduce(diagonal, [rank - 2, rank - 1], 'minimum', Number.POSITIVE_INFINITY);
    const exists = this.compare(least, 'GT', this.fillLike(least, 0));
    const none = this.select(this.belowDiagonal('GE'), this.notANumber(found), this.fillLike(found, 0));
    return this.select(this.broadcast(exists, dimsOf(found), this.batch), found, none);
  }

  private notANumber(a: Value): Value {
    const part = this.fillLike(this.op('real', a), Number.NaN);
    return isComplex(elementOf(a)) ? this.op('complex', part, this.fillLike(part, 0)) : part;
  }

  /** L with its column j: (a[:, j] − L·conj(L[j, :])) / √(that at j), below the diagonal. */
  private column(l: Value, a: Value, j: Value): Value {
    const row = this.rowAt(l, j);
    const conjugate = isComplex(elementOf(l)) ? this.op('conj', row) : row;
    const known = this.product(l, this.transposed(conjugate));
    const rest = this.sub(this.columnAt(a, j), known);
    const pivot = this.op('real', this.rowAt(rest, j));
    const root = this.op('sqrt', pivot);
    const dims = dimsOf(rest);
    const [below, roots] = [
      this.quotient(rest, this.along(root, dims)),
      this.complexLike(rest, this.along(root, dims)),
    ];
    const place = this.iota('s32', dims, this.rank - 2);
    const at = this.broadcast(j, dims);
    const lowerPart = this.select(this.compare(place, 'GT', at), below, this.fillLike(below, 0));
    const column = this.select(this.compare(place, 'EQ', at), roots, lowerPart);
    return this.placeColumn(l, column, j);
  }

  private along = (v: Value, dims: readonly number[]): Value =>
    this.broadcast(
      v,
      dims,
      dims.map((_, d) => d),
    );

  /** By real numbers: both parts. */
  private quotient(v: Value, by: Value): Value {
    if (!isComplex(elementOf(v))) return this.div(v, by);
    return this.op('complex', this.div(this.op('real', v), by), this.div(this.op('imag', v), by));
  }

  private complexLike = (v: Value, real: Value): Value =>
    isComplex(elementOf(v)) ? this.op('complex', real, this.fillLike(real, 0)) : real;
}
