/** sort and topk. */
import type { SortAttributes, TopKAttributes } from '../attributes.js';
import { reader } from '../numeric/access.js';
import { defineOp, type EvaluateContext, type OpDefinition, type Scalar } from '../registry.js';
import { allocate, partsOf, type Tensor } from '../tensor.js';
import {
  DYNAMIC,
  ELEMENT,
  type ElementType,
  elementCount,
  isFloat,
  rowMajorStrides,
  showType,
  type TensorType,
  tensorType,
} from '../types.js';
import { attributesOf, check, checkDimension, dimsAgree, operandTensor, operandType } from './context.js';
import { withDims } from './movement.js';
import { capturedScalars, capturesOf } from './reduction.js';

type Less = (a: number, b: number) => boolean;

/** Sorts `order`, stably, by merging runs of growing length: an element of the right run goes first only if it is less. */
export function stableSort(order: Int32Array, less: Less): Int32Array {
  const n = order.length;
  let from = order;
  let to: Int32Array = new Int32Array(n);
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      for (let i = start, j = middle, k = start; k < end; k++) {
        const right = i >= middle || (j < end && less(from[j]!, from[i]!));
        to[k] = right ? from[j++]! : from[i++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Up to this many are kept in order by insertion; more are found by sorting all. */
const INSERTION = 64;

/** The first k of n positions in stable order. */
function firstOf(k: number, n: number, before: Less): Int32Array {
  if (k > INSERTION)
    return stableSort(
      Int32Array.from({ length: n }, (_, i) => i),
      before,
    );
  const best = new Int32Array(k);
  for (let i = 0, count = 0; i < n && k > 0; i++) {
    if (count === k && !before(i, best[k - 1]!)) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && before(i, best[at - 1]!); at--) best[at] = best[at - 1]!;
    best[at] = i;
  }
  return best;
}

/** For every row along `dimension`: where it starts, in elements. */
export function* rowsAlong(dims: readonly number[], dimension: number): Generator<number> {
  const stride = rowMajorStrides(dims)[dimension]!;
  const n = dims[dimension]!;
  const outer = elementCount(dims.slice(0, dimension));
  for (let o = 0; o < outer; o++) for (let i = 0; i < stride; i++) yield o * n * stride + i;
}

export function evaluateSort(c: EvaluateContext): Tensor[] {
  const { dimension } = attributesOf<SortAttributes>(c);
  const count = c.operands.length - capturesOf(c);
  const inputs = Array.from({ length: count }, (_, i) => operandTensor(c, i));
  const outs = inputs.map((t) => allocate(t.type));
  const { dims } = inputs[0]!.type;
  if (dims.includes(0)) return outs;
  const comparator = c.region(c.called[0]!).first;
  const rest = capturedScalars(c);
  const n = dims[dimension]!;
  const stride = rowMajorStrides(dims)[dimension]!;
  const columns = inputs.map((t) => columnFor(t.type.element, n));
  const readers = inputs.map((t) => reader(t.type.element));
  const less = lessThan(comparator, columns, rest);
  for (const start of rowsAlong(dims, dimension)) {
    columns.forEach((column, k) => {
      for (let i = 0; i < n; i++) column[i] = readers[k]!(inputs[k]!.data, start + i * stride);
    });
    const order = stableSort(
      Int32Array.from({ length: n }, (_, i) => i),
      less,
    );
    outs.forEach((out, k) => {
      const parts = partsOf(out.type.element);
      for (let i = 0; i < n; i++) {
        for (let p = 0; p < parts; p++) {
          out.data[(start + i * stride) * parts + p] = inputs[k]!.data[(start + order[i]! * stride) * parts + p]!;
        }
      }
    });
  }
  return outs;
}

/** The scalars of one row. */
interface Column {
  [i: number]: Scalar;
}

/** Numbers go to a typed array, so that reading them makes no objects. */
const columnFor = (element: ElementType, n: number): Column => {
  const { class: cls, bits } = ELEMENT[element];
  return cls === 'complex' || (bits === 64 && cls !== 'float') ? new Array<Scalar>(n) : new Float64Array(n);
};

/** The comparator on positions of a row, as code of its own. */
function lessThan(f: (...args: Scalar[]) => Scalar, columns: readonly Column[], rest: readonly Scalar[]): Less {
  const args = [...columns.flatMap((_, k) => [`c${k}[a]`, `c${k}[b]`]), ...rest.map((_, k) => `r${k}`)];
  const names = [...columns.map((_, k) => `c${k}`), ...rest.map((_, k) => `r${k}`)];
  return new Function('f', ...names, `return (a, b) => f(${args.join(', ')}) !== 0`)(f, ...columns, ...rest);
}

/** Decreasing order of values, NaN before all others (as the largest), equal ones by index. */
function greater(element: ElementType, column: Column): Less {
  const key = (i: number) => column[i] as number;
  if (!isFloat(element)) return (a, b) => key(a) > key(b);
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    return x > y || (Number.isNaN(x) && !Number.isNaN(y)) || (Object.is(x, 0) && Object.is(y, -0));
  };
}

export function topK(t: Tensor, k: number, largest: boolean): Tensor[] {
  const { dims, element } = t.type;
  const last = dims.length - 1;
  const n = dims[last]!;
  const outDims = [...dims.slice(0, last), k];
  const values = allocate(withDims(t.type, outDims));
  const indices = allocate(tensorType('s32', outDims));
  const rows = elementCount(dims.slice(0, last));
  const read = reader(element);
  const column = columnFor(element, n);
  const down = greater(element, column);
  const before: Less = largest ? down : (a, b) => down(b, a);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) column[i] = read(t.data, row * n + i);
    const order = firstOf(k, n, before);
    for (let i = 0; i < k; i++) {
      values.data[row * k + i] = t.data[row * n + order[i]!]!;
      indices.data[row * k + i] = order[i]!;
    }
  }
  return [values, indices];
}

