/** scatter: updates combined into operands at index vectors. */
import type { ScatterAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition, type Scalar } from '../registry.js';
import type { Tensor } from '../tensor.js';
import { rowMajorStrides, showType, type TensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkDimensions,
  checkLength,
  checkRank,
  dimsAgree,
  operandTensor,
  operandType,
  sizesAgree,
} from './context.js';
import { indicesWithin } from './contraction.js';
import { checkBatching, checkIndexVector, copyOf, indexLayout, windowStarts } from './indexed.js';
import { capturedScalars, capturesOf, checkReducer, isPlain } from './reduction.js';

function scatterOperands(c: { operands: readonly unknown[]; attributes: object }): number {
  const count = (c.operands.length - capturesOf(c) - 1) / 2;
  check(Number.isInteger(count) && count >= 1, 'needs as many updates as inputs, and one at least');
  return count;
}

function inferScatter(c: InferContext): TensorType[] {
  const a = attributesOf<ScatterAttributes>(c);
  const count = scatterOperands(c);
  const inputs = Array.from({ length: count }, (_, i) => operandType(c, i));
  const indices = operandType(c, count);
  const first = inputs[0]!;
  const rank = first.dims.length;
  checkIndexVector(indices, a.indexVectorDim, a.scatterDimsToOperandDims);
  checkDimensions(a.scatterDimsToOperandDims, rank, 'scattered dimension');
  const dropped = [...a.insertedWindowDims, ...a.inputBatchingDims];
  checkDimensions(dropped, rank, 'inserted or batching dimension');
  checkBatching(first, indices, a.inputBatchingDims, a.scatterIndicesBatchingDims, a.indexVectorDim);
  const { batchDims, windowDims } = indexLayout(rank, indices.dims.length, a.indexVectorDim, dropped);
  checkLength(a.updateWindowDims, windowDims.length, 'update window dimensions');
  const updateRank = windowDims.length + batchDims.length;
  inputs.forEach((input, i) => {
    const update = operandType(c, count + 1 + i);
    check(dimsAgree(input.dims, first.dims), () => `inputs ${showType(input)} and ${showType(first)} differ in shape`);
    checkRank(update, updateRank, `updates ${i}`);
    checkDimensions(a.updateWindowDims, updateRank, 'update window dimension');
    const batchAt = update.dims.map((_, d) => d).filter((d) => !a.updateWindowDims.includes(d));
    batchDims.forEach((d, k) => {
      check(
        sizesAgree(indices.dims[d]!, update.dims[batchAt[k]!]!),
        () => `updates ${showType(update)} do not fit indices ${showType(indices)}`,
      );
    });
    windowDims.forEach((d, k) => {
      const n = update.dims[a.updateWindowDims[k]!]!;
      check(
        n < 0 || input.dims[d]! < 0 || n <= input.dims[d]!,
        () => `updates ${showType(update)} exceed ${showType(input)}`,
      );
    });
  });
  const results = checkReducer(c.called[0]!, count, capturesOf(c));
  return inputs.map((t, i) => ({ ...t, element: results[i]!.element }));
}

/** How one update joins the element already there: at position `to`, element `from` of the updates. */
type Combine = (to: number, from: number) => void;

function combiner(c: EvaluateContext, outs: readonly Tensor[], updates: readonly Tensor[]): Combine {
  const region = c.region(c.called[0]!);
  const rest = capturedScalars(c);
  if (outs.length === 1 && rest.length === 0 && isPlain(outs[0]!) && isPlain(updates[0]!)) {
    const out = outs[0]!.data as Float64Array;
    const update = updates[0]!.data as Float64Array;
    const f = region.first;
    return (to, from) => {
      out[to] = f(out[to]!, update[from]!) as number;
    };
  }
  const readOut = outs.map((t) => reader(t.type.element));
  const readUpdate = updates.map((t) => reader(t.type.element));
  const write = outs.map((t) => writer(t.type.element));
  return (to, from) => {
    const old = outs.map((t, i): Scalar => readOut[i]!(t.data, to));
    const values = region.all([...old, ...updates.map((t, i) => readUpdate[i]!(t.data, from)), ...rest]);
    outs.forEach((t, i) => {
      write[i]!(t.data, to, values[i]!);
    });
  };
}

function evaluateScatter(c: EvaluateContext): Tensor[] {
  const a = attributesOf<ScatterAttributes>(c);
  const count = scatterOperands(c);
  const outs = Array.from({ length: count }, (_, i) => copyOf(operandTensor(c, i)));
  const indices = operandTensor(c, count);
  const updates = Array.from({ length: count }, (_, i) => operandTensor(c, count + 1 + i));
  const { dims } = outs[0]!.type;
  const strides = rowMajorStrides(dims);
  const update = updates[0]!.type;
  const updateStrides = rowMajorStrides(update.dims);
  const batchAt = update.dims.map((_, d) => d).filter((d) => !a.updateWindowDims.includes(d));
  const dropped = [...a.insertedWindowDims, ...a.inputBatchingDims];
  const { windowDims } = indexLayout(dims.length, indices.type.dims.length, a.indexVectorDim, dropped);
  const window = a.updateWindowDims.map((d) => update.dims[d]!);
  const combine = combiner(c, outs, updates);
  const starts = windowStarts(
    indices,
    a.indexVectorDim,
    a.scatterDimsToOperandDims,
    a.inputBatchingDims,
    a.scatterIndicesBatchingDims,
    dims.length,
  );
  for (const { batch, start } of starts) {
    let base = 0;
    for (let k = 0; k < batch.length; k++) base += batch[k]! * updateStrides[batchAt[k]!]!;
    if (dropped.some((d) => start[d]! < 0 || start[d]! >= dims[d]!)) continue;
    for (const index of indicesWithin(window)) {
      let to = 0;
      let from = base;
      for (const d of dropped) to += start[d]! * strides[d]!;
      let inside = true;
      for (let k = 0; k < index.length; k++) {
        const d = windowDims[k]!;
        const at = start[d]! + index[k]!;
        if (at < 0 || at >= dims[d]!) inside = false;
        to += at * strides[d]!;
        from += index[k]! * updateStrides[a.updateWindowDims[k]!]!;
      }
      if (inside) combine(to, from);
    }
  }
  return outs;
}

export const SCATTER_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'scatter',
    doc: 'the inputs with updates combined into them at index vectors; updates outside are dropped',
    traits: ['combines'],
    operands: { min: 3 },
    regions: 1,
    stablehlo: ['stablehlo.scatter'],
    hlo: ['scatter'],
    infer: inferScatter,
    evaluate: evaluateScatter,
  }),
];
