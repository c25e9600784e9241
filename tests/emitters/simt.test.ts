/** Kernels for graphics processors, run in the loop-IR interpreter, against the graph interpreter. */
import { describe, expect, test } from 'vitest';
import { compile, interpret, parse } from '../../src/index.js';
import { gpuTarget } from '../../src/rules/target.js';
import { agree } from '../support/agree.js';
import { REDUCED, reducedText } from '../support/reduced.js';
import { ABSENT, WORKLOADS } from '../support/workloads.js';

const target = gpuTarget('sm_80');
const onGpu = (source: string) => agree(source, { target, tolerance: 1e-4 });

describe(`workloads at reduced sizes${ABSENT}`, () => {
  test.each(REDUCED.filter((name) => WORKLOADS.includes(name)))('%s', (name) => {
    onGpu(reducedText(name));
  });
});

const rowSums = (
  rows: number,
  columns: number,
) => `func.func @main(%x: tensor<${rows}x${columns}xf32>) -> tensor<${rows}xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %sums = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<${rows}x${columns}xf32>, tensor<f32>) -> tensor<${rows}xf32>
  return %sums : tensor<${rows}xf32>
}`;

describe('rows by blocks of threads', () => {
  test.each([
    [1, 4],
    [3, 7],
    [16, 33],
    [5, 256],
    [2, 260],
    [3, 2050],
    [1, 9001],
  ])('%i rows of %i', (rows, columns) => {
    expect(onGpu(rowSums(rows, columns))).toEqual(['rows']);
  });
});

test('the public API runs a program on simt', () => {
  const source = rowSums(4, 100);
  const x = Float32Array.from({ length: 400 }, (_, k) => k);
  using program = compile(source, { target: 'simt' });
  const [want] = interpret(parse(source), [{ type: program.inputs[0]!, data: x }]);
  expect(program.runSync([x])[0]!.data).toEqual((want as { data: unknown }).data);
});
