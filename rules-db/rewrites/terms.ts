/** Short words for the terms that decompositions are made of. */
import {
  type Builder,
  type CompareAttributes,
  type ElementType,
  isFloat,
  isUnsigned,
  partType,
  type TensorType,
  tensorType,
  type Value,
} from '../../src/rules/index.js';
import { dimsOf, elementOf, type Numbers, range } from './common.js';

export class Terms {
  constructor(readonly build: Builder) {}

  op = (name: string, ...operands: readonly Value[]): Value => this.build.op(name, operands);
  add = (a: Value, b: Value): Value => this.op('add', a, b);
  sub = (a: Value, b: Value): Value => this.op('subtract', a, b);
  mul = (a: Value, b: Value): Value => this.op('multiply', a, b);
  div = (a: Value, b: Value): Value => this.op('divide', a, b);
  select = (p: Value, a: Value, b: Value): Value => this.op('select', p, a, b);

  /** The number in every element of a tensor like `v`. */
  fillLike = (v: Value, n: number): Value =>
    this.build.fill({ kind: 'tensor', element: elementOf(v), dims: dimsOf(v) }, n);
  scalar = (element: ElementType, n: number): Value => this.build.fill(tensorType(element), n);

  compare(a: Value, direction: CompareAttributes['direction'], b: Value): Value {
    const element = partType(elementOf(a));
    const type = isFloat(element) ? 'FLOAT' : isUnsigned(element) || element === 'pred' ? 'UNSIGNED' : 'SIGNED';
    return this.build.op('compare', [a, b], { direction, type });
  }

  /** Dimension d of `v` is dimension `dimensions[d]` of the result. */
  broadcast(v: Value, dims: Numbers, dimensions: Numbers = []): Value {
    return this.build.op('broadcast', [v], { dimensions }, { type: tensorType(elementOf(v), dims) });
  }

  reshape(v: Value, dims: Numbers): Value {
    return this.build.op('reshape', [v], {}, { type: tensorType(elementOf(v), dims) });
  }

  /** The index along a dimension. */
  iota(element: ElementType, dims: Numbers, dimension: number): Value {
    return this.build.op('iota', [], { dimension }, { type: tensorType(element, dims) });
  }

  slice(v: Value, starts: Numbers, limits: Numbers, strides: Numbers = starts.map(() => 1)): Value {
    return this.build.op('slice', [v], { starts, limits, strides });
  }

  /** From `start` on along one dimension. */
  cut(v: Value, dimension: number, start: number, limit: number, stride = 1): Value {
    const dims = dimsOf(v);
    const only = (n: number, other: Numbers) => other.map((o, d) => (d === dimension ? n : o));
    const zeros = dims.map(() => 0);
    return this.slice(
      v,
      only(start, zeros),
      only(limit, dims),
      only(
        stride,
        dims.map(() => 1),
      ),
    );
  }

  concatenate = (parts: readonly Value[], dimension: number): Value =>
    this.build.op('concatenate', parts, { dimension });

  dynamicSlice = (v: Value, starts: readonly Value[], sizes: Numbers): Value =>
    this.build.op('dynamic-slice', [v, ...starts], { sizes });

  /** Where a window begins that lies at an index, an s32, along one dimension. */
  startsAt(v: Value, dimension: number, at: Value): Value[] {
    const zero = this.scalar('s32', 0);
    return dimsOf(v).map((_, d) => (d === dimension ? at : zero));
  }

  /** The slice at an index, which loses the dimension. */
  sliceAt(v: Value, dimension: number, at: Value): Value {
    const sizes = dimsOf(v).map((n, d) => (d === dimension ? 1 : n));
    const piece = this.dynamicSlice(v, this.startsAt(v, dimension, at), sizes);
    return this.reshape(
      piece,
      dimsOf(v).filter((_, d) => d !== dimension),
    );
  }

  transpose = (v: Value, permutation: Numbers): Value => this.build.op('transpose', [v], { permutation });

  convert = (v: Value, element: ElementType): Value => this.build.as(v, element);

  /** All elements along some dimensions, combined by an op whose identity is `init`. */
  reduce(v: Value, dimensions: Numbers, by: string, init: number): Value {
    const element = elementOf(v);
    const called = [this.build.reducer(by, element)];
    return this.build.op('reduce', [v, this.scalar(element, init)], { dimensions }, { called });
  }

  /** Carries values through `count` steps: the body gets the step's number, an s32, and what is carried. */
  repeat(
    count: number,
    first: readonly Value[],
    body: (t: Terms, step: Value, carried: readonly Value[]) => readonly Value[],
  ): readonly Value[] {
    const counter = tensorType('s32');
    const types = [counter, ...first.map((v) => v.tensorType)] as readonly TensorType[];
    const condition = this.build.computation('condition', types, (b, [k]) => [
      new Terms(b).compare(k!, 'LT', b.fill(counter, count)),
    ]);
    const step = this.build.computation('body', types, (b, [k, ...carried]) => {
      const t = new Terms(b);
      return [t.add(k!, b.fill(counter, 1)), ...body(t, k!, carried)];
    });
    const operands = [this.build.fill(counter, 0), ...first];
    return this.build.results('while', operands, {}, { type: types, called: [condition, step] }).slice(1);
  }
}

/** All dimensions of `v` but these. */
export const others = (v: Value, ...dimensions: Numbers): Numbers =>
  range(dimsOf(v).length).filter((d) => !dimensions.includes(d));
