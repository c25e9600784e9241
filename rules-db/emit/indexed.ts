/** Ops whose indices are computed at run time: starts are read from integer operands and clamped. */
import {
  type DynamicSliceAttributes,
  type EmitRule,
  emit,
  type GatherAttributes,
  type IndexExpr,
  type IndexView,
  index,
} from '../../src/rules/index.js';
import { operand } from './shape.js';

/** Scalar operands `from`, `from` + 1 …: the start of a window of these sizes, clamped so that it fits. */
const starts = (op: IndexView, from: number, dims: readonly number[], sizes: readonly number[]): IndexExpr[] =>
  dims.map((n, d) => index.read(op.source(from + d), [], 0, n - sizes[d]!));

/** result[i] = operand[start + i] */
export const DynamicSlice = emit('dynamic-slice', {
  index: (i, op) => {
    const { sizes } = op.attributes as DynamicSliceAttributes;
    const start = starts(op, 1, op.operands[0]!.dims, sizes);
    return operand(
      0,
      i.map((e, d) => index.add(e, start[d]!)),
    );
  },
});

/** result[i] = update[i − start] where that lies inside, operand[i] elsewhere */
export const DynamicUpdateSlice = emit('dynamic-update-slice', {
  index: (i, op) => {
    const sizes = op.operands[1]!.dims;
    const start = starts(op, 2, op.operands[0]!.dims, sizes);
    const inside = i.map((e, d) => index.sub(e, start[d]!));
    return {
      kind: 'choose',
      when: index.conjunction(...inside.map((e, d) => index.bound(e, 0, sizes[d]! - 1))),
      then: operand(1, inside),
      else: operand(0, i),
    };
  },
  update: (op) => {
    const window = op.operands[1]!.dims;
    const start = starts(op, 2, op.operands[0]!.dims, window);
    return { operand: 0, window, at: (i) => i.map((e, d) => index.add(e, start[d]!)) };
  },
});

/**
 * result[i] = operand[start + window], with i's `offsetDims` the index in the window and its other dimensions the
 * position in the start indices, whose index vector there gives the start (StableHLO specification, gather).
 */
export const Gather = emit('gather', {
  index: (i, op) => {
    const a = op.attributes as GatherAttributes;
    const { dims } = op.operands[0]!;
    const batch = i.filter((_, d) => !a.offsetDims.includes(d));
    const window = a.offsetDims.map((d) => i[d]!);
    const dropped = [...a.collapsedSliceDims, ...a.operandBatchingDims];
    const windowDims = dims.map((_, d) => d).filter((d) => !dropped.includes(d));
    const startOf = (component: number, d: number): IndexExpr => {
      const at = [...batch];
      if (a.indexVectorDim < op.operands[1]!.dims.length) at.splice(a.indexVectorDim, 0, index.constant(component));
      return index.read(op.source(1), at, 0, dims[d]! - a.sliceSizes[d]!);
    };
    const batchPosition = (d: number): IndexExpr => batch[d > a.indexVectorDim ? d - 1 : d]!;
    return operand(
      0,
      dims.map((_, d) => {
        const batching = a.operandBatchingDims.indexOf(d);
        if (batching >= 0) return batchPosition(a.startIndicesBatchingDims[batching]!);
        const component = a.startIndexMap.indexOf(d);
        const start = component < 0 ? index.constant(0) : startOf(component, d);
        const k = windowDims.indexOf(d);
        return k < 0 ? start : index.add(start, window[k]!);
      }),
    );
  },
});

export const INDEXED: readonly EmitRule[] = [DynamicSlice, DynamicUpdateSlice, Gather];
