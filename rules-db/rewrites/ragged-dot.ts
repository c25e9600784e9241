/** Products of groups that share a dimension, whose sizes are known at run time alone. */
import {
  type DotAttributes,
  ELEMENT,
  isUnsigned,
  op,
  type RaggedDotAttributes,
  rewrite,
  type TensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { count, dimsOf, elementOf, type Numbers } from './common.js';
import { others, Terms } from './terms.js';

const { x, y, n } = variables('x', 'y', 'n');

export const RaggedDot_ByGroups = rewrite(
  'ragged-dot(x, y, n) = a dot for each group of n rows, terms or batches of x',
  op('ragged-dot', [x, y, n]),
  {
    stage: 'decompose',
    to: ({ x, y, n }, build) => {
      const r = new Ragged(build);
      const a = build.attributes as RaggedDotAttributes;
      const [ragged] = a.lhsRagged;
      if (a.lhsBatch.includes(ragged!)) return r.dot(x, y, a, build.type);
      return a.lhsContracting.includes(ragged!) ? r.ofTerms(x, y, n, a, ragged!) : r.ofRows(x, y, n, a, ragged!);
    },
    fp: 'exact',
  },
);

/** Where groups start and end along the ragged dimension: s64, for each batch that has sizes of its own. */
interface Groups {
  readonly starts: Value;
  readonly ends: Value;
}

class Ragged extends Terms {
  dot(x: Value, y: Value, a: DotAttributes, type: TensorType): Value {
    const { lhsBatch, rhsBatch, lhsContracting, rhsContracting, precision } = a;
    const attributes = { lhsBatch, rhsBatch, lhsContracting, rhsContracting, ...(precision ? { precision } : {}) };
    return this.build.op('dot', [x, y], attributes, { type });
  }

  /** Group after group, its rows of the whole product are taken: rows cannot meet another group's numbers. */
  ofRows(x: Value, y: Value, sizes: Value, a: RaggedDotAttributes, ragged: number): Value {
    const { type } = this.build;
    const row = a.lhsBatch.length + others(x, ...a.lhsBatch, ...a.lhsContracting).indexOf(ragged);
    const { starts, ends } = this.groups(sizes, dimsOf(x)[ragged]!);
    const group = a.rhsGroup[0]!;
    const shifted = (dims: Numbers) => dims.map((d) => (d > group ? d - 1 : d));
    const within = { ...a, rhsBatch: shifted(a.rhsBatch), rhsContracting: shifted(a.rhsContracting) };
    const first = [this.build.fill(type, 0), x, y, starts, ends];
    const [all] = this.repeat(dimsOf(y)[group]!, first, (t, g, [out, lhs, rhs, from, to]) => {
      const r = new Ragged(t.build);
      const product = r.dot(lhs!, r.sliceAt(rhs!, group, g), within, type);
      const bound = (v: Value) => r.over(r.sliceAt(v, dimsOf(v).length - 1, g), type.dims);
      const inside = r.between(type.dims, row, bound(from!), bound(to!));
      return [r.select(inside, product, out!), lhs!, rhs!, from!, to!];
    });
    return all!;
  }

  /** With a copy of both sides for each group that is 0 outside of it. */
  ofTerms(x: Value, y: Value, sizes: Value, a: RaggedDotAttributes, ragged: number): Value {
    const groups = this.groups(sizes, dimsOf(x)[ragged]!);
    const other = a.rhsContracting[a.lhsContracting.indexOf(ragged)]!;
    const behind = (dims: Numbers) => dims.map((d) => d + 1);
    const attributes = {
      ...a,
      lhsBatch: [0, ...behind(a.lhsBatch)],
      rhsBatch: [0, ...behind(a.rhsBatch)],
      lhsContracting: behind(a.lhsContracting),
      rhsContracting: behind(a.rhsContracting),
    };
    const [left, right] = [this.copies(x, ragged, a.lhsBatch, groups), this.copies(y, other, a.rhsBatch, groups)];
    return this.dot(left, right, attributes, this.build.type);
  }

  /** Group by group in a new first dimension: the elements within it along a dimension, the others 0. */
  private copies(v: Value, dimension: number, batch: Numbers, { starts, ends }: Groups): Value {
    const dims = [dimsOf(starts).at(-1)!, ...dimsOf(v)];
    const copied = this.broadcast(
      v,
      dims,
      dimsOf(v).map((_, d) => d + 1),
    );
    const prefix = dimsOf(starts).slice(0, -1);
    const spread = (bound: Value) => this.broadcast(bound, dims, [...prefix.map((_, k) => batch[k]! + 1), 0]);
    const inside = this.between(dims, dimension + 1, spread(starts), spread(ends));
    return this.select(inside, copied, this.fillLike(copied, 0));
  }

  private between(dims: Numbers, dimension: number, from: Value, to: Value): Value {
    const place = this.iota('s64', dims, dimension);
    return this.op('and', this.compare(place, 'GE', from), this.compare(place, 'LT', to));
  }

  /** Of leading batches. */
  private over = (v: Value, dims: Numbers): Value =>
    this.broadcast(
      v,
      dims,
      dimsOf(v).map((_, d) => d),
    );

  private groups(sizes: Value, limit: number): Groups {
    const dims = dimsOf(sizes);
    const prefix = count(dims.slice(0, -1)) === 1 ? [] : dims.slice(0, -1);
    const flat = this.reshape(sizes, [...prefix, dims.at(-1)!]);
    const own = this.clamped(flat, limit);
    const sums = this.sumsUpTo(own);
    const most = this.fillLike(sums, limit);
    const starts = this.op('minimum', this.sub(sums, own), most);
    return { starts, ends: this.op('minimum', sums, most) };
  }

  /** Sizes within 0 and the limit, as s64. */
  private clamped(sizes: Value, limit: number): Value {
    const { bits } = ELEMENT[elementOf(sizes)];
    if (isUnsigned(elementOf(sizes)) && bits === 64)
      return this.convert(this.op('minimum', sizes, this.fillLike(sizes, limit)), 's64');
    const wide = this.convert(sizes, 's64');
    return this.op('minimum', this.op('maximum', wide, this.fillLike(wide, 0)), this.fillLike(wide, limit));
  }

  /** Along the last dimension, each element with all before it. */
  private sumsUpTo(v: Value): Value {
    const dims = dimsOf(v);
    const last = dims.length - 1;
    const ones = dims.map(() => 1);
    const attributes = {
      size: dims.map((n, d) => (d === last ? Math.max(1, n) : 1)),
      strides: ones,
      baseDilations: ones,
      windowDilations: ones,
      padding: dims.map((n, d) => [d === last ? Math.max(0, n - 1) : 0, 0] as const),
    };
    const called = [this.build.reducer('add', 's64')];
    return this.build.op('reduce-window', [v, this.scalar('s64', 0)], attributes, { called });
  }
}
