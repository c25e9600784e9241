/** Quantized numbers: to real ones and back, and ops that take them as the real numbers that they stand for. */
import { rounder } from '../numeric/access.js';
import { makeLoop } from '../numeric/loops.js';
import { dequantize, dequantizer, expressedType, quantize, quantizer } from '../numeric/quantization.js';
import { defineOp, type OpDefinition, OpError, type ScalarFunction } from '../registry.js';
import { allocate } from '../tensor.js';
import { type ElementType, elementCount, isFloat, showType, type TensorType, type ValueType } from '../types.js';
import {
  asTensor,
  check,
  checkInteger,
  declaredType,
  dimsAgree,
  operandTensor,
  operandType,
  resultType,
} from './context.js';

const isQuantized = (t: ValueType): t is TensorType => t.kind === 'tensor' && t.quantization !== undefined;
const expressed = (t: ValueType): ValueType => (isQuantized(t) ? expressedType(t) : t);

/**
 * The op, taking quantized tensors too: on the real numbers that they stand for, its results quantized to their
 * declared types (StableHLO's dequantize_op_quantize).
 */
export function throughReals(d: OpDefinition): OpDefinition {
  return {
    ...d,
    traits: [...d.traits, 'through-reals'],
    infer(c) {
      if (!c.operands.some(isQuantized) && !c.declared?.some(isQuantized)) return d.infer(c);
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

/** Of one scale each: what an element of one type is in the other. */
function requantizer(from: TensorType, to: TensorType): ScalarFunction {
  const load = from.quantization ? dequantizer(from.quantization) : Number;
  const store = to.quantization ? quantizer(to.quantization) : (x: number) => x;
  return (x) => store(load(x as number));
}

/** x · scale in a float type, x converted to it first. */
function scaled(element: ElementType): ScalarFunction {
  const round = rounder(element) as (x: number) => number;
  return (x, scale) => round(round(Number(x)) * (scale as number));
}

export const QUANTIZED_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'uniform-quantize',
    doc: 'real numbers, or numbers quantized otherwise, in a quantized type',
    traits: ['elementwise'],
    operands: 1,
    stablehlo: ['stablehlo.uniform_quantize'],
    infer: (c) => {
      const from = operandType(c, 0);
      const to = declaredType(c);
      check(to.quantization !== undefined, () => `uniform-quantize gives a quantized type, not ${showType(to)}`);
      const expressed = expressedType(from).element;
      check(
        expressed === to.quantization.expressed,
        () => `${showType(to)} stands for ${to.quantization!.expressed}, but the operand holds ${expressed}`,
      );
      return [{ ...to, dims: from.dims }];
    },
    evaluate: (c) => [quantize(dequantize(operandTensor(c, 0)), resultType(c))],
    scalar: (operands, _, result) => requantizer(operands[0]!, result),
  }),
  defineOp({
    name: 'uniform-dequantize',
    doc: 'the real numbers that quantized ones stand for',
    traits: ['elementwise'],
    operands: 1,
    stablehlo: ['stablehlo.uniform_dequantize'],
    infer: (c) => {
      const from = operandType(c, 0);
      check(
        from.quantization !== undefined,
        () => `uniform-dequantize takes a quantized tensor, not ${showType(from)}`,
      );
      return [expressedType(from)];
    },
    evaluate: (c) => [dequantize(operandTensor(c, 0))],
    scalar: (operands, _, result) => requantizer(operands[0]!, result),
  }),
  defineOp({
    name: 'dequantize',
    doc: 'x · scale of integers x, converted and multiplied with a rounding each: never an fma with what follows',
    traits: ['elementwise'],
    operands: 2,
    customCallTarget: 'thimble.dequantize',
    infer: (c) => {
      const [x, scale] = [operandType(c, 0), operandType(c, 1)];
      checkInteger(x, 'operand 0');
      check(isFloat(scale.element), () => `the scale must hold floats, but is ${showType(scale)}`);
      check(dimsAgree(scale.dims, x.dims), () => `operands differ in shape: ${showType(x)} and ${showType(scale)}`);
      return [{ ...x, element: scale.element }];
    },
    evaluate: (c) => {
      const [x, scale] = [operandTensor(c, 0), operandTensor(c, 1)];
      const out = allocate({ ...resultType(c), dims: x.type.dims });
      const { element } = out.type;
      const forms = [x, scale].map((t) => ({ element: t.type.element, single: false }));
      makeLoop(scaled(element), forms, element)(out.data, elementCount(out.type.dims), x.data, scale.data);
      return [out];
    },
    scalar: (_operands, _attributes, result) => scaled(result.element),
  }),
];
