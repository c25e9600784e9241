import { expect, test } from 'vitest';
import { rules } from '../../examples/custom-schedule.js';
import { type Compilation, defaultRules, tensor } from '../../src/index.js';
import { compiled, interpreted, isShort, results, wave } from './support.js';

const N = 40_003;
const PROGRAM = `func.func @main(%x: tensor<${N}xf32>) -> tensor<${N}xf32> {
  %0 = stablehlo.add %x, %x : tensor<${N}xf32>
  return %0 : tensor<${N}xf32>
}`;
const inputs = [tensor('f32', [N], wave(N))];
/** Elements that an iteration of the kernel's longest stride takes. */
const step = (c: Compilation) => Math.max(...c.kernels![0]!.body.map((s) => (s.kind === 'for' ? s.step : 0)));

isShort('examples/custom-schedule.ts', 30);

test('it is asked before the rule that every rule set has', () => {
  const before = compiled(PROGRAM, defaultRules());
  const after = compiled(PROGRAM, rules);
  expect(step(after)).toBe(2 * step(before));
  expect(results(after, inputs)).toEqual(interpreted(PROGRAM, inputs, rules));
});

test('where it does not apply, nothing changes', () => {
  const small = PROGRAM.replaceAll(String(N), '64');
  const hashes = (c: Compilation) => c.plan!.kernels.map((k) => k.hash);
  expect(hashes(compiled(small, rules))).toEqual(hashes(compiled(small, defaultRules())));
});
