/** batch-norm-training, -inference and -grad, computed in double and rounded once. */
import type { BatchNormAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { elementCount, isFloat, rowMajorStrides, showType, type TensorType, tensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkDimension,
  checkElement,
  checkRank,
  operandTensor,
  operandType,
  sizesAgree,
} from './context.js';

/** Operand 0 and vectors of as many elements as it has features. */
function inferNorm(c: InferContext, vectors: readonly string[]): { operand: TensorType; vector: TensorType } {
  const operand = operandType(c, 0);
  const { featureIndex } = attributesOf<BatchNormAttributes>(c);
  checkDimension(featureIndex, operand.dims.length, 'the feature dimension');
  check(isFloat(operand.element), () => `the operand must hold floats, but is ${showType(operand)}`);
  const n = operand.dims[featureIndex]!;
  vectors.forEach((what, k) => {
    const t = operandType(c, k + 1);
    checkRank(t, 1, what);
    checkElement(t, operand.element, what);
    check(sizesAgree(t.dims[0]!, n), () => `${what} must have ${n} elements, but is ${showType(t)}`);
  });
  return { operand, vector: tensorType(operand.element, [n]) };
}

const square = (x: number): number => x * x;

const doubles = (t: Tensor): Float64Array => {
  const read = reader(t.type.element);
  return Float64Array.from({ length: elementCount(t.type.dims) }, (_, i) => read(t.data, i) as number);
};

function rounded(type: TensorType, values: Float64Array): Tensor {
  const out = allocate(type);
  const write = writer(type.element);
  for (let i = 0; i < values.length; i++) write(out.data, i, values[i]!);
  return out;
}

/** Operand 0 in double, and the feature that each of its elements belongs to. */
function features(c: EvaluateContext) {
  const t = operandTensor(c, 0);
  const { featureIndex, epsilon } = attributesOf<BatchNormAttributes>(c);
  const stride = rowMajorStrides(t.type.dims)[featureIndex]!;
  const n = t.type.dims[featureIndex]!;
  const x = doubles(t);
  const featureOf = (i: number): number => Math.floor(i / stride) % n;
  /** Sums over all dimensions but the feature's. */
  const sums = (f: (i: number, feature: number) => number): Float64Array => {
    const out = new Float64Array(n);
    for (let i = 0; i < x.length; i++) {
      const k = featureOf(i);
      out[k] = out[k]! + f(i, k);
    }
    return out;
  };
  const count = n === 0 ? 0 : x.length / n;
  return { type: t.type, vector: tensorType(t.type.element, [n]), x, epsilon, featureOf, sums, count };
}

type Features = ReturnType<typeof features>;

function normalize(
  f: Features,
  scale: Float64Array,
  offset: Float64Array,
  mean: Float64Array,
  variance: Float64Array,
): Tensor {
  const factor = scale.map((s, k) => s / Math.sqrt(variance[k]! + f.epsilon));
  const values = f.x.map((v, i) => {
    const k = f.featureOf(i);
    return (v - mean[k]!) * factor[k]! + offset[k]!;
  });
  return rounded(f.type, values);
}

export const NORMALIZATION_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'batch-norm-training',
    doc: 'the operand normalised by mean and variance of each feature, scaled and offset; the means; the variances',
    operands: 3,
    stablehlo: ['stablehlo.batch_norm_training'],
    hlo: ['batch-norm-training'],
    infer: (c) => {
      const { operand, vector } = inferNorm(c, ['scale', 'offset']);
      return [operand, vector, vector];
    },
    evaluate: (c) => {
      const f = features(c);
      const mean = f.sums((i) => f.x[i]!).map((s) => s / f.count);
      const variance = f.sums((i, k) => square(f.x[i]! - mean[k]!)).map((s) => s / f.count);
      const out = normalize(f, doubles(operandTensor(c, 1)), doubles(operandTensor(c, 2)), mean, variance);
      return [out, rounded(f.vector, mean), rounded(f.vector, variance)];
    },
  }),
  defineOp({
    name: 'batch-norm-inference',
    doc: 'the operand normalised by given means and variances (operands 3 and 4), scaled and offset',
    operands: 5,
    stablehlo: ['stablehlo.batch_norm_inference'],
    hlo: ['batch-norm-inference'],
    infer: (c) => [inferNorm(c, ['scale', 'offset', 'mean', 'variance']).operand],
    evaluate: (c) => {
      const [scale, offset, mean, variance] = [1, 2, 3, 4].map((i) => doubles(operandTensor(c, i)));
      return [normalize(features(c), scale!, offset!, mean!, variance!)];
    },
  }),
  defineOp({
    name: 'batch-norm-grad',
    doc: 'gradients of operand, scale and offset of batch-norm-training',
    operands: 5,
    stablehlo: ['stablehlo.batch_norm_grad'],
    hlo: ['batch-norm-grad'],
    infer: (c) => {
      const { operand, vector } = inferNorm(c, ['scale', 'mean', 'variance']);
      const gradient = operandType(c, 4);
      checkElement(gradient, operand.element, 'the gradient');
      checkRank(gradient, operand.dims.length, 'the gradient');
      return [operand, vector, vector];
    },
    evaluate: (c) => {
      const f = features(c);
      const [scale, mean, variance, g] = [1, 2, 3, 4].map((i) => doubles(operandTensor(c, i))) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const deviation = variance.map((v) => Math.sqrt(v + f.epsilon));
      const sum = f.sums((i) => g[i]!);
      const moment = f.sums((i, k) => g[i]! * (f.x[i]! - mean[k]!));
      const slope = moment.map((m, k) => m / (variance[k]! + f.epsilon));
      const factor = scale.map((s, k) => s / deviation[k]! / f.count);
      const gradient = f.x.map((v, i) => {
        const k = f.featureOf(i);
        return (g[i]! * f.count - sum[k]! - (v - mean[k]!) * slope[k]!) * factor[k]!;
      });
      const ofScale = moment.map((m, k) => m / deviation[k]!);
      return [rounded(f.type, gradient), rounded(f.vector, ofScale), rounded(f.vector, sum)];
    },
  }),
];
