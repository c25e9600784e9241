import { expect, test } from 'vitest';
import * as example from '../../examples/custom-template.js';
import { defaultRules, extendRuleSet, type RuleSet, tensor } from '../../src/index.js';
import { rulesIn } from '../../src/rules/index.js';
import { compiled, interpreted, isShort, results, wave } from './support.js';

const ops = defaultRules().ops.extend([example.leakySum]);
const rules = extendRuleSet(defaultRules(), { ops, rules: rulesIn(example) });
const without = (...names: readonly string[]): RuleSet =>
  extendRuleSet(defaultRules(), {
    ops,
    rules: rulesIn(example).filter((r) => !('name' in r && names.includes(r.name))),
  });

const program = (rows: number, times: number) => {
  const type = `tensor<${rows}x${times}xf32>`;
  return `func.func @main(%x: ${type}) -> ${type} {
  %0 = stablehlo.add %x, %x : ${type}
  %1 = stablehlo.custom_call @leaky_sum(%0) : (${type}) -> ${type}
  %2 = stablehlo.negate %1 : ${type}
  return %2 : ${type}
}`;
};

isShort('examples/custom-template.ts', 60);

test.each([
  [1, 1],
  [3, 7],
  [16, 100],
  [37, 19],
  [1000, 33],
  [4, 20_000],
  [0, 4],
  [4, 0],
])('f32[%i, %i]: the template gives, bit for bit, what the interpreter does', (rows, times) => {
  const text = program(rows, times);
  const inputs = [tensor('f32', [rows, times], wave(rows * times))];
  const c = compiled(text, rules);
  expect(c.plan!.steps.map((s) => s.label.split(':')[0])).toContain('recurrence');
  expect(results(c, inputs, 2)).toEqual(interpreted(text, inputs, rules));
});

test('a template or schedule that is missing is named, with the place', () => {
  expect(() => compiled(program(3, 7), without('recurrence'))).toThrow(
    "no template rule 'recurrence', which the emission rule of leaky_sum asks for",
  );
  expect(() => compiled(program(3, 7), without('Recurrence_Rows'))).toThrow(
    'no schedule rule applies to a recurrence kernel',
  );
});
