/** Ops that read or write at computed indices. Starts of reads are clamped into range; updates outside are dropped. */
import type { DynamicSliceAttributes, GatherAttributes } from '../attributes.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition } from '../registry.js';
import { copyStrided } from '../strided.js';
import { allocate, partsOf, type Tensor, type TypedArray } from '../tensor.js';
import { elementCount, rowMajorStrides, showType, type TensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkDimension,
  checkDimensions,
  checkElement,
  checkInteger,
  checkLength,
  checkRank,
  operandTensor,
  operandType,
  resultType,
  sizesAgree,
  toIndex,
} from './context.js';
import { indicesWithin } from './contraction.js';
import { place, sliceOf, withDims } from './movement.js';

const clamp = (i: number, limit: number): number => Math.min(Math.max(i, 0), limit);

/** Start indices as rank-0 operands from `first` on (or one rank-1 operand), clamped so that `sizes` fit. */
function clampedStarts(c: EvaluateContext, first: number, dims: readonly number[], sizes: readonly number[]): number[] {
  return dims.map((n, d) => clamp(toIndex(operandTensor(c, first + d).data[0]!), n - sizes[d]!));
}

function checkStarts(c: InferContext, first: number, rank: number): void {
  check(
    c.operands.length - first === rank,
    () => `needs ${rank} start indices, but ${c.operands.length - first} are given`,
  );
  for (let i = first; i < c.operands.length; i++) {
    const t = operandType(c, i);
    checkRank(t, 0, `start index ${i - first}`);
    checkInteger(t, `start index ${i - first}`);
  }
}

/** How dimensions of a gathered (or scattered) tensor relate to operand and indices. */
interface IndexLayout {
  /** Dimensions of the indices other than the index vector's. */
  readonly batchDims: readonly number[];
  /** Operand dimensions of a window: neither collapsed nor batching. */
  readonly windowDims: readonly number[];
}

export function indexLayout(
  operandRank: number,
  indexRank: number,
  indexVectorDim: number,
  dropped: readonly number[],
): IndexLayout {
  return {
    batchDims: Array.from({ length: indexRank }, (_, d) => d).filter((d) => d !== indexVectorDim),
    windowDims: Array.from({ length: operandRank }, (_, d) => d).filter((d) => !dropped.includes(d)),
  };
}

/** For each index vector, in row-major order of the indices' batch dimensions: where its window starts (unclamped). */
export function* windowStarts(
  indices: Tensor,
  indexVectorDim: number,
  startIndexMap: readonly number[],
  operandBatching: readonly number[],
  indicesBatching: readonly number[],
  operandRank: number,
): Generator<{ batch: readonly number[]; start: number[] }> {
  const { dims } = indices.type;
  const strides = rowMajorStrides(dims);
  const batchDims = dims.map((_, d) => d).filter((d) => d !== indexVectorDim);
  const step = strides[indexVectorDim] ?? 0;
  const data = indices.data;
  for (const batch of indicesWithin(batchDims.map((d) => dims[d]!))) {
    let at = 0;
    for (let k = 0; k < batch.length; k++) at += batch[k]! * strides[batchDims[k]!]!;
    const start = new Array<number>(operandRank).fill(0);
    startIndexMap.forEach((d, k) => {
      start[d] = toIndex(data[at + k * step]!);
    });
    operandBatching.forEach((d, k) => {
      start[d] = batch[batchDims.indexOf(indicesBatching[k]!)]!;
    });
    yield { batch, start };
  }
}

export function checkIndexVector(indices: TensorType, indexVectorDim: number, map: readonly number[]): void {
  checkInteger(indices, 'the indices');
  const rank = indices.dims.length;
  check(
    indexVectorDim >= 0 && indexVectorDim <= rank,
    () => `index vector dimension ${indexVectorDim} is not one of ${showType(indices)}`,
  );
  const n = indexVectorDim === rank ? 1 : indices.dims[indexVectorDim]!;
  check(sizesAgree(n, map.length), () => `index vectors have ${n} entries, but ${map.length} are mapped to dimensions`);
}

