/** Where values come from, and ops that only order or pass them. */
import type { ConstantAttributes, DimensionAttributes, IotaAttributes, ParameterAttributes } from '../attributes.js';
import { Literal } from '../literal.js';
import { writer } from '../numeric/access.js';
import { defineOp, type OpDefinition, OpError, type Scalar, TOKEN_VALUE } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { ELEMENT, elementCount, partType, rowMajorStrides, type TensorType, TOKEN, tensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkDimension,
  declaredType,
  knownIntegers,
  operandTensor,
  operandType,
  resultType,
  toIndex,
} from './context.js';
import { sliceOf, withDims } from './movement.js';

/** element i = index i along `dimension` */
export function iota(type: TensorType, dimension: number): Tensor {
  const out = allocate(type);
  const complex = ELEMENT[type.element].class === 'complex';
  const big = ELEMENT[type.element].bits === 64 && ELEMENT[partType(type.element)].class !== 'float';
  const write = writer(type.element);
  const stride = rowMajorStrides(type.dims)[dimension]!;
  const n = type.dims[dimension]!;
  const count = elementCount(type.dims);
  for (let i = 0; i < count; i++) {
    const k = Math.floor(i / stride) % n;
    write(out.data, i, (complex ? [k, 0] : big ? BigInt(k) : k) as Scalar);
  }
  return out;
}

function checkCut(t: TensorType, dimension: number, size: number): void {
  const limit = t.dims[dimension]!;
  const inside = size >= 0 && (size <= limit || limit < 0);
  check(inside, () => `size ${size} of dimension ${dimension} is not within 0 and ${limit}`);
}

export const BASIC_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'parameter',
    doc: 'an argument of the computation',
    kind: 'parameter',
    operands: 0,
    hlo: ['parameter'],
    infer: (c) => {
      check(c.declared?.length === 1, 'a parameter needs its type');
      return c.declared;
    },
    evaluate: (c) => {
      throw new OpError(`parameter ${attributesOf<ParameterAttributes>(c).index} has no value`);
    },
  }),
  defineOp({
    name: 'constant',
    doc: 'a literal',
    kind: 'constant',
    operands: 0,
    stablehlo: ['stablehlo.constant'],
    hlo: ['constant'],
    infer: (c) => {
      const { value } = attributesOf<ConstantAttributes>(c);
      check(value instanceof Literal, 'a constant needs the attribute value, a literal');
      return [value.type];
    },
    evaluate: (c) => [attributesOf<ConstantAttributes>(c).value.tensor()],
  }),
  defineOp({
    name: 'iota',
    doc: 'element i is its index along a dimension',
    operands: 0,
    stablehlo: ['stablehlo.iota'],
    hlo: ['iota'],
    infer: (c) => {
      const t = declaredType(c);
      checkDimension(attributesOf<IotaAttributes>(c).dimension, t.dims.length, 'the iota dimension');
      check(t.element !== 'pred', 'iota cannot count in pred');
      return [t];
    },
    evaluate: (c) => [iota(resultType(c), attributesOf<IotaAttributes>(c).dimension)],
  }),
  defineOp({
    name: 'opt-barrier',
    doc: 'the operands; nothing moves across',
    kind: 'barrier',
    operands: { min: 0 },
    stablehlo: ['stablehlo.optimization_barrier'],
    hlo: ['opt-barrier'],
    infer: (c) => c.operands,
    evaluate: (c) => c.operands,
  }),
  defineOp({
    name: 'after-all',
    doc: 'a token after those given',
    kind: 'barrier',
    operands: { min: 0 },
    stablehlo: ['stablehlo.after_all', 'stablehlo.create_token'],
    hlo: ['after-all'],
    infer: (c) => {
      check(
        c.operands.every((t) => t.kind === 'token'),
        'after-all takes tokens alone',
      );
      return [TOKEN];
    },
    evaluate: () => [TOKEN_VALUE],
  }),
  defineOp({
    name: 'add-dependency',
    doc: 'operand 0, available only after the token',
    kind: 'barrier',
    operands: 2,
    hlo: ['add-dependency'],
    infer: (c) => [c.operands[0]!],
    evaluate: (c) => [c.operands[0]!],
  }),
  defineOp({
    name: 'get-dimension-size',
    doc: 'the size of a dimension, as s32',
    operands: 1,
    traits: ['of-shape'],
    stablehlo: ['stablehlo.get_dimension_size'],
    hlo: ['get-dimension-size'],
    infer: (c) => {
      checkDimension(attributesOf<DimensionAttributes>(c).dimension, operandType(c, 0).dims.length, 'the dimension');
      return [tensorType('s32')];
    },
    evaluate: (c) => {
      const out = allocate(tensorType('s32'));
      out.data[0] = operandTensor(c, 0).type.dims[attributesOf<DimensionAttributes>(c).dimension]!;
      return [out];
    },
  }),
  defineOp({
    name: 'set-dimension-size',
    doc: 'the operand cut to a size, given at run time, along a dimension',
    operands: 2,
    stablehlo: ['stablehlo.set_dimension_size'],
    hlo: ['set-dimension-size'],
    shapeOperands: () => [1],
    infer: (c) => {
      const t = operandType(c, 0);
      const { dimension } = attributesOf<DimensionAttributes>(c);
      checkDimension(dimension, t.dims.length, 'the dimension');
      const [size] = knownIntegers(c, 1) ?? [];
      if (size !== undefined) {
        checkCut(t, dimension, size);
        return [
          withDims(
            t,
            t.dims.map((n, d) => (d === dimension ? size : n)),
          ),
        ];
      }
      const dims = t.dims.map((n, d) => (d === dimension ? -1 : n));
      const bounds = t.dims.map((n, d) => (d === dimension ? n : -1));
      return [{ ...withDims(t, dims), bounds }];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const { dimension } = attributesOf<DimensionAttributes>(c);
      const size = toIndex(operandTensor(c, 1).data[0]!);
      checkCut(t.type, dimension, size);
      return [
        sliceOf(
          t,
          t.type.dims.map(() => 0),
          t.type.dims.map((n, d) => (d === dimension ? size : n)),
        ),
      ];
    },
  }),
];