/** Types of values and indices; `k` may be `DYNAMIC`. */
export function topKTypes(t: TensorType, k: number): [TensorType, TensorType] {
  const last = t.dims.length - 1;
  check(last >= 0, 'topk needs an operand of rank 1 or more');
  check(ELEMENT[t.element].class !== 'complex', () => `topk has no order for ${showType(t)}`);
  const within = Number.isInteger(k) && k >= DYNAMIC && (t.dims[last]! < 0 || k <= t.dims[last]!);
  check(within, () => `k = ${k} is not within the last dimension of ${showType(t)}`);
  const dims = [...t.dims.slice(0, last), k];
  return [withDims(t, dims), tensorType('s32', dims)];
}

export const ORDERING_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'sort',
    doc: 'the operands sorted together along a dimension by a comparator; always stable here',
    traits: ['combines'],
    operands: { min: 1 },
    regions: 1,
    stablehlo: ['stablehlo.sort'],
    hlo: ['sort'],
    infer: (c) => {
      const count = c.operands.length - capturesOf(c);
      const types = Array.from({ length: count }, (_, i) => operandType(c, i));
      const first = types[0]!;
      for (const t of types)
        check(dimsAgree(t.dims, first.dims), () => `operands ${showType(t)} and ${showType(first)} differ in shape`);
      checkDimension(attributesOf<SortAttributes>(c).dimension, first.dims.length, 'the sorted dimension');
      const comparator = c.called[0]!;
      const takes = comparator.parameters.length - capturesOf(c);
      check(takes === 2 * count, () => `the comparator must take ${2 * count} scalars, but takes ${takes}`);
      const [result] = comparator.results;
      const good = comparator.results.length === 1 && result?.type.kind === 'tensor' && result.type.element === 'pred';
      check(good, 'the comparator must give one pred[]');
      return types;
    },
    evaluate: evaluateSort,
  }),
  defineOp({
    name: 'topk',
    doc: 'the k largest (or smallest) elements of each row of the last dimension, in order, and their indices as s32',
    operands: 1,
    stablehlo: ['chlo.top_k'],
    hlo: ['topk'],
    customCall: {
      aliases: ['TopK', 'mhlo.topk'],
      // XLA's own call is of the largest, as many as the result has.
      read: ({ k, largest = true }, [values]) => ({
        k: k ?? (values?.kind === 'tensor' ? values.dims.at(-1) : undefined),
        largest,
      }),
    },
    infer: (c) => {
      const { k } = attributesOf<TopKAttributes>(c);
      check(k >= 0, () => `k = ${k} is no number of elements`);
      return topKTypes(operandType(c, 0), k);
    },
    evaluate: (c) => {
      const { k, largest } = attributesOf<TopKAttributes>(c);
      return topK(operandTensor(c, 0), k, largest);
    },
  }),
];
