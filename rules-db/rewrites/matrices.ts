/** Terms over batches of matrices, the last two dimensions of a tensor. */
import {
  type Builder,
  type CompareAttributes,
  type ElementType,
  isComplex,
  Literal,
  partType,
  type Random,
  storageOf,
  type TensorType,
  type Value,
} from '../../src/rules/index.js';
import { count, dimsOf, elementOf, type Numbers, range } from './common.js';
import { Terms } from './terms.js';

export class Matrices extends Terms {
  readonly rank: number;
  readonly rows: number;
  /** The dimensions before the last two. */
  readonly batch: Numbers;

  constructor(
    build: Builder,
    private readonly like: Value,
  ) {
    super(build);
    const dims = dimsOf(like);
    this.rank = dims.length;
    this.rows = dims.at(-2)!;
    this.batch = range(this.rank - 2);
  }

  transposed(v: Value): Value {
    return this.transpose(v, [...this.batch, this.rank - 1, this.rank - 2]);
  }

  adjoint(v: Value): Value {
    const turned = this.transposed(v);
    return isComplex(elementOf(v)) ? this.op('conj', turned) : turned;
  }

  /** Of matrices side by side, in an element type of its own where one is named. */
  product(a: Value, b: Value, element: ElementType = elementOf(a)): Value {
    const { batch, rank } = this;
    const attributes = { lhsBatch: batch, rhsBatch: batch, lhsContracting: [rank - 1], rhsContracting: [rank - 2] };
    const dims = [...dimsOf(a).slice(0, -1), dimsOf(b).at(-1)!];
    return this.build.op('dot', [a, b], attributes, { type: { kind: 'tensor', element, dims } });
  }

  rowAt = (v: Value, j: Value): Value => this.pieceAt(v, j, this.rank - 2);
  columnAt = (v: Value, j: Value): Value => this.pieceAt(v, j, this.rank - 1);

  private pieceAt(v: Value, j: Value, dimension: number): Value {
    const sizes = dimsOf(v).map((n, d) => (d === dimension ? 1 : n));
    return this.dynamicSlice(v, this.startsAt(v, dimension, j), sizes);
  }

  placeRow = (v: Value, row: Value, j: Value): Value =>
    this.op('dynamic-update-slice', v, row, ...this.startsAt(v, this.rank - 2, j));
  placeColumn = (v: Value, column: Value, j: Value): Value =>
    this.op('dynamic-update-slice', v, column, ...this.startsAt(v, this.rank - 1, j));

  /** The block of these rows and columns. */
  block(v: Value, rows: readonly [number, number], columns: readonly [number, number]): Value {
    return this.cut(this.cut(v, this.rank - 2, ...rows), this.rank - 1, ...columns);
  }

  private places(direction: CompareAttributes['direction'], dims: Numbers): Value {
    const { rank } = this;
    return this.compare(this.iota('s32', dims, rank - 2), direction, this.iota('s32', dims, rank - 1));
  }

  onDiagonal = (dims: Numbers = dimsOf(this.like)): Value => this.places('EQ', dims);

  /** Row above, or at least at, column. */
  belowDiagonal = (direction: 'GT' | 'GE' | 'LT', dims: Numbers = dimsOf(this.like)): Value =>
    this.places(direction, dims);
}

/** Matrices whose diagonal outweighs the rest: well conditioned and, if symmetric, positive definite. */
export function tame(random: Random, type: TensorType): Literal | undefined {
  const { dims, element } = type;
  const [rows = 0, columns = 0] = dims.slice(-2);
  if (dims.length < 2 || !/^(c|f\d\d|bf16)/.test(element)) return undefined;
  const parts = isComplex(element) ? 2 : 1;
  const narrow = ['f16', 'bf16'].includes(partType(element));
  const data = new (storageOf(element))(count(dims) * parts);
  for (let k = 0; k < data.length; k++) {
    const at = Math.floor(k / parts) % (rows * columns);
    const isDiagonal = Math.floor(at / columns) === at % columns;
    const isReal = k % parts === 0;
    const x = isDiagonal ? (isReal ? 2 + random.unit() : 0) : (random.unit() - 0.5) / 4;
    data[k] = narrow ? 0 : (x as never);
  }
  return narrow ? undefined : Literal.dense(type, data);
}