export function checkBatching(
  operand: TensorType,
  indices: TensorType,
  od: readonly number[],
  id: readonly number[],
  indexVectorDim: number,
): void {
  checkDimensions(od, operand.dims.length, 'operand batching dimension');
  checkDimensions(id, indices.dims.length, 'indices batching dimension');
  checkLength(id, od.length, 'the indices batching dimensions');
  check(!id.includes(indexVectorDim), 'the index vector dimension cannot be a batching dimension');
  od.forEach((d, k) => {
    check(
      sizesAgree(operand.dims[d]!, indices.dims[id[k]!]!),
      () => `batching dimensions ${d} and ${id[k]} differ in size`,
    );
  });
}

export function gatherType(operand: TensorType, indices: TensorType, a: GatherAttributes): TensorType {
  const rank = operand.dims.length;
  checkIndexVector(indices, a.indexVectorDim, a.startIndexMap);
  checkDimensions(a.startIndexMap, rank, 'start index map entry');
  checkDimensions([...a.collapsedSliceDims, ...a.operandBatchingDims], rank, 'collapsed or batching dimension');
  checkBatching(operand, indices, a.operandBatchingDims, a.startIndicesBatchingDims, a.indexVectorDim);
  checkLength(a.sliceSizes, rank, 'slice sizes');
  a.sliceSizes.forEach((n, d) => {
    check(
      n >= 0 && (operand.dims[d]! < 0 || n <= operand.dims[d]!),
      () => `slice size ${n} exceeds dimension ${d} of ${showType(operand)}`,
    );
  });
  for (const d of [...a.collapsedSliceDims, ...a.operandBatchingDims]) {
    check(a.sliceSizes[d]! <= 1, () => `dimension ${d} is dropped from the result, so its slice size must be 1`);
  }
  const dropped = [...a.collapsedSliceDims, ...a.operandBatchingDims];
  const { batchDims, windowDims } = indexLayout(rank, indices.dims.length, a.indexVectorDim, dropped);
  checkLength(a.offsetDims, windowDims.length, 'offset dimensions');
  const outRank = batchDims.length + windowDims.length;
  checkDimensions(a.offsetDims, outRank, 'offset dimension');
  const batch = batchDims.map((d) => indices.dims[d]!);
  const window = windowDims.map((d) => a.sliceSizes[d]!);
  return withDims(operand, interleave(outRank, a.offsetDims, window, batch));
}

/** `window` at the positions in `windowAt`, `batch` at the others, both in order. */
function interleave(
  rank: number,
  windowAt: readonly number[],
  window: readonly number[],
  batch: readonly number[],
): number[] {
  let b = 0;
  return Array.from({ length: rank }, (_, d) => {
    const w = windowAt.indexOf(d);
    return w >= 0 ? window[w]! : batch[b++]!;
  });
}

export function gather(operand: Tensor, indices: Tensor, a: GatherAttributes, sliceSizes: readonly number[]): Tensor {
  const { dims } = operand.type;
  const type = gatherType(operand.type, indices.type, { ...a, sliceSizes });
  const out = allocate(type);
  const dropped = [...a.collapsedSliceDims, ...a.operandBatchingDims];
  const { windowDims } = indexLayout(dims.length, indices.type.dims.length, a.indexVectorDim, dropped);
  const strides = rowMajorStrides(dims);
  const outStrides = rowMajorStrides(type.dims);
  const batchAt = type.dims.map((_, d) => d).filter((d) => !a.offsetDims.includes(d));
  const window = windowDims.map((d) => sliceSizes[d]!);
  const fromStrides = windowDims.map((d) => strides[d]!);
  const toStrides = a.offsetDims.map((d) => outStrides[d]!);
  const starts = windowStarts(
    indices,
    a.indexVectorDim,
    a.startIndexMap,
    a.operandBatchingDims,
    a.startIndicesBatchingDims,
    dims.length,
  );
  for (const { batch, start } of starts) {
    let from = 0;
    for (let d = 0; d < dims.length; d++) from += clamp(start[d]!, dims[d]! - sliceSizes[d]!) * strides[d]!;
    let to = 0;
    for (let k = 0; k < batch.length; k++) to += batch[k]! * outStrides[batchAt[k]!]!;
    copyStrided(
      type.element,
      window,
      { data: out.data, offset: to, strides: toStrides },
      { data: operand.data, offset: from, strides: fromStrides },
    );
  }
  return out;
}

/** A fresh copy, for ops that change one operand. */
export const copyOf = (t: Tensor): Tensor => ({ type: t.type, data: t.data.slice() as TypedArray });

