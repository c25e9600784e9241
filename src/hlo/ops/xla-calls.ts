/** What XLA's clients call by name though it is made of other ops: approximate selection, random bits of a counter. */
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { elementCount, showType, type TensorType } from '../types.js';
import { attributesOf, check, checkDimension, declaredType, dimsAgree, operandTensor, operandType } from './context.js';
import { withDims } from './movement.js';
import { evaluateSort } from './ordering.js';

export type ApproxTopKAttributes = { topK: number; reductionDim: number };

/** Operands are tensors, then as many initial values; there is a result for each tensor. */
const tensorsOf = (c: { readonly operands: readonly unknown[] }): number => c.operands.length / 2;

function inferApproxTopK(c: InferContext): TensorType[] {
  const { topK, reductionDim } = attributesOf<ApproxTopKAttributes>(c);
  const count = tensorsOf(c);
  check(Number.isInteger(count) && count > 0, 'it takes as many initial values as tensors');
  const types = Array.from({ length: count }, (_, k) => operandType(c, k));
  const { dims } = types[0]!;
  checkDimension(reductionDim, dims.length, 'reduction_dim');
  check(Number.isInteger(topK) && topK >= 0, () => `top_k = ${topK} is not a number of elements`);
  return types.map((t, k) => {
    check(dimsAgree(t.dims, dims), () => `operands ${showType(t)} and ${showType(types[0]!)} differ in shape`);
    // Without aggregate_to_topk, more may be asked for than are wanted in the end.
    const kept = declaredType(c, k).dims[reductionDim] ?? topK;
    const n = dims[reductionDim]!;
    check(kept >= topK && (n < 0 || kept <= n), () => `${kept} of ${n} elements cannot hold the best ${topK}`);
    return withDims(
      t,
      dims.map((d, i) => (i === reductionDim ? kept : d)),
    );
  });
}

export function evaluateApproxTopK(c: EvaluateContext): Tensor[] {
  const { reductionDim: dimension } = attributesOf<ApproxTopKAttributes>(c);
  const sorted = evaluateSort({ ...c, operands: c.operands.slice(0, tensorsOf(c)), attributes: { dimension } });
  return sorted.map((t, k) => {
    const out = allocate(c.results[k] as TensorType);
    const [n, kept] = [t.type.dims[dimension]!, out.type.dims[dimension]!];
    const inner = out.data.length / elementCount(out.type.dims.slice(0, dimension + 1));
    for (let row = 0; row < out.data.length / (kept * inner); row++) {
      const from = row * n * inner;
      out.data.set(t.data.subarray(from, from + kept * inner) as never, row * kept * inner);
    }
    return out;
  });
}

/** Threefry-2x32, 20 rounds (Salmon et al., SC 2011). */
export const THREEFRY = {
  parity: 0x1bd11bda,
  rotations: [
    [13, 15, 26, 6],
    [17, 29, 16, 24],
  ],
} as const;

function threefry(k0: number, k1: number, x0: number, x1: number): [number, number] {
  const keys = [k0, k1, k0 ^ k1 ^ THREEFRY.parity];
  let [a, b] = [(x0 + k0) >>> 0, (x1 + k1) >>> 0];
  for (let group = 0; group < 5; group++) {
    for (const by of THREEFRY.rotations[group % 2]!) {
      a = (a + b) >>> 0;
      b = (((b << by) | (b >>> (32 - by))) ^ a) >>> 0;
    }
    a = (a + keys[(group + 1) % 3]!) >>> 0;
    b = (b + keys[(group + 2) % 3]! + group + 1) >>> 0;
  }
  return [a, b];
}

export const XLA_CALL_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'approx-topk',
    doc: 'the first elements along a dimension in the order of a comparator; exact here, whatever recall is asked for',
    operands: { min: 2 },
    regions: 1,
    customCallTarget: 'ApproxTopK',
    infer: inferApproxTopK,
    evaluate: evaluateApproxTopK,
  }),
  defineOp({
    name: 'threefry2x32',
    doc: 'random bits: the counter in operands 2 and 3 under the key in operands 0 and 1 (a fifth operand, a length, says nothing new)',
    operands: { min: 4, max: 5 },
    customCallTarget: 'cu_threefry2x32_ffi',
    customCall: { aliases: ['cu_threefry2x32', 'hip_threefry2x32', 'hip_threefry2x32_ffi'] },
    infer: (c) => {
      const types = [0, 1, 2, 3].map((k) => operandType(c, k));
      for (const t of types) {
        const fits = t.element === 'u32' && dimsAgree(t.dims, types[0]!.dims);
        check(fits, () => `operands must be u32 tensors of one shape, but one is ${showType(t)}`);
      }
      return [types[2]!, types[3]!];
    },
    evaluate: (c) => {
      const [k0, k1, x0, x1] = [0, 1, 2, 3].map((k) => operandTensor(c, k).data as Uint32Array);
      const outs = [allocate(operandTensor(c, 2).type), allocate(operandTensor(c, 3).type)];
      x0!.forEach((x, i) => {
        const made = threefry(k0![i]!, k1![i]!, x, x1![i]!);
        outs.forEach((out, k) => {
          out.data[i] = made[k]!;
        });
      });
      return outs;
    },
  }),
];
