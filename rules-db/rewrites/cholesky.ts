/** Cholesky factors, column by column in a loop, in f64: what the op's definition says, rounded once. */
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
    const factor = t.lower(lower ? wide : t.adjoint(wide));
    return t.convert(lower ? factor : t.adjoint(factor), elementOf(x));
  },
  fp: 'exact',
});

class Factor extends Matrices {
  /** L of each matrix, all NaN where there is none; reads the lower triangle. */
  lower(a: Value): Value {
    const [found] = this.repeat(this.rows, [this.fillLike(a, 0), a], (t, j, [l, given]) => {
      const step = new Factor(t.build, l!);
      return [step.column(l!, given!, j), given!];
    });
    const real = this.op('real', found!);
    const diagonal = this.select(this.onDiagonal(), real, this.fillLike(real, 1));
    const { rank } = this;
    const least = this.reduce(diagonal, [rank - 2, rank - 1], 'minimum', Number.POSITIVE_INFINITY);
    const exists = this.compare(least, 'GT', this.fillLike(least, 0));
    const none = this.select(this.belowDiagonal('GE'), this.notANumber(a), this.fillLike(a, 0));
    return this.select(this.broadcast(exists, dimsOf(a), this.batch), found!, none);
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
