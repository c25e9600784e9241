import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../../src/default-rules.js';
import type { Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { randomInput } from '../../../src/hlo/recipe.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { relativeError } from '../../support/compare.js';
import { compileToLoops, runInterpreted } from '../../support/plan-runner.js';

/** `body` with %0 … as main's arguments of the given types, `result` its type. */
function agree(source: string, tolerance = 1e-5): string[] {
  const { ops } = defaultRules();
  const parsed = parseStablehlo(source, ops);
  const inputs = parsed.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
  const want = interpret(parsed, ops, inputs) as Tensor[];
  const c = compileToLoops(parseStablehlo(source, ops));
  const got = runInterpreted(c, inputs);
  got.forEach((g, k) => {
    expect(relativeError(g, want[k]!), `result ${k}`).toBeLessThanOrEqual(tolerance);
  });
  return c.plan!.steps.map((s) => s.label.split(':')[0]!);
}

const reduce = (what: string, from: string, dims: string, inT: string, outT: string, init: string) =>
  `stablehlo.reduce(${from} init: ${init}) applies stablehlo.${what} across dimensions = [${dims}] : (${inT}, tensor<f32>) -> ${outT}`;

const softmax = (shape: string, rows: string, keep: string, axis: number) => `
func.func @main(%x: tensor<${shape}xf32>) -> tensor<${shape}xf32> {
  %ninf = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %m = ${reduce('maximum', '%x', `${axis}`, `tensor<${shape}xf32>`, `tensor<${rows}xf32>`, '%ninf')}
  %mb = stablehlo.broadcast_in_dim %m, dims = [${keep}] : (tensor<${rows}xf32>) -> tensor<${shape}xf32>
  %d = stablehlo.subtract %x, %mb : tensor<${shape}xf32>
  %e = stablehlo.exponential %d : tensor<${shape}xf32>
  %s = ${reduce('add', '%e', `${axis}`, `tensor<${shape}xf32>`, `tensor<${rows}xf32>`, '%zero')}
  %sb = stablehlo.broadcast_in_dim %s, dims = [${keep}] : (tensor<${rows}xf32>) -> tensor<${shape}xf32>
  %r = stablehlo.divide %e, %sb : tensor<${shape}xf32>
  return %r : tensor<${shape}xf32>
}`;

describe('map kernels', () => {
  test.each(['8', '7', '1', '100', '5x3', '2x3x17', '33x1x4'])('add of %s', (shape) => {
    expect(
      agree(`func.func @main(%a: tensor<${shape}xf32>, %b: tensor<${shape}xf32>) -> tensor<${shape}xf32> {
        %0 = stablehlo.add %a, %b : tensor<${shape}xf32>
        return %0 : tensor<${shape}xf32>
      }`),
    ).toEqual(['map']);
  });

  test('a concatenation of many pieces is written window by window', () => {
    const pieces = Array.from({ length: 100 }, (_, k) => k % 7);
    const type = (n: number) => `tensor<3x${n}xf32>`;
    const total = pieces.reduce((a, b) => a + b, 0);
    const cut = pieces.map(
      (n, k) => `%s${k} = stablehlo.slice %x [0:3, ${k % 4}:${(k % 4) + n}] : (${type(10)}) -> ${type(n)}`,
    );
    const names = pieces.map((_, k) => `%s${k}`).join(', ');
    const joined = `stablehlo.concatenate ${names}, dim = 1 : (${pieces.map(type).join(', ')}) -> ${type(total)}`;
    const steps = agree(`func.func @main(%x: ${type(10)}) -> ${type(total)} {
      ${cut.join('\n')}
      %all = ${joined}
      return %all : ${type(total)}
    }`);
    expect(steps).toEqual(['map', 'map', 'map']);
  });

  test('transpose with a broadcast bias', () => {
    agree(`func.func @main(%a: tensor<19x23xf32>, %b: tensor<19xf32>) -> tensor<23x19xf32> {
      %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<19x23xf32>) -> tensor<23x19xf32>
      %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<19xf32>) -> tensor<23x19xf32>
      %2 = stablehlo.multiply %0, %1 : tensor<23x19xf32>
      return %2 : tensor<23x19xf32>
    }`);
  });

  test.each([
    [37, 45],
    [64, 32],
    [3, 50],
  ])('transpose of %i x %i beside what is not transposed', (m, n) => {
    agree(`func.func @main(%a: tensor<2x${m}x${n}xf32>, %b: tensor<2x${n}x${m}xf32>) -> tensor<2x${n}x${m}xf32> {
      %0 = stablehlo.transpose %a, dims = [0, 2, 1] : (tensor<2x${m}x${n}xf32>) -> tensor<2x${n}x${m}xf32>
      %1 = stablehlo.add %0, %b : tensor<2x${n}x${m}xf32>
      return %1 : tensor<2x${n}x${m}xf32>
    }`);
  });

  test('pad, slice, concatenate, reverse, iota', () => {
    agree(`func.func @main(%a: tensor<5x21xf32>) -> (tensor<7x26xf32>, tensor<5x42xf32>, tensor<3x21xf32>) {
      %z = stablehlo.constant dense<2.5> : tensor<f32>
      %0 = stablehlo.pad %a, %z, low = [1, 2], high = [1, 3], interior = [0, 0] : (tensor<5x21xf32>, tensor<f32>) -> tensor<7x26xf32>
      %r = stablehlo.reverse %a, dims = [1] : tensor<5x21xf32>
      %1 = stablehlo.concatenate %a, %r, dim = 1 : (tensor<5x21xf32>, tensor<5x21xf32>) -> tensor<5x42xf32>
      %i = stablehlo.iota dim = 1 : tensor<3x21xf32>
      %s = stablehlo.slice %a [0:5:2, 0:21] : (tensor<5x21xf32>) -> tensor<3x21xf32>
      %2 = stablehlo.add %s, %i : tensor<3x21xf32>
      return %0, %1, %2 : tensor<7x26xf32>, tensor<5x42xf32>, tensor<3x21xf32>
    }`);
  });

  test('dynamic slice with clamped starts, bf16', () => {
    agree(
      `func.func @main(%a: tensor<9x17xbf16>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<4x16xbf16> {
      %0 = stablehlo.dynamic_slice %a, %i, %j, sizes = [4, 16] : (tensor<9x17xbf16>, tensor<i32>, tensor<i32>) -> tensor<4x16xbf16>
      %1 = stablehlo.multiply %0, %0 : tensor<4x16xbf16>
      return %1 : tensor<4x16xbf16>
    }`,
      0,
    );
  });
});

describe('row pipelines', () => {
  test.each([
    ['6x40', '6', '0', 1],
    ['3x5x33', '3x5', '0, 1', 2],
    ['4x7', '4', '0', 1],
    ['2x100', '2', '0', 1],
    ['40x6', '6', '1', 0],
    ['5x9x34', '5x34', '0, 2', 1],
  ])('softmax of %s over axis %4$s is one kernel', (shape, rows, keep, axis) => {
    expect(agree(softmax(shape, rows, keep, axis), 2e-6)).toEqual(['rows']);
  });

  test.each([
    ['2x3x70000', '0, 2', '3'],
    ['3000x5', '0', '5'],
    ['70000', '0', ''],
    ['40x2x1100', '0, 2', '2'],
  ])('long sums of %s over %s are joined from runs', (shape, axes, out) => {
    const type = (dims: string) => (dims === '' ? 'tensor<f32>' : `tensor<${dims}xf32>`);
    agree(
      `func.func @main(%a: ${type(shape)}, %i: tensor<f32>) -> ${type(out)} {
        %q = stablehlo.multiply %a, %a : ${type(shape)}
        %0 = ${reduce('add', '%q', axes, type(shape), type(out), '%i')}
        return %0 : ${type(out)}
      }`,
      1e-6,
    );
  });

  test('sums over every set of axes', () => {
    for (const [axes, out] of [
      ['0', '5x7'],
      ['1', '3x7'],
      ['2', '3x5'],
      ['0, 1', '7'],
      ['0, 2', '5'],
      ['1, 2', '3'],
      ['0, 1, 2', ''],
    ] as const) {
      const outT = out === '' ? 'tensor<f32>' : `tensor<${out}xf32>`;
      agree(`func.func @main(%a: tensor<3x5x7xf32>, %i: tensor<f32>) -> ${outT} {
        %q = stablehlo.multiply %a, %a : tensor<3x5x7xf32>
        %0 = ${reduce('add', '%q', axes, 'tensor<3x5x7xf32>', outT, '%i')}
        return %0 : ${outT}
      }`);
    }
  });
});
