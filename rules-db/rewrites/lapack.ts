/** LAPACK's routines as JAX defines them, where that is more than a call. */
import { type Builder, isComplex, op, rewrite, type Value, variables } from '../../src/rules/index.js';
import { dimsOf, elementOf, range } from './common.js';
import { Terms } from './terms.js';

const { a } = variables('a');

/** What info says where a matrix is not finite: LAPACK's own iterations might never end. */
const NOT_FINITE = -4;

class Eigen extends Terms {
  constructor(
    build: Builder,
    private readonly a: Value,
  ) {
    super(build);
  }

  /** A pred for each matrix of the batch. */
  finite(): Value {
    const rank = dimsOf(this.a).length;
    const parts = isComplex(elementOf(this.a)) ? [this.op('real', this.a), this.op('imag', this.a)] : [this.a];
    const finite = parts.map((p) => this.op('is-finite', p)).reduce((p, q) => this.op('and', p, q));
    return this.reduce(finite, [rank - 2, rank - 1], 'and', 1);
  }

  /** The batch's preds, one for each element of a tensor like `v`. */
  spread(pred: Value, v: Value): Value {
    return this.broadcast(pred, dimsOf(v), range(dimsOf(pred).length));
  }

  /** Complex eigenvectors from columns that are real vectors, or the real and the imaginary part of two conjugate ones. */
  unpacked(columns: Value, imaginary: Value): Value {
    const dims = dimsOf(columns);
    const last = dims.length - 1;
    const n = dims[last]!;
    const zero = this.fillLike(columns, 0);
    if (n < 2) return this.op('complex', columns, zero);
    const edge = this.cut(zero, last, 0, 1);
    const next = this.concatenate([this.cut(columns, last, 1, n), edge], last);
    const previous = this.concatenate([edge, this.cut(columns, last, 0, n - 1)], last);
    const im = this.broadcast(
      imaginary,
      dims,
      range(dims.length).filter((d) => d !== last - 1),
    );
    const [first, second] = [this.compare(im, 'GT', zero), this.compare(im, 'LT', zero)];
    return this.op(
      'complex',
      this.select(second, previous, columns),
      this.select(first, next, this.select(second, this.op('negate', columns), zero)),
    );
  }
}

export const Geev_Parts = rewrite(
  'geev(a) = what its parts say where a is finite, else info −4',
  op('lapack-geev', [a]),
  {
    stage: 'decompose',
    to: ({ a }, build) => {
      const t = new Eigen(build, a);
      const finite = t.finite();
      const safe = t.select(t.spread(finite, a), a, t.fillLike(a, 0));
      const parts = build.results('lapack-geev-parts', [safe], build.attributes);
      const info = parts.at(-1)!;
      const checked = t.select(finite, info, t.fillLike(info, NOT_FINITE));
      if (parts.length === 4) return [...parts.slice(0, 3), checked];
      const [re, im, left, right] = parts as [Value, Value, Value, Value];
      return [re, im, t.unpacked(left, im), t.unpacked(right, im), checked];
    },
    fp: ['signed-zero'],
  },
);
