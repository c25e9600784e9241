/** Ops that only move elements, each a copy between two strided views. */
import type {
  BroadcastAttributes,
  ConcatenateAttributes,
  PadAttributes,
  ReverseAttributes,
  SliceAttributes,
  TransposeAttributes,
} from '../attributes.js';
import { defineOp, type OpDefinition } from '../registry.js';
import { copyStrided } from '../strided.js';
import { allocate, type Tensor, type TypedArray } from '../tensor.js';
import { DYNAMIC, ELEMENT, elementCount, rowMajorStrides, showType, type TensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkDimension,
  checkDimensions,
  checkElement,
  checkLength,
  checkRank,
  declaredType,
  operandTensor,
  operandType,
  resultType,
  sizesAgree,
} from './context.js';

/** The same elements under other dimensions. */
export const withDims = (t: TensorType, dims: readonly number[]): TensorType =>
  t.quantization
    ? { kind: 'tensor', element: t.element, dims, quantization: t.quantization }
    : { kind: 'tensor', element: t.element, dims };

/** A fresh row-major tensor of `dims` whose element i is the operand's at `offset + Σ i·strides`. */
export function gatherStrided(t: Tensor, dims: readonly number[], offset: number, strides: readonly number[]): Tensor {
  const out = allocate(withDims(t.type, dims));
  copyStrided(
    t.type.element,
    dims,
    { data: out.data, offset: 0, strides: rowMajorStrides(dims) },
    { data: t.data, offset, strides },
  );
  return out;
}

const offsetOf = (starts: readonly number[], strides: readonly number[]): number =>
  starts.reduce((sum, s, d) => sum + s * strides[d]!, 0);

/** Copies all of `from` into `to`, its element 0 at `starts`, `steps` apart. It must fit. */
export function place(
  to: Tensor,
  from: Tensor,
  starts: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): void {
  const strides = rowMajorStrides(to.type.dims);
  copyStrided(
    to.type.element,
    from.type.dims,
    { data: to.data, offset: offsetOf(starts, strides), strides: strides.map((s, d) => s * steps[d]!) },
    { data: from.data, offset: 0, strides: rowMajorStrides(from.type.dims) },
  );
}

/** Elements `starts + index·steps` of a tensor. They must lie inside. */
export function sliceOf(
  t: Tensor,
  starts: readonly number[],
  sizes: readonly number[],
  steps?: readonly number[],
): Tensor {
  const strides = rowMajorStrides(t.type.dims);
  return gatherStrided(t, sizes, offsetOf(starts, strides), steps ? strides.map((s, d) => s * steps[d]!) : strides);
}

/** result[i] = operand[i at `dimensions`], a dimension of size 1 standing for all indices */
export function broadcastTo(t: Tensor, dims: readonly number[], dimensions: readonly number[]): Tensor {
  const strides = new Array<number>(dims.length).fill(0);
  const own = rowMajorStrides(t.type.dims);
  dimensions.forEach((d, k) => {
    if (t.type.dims[k] !== 1) strides[d] = own[k]!;
  });
  return gatherStrided(t, dims, 0, strides);
}

export function checkBroadcast(operand: TensorType, result: TensorType, dimensions: readonly number[]): void {
  checkLength(dimensions, operand.dims.length, 'the broadcast dimensions');
  checkDimensions(dimensions, result.dims.length, 'broadcast dimension');
  checkElement(result, operand.element, 'the result');
  dimensions.forEach((d, k) => {
    const n = operand.dims[k]!;
    check(n === 1 || sizesAgree(n, result.dims[d]!), () => {
      return `operand dimension ${k} of size ${n} does not fit result dimension ${d} of ${showType(result)}`;
    });
  });
}

/** The result's elements are the operand's, in row-major order, under other dimensions. */
export const reshapeTo = (t: Tensor, dims: readonly number[]): Tensor => ({
  type: withDims(t.type, dims),
  data: t.data,
});

export function checkReshape(from: TensorType, to: TensorType): void {
  const dynamic = from.dims.includes(DYNAMIC) || to.dims.includes(DYNAMIC);
  check(dynamic || elementCount(from.dims) === elementCount(to.dims), () => {
    return `cannot reshape ${showType(from)} to ${showType(to)}: the element counts differ`;
  });
}

/** The only size that `to` leaves open follows from the number of elements. */
function withOpenSize(from: TensorType, to: TensorType): TensorType {
  const others = to.dims.filter((n) => n !== DYNAMIC);
  if (others.length !== to.dims.length - 1 || from.dims.includes(DYNAMIC) || others.includes(0)) return to;
  const size = elementCount(from.dims) / elementCount(others);
  if (!Number.isInteger(size)) return to;
  return withDims(
    to,
    to.dims.map((n) => (n === DYNAMIC ? size : n)),
  );
}

const sliceSize = (start: number, limit: number, stride: number): number => Math.ceil((limit - start) / stride);

export const paddedSize = (n: number, low: number, high: number, interior: number): number =>
  n === DYNAMIC ? DYNAMIC : low + n + Math.max(0, n - 1) * interior + high;