export const INDEXED_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'dynamic-slice',
    doc: 'a slice of fixed sizes at starts given at run time, clamped so that it lies inside',
    operands: { min: 1 },
    traits: ['shape-only'],
    stablehlo: ['stablehlo.dynamic_slice'],
    hlo: ['dynamic-slice'],
    infer: (c) => {
      const t = operandType(c, 0);
      const { sizes } = attributesOf<DynamicSliceAttributes>(c);
      checkStarts(c, 1, t.dims.length);
      checkLength(sizes, t.dims.length, 'slice sizes');
      sizes.forEach((n, d) => {
        check(
          n >= 0 && (t.dims[d]! < 0 || n <= t.dims[d]!),
          () => `slice size ${n} exceeds dimension ${d} of ${showType(t)}`,
        );
      });
      return [withDims(t, sizes)];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const { sizes } = attributesOf<DynamicSliceAttributes>(c);
      return [sliceOf(t, clampedStarts(c, 1, t.type.dims, sizes), sizes)];
    },
  }),
  defineOp({
    name: 'dynamic-update-slice',
    doc: 'operand 0 with operand 1 written over it at starts given at run time, clamped so that it lies inside',
    operands: { min: 2 },
    traits: ['shape-only'],
    stablehlo: ['stablehlo.dynamic_update_slice'],
    hlo: ['dynamic-update-slice'],
    infer: (c) => {
      const t = operandType(c, 0);
      const update = operandType(c, 1);
      checkElement(update, t.element, 'the update');
      checkRank(update, t.dims.length, 'the update');
      checkStarts(c, 2, t.dims.length);
      update.dims.forEach((n, d) => {
        check(
          n < 0 || t.dims[d]! < 0 || n <= t.dims[d]!,
          () => `the update ${showType(update)} exceeds ${showType(t)}`,
        );
      });
      return [t];
    },
    evaluate: (c) => {
      const out = copyOf(operandTensor(c, 0));
      const update = operandTensor(c, 1);
      place(out, update, clampedStarts(c, 2, out.type.dims, update.type.dims));
      return [out];
    },
  }),
  defineOp({
    name: 'gather',
    doc: 'slices of operand 0 at the index vectors in operand 1, clamped so that they lie inside',
    operands: 2,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.gather'],
    hlo: ['gather'],
    infer: (c) => [gatherType(operandType(c, 0), operandType(c, 1), attributesOf<GatherAttributes>(c))],
    evaluate: (c) => {
      const a = attributesOf<GatherAttributes>(c);
      return [gather(operandTensor(c, 0), operandTensor(c, 1), a, a.sliceSizes)];
    },
  }),
  defineOp({
    name: 'torch-index-select',
    doc: 'elements of operand 0 along a dimension at the indices in operand 1, clamped, batch dimensions side by side',
    operands: 2,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.torch_index_select'],
    infer: (c) => {
      const t = operandType(c, 0);
      const index = operandType(c, 1);
      const { dimension, batchDims } = c.attributes as { dimension: number; batchDims: number };
      checkInteger(index, 'the index');
      checkDimension(dimension, t.dims.length, 'the dimension');
      check(
        batchDims >= 0 && batchDims <= dimension && batchDims <= index.dims.length,
        `${batchDims} batch dimensions do not fit`,
      );
      return [
        withDims(t, [...t.dims.slice(0, dimension), ...index.dims.slice(batchDims), ...t.dims.slice(dimension + 1)]),
      ];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const index = operandTensor(c, 1);
      const { dimension, batchDims } = c.attributes as { dimension: number; batchDims: number };
      const count = (dims: readonly number[]) => elementCount(dims);
      const { dims } = t.type;
      const batch = count(dims.slice(0, batchDims));
      const middle = count(dims.slice(batchDims, dimension));
      const picks = count(index.type.dims.slice(batchDims));
      const inner = count(dims.slice(dimension + 1)) * partsOf(t.type.element);
      const n = dims[dimension]!;
      const out = allocate(resultType(c));
      for (let b = 0, to = 0; b < batch; b++) {
        for (let m = 0; m < middle; m++) {
          for (let k = 0; k < picks; k++, to += inner) {
            const from = ((b * middle + m) * n + clamp(toIndex(index.data[b * picks + k]!), n - 1)) * inner;
            (out.data as Float64Array).set((t.data as Float64Array).subarray(from, from + inner), to);
          }
        }
      }
      return [out];
    },
  }),
];
