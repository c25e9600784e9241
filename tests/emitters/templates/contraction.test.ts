import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../../src/default-rules.js';
import type { Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { randomInput } from '../../../src/hlo/recipe.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { relativeError } from '../../support/compare.js';
import { compileToLoops, runInterpreted } from '../../support/plan-runner.js';

/** Loop IR against the reference, by default and (to the last bit) in strict precision; the plan's step labels. */
function agree(source: string, tolerance = 2e-6): string[] {
  const { ops } = defaultRules();
  const parsed = parseStablehlo(source, ops);
  const inputs = parsed.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
  const want = interpret(parsed, ops, inputs) as Tensor[];
  const steps = (['default', 'strict'] as const).map((precision) => {
    const c = compileToLoops(parseStablehlo(source, ops), { precision });
    runInterpreted(c, inputs).forEach((g, k) => {
      const limit = precision === 'strict' ? 0 : tolerance;
      expect(relativeError(g, want[k]!), `${precision} result ${k}`).toBeLessThanOrEqual(limit);
    });
    return c.plan!.steps.map((s) => s.label);
  });
  return steps[0]!;
}

const dot = (lhs: string, rhs: string, out: string, contracting: string, batching = '') => `
func.func @main(%a: tensor<${lhs}>, %b: tensor<${rhs}>) -> tensor<${out}> {
  %0 = stablehlo.dot_general %a, %b, ${batching && `batching_dims = ${batching}, `}contracting_dims = ${contracting} : (tensor<${lhs}>, tensor<${rhs}>) -> tensor<${out}>
  return %0 : tensor<${out}>
}`;

describe('dot', () => {
  test.each([
    ['matrices', '5x7xf32', '7x9xf32', '5x9xf32', '[1] x [0]', ''],
    ['more than a tile', '50x33xf32', '33x100xf32', '50x100xf32', '[1] x [0]', ''],
    ['lhs transposed', '33x50xf32', '33x70xf32', '50x70xf32', '[0] x [0]', ''],
    ['rhs transposed', '50x33xf32', '70x33xf32', '50x70xf32', '[1] x [1]', ''],
    ['both transposed', '33x50xf32', '70x33xf32', '50x70xf32', '[0] x [1]', ''],
    ['matrix times vector', '50x133xf32', '133xf32', '50xf32', '[1] x [0]', ''],
    ['vector times matrix', '133xf32', '133x200xf32', '200xf32', '[0] x [0]', ''],
    ['vectors', '133xf32', '133xf32', 'f32', '[0] x [0]', ''],
    ['outer product', '13xf32', '21xf32', '13x21xf32', '[] x []', ''],
    ['batches', '3x8x16xf32', '3x16x20xf32', '3x8x20xf32', '[2] x [1]', '[0] x [0]'],
    ['batches of vectors', '30x16xf32', '30x16xf32', '30xf32', '[1] x [1]', '[0] x [0]'],
    ['batch in the middle', '8x3x16xf32', '16x20x3xf32', '3x8x20xf32', '[2] x [0]', '[1] x [2]'],
    ['two contracting dimensions', '9x4x5xf32', '5x4x11xf32', '9x11xf32', '[1, 2] x [1, 0]', ''],
    ['several free dimensions', '4x6x5xf32', '3x5x7xf32', '4x6x3x7xf32', '[2] x [1]', ''],
    ['nothing to sum', '4x0xf32', '0x7xf32', '4x7xf32', '[1] x [0]', ''],
    ['no result', '0x4xf32', '4x7xf32', '0x7xf32', '[1] x [0]', ''],
    ['long sums', '20x3000xf32', '3000x130xf32', '20x130xf32', '[1] x [0]', ''],
    ['f64', '20x30xf64', '30x40xf64', '20x40xf64', '[1] x [0]', ''],
    ['bf16', '20x30xbf16', '30x40xbf16', '20x40xbf16', '[1] x [0]', ''],
    ['bf16 into f32', '20x30xbf16', '30x40xbf16', '20x40xf32', '[1] x [0]', ''],
    ['s8 into s32', '20x30xi8', '30x40xi8', '20x40xi32', '[1] x [0]', ''],
    ['s8', '20x30xi8', '30x40xi8', '20x40xi8', '[1] x [0]', ''],
    ['s64', '7x30xi64', '30x9xi64', '7x9xi64', '[1] x [0]', ''],
    ['pred', '7x30xi1', '30x9xi1', '7x9xi1', '[1] x [0]', ''],
    ['complex', '7x30xcomplex<f32>', '30x9xcomplex<f32>', '7x9xcomplex<f32>', '[1] x [0]', ''],
  ])('%s', (_name, lhs, rhs, out, contracting, batching) => {
    agree(dot(lhs, rhs, out, contracting, batching), out.endsWith('bf16') ? 0.01 : undefined);
  });
});

interface Window {
  readonly lhs: string;
  readonly rhs: string;
  readonly out: string;
  readonly numbers: string;
  readonly window: string;
  readonly groups?: { feature?: number; batch?: number };
}

const convolution = ({ lhs, rhs, out, numbers, window, groups = {} }: Window) => `
func.func @main(%a: tensor<${lhs}>, %b: tensor<${rhs}>) -> tensor<${out}> {
  %0 = stablehlo.convolution(%a, %b) dim_numbers = ${numbers}, window = {${window}} {batch_group_count = ${groups.batch ?? 1} : i64, feature_group_count = ${groups.feature ?? 1} : i64} : (tensor<${lhs}>, tensor<${rhs}>) -> tensor<${out}>
  return %0 : tensor<${out}>
}`;

const NHWC = '[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]';
const NCHW = '[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]';
const SAME = 'stride = [1, 1], pad = [[1, 1], [1, 1]]';

describe('convolution', () => {
  test.each<[string, Window]>([
    [
      '3x3, features last',
      { lhs: '2x9x7x5xf32', rhs: '3x3x5x20xf32', out: '2x9x7x20xf32', numbers: NHWC, window: SAME },
    ],
    [
      '3x3, features last, many',
      { lhs: '1x6x7x20xf32', rhs: '3x3x20x70xf32', out: '1x6x7x70xf32', numbers: NHWC, window: SAME },
    ],
    [
      '3x3, features first',
      { lhs: '2x5x9x21xf32', rhs: '10x5x3x3xf32', out: '2x10x9x21xf32', numbers: NCHW, window: SAME },
    ],
    [
      '3x3, features first, small images',
      { lhs: '2x5x6x5xf32', rhs: '10x5x3x3xf32', out: '2x10x6x5xf32', numbers: NCHW, window: SAME },
    ],
    [
      'strided stem',
      {
        lhs: '2x15x13x3xf32',
        rhs: '7x7x3x18xf32',
        out: '2x8x7x18xf32',
        numbers: NHWC,
        window: 'stride = [2, 2], pad = [[3, 3], [3, 3]]',
      },
    ],
    [
      'strided, features first',
      {
        lhs: '2x3x15x13xf32',
        rhs: '18x3x5x5xf32',
        out: '2x18x8x7xf32',
        numbers: NCHW,
        window: 'stride = [2, 2], pad = [[2, 2], [2, 2]]',
      },
    ],
    [
      'dilated kernel, reversed',
      {
        lhs: '1x11x9x4xf32',
        rhs: '3x3x4x6xf32',
        out: '1x9x5x6xf32',
        numbers: NHWC,
        window: 'stride = [1, 1], pad = [[1, 1], [0, 0]], rhs_dilate = [2, 2], reverse = [true, true]',
      },
    ],
    [
      'dilated input, as in gradients',
      {
        lhs: '1x4x5x6xf32',
        rhs: '3x3x6x8xf32',
        out: '1x9x11x8xf32',
        numbers: NHWC,
        window: 'stride = [1, 1], pad = [[2, 2], [2, 2]], lhs_dilate = [2, 2]',
      },
    ],
    [
      'depthwise',
      {
        lhs: '2x8x7x20xf32',
        rhs: '3x3x1x20xf32',
        out: '2x8x7x20xf32',
        numbers: NHWC,
        window: SAME,
        groups: { feature: 20 },
      },
    ],
    [
      'depthwise, features first',
      {
        lhs: '2x6x8x19xf32',
        rhs: '6x1x3x3xf32',
        out: '2x6x8x19xf32',
        numbers: NCHW,
        window: SAME,
        groups: { feature: 6 },
      },
    ],
    [
      'grouped',
      {
        lhs: '2x5x6x8xf32',
        rhs: '3x3x4x6xf32',
        out: '2x5x6x6xf32',
        numbers: NHWC,
        window: SAME,
        groups: { feature: 2 },
      },
    ],
    [
      'grouped batches',
      {
        lhs: '4x5x6x3xf32',
        rhs: '3x3x3x6xf32',
        out: '2x5x6x6xf32',
        numbers: NHWC,
        window: SAME,
        groups: { batch: 2 },
      },
    ],
    [
      'one dimension, batch last',
      {
        lhs: '9x5x17xf32',
        rhs: '3x5x6xf32',
        out: '9x6x17xf32',
        numbers: '[0, f, b]x[0, i, o]->[0, f, b]',
        window: 'stride = [1], pad = [[1, 1]]',
      },
    ],
    ['bf16', { lhs: '2x5x6x4xbf16', rhs: '3x3x4x17xbf16', out: '2x5x6x17xbf16', numbers: NHWC, window: SAME }],
    [
      'nothing but padding',
      {
        lhs: '1x0x4x3xf32',
        rhs: '3x3x3x6xf32',
        out: '1x2x4x6xf32',
        numbers: NHWC,
        window: 'stride = [1, 1], pad = [[2, 2], [1, 1]]',
      },
    ],
  ])('%s', (_name, w) => {
    agree(convolution(w), w.out.endsWith('bf16') ? 0.01 : undefined);
  });
});

describe('fused', () => {
  test('bias and activation behind, a scale in front: one step', () => {
    const steps =
      agree(`func.func @main(%a: tensor<30x40xf32>, %b: tensor<40x70xf32>, %c: tensor<70xf32>) -> tensor<30x70xf32> {
      %s = stablehlo.multiply %a, %a : tensor<30x40xf32>
      %0 = stablehlo.dot_general %s, %b, contracting_dims = [1] x [0] : (tensor<30x40xf32>, tensor<40x70xf32>) -> tensor<30x70xf32>
      %1 = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<70xf32>) -> tensor<30x70xf32>
      %2 = stablehlo.add %0, %1 : tensor<30x70xf32>
      %z = stablehlo.constant dense<0.0> : tensor<30x70xf32>
      %3 = stablehlo.maximum %2, %z : tensor<30x70xf32>
      return %3 : tensor<30x70xf32>
    }`);
    expect(steps).toHaveLength(1);
  });

  test('a costly activation in a loop over the tile', () => {
    const steps = agree(
      `func.func @main(%a: tensor<30x40xf32>, %b: tensor<70x40xf32>, %c: tensor<70xf32>) -> tensor<30x70xf32> {
      %t = stablehlo.transpose %b, dims = [1, 0] : (tensor<70x40xf32>) -> tensor<40x70xf32>
      %0 = stablehlo.dot_general %a, %t, contracting_dims = [1] x [0] : (tensor<30x40xf32>, tensor<40x70xf32>) -> tensor<30x70xf32>
      %1 = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<70xf32>) -> tensor<30x70xf32>
      %2 = stablehlo.add %0, %1 : tensor<30x70xf32>
      %d = stablehlo.divide %2, %1 : tensor<30x70xf32>
      %q = stablehlo.sqrt %d : tensor<30x70xf32>
      %e = stablehlo.divide %q, %2 : tensor<30x70xf32>
      %f = stablehlo.divide %1, %e : tensor<30x70xf32>
      return %f : tensor<30x70xf32>
    }`,
      1e-4,
    );
    expect(steps).toHaveLength(1);
  });

  test('a transposed result', () => {
    agree(`func.func @main(%a: tensor<30x40xf32>, %b: tensor<40x50xf32>) -> tensor<50x30xf32> {
      %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<30x40xf32>, tensor<40x50xf32>) -> tensor<30x50xf32>
      %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<30x50xf32>) -> tensor<50x30xf32>
      return %1 : tensor<50x30xf32>
    }`);
  });

  test('the product and what follows it, both results', () => {
    agree(`func.func @main(%a: tensor<3x10x40xf32>, %b: tensor<3x40x50xf32>) -> (tensor<3x10x50xf32>, tensor<3x500xf32>) {
      %0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<3x10x40xf32>, tensor<3x40x50xf32>) -> tensor<3x10x50xf32>
      %1 = stablehlo.negate %0 : tensor<3x10x50xf32>
      %2 = stablehlo.reshape %1 : (tensor<3x10x50xf32>) -> tensor<3x500xf32>
      return %0, %2 : tensor<3x10x50xf32>, tensor<3x500xf32>
    }`);
  });
});