/** Elements of `t` among copies of `value`; negative low and high padding cuts. */
export function padWith(t: Tensor, value: TypedArray, { low, high, interior }: PadAttributes): Tensor {
  const dims = t.type.dims.map((n, d) => paddedSize(n, low[d]!, high[d]!, interior[d]!));
  const out = allocate(withDims(t.type, dims));
  fillWith(out, value);
  const steps = interior.map((k) => k + 1);
  // Of dimension d, elements first[d] … last[d] land inside.
  const first = low.map((l, d) => Math.max(0, Math.ceil(-l / steps[d]!)));
  const counts = t.type.dims.map((n, d) => {
    const last = Math.min(n - 1, Math.floor((dims[d]! - 1 - low[d]!) / steps[d]!));
    return Math.max(0, last - first[d]! + 1);
  });
  if (counts.includes(0)) return out;
  place(
    out,
    sliceOf(t, first, counts),
    first.map((f, d) => low[d]! + f * steps[d]!),
    steps,
  );
  return out;
}

/** Every element becomes `value` (one number; two for complex types). */
export function fillWith(t: Tensor, value: TypedArray): void {
  if (value.length === 1) (t.data as Float64Array).fill(value[0] as number);
  else for (let i = 0; i < t.data.length; i++) t.data[i] = value[i & 1]!;
}

/** Sizes after a concatenation along `dimension`. */
export function concatenatedDims(types: readonly TensorType[], dimension: number): number[] {
  const first = types[0]!;
  checkDimension(dimension, first.dims.length, 'the concatenated dimension');
  return first.dims.map((n, d) => {
    if (d === dimension)
      return types.some((t) => t.dims[d]! < 0) ? DYNAMIC : types.reduce((sum, t) => sum + t.dims[d]!, 0);
    for (const t of types) {
      check(t.dims.length === first.dims.length && sizesAgree(t.dims[d]!, n), () => {
        return `${showType(t)} and ${showType(first)} differ outside the concatenated dimension ${dimension}`;
      });
    }
    return types.find((t) => t.dims[d]! >= 0)?.dims[d] ?? DYNAMIC;
  });
}

export function concatenate(tensors: readonly Tensor[], dimension: number): Tensor {
  const types = tensors.map((t) => t.type);
  const out = allocate(withDims(types[0]!, concatenatedDims(types, dimension)));
  const starts = out.type.dims.map(() => 0);
  for (const t of tensors) {
    place(out, t, starts);
    starts[dimension]! += t.type.dims[dimension]!;
  }
  return out;
}

const same = (d: { name: string; doc: string; stablehlo?: string[]; hlo: string[] }): OpDefinition =>
  defineOp({
    ...d,
    operands: 1,
    traits: ['shape-only'],
    infer: (c) => [operandType(c, 0)],
    evaluate: (c) => [c.operands[0]!],
  });

