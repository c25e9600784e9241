/** Combining elements along dimensions. */
import { type EmitRule, emit, type ReduceAttributes } from '../../src/rules/index.js';
import { range } from './range.js';

/** result[i] = init ∘ all of input[i, …] along `dimensions`, ∘ being the called computation */
export const Reduce = emit('reduce', {
  role: (op) => {
    const { dimensions } = op.attributes as ReduceAttributes;
    const count = op.results.length;
    return {
      template: 'reduce',
      inputs: range(0, count),
      inits: range(count, 2 * count),
      captures: range(2 * count, op.operands.length),
      axes: dimensions,
      combiner: op.called[0]!,
    };
  },
});

export const REDUCE: readonly EmitRule[] = [Reduce];
