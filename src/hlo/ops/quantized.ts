import { dequantize, expressedType, quantize } from '../numeric/quantization.js';
import { type OpDefinition, OpError } from '../registry.js';
import { showType, type TensorType, type ValueType } from '../types.js';
import { asTensor } from './context.js';

const isQuantized = (t: ValueType): t is TensorType => t.kind === 'tensor' && t.quantization !== undefined;
const expressed = (t: ValueType): ValueType => (isQuantized(t) ? expressedType(t) : t);

/**
 * The op, taking quantized tensors too: on the real numbers that they stand for, its results quantized to their
 * declared types (StableHLO's dequantize_op_quantize).
 */
export function throughReals(d: OpDefinition): OpDefinition {
  return {
    ...d,
    infer(c) {
      if (!c.operands.some(isQuantized)) return d.infer(c);
      const real = d.infer({ ...c, operands: c.operands.map(expressed), declared: c.declared?.map(expressed) });
      return real.map((t, i) => {
        const declared = c.declared?.[i];
        if (!declared)
          throw new OpError(`${d.name} of quantized operands does not determine its result type: declare it`);
        if (!isQuantized(declared)) return t;
        const wanted = expressed(declared) as TensorType;
        if (t.kind === 'tensor' && t.element === wanted.element) return { ...declared, dims: t.dims };
        throw new OpError(`${d.name} gives ${showType(t)}, which ${showType(declared)} does not express`);
      });
    },
    evaluate(c) {
      if (!c.results.some(isQuantized) && !c.operands.some((v) => typeof v !== 'symbol' && isQuantized(v.type))) {
        return d.evaluate(c);
      }
      const operands = c.operands.map((v) => (typeof v === 'symbol' ? v : dequantize(v)));
      const results = d.evaluate({ ...c, operands, results: c.results.map(expressed) });
      return results.map((v, i) => {
        const t = c.results[i]!;
        return isQuantized(t) ? quantize(asTensor(v), t) : v;
      });
    },
  };
}
