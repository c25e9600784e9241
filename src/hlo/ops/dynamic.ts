/** Ops whose shape is an operand: their static counterparts with sizes known at run time. */
import type { BroadcastAttributes, ConvolutionAttributes, GatherAttributes, IotaAttributes } from '../attributes.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition } from '../registry.js';
import type { Tensor } from '../tensor.js';
import { DYNAMIC, sameDims, showType, type TensorType } from '../types.js';
import { iota } from './basic.js';
import {
  attributesOf,
  check,
  checkDimension,
  checkElement,
  checkInteger,
  checkRank,
  declaredType,
  integersOf,
  knownIntegers,
  operandTensor,
  operandType,
  resultType,
  sizesAgree,
} from './context.js';
import { convolutionType, convolve } from './contraction.js';
import { gather, gatherType } from './indexed.js';
import {
  broadcastTo,
  checkBroadcast,
  checkReshape,
  paddedSize,
  padWith,
  reshapeTo,
  sliceOf,
  withDims,
} from './movement.js';
import { throughReals } from './quantized.js';

/** Operand `i` holds one integer for each of `rank` dimensions. */
function checkSizes(c: InferContext, i: number, rank: number, what: string): void {
  const t = operandType(c, i);
  checkRank(t, 1, what);
  checkInteger(t, what);
  check(sizesAgree(t.dims[0]!, rank), () => `${what} must have ${rank} entries, but is ${showType(t)}`);
}

function checkFit(sizes: readonly number[], type: TensorType): void {
  check(
    sizes.every((n, d) => n >= 0 && sizesAgree(n, type.dims[d]!)),
    () => `the sizes [${sizes}] do not fit ${showType(type)}`,
  );
}

/** The sizes in operand `i`, which must fit the declared result. */
function sizesIn(c: EvaluateContext, i: number): number[] {
  const sizes = integersOf(operandTensor(c, i));
  checkFit(sizes, resultType(c));
  return sizes;
}

/** The result, which must have the sizes that are declared. */
function fitting(c: EvaluateContext, result: Tensor): Tensor {
  checkFit(result.type.dims, resultType(c));
  return result;
}

/** The declared result with the sizes in operand `i`, where they are known. */
function sized(c: InferContext, i: number, declared: TensorType): TensorType {
  const sizes = knownIntegers(c, i);
  if (!sizes) return declared;
  checkFit(sizes, declared);
  return withDims(declared, sizes);
}

type Lists = readonly [readonly number[], readonly number[], readonly number[]];

/** Three lists of integers from operand `first` on, where all are known. */
function knownLists(c: InferContext, first: number): Lists | undefined {
  const lists = [0, 1, 2].map((k) => knownIntegers(c, first + k));
  return lists.every((l) => l !== undefined) ? (lists as unknown as Lists) : undefined;
}

/** Sizes of a slice, which must lie inside where the operand's sizes are known. */
function sliceSizes(t: TensorType, [starts, limits, strides]: Lists): number[] {
  return t.dims.map((n, d) => {
    const [s, l, step] = [starts[d]!, limits[d]!, strides[d]!];
    const inside = s >= 0 && s <= l && (n === DYNAMIC || l <= n) && step >= 1;
    check(inside, () => `[${s}:${l}:${step}] does not lie inside dimension ${d} of ${showType(t)}`);
    return Math.ceil((l - s) / step);
  });
}

/** The row [low, high] of each spatial dimension. */
const paddingRows = (flat: readonly number[]): (readonly [number, number])[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const);

function declaredLike(c: InferContext, like: TensorType): TensorType {
  const result = declaredType(c);
  checkElement(result, like.element, 'the result');
  return result;
}

/** Exporters give dynamic-conv more strides than it has spatial dimensions; the first ones count. */
function convolutionOf(c: InferContext | EvaluateContext, spatial: number): ConvolutionAttributes {
  const given = attributesOf<ConvolutionAttributes>(c);
  return { ...given, strides: given.strides.slice(0, spatial) };
}

