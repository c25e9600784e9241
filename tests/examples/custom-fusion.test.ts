import { expect, test } from 'vitest';
import { rules } from '../../examples/custom-fusion.js';
import { defaultRules, tensor } from '../../src/index.js';
import { relativeError } from '../support/compare.js';
import { compiled, interpreted, isShort, results, wave } from './support.js';

const PROGRAM = `func.func @main(%x: tensor<64x512xf32>, %b: tensor<512xf32>) -> tensor<64x512xf32> {
  %0 = stablehlo.exponential %b : tensor<512xf32>
  %1 = stablehlo.broadcast_in_dim %0, dims = [1] : (tensor<512xf32>) -> tensor<64x512xf32>
  %2 = stablehlo.add %x, %1 : tensor<64x512xf32>
  return %2 : tensor<64x512xf32>
}`;
const inputs = [tensor('f32', [64, 512], wave(64 * 512)), tensor('f32', [512], wave(512))];

isShort('examples/custom-fusion.ts', 30);

test('what the default rules store, it computes again', () => {
  expect(compiled(PROGRAM, defaultRules()).plan!.steps).toHaveLength(2);
  const c = compiled(PROGRAM, rules);
  expect(c.plan!.steps).toHaveLength(1);
  const made = c.fusions!.decisions.filter((d) => d.fused && d.instruction.opcode === ('exponential' as string));
  expect(made.map((d) => d.rule)).toEqual(['Map_Again']);
  const [expected] = interpreted(PROGRAM, inputs, rules);
  expect(relativeError(results(c, inputs)[0]!, expected!)).toBeLessThan(1e-6);
});

test('what the default rules fuse is fused by them where it refuses', () => {
  const twice = PROGRAM.replaceAll('exponential', 'negate').replace(
    '%2 = stablehlo.add %x, %1',
    '%2 = stablehlo.add %1, %1',
  );
  const names = compiled(twice, rules)
    .fusions!.decisions.filter((d) => d.fused)
    .map((d) => d.rule);
  expect(new Set(names).size).toBeGreaterThan(0);
  expect(compiled(twice, rules).plan!.steps).toHaveLength(1);
});
