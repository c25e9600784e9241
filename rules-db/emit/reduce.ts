/** Combining elements along dimensions. */
import { type Combination, type EmitRule, emit, type ReduceAttributes, type RoleView } from '../../src/rules/index.js';
import { range } from './range.js';

/** Operands: inputs, as many initial values, and what the computation captures. */
export function combination(op: RoleView): Combination {
  const count = op.results.length;
  return {
    inputs: range(0, count),
    inits: range(count, 2 * count),
    captures: range(2 * count, op.operands.length),
    combiner: op.called[0]!,
  };
}

/** result[i] = init ∘ all of input[i, …] along `dimensions`, ∘ being the called computation */
export const Reduce = emit('reduce', {
  role: (op) => {
    const { dimensions } = op.attributes as ReduceAttributes;
    return { template: 'reduce', ...combination(op), axes: dimensions };
  },
});

export const REDUCE: readonly EmitRule[] = [Reduce];
