/** Combining updates into a tensor at indices that are read at run time. */
import {
  type EmitRule,
  emit,
  type IndexExpr,
  index,
  type ScatterAttributes,
  type ScatterDim,
  type ScatterRole,
} from '../../src/rules/index.js';
import { range } from './range.js';

/** Where all of an update lies outside. */
const NEVER = index.bound(index.constant(0), 1, 0);

/**
 * result[start + window] ∘= update, with the update's `updateWindowDims` the index in the window and its other
 * dimensions the position in the scatter indices, whose index vector there gives the start (StableHLO specification,
 * scatter). What falls outside is dropped.
 */
export const Scatter = emit('scatter', {
  role: (op): ScatterRole => {
    const a = op.attributes as ScatterAttributes;
    const captures = (a as { captures?: number }).captures ?? 0;
    const count = (op.operands.length - captures - 1) / 2;
    const { dims } = op.operands[0]!;
    const update = op.operands[count + 1]!;
    const at = update.dims.map((n, d) => index.variable(`u${d}`, n));
    const isWindow = (d: number) => a.updateWindowDims.includes(d);
    const dim = (d: number): ScatterDim => ({
      name: `u${d}`,
      extent: update.dims[d]!,
      kind: isWindow(d) ? 'window' : 'update',
    });
    const batch = range(0, update.dims.length).filter((d) => !isWindow(d));
    const dropped = [...a.insertedWindowDims, ...a.inputBatchingDims];
    const windowDims = range(0, dims.length).filter((d) => !dropped.includes(d));

    const indices = batch.map((d) => at[d]!);
    const component = (k: number): IndexExpr[] => {
      const place = [...indices];
      if (a.indexVectorDim < op.operands[count]!.dims.length) place.splice(a.indexVectorDim, 0, index.constant(k));
      return place;
    };
    const out = dims.map((n, d) => {
      const k = windowDims.indexOf(d);
      const window = k < 0 ? index.constant(0) : at[a.updateWindowDims[k]!]!;
      const size = k < 0 ? 1 : update.dims[a.updateWindowDims[k]!]!;
      const batching = a.inputBatchingDims.indexOf(d);
      if (batching >= 0) {
        const from = a.scatterIndicesBatchingDims[batching]!;
        return indices[from > a.indexVectorDim ? from - 1 : from]!;
      }
      const mapped = a.scatterDimsToOperandDims.indexOf(d);
      if (mapped < 0) return window;
      // Clamped to where all of the window lies just outside: then it is dropped all the same.
      return index.add(index.read(op.source(count), component(mapped), -size, n), window);
    });
    const inside = out.map((e, d) => index.bound(e, 0, dims[d]! - 1));
    return {
      template: 'scatter',
      inputs: range(0, count),
      updates: range(count + 1, 2 * count + 1),
      dims: [...batch, ...a.updateWindowDims].map(dim),
      at,
      out,
      when: index.simplifyPredicate(index.conjunction(...inside)) || NEVER,
      combiner: op.called[0]!,
      captures: range(2 * count + 1, op.operands.length),
    };
  },
});

export const SCATTER: readonly EmitRule[] = [Scatter];
