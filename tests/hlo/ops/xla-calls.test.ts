/** Custom calls by name: those that stand for ops, and those that nobody knows. */
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { parseStablehlo, printStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { distance, matrixOf, numbersOf, offUnitary, randomTensor, triangle } from '../../support/lapack.js';
import { elements, f32, make, registry, s32 } from '../support.js';

const parse = (text: string) => parseStablehlo(text, registry);
const run = (text: string, ...inputs: Tensor[]): Tensor[] => interpret(parse(text), registry, inputs) as Tensor[];

const program = (args: readonly string[], results: readonly string[], call: string, more = '') => `
func.func public @main(${args.map((t, k) => `%a${k}: tensor<${t}>`).join(', ')}) -> (${results.map((t) => `tensor<${t}>`).join(', ')}) {
  %r${results.length > 1 ? `:${results.length}` : ''} = stablehlo.custom_call ${call} : (${args.map((t) => `tensor<${t}>`).join(', ')}) -> (${results.map((t) => `tensor<${t}>`).join(', ')})
  return ${results.map((_, k) => (results.length > 1 ? `%r#${k}` : '%r')).join(', ')} : ${results.map((t) => `tensor<${t}>`).join(', ')}
}
${more}`;

const COMPARATOR = `func.func private @before(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<i32>, %d: tensor<i32>) -> tensor<i1> {
  %0 = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
  return %0 : tensor<i1>
}`;

describe('selection', () => {
  const x = f32([2, 4], [3, 1, 4, 1.5, -1, 7, 2, 7]);

  test('TopK takes as many as the result has, the largest', () => {
    const call = '@TopK(%a0) {called_computations = [@before]}';
    const [values, places] = run(program(['2x4xf32'], ['2x2xf32', '2x2xi32'], call, COMPARATOR), x);
    expect(elements(values)).toEqual([4, 3, 7, 7]);
    expect(elements(places)).toEqual([2, 0, 1, 3]);
  });

  test('mhlo.topk says how many, and which end', () => {
    const call = '@mhlo.topk(%a0) {mhlo.attributes = {k = 2 : i64, largest = false}, mhlo.version = 1 : i64}';
    const text = program(['2x4xf32'], ['2x2xf32', '2x2xi32'], call);
    const [values, places] = run(text, x);
    expect(elements(values)).toEqual([1, 1.5, -1, 2]);
    expect(elements(places)).toEqual([1, 3, 0, 2]);
    expect(elements(run(printStablehlo(parse(text), registry), x)[0])).toEqual(elements(values));
  });

  test('ApproxTopK is exact, along any dimension and by any comparator', () => {
    const config =
      '{aggregate_to_topk = true, is_fallback = true, recall_target = 0.9 : f32, reduction_dim = 0 : i64, top_k = 1 : i64}';
    const call = `@ApproxTopK(%a0, %a1, %a2, %a3) {called_computations = [@before], mhlo.backend_config = ${config}}`;
    const text = program(['2x4xf32', '2x4xi32', 'f32', 'i32'], ['1x4xf32', '1x4xi32'], call, COMPARATOR);
    const places = s32([2, 4], [0, 0, 0, 0, 1, 1, 1, 1]);
    const [values, rows] = run(text, x, places, f32([], [0]), s32([], [-1]));
    expect(elements(values)).toEqual([-1, 1, 2, 1.5]);
    expect(elements(rows)).toEqual([1, 0, 1, 0]);
  });

  test('ApproxTopK cannot take more than there is', () => {
    const call =
      '@ApproxTopK(%a0, %a1) {called_computations = [@before], mhlo.backend_config = {reduction_dim = 0 : i64, top_k = 3 : i64}}';
    const text = program(['2xf32', 'f32'], ['3xf32'], call, COMPARATOR);
    expect(() => parse(text)).toThrow('3 of 2 elements cannot hold the best 3');
  });
});

test("MHLO's ops are CHLO's and StableHLO's", () => {
  const call = '@mhlo.erf(%a0) {mhlo.attributes = {}, mhlo.version = 1 : i64}';
  const [y] = run(program(['3xf32'], ['3xf32'], call), f32([3], [0, 0.5, -1]));
  expect(elements(y)).toEqual([0, Math.fround(0.5204998778130465), Math.fround(-0.8427007929497149)]);
});

describe('factorizations', () => {
  const a = randomTensor('f64', [2, 4, 3], 5);

  test('Qr, and the product of its reflections', () => {
    const text = program(['2x4x3xf64'], ['2x4x3xf64', '2x3xf64'], '@Qr(%a0)');
    const [qr, taus] = run(text, a) as [Tensor, Tensor];
    const product = '@ProductOfElementaryHouseholderReflectors(%a0, %a1)';
    const [q] = run(program(['2x4x3xf64', '2x3xf64'], ['2x4x3xf64'], product), qr, taus) as [Tensor];
    for (const b of [0, 1]) {
      const r = triangle(matrixOf(qr, b), 'upper');
      const square = matrixOf(q, b).times(r.adjoint().part(0, 3).adjoint());
      expect(offUnitary(matrixOf(q, b))).toBeLessThan(1e-13);
      expect(distance(square, matrixOf(a, b))).toBeLessThan(1e-13);
    }
  });

  test('LuDecomposition counts from 0 and gives the permutation', () => {
    const text = program(['2x4x3xf64'], ['2x4x3xf64', '2x3xi32', '2x4xi32'], '@LuDecomposition(%a0)');
    const [lu, pivots, order] = run(text, a) as [Tensor, Tensor, Tensor];
    for (const b of [0, 1]) {
      const rows = numbersOf(order, b);
      expect([...rows].sort()).toEqual([0, 1, 2, 3]);
      expect(numbersOf(pivots, b).every((p, k) => p >= k && p < 4)).toBe(true);
      const made = matrixOf(lu, b);
      const upper = triangle(made.adjoint().part(0, 3).adjoint(), 'upper');
      const given = matrixOf(a, b);
      const moved = made.copy();
      rows.forEach((from, i) => {
        for (let j = 0; j < 3; j++) moved.set(i, j, given.get(from, j));
      });
      expect(distance(triangle(made, 'lower', true).times(upper), moved)).toBeLessThan(1e-13);
    }
  });

  test('Eigh reads the triangle that its configuration names', () => {
    const lower = make('f32', [2, 2], [2, 99, 1, 2]);
    const text = program(['2x2xf32'], ['2x2xf32', '2xf32'], '@Eigh(%a0) {backend_config = "1,1,100,1e-6"}');
    const [, values] = run(text, lower);
    expect(elements(values)).toEqual([1, 3]);
    const [, others] = run(text.replace('"1,1', '"0,1'), lower);
    expect(elements(others)).toEqual([-97, 101]);
    expect(() => parse(text.replace('"1,1,100,1e-6"', '""'))).toThrow('its configuration says which triangle is given');
  });

  test('pivots to a permutation', () => {
    const text = program(['1x3xi32'], ['1x4xi32'], '@cu_lu_pivots_to_permutation(%a0)');
    expect(elements(run(text, s32([1, 3], [2, 1, 3]))[0])).toEqual([2, 1, 3, 0]);
  });
});

test('threefry gives the bits that Random123 publishes', () => {
  const call = '@cu_threefry2x32_ffi(%a0, %a1, %a2, %a3)';
  const text = program(['3xui32', '3xui32', '3xui32', '3xui32'], ['3xui32', '3xui32'], call);
  const u32 = (...values: number[]) => make('u32', [3], values);
  const ones = 0xffffffff;
  const [x, y] = run(
    text,
    u32(0, ones, 0x13198a2e),
    u32(0, ones, 0x03707344),
    u32(0, ones, 0x243f6a88),
    u32(0, ones, 0x85a308d3),
  );
  expect(elements(x)).toEqual([0x6b200159, 0x1cb996fc, 0xc4923a9c]);
  expect(elements(y)).toEqual([0x99ba4efe, 0xbb002be7, 0x483df7a0]);
});

describe('what is wrong is said', () => {
  test.each([
    [
      "the attribute 'uplo' must be 'L' (76) or 'U' (85), but is 90",
      program(['2x2xf32'], ['2x2xf32', 'i32'], '@lapack_spotrf_ffi(%a0) {mhlo.backend_config = {uplo = 90 : ui8}}'),
    ],
    ["uplo' must be", program(['2x2xf32'], ['2x2xf32', 'i32'], '@lapack_spotrf_ffi(%a0)')],
    [
      '@lapack_dgeqrf_ffi takes f64, but operand 0 is f32[2,2]',
      program(['2x2xf32'], ['2x2xf32', '2xf32'], '@lapack_dgeqrf_ffi(%a0)'),
    ],
    [
      'operand 0 must be a batch of square matrices, but is f32[2,3]',
      program(['2x3xf32'], ['2x3xf32', 'i32'], '@lapack_spotrf_ffi(%a0) {mhlo.backend_config = {uplo = 76 : ui8}}'),
    ],
    [
      'lapack-geqrf gives f32[2], but f32[3] is declared',
      program(['3x2xf32'], ['3x2xf32', '3xf32'], '@lapack_sgeqrf_ffi(%a0)'),
    ],
    [
      "the attribute 'sort' must be 'N' (78), but is 83",
      program(
        ['2x2xf32'],
        ['2x2xf32', '2x2xf32', '2xf32', '2xf32', 'i32', 'i32'],
        '@lapack_sgees_ffi(%a0) {mhlo.backend_config = {mode = 86 : ui8, sort = 83 : ui8}}',
      ),
    ],
  ])('%s', (message, text) => {
    expect(() => parse(text)).toThrow(message);
  });

  test('of a call that nobody knows', () => {
    const text = program(['2xf32'], ['2xf32'], '@nobody(%a0)');
    expect(() => run(text, f32([2], [1, 2]))).toThrow(
      "no op is defined for the custom call @nobody: define one with defineOp({ customCallTarget: 'nobody', … })",
    );
  });

  test('of a call into Python', () => {
    const text = program(['2xf32'], ['2xf32'], '@xla_ffi_python_cpu_callback(%a0)');
    expect(() => run(text, f32([2], [1, 2]))).toThrow(
      'calls a Python function of the process that exported the program',
    );
  });
});

test('matrices that a text lays out row by row are seen so', () => {
  const call = (layouts: string) =>
    program(
      ['2x2xf32'],
      ['2x2xf32', 'i32'],
      `@lapack_spotrf_ffi(%a0) {mhlo.backend_config = {uplo = 76 : ui8}${layouts}}`,
    );
  const a = f32([2, 2], [4, 2, 9, 5]);
  const columns =
    ', operand_layouts = [dense<[0, 1]> : tensor<2xindex>], result_layouts = [dense<[0, 1]> : tensor<2xindex>, dense<> : tensor<0xindex>]';
  // The lower triangle is 4, 9, 5 column by column, and 4, 2, 5 where rows take the place of columns.
  expect(elements(run(call(columns), a)[1])).toEqual([2]);
  const [l, info] = run(call(''), a);
  expect(elements(info)).toEqual([0]);
  expect(elements(l)).toEqual([2, 1, 9, 2]);
});
