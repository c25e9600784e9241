import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rules } from '../../examples/custom-op.js';
import { compile, compilerOptions, interpret, parse, print, runPasses, tensor } from '../../src/index.js';
import { relativeError } from '../support/compare.js';

const PROGRAM = `func.func @main(%x: tensor<37x19xf32>, %b: tensor<19xf32>) -> tensor<37x19xf32> {
  %0 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<19xf32>) -> tensor<37x19xf32>
  %1 = stablehlo.add %x, %0 : tensor<37x19xf32>
  %2 = stablehlo.custom_call @quick_gelu(%1) : (tensor<37x19xf32>) -> tensor<37x19xf32>
  %3 = stablehlo.multiply %2, %x : tensor<37x19xf32>
  return %3 : tensor<37x19xf32>
}`;
const { ops } = rules;
const wave = (n: number, width: number) => Float32Array.from({ length: n }, (_, k) => width * Math.sin(k));
const inputs = [tensor('f32', [37, 19], wave(37 * 19, 8)), tensor('f32', [19], wave(19, 1))];

test('shape rule, reference and emission take at most 15 lines', () => {
  const lines = readFileSync('examples/custom-op.ts', 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(15);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});

test('parses as a custom_call, and prints as one', () => {
  const text = print(parse(PROGRAM, { ops }), ops);
  expect(text).toContain('stablehlo.custom_call @quick_gelu(');
  expect(print(parse(text, { ops }), ops)).toBe(text);
});

test('its shape rule refuses what does not fit, with the place', () => {
  const wrong = PROGRAM.replaceAll('f32', 'i32');
  expect(() => parse(wrong, { ops })).toThrow(/4.*\n?.*quick_gelu takes elements of type float/s);
});

test('fuses with its neighbours into one kernel, and runs natively', () => {
  const c = runPasses(parse(PROGRAM, { ops }), compilerOptions({ rules }), 'assemble');
  expect(c.plan!.steps.map((s) => s.label)).toEqual([expect.stringMatching(/^map: .*add.*quick_gelu.*multiply/)]);

  const [expected] = interpret(parse(PROGRAM, { ops }), inputs, ops) as (typeof inputs)[number][];
  using program = compile(PROGRAM, { rules });
  expect(program.target).toBe('cpu');
  expect(relativeError(program.runSync(inputs)[0]!, expected!)).toBeLessThan(1e-6);
});