export const DYNAMIC_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'dynamic-broadcast-in-dim',
    doc: 'broadcast to the sizes in operand 1',
    operands: 2,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.dynamic_broadcast_in_dim'],
    shapeOperands: () => [1],
    infer: (c) => {
      const declared = declaredType(c);
      checkSizes(c, 1, declared.dims.length, 'the output dimensions');
      const result = sized(c, 1, declared);
      checkBroadcast(operandType(c, 0), result, attributesOf<BroadcastAttributes>(c).dimensions);
      return [result];
    },
    evaluate: (c) => [broadcastTo(operandTensor(c, 0), sizesIn(c, 1), attributesOf<BroadcastAttributes>(c).dimensions)],
  }),
  defineOp({
    name: 'dynamic-reshape',
    doc: 'reshape to the sizes in operand 1',
    operands: 2,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.dynamic_reshape', 'chlo.dynamic_reshape'],
    hlo: ['dynamic-reshape'],
    shapeOperands: () => [1],
    infer: (c) => {
      const from = operandType(c, 0);
      const declared = declaredLike(c, from);
      checkSizes(c, 1, declared.dims.length, 'the output shape');
      const result = sized(c, 1, declared);
      checkReshape(from, result);
      return [result];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const sizes = sizesIn(c, 1);
      checkReshape(t.type, withDims(t.type, sizes));
      return [reshapeTo(t, sizes)];
    },
  }),
  defineOp({
    name: 'dynamic-iota',
    doc: 'iota of the sizes in operand 0',
    operands: 1,
    stablehlo: ['stablehlo.dynamic_iota'],
    shapeOperands: () => [0],
    infer: (c) => {
      const result = declaredType(c);
      checkSizes(c, 0, result.dims.length, 'the output shape');
      checkDimension(attributesOf<IotaAttributes>(c).dimension, result.dims.length, 'the iota dimension');
      return [sized(c, 0, result)];
    },
    evaluate: (c) => [iota({ ...resultType(c), dims: sizesIn(c, 0) }, attributesOf<IotaAttributes>(c).dimension)],
  }),
  defineOp({
    name: 'dynamic-pad',
    doc: 'pad with low, high and interior padding given as operands 2, 3 and 4',
    operands: 5,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.dynamic_pad'],
    staticOperands: () => [2, 3, 4],
    infer: (c) => {
      const t = operandType(c, 0);
      checkRank(operandType(c, 1), 0, 'the padding value');
      checkElement(operandType(c, 1), t.element, 'the padding value');
      ['low padding', 'high padding', 'interior padding'].forEach((what, k) => {
        checkSizes(c, k + 2, t.dims.length, what);
      });
      const result = declaredLike(c, t);
      checkRank(result, t.dims.length, 'the result');
      const lists = knownLists(c, 2);
      if (!lists) return [result];
      const [low, high, interior] = lists;
      return [
        withDims(
          t,
          t.dims.map((n, d) => paddedSize(n, low[d]!, high[d]!, interior[d]!)),
        ),
      ];
    },
    evaluate: (c) => {
      const [low, high, interior] = [2, 3, 4].map((i) => integersOf(operandTensor(c, i))) as [
        number[],
        number[],
        number[],
      ];
      check(
        interior.every((n) => n >= 0),
        () => `interior padding [${interior}] must not be negative`,
      );
      return [fitting(c, padWith(operandTensor(c, 0), operandTensor(c, 1).data, { low, high, interior }))];
    },
  }),
  defineOp({
    name: 'real-dynamic-slice',
    doc: 'slice with starts, limits and strides given as operands 1, 2 and 3',
    operands: 4,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.real_dynamic_slice'],
    shapeOperands: () => [1, 2],
    staticOperands: () => [3],
    infer: (c) => {
      const t = operandType(c, 0);
      ['starts', 'limits', 'strides'].forEach((what, k) => {
        checkSizes(c, k + 1, t.dims.length, what);
      });
      const result = declaredLike(c, t);
      checkRank(result, t.dims.length, 'the result');
      const lists = knownLists(c, 1);
      return [lists ? withDims(t, sliceSizes(t, lists)) : result];
    },
    evaluate: (c) => {
      const t = operandTensor(c, 0);
      const [starts, limits, strides] = [1, 2, 3].map((i) => integersOf(operandTensor(c, i))) as unknown as Lists;
      return [fitting(c, sliceOf(t, starts, sliceSizes(t.type, [starts, limits, strides]), strides))];
    },
  }),
  defineOp({
    name: 'dynamic-gather',
    doc: 'gather with the slice sizes in operand 2',
    operands: 3,
    traits: ['shape-only'],
    stablehlo: ['stablehlo.dynamic_gather'],
    shapeOperands: () => [2],
    infer: (c) => {
      const t = operandType(c, 0);
      checkSizes(c, 2, t.dims.length, 'the slice sizes');
      const a = attributesOf<GatherAttributes>(c);
      const unknown = t.dims.map((_, d) => {
        return a.collapsedSliceDims.includes(d) || a.operandBatchingDims.includes(d) ? 1 : 0;
      });
      const known = knownIntegers(c, 2);
      const shape = gatherType(t, operandType(c, 1), { ...a, sliceSizes: known ?? unknown });
      const result = declaredLike(c, t);
      checkRank(result, shape.dims.length, 'the result');
      return [known ? shape : result];
    },
    evaluate: (c) => {
      const a = attributesOf<GatherAttributes>(c);
      return [fitting(c, gather(operandTensor(c, 0), operandTensor(c, 1), a, integersOf(operandTensor(c, 2))))];
    },
  }),
  throughReals(
    defineOp({
      name: 'dynamic-conv',
      doc: 'convolution with the padding in operand 2, a row [low, high] for each spatial dimension',
      operands: 3,
      stablehlo: ['stablehlo.dynamic_conv'],
      staticOperands: () => [2],
      infer: (c) => {
        const t = operandType(c, 2);
        const spatial = operandType(c, 0).dims.length - 2;
        checkInteger(t, 'the padding');
        check(
          sameDims(t.dims, [spatial, 2]),
          () => `the padding must have shape [${spatial},2], but is ${showType(t)}`,
        );
        const zero = Array.from({ length: spatial }, () => [0, 0] as const);
        const known = knownIntegers(c, 2);
        const result = declaredType(c);
        const a = { ...convolutionOf(c, spatial), padding: known ? paddingRows(known) : zero };
        const shape = convolutionType(operandType(c, 0), operandType(c, 1), a, result);
        if (known) return [shape];
        const sized = shape.dims.map((n, d) => (a.dims.resultSpatial.includes(d) ? DYNAMIC : n));
        check(result.dims.length === sized.length && sized.every((n, d) => sizesAgree(n, result.dims[d]!)), () => {
          return `the result is [${sized.map((n) => (n < 0 ? '?' : n))}], but ${showType(result)} is declared`;
        });
        return [result];
      },
      evaluate: (c) => {
        const padding = paddingRows(integersOf(operandTensor(c, 2)));
        const a = { ...convolutionOf(c, padding.length), padding };
        return [convolve(operandTensor(c, 0), operandTensor(c, 1), a, resultType(c))];
      },
    }),
  ),
];
