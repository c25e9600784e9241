import { expect, test } from 'vitest';
import { Computation, tensorType } from '../../../src/hlo/index.js';
import { ruleOf } from './access.js';

test('a reduce of two inputs with a captured value: inputs, initial values, captures', () => {
  const combiner = new Computation('combiner');
  const input = tensorType('f32', [4, 6]);
  const scalar = tensorType('f32');
  const result = tensorType('f32', [4]);
  const role = ruleOf('reduce').role!({
    operands: [input, input, scalar, scalar, scalar],
    results: [result, result],
    attributes: { dimensions: [1], captures: 1 },
    called: [combiner],
    source: () => ({ key: '' }),
    match: () => undefined,
    reducer: () => undefined,
  });
  expect(role).toEqual({ template: 'reduce', inputs: [0, 1], inits: [2, 3], captures: [4], axes: [1], combiner });
});