export const MOVEMENT_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'broadcast',
    doc: 'result[i] = operand[i at the broadcast dimensions]; an operand dimension of size 1 is repeated',
    operands: 1,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.broadcast_in_dim', 'stablehlo.broadcast'],
    hlo: ['broadcast'],
    infer: (c) => {
      const result = declaredType(c);
      checkBroadcast(operandType(c, 0), result, attributesOf<BroadcastAttributes>(c).dimensions);
      return [result];
    },
    evaluate: (c) => {
      const { dimensions } = attributesOf<BroadcastAttributes>(c);
      return [broadcastTo(operandTensor(c, 0), resultType(c).dims, dimensions)];
    },
  }),
  defineOp({
    name: 'reshape',
    doc: 'the same elements in row-major order under other dimensions',
    operands: 1,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.reshape'],
    hlo: ['reshape'],
    infer: (c) => {
      const from = operandType(c, 0);
      const to = declaredType(c);
      checkElement(to, from.element, 'the result');
      const result = withOpenSize(from, to);
      checkReshape(from, result);
      return [result];
    },
    evaluate: (c) => [reshapeTo(operandTensor(c, 0), resultType(c).dims)],
  }),
  defineOp({
    name: 'transpose',
    doc: 'result dimension d is operand dimension permutation[d]',
    operands: 1,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.transpose'],
    hlo: ['transpose'],
    infer: (c) => {
      const t = operandType(c, 0);
      const { permutation } = attributesOf<TransposeAttributes>(c);
      checkLength(permutation, t.dims.length, 'the permutation');
      checkDimensions(permutation, t.dims.length, 'permutation entry');
      const axis = t.quantization?.axis;
      const moved = withDims(
        t,
        permutation.map((p) => t.dims[p]!),
      );
      if (axis === undefined) return [moved];
      return [{ ...moved, quantization: { ...t.quantization!, axis: permutation.indexOf(axis) } }];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const { permutation } = attributesOf<TransposeAttributes>(c);
      const strides = rowMajorStrides(t.type.dims);
      return [
        gatherStrided(
          t,
          permutation.map((p) => t.type.dims[p]!),
          0,
          permutation.map((p) => strides[p]!),
        ),
      ];
    },
  }),
  defineOp({
    name: 'slice',
    doc: 'elements from starts to limits (exclusive), strides apart',
    operands: 1,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.slice'],
    hlo: ['slice'],
    infer: (c) => {
      const t = operandType(c, 0);
      const { starts, limits, strides } = attributesOf<SliceAttributes>(c);
      const rank = t.dims.length;
      checkLength(starts, rank, 'starts');
      checkLength(limits, rank, 'limits');
      checkLength(strides, rank, 'strides');
      t.dims.forEach((n, d) => {
        const inside = starts[d]! >= 0 && starts[d]! <= limits[d]! && (n === DYNAMIC || limits[d]! <= n);
        check(inside, () => `[${starts[d]}:${limits[d]}] does not lie inside dimension ${d} of ${showType(t)}`);
        check(strides[d]! >= 1, () => `stride ${strides[d]} of dimension ${d} must be at least 1`);
      });
      return [
        withDims(
          t,
          t.dims.map((_, d) => sliceSize(starts[d]!, limits[d]!, strides[d]!)),
        ),
      ];
    },
    evaluate: (c) => {
      const { starts, limits, strides } = attributesOf<SliceAttributes>(c);
      const sizes = starts.map((s, d) => sliceSize(s, limits[d]!, strides[d]!));
      return [sliceOf(operandTensor(c, 0), starts, sizes, strides)];
    },
  }),
  defineOp({
    name: 'pad',
    doc: 'the operand among copies of a value: low and high per dimension (negative: cut), interior between elements',
    operands: 2,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.pad'],
    hlo: ['pad'],
    infer: (c) => {
      const t = operandType(c, 0);
      const value = operandType(c, 1);
      const { low, high, interior } = attributesOf<PadAttributes>(c);
      checkRank(value, 0, 'the padding value');
      checkElement(value, t.element, 'the padding value');
      for (const [list, what] of [
        [low, 'low padding'],
        [high, 'high padding'],
        [interior, 'interior padding'],
      ] as const) {
        checkLength(list, t.dims.length, what);
      }
      check(
        interior.every((k) => k >= 0),
        () => `interior padding [${interior}] must not be negative`,
      );
      const dims = t.dims.map((n, d) => paddedSize(n, low[d]!, high[d]!, interior[d]!));
      dims.forEach((n, d) => {
        check(n >= 0 || t.dims[d] === DYNAMIC, () => `padding cuts more than all of dimension ${d} of ${showType(t)}`);
      });
      return [withDims(t, dims)];
    },
    evaluate: (c) => [padWith(operandTensor(c, 0), operandTensor(c, 1).data, attributesOf<PadAttributes>(c))],
  }),
  defineOp({
    name: 'concatenate',
    doc: 'the operands one after another along a dimension',
    operands: { min: 1 },
    traits: ['shape-only'],
    stablehlo: ['stablehlo.concatenate'],
    hlo: ['concatenate'],
    infer: (c) => {
      const types = c.operands.map((_, i) => operandType(c, i));
      const first = types[0]!;
      for (const t of types) checkElement(t, first.element, 'every operand');
      return [withDims(first, concatenatedDims(types, attributesOf<ConcatenateAttributes>(c).dimension))];
    },
    evaluate: (c) => {
      const tensors = c.operands.map((_, i) => operandTensor(c, i));
      return [concatenate(tensors, attributesOf<ConcatenateAttributes>(c).dimension)];
    },
  }),
  defineOp({
    name: 'reverse',
    doc: 'the order of elements reversed along dimensions',
    operands: 1,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.reverse'],
    hlo: ['reverse'],
    infer: (c) => {
      const t = operandType(c, 0);
      checkDimensions(attributesOf<ReverseAttributes>(c).dimensions, t.dims.length, 'reversed dimension');
      return [t];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const { dims } = t.type;
      const strides = rowMajorStrides(dims);
      let offset = 0;
      for (const d of attributesOf<ReverseAttributes>(c).dimensions) {
        offset += (dims[d]! - 1) * strides[d]!;
        strides[d] = -strides[d]!;
      }
      return [gatherStrided(t, dims, offset, strides)];
    },
  }),
  same({ name: 'copy', doc: 'the operand (HLO: in another layout)', hlo: ['copy'] }),
  defineOp({
    name: 'bitcast',
    doc: 'the same bytes under another shape',
    kind: 'view',
    operands: 1,
    traits: ['shape-only', 'same-bits'],
    hlo: ['bitcast'],
    infer: (c) => {
      const from = operandType(c, 0);
      const to = declaredType(c);
      const bytes = (t: TensorType) => elementCount(t.dims) * ELEMENT[t.element].bytes;
      check(bytes(from) === bytes(to), () => `${showType(from)} and ${showType(to)} take different numbers of bytes`);
      return [to];
    },
    evaluate: (c) => {
      const { data } = operandTensor(c, 0);
      const out = allocate(resultType(c));
      new Uint8Array(out.data.buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return [out];
    },
  }),
];
