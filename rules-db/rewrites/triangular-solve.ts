/**
 * Triangular systems as the op's definition says (src/hlo/numeric/triangular-solve.ts): the diagonal blocks are inverted,
 * a row in each step of a loop, and all else is products. Complex numbers are worked on part by part.
 */
import {
  type Builder,
  guard,
  isComplex,
  op,
  partType,
  rewrite,
  type TriangularSolveAttributes,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { count, dimsOf, elementOf } from './common.js';
import { Matrices, tame } from './matrices.js';

const { a, b } = variables('a', 'b');

const BLOCK = 128;

/** Real and imaginary part; of real matrices the one. */
type Parts = readonly Value[];

export const TriangularSolve_ByBlocks = rewrite(
  'triangular-solve(a, b) = a⁻¹·b or b·a⁻¹, diagonal block by diagonal block',
  op('triangular-solve', [a, b]),
  {
    stage: 'decompose',
    when: [guard('a and b have elements', ({ a, b }) => count(dimsOf(a)) > 0 && count(dimsOf(b)) > 0, { a: tame })],
    to: ({ a, b }, build) => new Solver(build, a).solve(a, b),
    fp: ['reassociates'],
  },
);

class Solver extends Matrices {
  private readonly s: TriangularSolveAttributes;

  constructor(build: Builder, a: Value) {
    super(build, a);
    this.s = build.attributes as TriangularSolveAttributes;
  }

  solve(a: Value, b: Value): Value {
    const { leftSide, lower, transposeA } = this.s;
    const n = this.rows;
    const forward = leftSide === (lower !== (transposeA !== 'NO_TRANSPOSE'));
    const blocks = Math.ceil(n / BLOCK);
    const [triangle, right] = [this.partsOf(a), this.partsOf(b)];
    const whole = this.turned(triangle);
    const found: Parts[] = [];
    for (let step = 0; step < blocks; step++) {
      const at = BLOCK * (forward ? step : blocks - 1 - step);
      const range = [at, Math.min(n, at + BLOCK)] as const;
      const inverse = this.turned(this.inverse(this.each(triangle, (p) => this.block(p, range, range))));
      const before = forward ? ([0, at] as const) : ([range[1], n] as const);
      let rest = this.each(right, (p) => this.cut(p, this.along, ...range));
      if (found.length > 0) {
        const known = this.joined(forward ? found : found.toReversed());
        const coefficients = this.each(whole, (p) =>
          leftSide ? this.block(p, range, before) : this.block(p, before, range),
        );
        const taken = leftSide ? this.times(coefficients, known) : this.times(known, coefficients);
        rest = rest.map((p, k) => this.sub(p, taken[k]!));
      }
      found.push(leftSide ? this.pairedTimes(inverse, rest) : this.pairedTimes(rest, inverse));
    }
    const x = this.joined(forward ? found : found.toReversed());
    return x.length === 2 ? this.op('complex', ...x) : x[0]!;
  }

  /** The dimension of b and x along which the unknowns lie. */
  private get along(): number {
    return this.s.leftSide ? this.rank - 2 : this.rank - 1;
  }

  private joined(blocks: readonly Parts[]): Parts {
    if (blocks.length === 1) return blocks[0]!;
    return blocks[0]!.map((_, p) =>
      this.concatenate(
        blocks.map((b) => b[p]!),
        this.along,
      ),
    );
  }

  private partsOf = (v: Value): Parts => (isComplex(elementOf(v)) ? [this.op('real', v), this.op('imag', v)] : [v]);
  private each = (m: Parts, f: (part: Value, k: number) => Value): Parts => m.map(f);

  private turned(m: Parts): Parts {
    const { transposeA } = this.s;
    if (transposeA === 'NO_TRANSPOSE') return m;
    const [re, im] = this.each(m, (p) => this.transposed(p));
    if (!im) return [re!];
    return [re!, transposeA === 'ADJOINT' ? this.op('negate', im) : im];
  }

  /** Of a triangle: row j is minus row j of the unit triangle times the rows found before. */
  private inverse(block: Parts): Parts {
    const { lower, unitDiagonal } = this.s;
    const dims = dimsOf(block[0]!);
    const n = dims.at(-1)!;
    const unit = this.unitTriangle(block);
    const found = this.repeat(n - 1, [...this.firstRows(block), ...unit], (t, step, carried) => {
      const inner = new Solver(t.build, unit[0]!);
      const [now, given] = [carried.slice(0, block.length), carried.slice(block.length)];
      const j = lower ? t.add(step, t.scalar('s32', 1)) : t.sub(t.scalar('s32', n - 2), step);
      const row = inner.times(
        given.map((p) => inner.rowAt(p, j)),
        now,
      );
      return [...now.map((p, k) => inner.placeRow(p, t.op('negate', row[k]!), j)), ...given];
    }).slice(0, block.length);
    return unitDiagonal ? found : this.divided(found, this.diagonal(block), 'rows');
  }

  /** Minus the identity, but for the row that is known: the first or, of an upper triangle, the last. */
  private firstRows(block: Parts): Parts {
    const dims = dimsOf(block[0]!);
    const zero = this.fillLike(block[0]!, 0);
    const first = this.s.lower ? 0 : dims.at(-1)! - 1;
    const rows = this.iota('s32', dims, this.rank - 2);
    const isFirst = this.compare(rows, 'EQ', this.fillLike(rows, first));
    const signs = this.select(isFirst, this.fillLike(block[0]!, 1), this.fillLike(block[0]!, -1));
    return block.map((_, k) => (k === 0 ? this.select(this.onDiagonal(dims), signs, zero) : zero));
  }

  /** The triangle with ones on the diagonal, its columns divided by what was there, where that is not 0. */
  private unitTriangle(block: Parts): Parts {
    const { lower, unitDiagonal } = this.s;
    const dims = dimsOf(block[0]!);
    const inside = this.belowDiagonal(lower ? 'GT' : 'LT', dims);
    const scaled = unitDiagonal ? block : this.divided(block, this.withoutZeros(this.diagonal(block)), 'columns');
    return scaled.map((p, k) => {
      const zero = this.fillLike(p, 0);
      const triangle = this.select(inside, p, zero);
      return k === 0 ? this.select(this.onDiagonal(dims), this.fillLike(p, 1), triangle) : triangle;
    });
  }

  /** As vectors. */
  private diagonal(block: Parts): Parts {
    const on = this.onDiagonal(dimsOf(block[0]!));
    return this.each(block, (p) => this.reduce(this.select(on, p, this.fillLike(p, -0)), [this.rank - 1], 'add', -0));
  }

  private withoutZeros(d: Parts): Parts {
    const isZero = d.map((p) => this.compare(p, 'EQ', this.fillLike(p, 0))).reduce((x, y) => this.op('and', x, y));
    return [this.select(isZero, this.fillLike(d[0]!, 1), d[0]!), ...d.slice(1)];
  }

  /** Each column, or row, divided by its element of a vector. */
  private divided(m: Parts, by: Parts, what: 'columns' | 'rows'): Parts {
    const dims = dimsOf(m[0]!);
    const dimension = what === 'columns' ? this.rank - 1 : this.rank - 2;
    const spread = this.each(by, (p) => this.broadcast(p, dims, [...this.batch, dimension]));
    if (m.length === 1) return [this.div(m[0]!, spread[0]!)];
    return this.partsOf(this.div(this.op('complex', ...m), this.op('complex', ...spread)));
  }

  private times = (x: Parts, y: Parts): Parts => this.combined(x, y, (p, q) => this.product(p, q, this.wide(p)));

  /** Even terms and odd ones summed apart. */
  private pairedTimes = (x: Parts, y: Parts): Parts =>
    this.combined(x, y, (p, q) => {
      const size = dimsOf(p).at(-1)!;
      const terms = (start: number) => {
        const left = this.cut(p, this.rank - 1, start, size, 2);
        return this.product(left, this.cut(q, this.rank - 2, start, size, 2), this.wide(p));
      };
      return size === 1 ? terms(0) : this.add(terms(0), terms(1));
    });

  /** A product from products of parts, each rounded to the element type. */
  private combined(x: Parts, y: Parts, times: (p: Value, q: Value) => Value): Parts {
    const rounded = (v: Value) => this.convert(v, elementOf(x[0]!));
    const [re] = [times(x[0]!, y[0]!)];
    if (x.length === 1) return [rounded(re!)];
    const imaginary = this.add(times(x[1]!, y[0]!), times(x[0]!, y[1]!));
    return [rounded(this.sub(re!, times(x[1]!, y[1]!))), rounded(imaginary)];
  }

  /** The type that products of these are summed in. */
  private wide = (v: Value) => (partType(elementOf(v)) === 'f64' ? 'f64' : 'f32');
}
