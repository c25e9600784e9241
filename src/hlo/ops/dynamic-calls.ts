/** What JAX writes as custom calls where shapes are open: checks of them, and ops with sizes as operands. */
import type { RngBitGeneratorAttributes, WindowAttributes } from '../attributes.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition } from '../registry.js';
import { DYNAMIC, showType, type TensorType, tensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkDimension,
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
import { withDims } from './movement.js';
import { topK, topKTypes } from './ordering.js';
import { generateBits } from './random.js';
import { evaluateReduceWindow, inferReduceWindow } from './window.js';
import { type ApproxTopKAttributes, evaluateApproxTopK } from './xla-calls.js';

/** The message with `{0}`, `{1}` … replaced by the operands after the condition. */
function assertionMessage(c: EvaluateContext): string {
  const { errorMessage } = attributesOf<{ errorMessage?: string }>(c);
  const text = errorMessage ?? 'an assertion about shapes does not hold';
  return text.replace(/\{(\d+)\}/g, (given, k: string) => {
    const index = Number(k) + 1;
    return index < c.operands.length ? integersOf(operandTensor(c, index)).join(', ') : given;
  });
}

/** The last five operands: window sizes, strides, base dilations, window dilations, padding. */
const windowOperands = (count: number): number[] => [5, 4, 3, 2, 1].map((k) => count - k);

/** The window, where `list` gives the integers of each of the five operands. */
function windowFrom(lists: readonly (readonly number[])[]): WindowAttributes {
  const [size, strides, baseDilations, windowDilations, flat] = lists as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const padding = size.map((_, d) => [flat[2 * d]!, flat[2 * d + 1]!] as const);
  return { size, strides, baseDilations, windowDilations, padding };
}

function inferDynamicWindow(c: InferContext): readonly TensorType[] {
  const at = windowOperands(c.operands.length);
  for (const k of at) checkInteger(operandType(c, k), `operand ${k}`);
  const lists = at.map((k) => knownIntegers(c, k));
  if (!lists.every((l) => l !== undefined)) {
    check(c.declared !== undefined, 'a window of unknown size needs the result types');
    return c.declared as readonly TensorType[];
  }
  return inferReduceWindow({ ...c, operands: c.operands.slice(0, -5), attributes: windowFrom(lists) });
}

function checkK(c: InferContext, i: number): void {
  checkInteger(operandType(c, i), 'k');
  checkRank(operandType(c, i), 0, 'k');
}

export const DYNAMIC_CALL_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'shape-assertion',
    doc: 'ends the program with a message where operand 0 is false; the other operands are values of the message',
    kind: 'assertion',
    traits: ['side-effect'],
    operands: { min: 1 },
    customCallTarget: 'shape_assertion',
    customCall: { apiVersion: 2, besideConfig: ['error_message'] },
    infer: (c) => {
      const t = operandType(c, 0);
      check(t.element === 'pred' && t.dims.length === 0, () => `the condition must be pred[], but is ${showType(t)}`);
      for (let i = 1; i < c.operands.length; i++) checkInteger(operandType(c, i), `operand ${i}`);
      return [];
    },
    evaluate: (c) => {
      check(operandTensor(c, 0).data[0] !== 0, () => assertionMessage(c));
      return [];
    },
  }),
  defineOp({
    name: 'dynamic-topk',
    doc: 'topk with k as operand 1',
    operands: 2,
    customCallTarget: 'stablehlo.dynamic_top_k',
    shapeOperands: () => [1],
    infer: (c) => {
      checkK(c, 1);
      const [k = DYNAMIC] = knownIntegers(c, 1) ?? [];
      return topKTypes(operandType(c, 0), k);
    },
    evaluate: (c) => topK(operandTensor(c, 0), integersOf(operandTensor(c, 1))[0]!, true),
  }),
  defineOp({
    name: 'dynamic-approx-topk',
    doc: 'approx-topk with the number of elements in the last operand',
    operands: { min: 3 },
    regions: 1,
    customCallTarget: 'stablehlo.dynamic_approx_top_k',
    shapeOperands: (c) => [c.operands.length - 1],
    infer: (c) => {
      const last = c.operands.length - 1;
      checkK(c, last);
      const { reductionDim } = attributesOf<ApproxTopKAttributes>(c);
      const [k = DYNAMIC] = knownIntegers(c, last) ?? [];
      check(last % 2 === 0, 'it takes as many initial values as tensors, and k');
      return Array.from({ length: last / 2 }, (_, i) => {
        const t = operandType(c, i);
        checkDimension(reductionDim, t.dims.length, 'reduction_dim');
        check(
          t.dims[reductionDim]! < 0 || k <= t.dims[reductionDim]!,
          () => `${showType(t)} has no ${k} elements there`,
        );
        return withDims(
          t,
          t.dims.map((n, d) => (d === reductionDim ? k : n)),
        );
      });
    },
    evaluate: (c) => {
      const [k] = integersOf(operandTensor(c, c.operands.length - 1));
      const { reductionDim } = attributesOf<ApproxTopKAttributes>(c);
      const operands = c.operands.slice(0, -1);
      const results = operands.slice(0, operands.length / 2).map((_, i) => {
        const { type } = operandTensor(c, i);
        return withDims(
          type,
          type.dims.map((n, d) => (d === reductionDim ? k! : n)),
        );
      });
      return evaluateApproxTopK({ ...c, operands, results, attributes: { topK: k!, reductionDim } });
    },
  }),
  defineOp({
    name: 'dynamic-reduce-window',
    doc: 'reduce-window with its window as the last five operands: sizes, strides, base and window dilations, padding',
    operands: { min: 7 },
    regions: 1,
    customCallTarget: 'stablehlo.dynamic_reduce_window',
    staticOperands: (c) => windowOperands(c.operands.length),
    infer: inferDynamicWindow,
    evaluate: (c) => {
      const window = windowFrom(windowOperands(c.operands.length).map((k) => integersOf(operandTensor(c, k))));
      return evaluateReduceWindow({ ...c, operands: c.operands.slice(0, -5), attributes: window });
    },
  }),
  defineOp({
    name: 'dynamic-rng-bit-generator',
    doc: 'rng-bit-generator with the shape of the bits in operand 1',
    operands: 2,
    customCallTarget: 'stablehlo.dynamic_rng_bit_generator',
    customCall: { besideConfig: ['rng_algorithm'] },
    shapeOperands: () => [1],
    infer: (c) => {
      const bits = declaredType(c, 1);
      const sizes = operandType(c, 1);
      checkInteger(sizes, 'the shape');
      checkRank(sizes, 1, 'the shape');
      check(sizesAgree(sizes.dims[0]!, bits.dims.length), () => `${showType(sizes)} is no shape of ${showType(bits)}`);
      return [operandType(c, 0), withDims(bits, knownIntegers(c, 1) ?? bits.dims)];
    },
    evaluate: (c) => {
      const { rngAlgorithm } = attributesOf<{ rngAlgorithm?: RngBitGeneratorAttributes['algorithm'] }>(c);
      const type = tensorType(resultType(c, 1).element, integersOf(operandTensor(c, 1)));
      return generateBits(operandTensor(c, 0), rngAlgorithm ?? 'DEFAULT', type);
    },
  }),
];
