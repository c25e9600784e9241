/** scaled-dot: a dot of narrow numbers, blocks of which share scales. */
import type { DotAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { elementCount, isFloat, rowMajorStrides, showType, type TensorType, tensorType } from '../types.js';
import { attributesOf, check, operandTensor, operandType, resultType } from './context.js';
import { dot, dotType } from './contraction.js';

/** A scale stands for equal parts of each dimension, or is one number for all. */
function checkScale(c: InferContext, side: 0 | 1): void {
  const [operand, scale] = [operandType(c, side), operandType(c, side + 2)];
  check(
    isFloat(operand.element) && isFloat(scale.element),
    () => `operands and scales must hold floats, but are ${showType(operand)} and ${showType(scale)}`,
  );
  const divides = scale.dims.every((n, d) => operand.dims[d]! < 0 || n < 0 || (n > 0 && operand.dims[d]! % n === 0));
  check(
    scale.dims.length === 0 || (scale.dims.length === operand.dims.length && divides),
    () => `the scales ${showType(scale)} do not divide ${showType(operand)} into equal blocks`,
  );
}

/** Each element times its scale, in f32, where the product of narrow numbers is exact. */
function scaled(x: Tensor, scale: Tensor): Tensor {
  const { dims } = x.type;
  const out = allocate(tensorType('f32', dims));
  const [read, readScale, write] = [reader(x.type.element), reader(scale.type.element), writer('f32')];
  const strides = rowMajorStrides(dims);
  const scaleStrides = rowMajorStrides(scale.type.dims);
  const blocks = scale.type.dims.map((n, d) => dims[d]! / n);
  for (let k = 0; k < elementCount(dims); k++) {
    const at = blocks.reduce((sum, b, d) => {
      const i = Math.floor(k / strides[d]!) % dims[d]!;
      return sum + Math.floor(i / b) * scaleStrides[d]!;
    }, 0);
    write(out.data, k, (read(x.data, k) as number) * (readScale(scale.data, at) as number));
  }
  return out;
}

function evaluate(c: EvaluateContext): Tensor[] {
  const { element } = resultType(c);
  const [x, y] = ([0, 1] as const).map((k) => scaled(operandTensor(c, k), operandTensor(c, k + 2))) as [Tensor, Tensor];
  const wide = dot(x, y, attributesOf<DotAttributes>(c), 'f32');
  const out = allocate({ ...wide.type, element } as TensorType);
  const write = writer(element);
  wide.data.forEach((v, k) => {
    write(out.data, k, v as number);
  });
  return [out];
}

export const SCALED_DOT_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'scaled-dot',
    doc: 'the dot of operands 0 and 1, whose blocks have the scales in operands 2 and 3',
    operands: 4,
    hlo: ['scaled-dot'],
    infer: (c) => {
      checkScale(c, 0);
      checkScale(c, 1);
      const declared = c.declared?.[0] as TensorType | undefined;
      check(
        declared === undefined || isFloat(declared.element),
        () => `the result must hold floats, not ${showType(declared!)}`,
      );
      return [dotType(operandType(c, 0), operandType(c, 1), attributesOf<DotAttributes>(c), declared)];
    },
    evaluate,
  }),
];
