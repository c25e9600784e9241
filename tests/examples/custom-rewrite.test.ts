import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Divide_Sqrt, rules } from '../../examples/custom-rewrite.js';
import { compilerOptions, parse, runPasses } from '../../src/index.js';
import { verifyRule } from '../../src/rules/verify/verify.js';

test('takes at most 15 lines', () => {
  const lines = readFileSync('examples/custom-rewrite.ts', 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(15);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});

test('verifies', () => {
  const report = verifyRule(Divide_Sqrt, rules, { cases: 100, seed: 1 });
  expect(report.failure).toBeUndefined();
  expect(report.fired).toBe(100);
});

test('fires by default, and not where precision is strict', () => {
  const program = `func.func @main(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
    %0 = stablehlo.sqrt %y : tensor<8xf32>
    %1 = stablehlo.divide %x, %0 : tensor<8xf32>
    return %1 : tensor<8xf32>
  }`;
  const firings = (precision: 'default' | 'strict') =>
    runPasses(parse(program), compilerOptions({ rules, precision }), 'dce').reports.flatMap((r) => r.trace);
  expect(firings('default').map((f) => f.rule)).toEqual(['Divide_Sqrt']);
  expect(firings('strict')).toEqual([]);
});
