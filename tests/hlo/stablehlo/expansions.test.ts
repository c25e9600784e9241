/** Operations that are shorthand: what they become, what they give, and what is wrong with them. */
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../../src/default-rules.js';
import type { Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { elements, f32 } from '../support.js';

const parse = (text: string) => parseStablehlo(new TextEncoder().encode(text), defaultRules().ops);

/** One operation on arguments a, b of these shapes. */
const program = (op: string, a: string, b: string, result: string) =>
  `func.func @main(%a: tensor<${a}>, %b: tensor<${b}>) -> tensor<${result}> {
    %0 = ${op}
    return %0 : tensor<${result}>
  }`;
const run = (text: string, ...inputs: Tensor[]) => elements(interpret(parse(text), defaultRules().ops, inputs)[0]);
const opsOf = (text: string) =>
  [...parse(text).entry.instructions].map((i) => i.opcode).filter((o) => o !== 'parameter');

describe('broadcasting ops', () => {
  const add = (a: string, b: string, result: string, attributes = '') =>
    program(`chlo.broadcast_add %a, %b ${attributes}: (tensor<${a}>, tensor<${b}>) -> tensor<${result}>`, a, b, result);

  test('the last dimensions meet, and 1 gives way', () => {
    const source = add('2x1xf32', '3xf32', '2x3xf32');
    expect(run(source, f32([2, 1], [10, 20]), f32([3], [1, 2, 3]))).toEqual([11, 12, 13, 21, 22, 23]);
    expect(opsOf(source)).toEqual(['broadcast', 'broadcast', 'add']);
  });

  test('equal shapes stay as they are', () => {
    expect(opsOf(add('2xf32', '2xf32', '2xf32'))).toEqual(['add']);
  });

  test('broadcast_dimensions says which dimensions those of the lesser rank are', () => {
    const source = add('2x3xf32', '2xf32', '2x3xf32', '{broadcast_dimensions = array<i64: 0>} ');
    expect(run(source, f32([2, 3], [1, 2, 3, 4, 5, 6]), f32([2], [10, 20]))).toEqual([11, 12, 13, 24, 25, 26]);
  });

  test('a comparison keeps its direction', () => {
    const op =
      'chlo.broadcast_compare %a, %b {comparison_direction = #chlo<comparison_direction GT>} : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>';
    expect(run(program(op, '3xf32', 'f32', '3xi1'), f32([3], [1, 2, 3]), f32([], [2]))).toEqual([0, 0, 1]);
  });

  test.each(['next_after', 'power', 'atan2', 'maximum', 'remainder', 'zeta'])('broadcast_%s', (name) => {
    const op = `chlo.broadcast_${name} %a, %b : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>`;
    const same = `chlo.broadcast_${name} %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>`;
    const a = f32([2], [2.5, 3]);
    expect(run(program(op, '2xf32', 'f32', '2xf32'), a, f32([], [2]))).toEqual(
      run(program(same, '2xf32', '2xf32', '2xf32'), a, f32([2], [2, 2])),
    );
  });

  test('sizes that are not known yet are asked for', () => {
    const source = add('?x3xf32', '?xf32', '?x3xf32');
    expect(run(source, f32([2, 3], [1, 2, 3, 4, 5, 6]), f32([3], [10, 20, 30]))).toEqual([11, 22, 33, 14, 25, 36]);
    expect(run(source, f32([1, 3], [1, 2, 3]), f32([1], [10]))).toEqual([11, 12, 13]);
  });

  test.each([
    [add('2xf32', '3xf32', '3xf32'), 'sizes 2 and 3 of dimension 0 do not go together'],
    [add('2x3xf32', '3xf32', '3x2xf32'), 'gives f32[2,3], but f32[3,2] is declared'],
    [
      add('2x3xf32', '2xf32', '2x3xf32', '{broadcast_dimensions = array<i64: 2>} '),
      "'broadcast_dimensions' [2] must be 1 increasing dimensions",
    ],
    [add('2xf32', '2xf32', '2xf32').replace('_add', '_nothing'), 'there is no such op to broadcast for'],
  ])('%#: what does not fit is said', (source, message) => {
    expect(() => parse(source)).toThrow(message);
  });
});

describe('einsum', () => {
  const einsum = (config: string, a: string, b: string, result: string) =>
    program(
      `"stablehlo.einsum"(%a, %b) <{einsum_config = "${config}"}> : (tensor<${a}>, tensor<${b}>) -> tensor<${result}>`,
      a,
      b,
      result,
    );
  const [m, n] = [f32([2, 3], [1, 2, 3, 4, 5, 6]), f32([2, 3], [1, 0, 2, 0, 1, 1])];

  test.each([
    ['ij,kj->ik', '2x2xf32', [7, 5, 16, 11]],
    ['ij,kj->ki', '2x2xf32', [7, 16, 5, 11]],
    ['ij,ij->i', '2xf32', [7, 11]],
    ['ij,ij->ji', '3x2xf32', [1, 0, 0, 5, 6, 6]],
    ['ij,kl->', 'f32', [21 * 5]],
    ['ij,kj->j', '3xf32', [5, 7, 27]],
  ])('%s', (config, result, want) => {
    expect(run(einsum(config, '2x3xf32', '2x3xf32', result), m, n)).toEqual(want);
  });

  test('of one operand: sums and transposes', () => {
    const op = '"stablehlo.unary_einsum"(%a) <{einsum_config = "ij->j"}> : (tensor<2x3xf32>) -> tensor<3xf32>';
    expect(run(program(op, '2x3xf32', 'f32', '3xf32'), m, f32([], [0]))).toEqual([5, 7, 9]);
  });

  test.each([
    ['ij,jk', `'einsum_config' must be letters as in "ab,bc->ac"`],
    ['ij,jk->il', 'no operand has the dimension "l" of the result'],
    ['ijk,kl->il', 'operand 0 has rank 2, but "ijk" names others'],
    ['ii,ij->j', '"ii" names a dimension twice'],
  ])('%s is refused', (config, message) => {
    expect(() => parse(einsum(config, '2x3xf32', '3x2xf32', '2x2xf32'))).toThrow(message);
  });
});

test('constant_like is a number all over a shape', () => {
  const op = '"chlo.constant_like"(%a) <{value = 2.5 : f32}> : (tensor<2xf32>) -> tensor<2xf32>';
  const source = program(op, '2xf32', 'f32', '2xf32');
  expect(run(source, f32([2], [0, 0]), f32([], [0]))).toEqual([2.5, 2.5]);
  expect(opsOf(source)).toEqual(['constant']);
  const dynamic = source.replaceAll('tensor<2xf32>', 'tensor<?xf32>');
  expect(run(dynamic, f32([3], [0, 0, 0]), f32([], [0]))).toEqual([2.5, 2.5, 2.5]);
});

test('the kernel of arcsine and arccosine', () => {
  const source = `func.func @main(%x: tensor<f32>, %y: tensor<f32>) -> tensor<complex<f32>> {
    %z = stablehlo.complex %x, %y : tensor<complex<f32>>
    %0 = chlo._asin_acos_kernel %z : tensor<complex<f32>> -> tensor<complex<f32>>
    return %0 : tensor<complex<f32>>
  }`;
  const [[re, im]] = run(source, f32([], [0.5]), f32([], [0.25])) as [[number, number]];
  // asin(z) = atan2(Re z, re) + i·sign(Im z)·im
  expect(Math.atan2(0.5, re)).toBeCloseTo(0.501609, 5);
  expect(im).toBeCloseTo(0.281396, 5);
});
