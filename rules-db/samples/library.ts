/** Instances of the ops that frameworks have as functions of a library: normalisations, random bits, linear algebra. */
import { isFloat, partType, type SampleRule, sample, tensorType } from '../../src/rules/index.js';
import { like, range } from './shapes.js';

/** An operand, and vectors over one of its dimensions; `gradient`: and a tensor like the operand. */
const norm = (op: string, vectors: number, results: number, gradient = false): SampleRule =>
  sample(op, ({ random, result }) => {
    if (result.dims.length === 0 || !isFloat(result.element)) return undefined;
    const featureIndex = random.int(0, result.dims.length - 1);
    const vector = like(result, [result.dims[featureIndex]!]);
    return {
      operands: [result, ...range(vectors).map(() => vector), ...(gradient ? [result] : [])],
      results: [result, ...range(results - 1).map(() => vector)],
      attributes: { epsilon: random.pick([0, 1e-5, 0.5]), featureIndex },
    };
  });

/** A state of the size that the algorithm needs; the type asked for is that of the bits. */
export const RngBitGenerator = sample('rng-bit-generator', ({ random, result, fixed }) => {
  if (result.element === 'pred' || partType(result.element) !== result.element) return undefined;
  const algorithm = (fixed.algorithm as string | undefined) ?? random.pick(['DEFAULT', 'PHILOX', 'THREE_FRY']);
  const state = tensorType('u64', [algorithm === 'THREE_FRY' || random.chance(0.5) ? 2 : 3]);
  return { operands: [state], results: [state, result], attributes: { algorithm } };
});

/** Uniform or normal; what it gives can only be checked for its type. */
export const Rng = sample('rng', ({ random, result, fixed }) => {
  const distribution = (fixed.distribution as string | undefined) ?? random.pick(['UNIFORM', 'NORMAL']);
  if (partType(result.element) !== result.element) return undefined;
  const parameter = tensorType(result.element);
  return { operands: [parameter, parameter], attributes: { distribution } };
});

export const Cholesky = sample('cholesky', ({ random, result }) => {
  const { dims } = result;
  if (dims.length < 2 || dims.at(-1) !== dims.at(-2)) return undefined;
  return { operands: [result], attributes: { lower: random.chance(0.5) } };
});

export const TriangularSolve = sample('triangular-solve', ({ random, result }) => {
  const { dims } = result;
  if (dims.length < 2) return undefined;
  const leftSide = random.chance(0.5);
  const n = dims.at(leftSide ? -2 : -1)!;
  return {
    operands: [like(result, [...dims.slice(0, -2), n, n]), result],
    attributes: {
      leftSide,
      lower: random.chance(0.5),
      unitDiagonal: random.chance(0.3),
      transposeA: random.pick(['NO_TRANSPOSE', 'TRANSPOSE', 'ADJOINT']),
    },
  };
});

export const LIBRARY_SAMPLES: readonly SampleRule[] = [
  norm('batch-norm-training', 2, 3),
  norm('batch-norm-inference', 4, 1),
  norm('batch-norm-grad', 3, 3, true),
  RngBitGenerator,
  Rng,
  Cholesky,
  TriangularSolve,
];
