import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../src/hlo/index.js';
import { avx2Target } from '../../../src/rules/target.js';
import { agree } from '../../support/agree.js';

const compareWith = (direction: string, type: string, element: string) =>
  `^bb0(%a: tensor<${element}>, %b: tensor<${element}>):
    %c = stablehlo.compare ${direction}, %a, %b${type} : (tensor<${element}>, tensor<${element}>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>`;

const sort = (shape: string, dimension: number, element: string, comparator: string) =>
  `func.func @main(%x: tensor<${shape}x${element}>) -> tensor<${shape}x${element}> {
    %0 = "stablehlo.sort"(%x) <{dimension = ${dimension} : i64, is_stable = true}> ({ ${comparator} }) : (tensor<${shape}x${element}>) -> tensor<${shape}x${element}>
    return %0 : tensor<${shape}x${element}>
  }`;

/** The comparator that JAX writes for floats: −0 is 0, every NaN the same and last. */
const canonical = (element: string, nan: string, more: string) => `
  ^bb0(%a: tensor<${element}>, %b: tensor<${element}>${more}):
    %zero = stablehlo.constant dense<0.0> : tensor<${element}>
    %nan = stablehlo.constant dense<${nan}> : tensor<${element}>
    %1 = stablehlo.compare EQ, %a, %zero, FLOAT : (tensor<${element}>, tensor<${element}>) -> tensor<i1>
    %2 = stablehlo.select %1, %zero, %a : tensor<i1>, tensor<${element}>
    %3 = stablehlo.compare NE, %a, %a, FLOAT : (tensor<${element}>, tensor<${element}>) -> tensor<i1>
    %4 = stablehlo.select %3, %nan, %2 : tensor<i1>, tensor<${element}>
    %5 = stablehlo.compare EQ, %b, %zero, FLOAT : (tensor<${element}>, tensor<${element}>) -> tensor<i1>
    %6 = stablehlo.select %5, %zero, %b : tensor<i1>, tensor<${element}>
    %7 = stablehlo.compare NE, %b, %b, FLOAT : (tensor<${element}>, tensor<${element}>) -> tensor<i1>
    %8 = stablehlo.select %7, %nan, %6 : tensor<i1>, tensor<${element}>
    %9 = stablehlo.compare LT, %4, %8, TOTALORDER : (tensor<${element}>, tensor<${element}>) -> tensor<i1>
    stablehlo.return %9 : tensor<i1>`;

/** Repeats, zeros of both signs, infinities and NaN among the numbers. */
const awkward = (inputs: Tensor[]): void => {
  const data = inputs[0]!.data as Float32Array;
  const odd = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -1];
  for (let i = 0; i < data.length; i += 3) data[i] = odd[(i / 3) % odd.length]!;
};

const numbers = (inputs: Tensor[]): void => {
  const data = inputs[0]!.data as Float32Array;
  for (let i = 0; i < data.length; i += 2) data[i] = Math.round(data[i]! * 2) + 0;
};

const SHAPES: [string, number][] = [
  ['2', 0],
  ['33', 0],
  ['300', 0],
  ['3x40', 1],
  ['16x16', 1],
  ['16x17', 1],
  ['19x64', 1],
  ['9x100', 1],
  ['20x33', 0],
  ['300x3', 0],
  ['5x12x7', 1],
  ['8x130', 1],
];

describe('sort by one key', () => {
  test.each(SHAPES)('of %s along %i', (shape, dimension) => {
    for (const [direction, type] of [
      ['LT', ', TOTALORDER'],
      ['GT', ', TOTALORDER'],
    ]) {
      const steps = agree(sort(shape, dimension, 'f32', compareWith(direction!, type!, 'f32')), { inputs: awkward });
      expect(steps).toEqual(['sort']);
    }
    agree(sort(shape, dimension, 'f32', compareWith('GT', '', 'f32')), { inputs: numbers });
    agree(sort(shape, dimension, 'f32', canonical('f32', '0x7FC00000', '')), { inputs: awkward });
  });

  test.each(['f64', 'bf16', 'f16', 'i8', 'ui8', 'i16', 'i32', 'ui32', 'i64', 'ui64', 'i1'])('of %s', (element) => {
    for (const shape of ['400', '16x21', '17x21']) {
      const type = element.startsWith('f') || element === 'bf16' ? ', TOTALORDER' : '';
      agree(sort(shape, shape.includes('x') ? 1 : 0, element, compareWith('LT', type, element)));
      agree(sort(shape, 0, element, compareWith('GT', type, element)));
    }
  });
});

const argsort = (shape: string, comparator: string) =>
  `func.func @main(%x: tensor<${shape}xf32>, %y: tensor<${shape}xi32>) -> (tensor<${shape}xf32>, tensor<${shape}xi32>) {
    %0:2 = "stablehlo.sort"(%x, %y) <{dimension = 0 : i64, is_stable = true}> ({ ${comparator} }) : (tensor<${shape}xf32>, tensor<${shape}xi32>) -> (tensor<${shape}xf32>, tensor<${shape}xi32>)
    return %0#0, %0#1 : tensor<${shape}xf32>, tensor<${shape}xi32>
  }`;

describe('sort of several operands', () => {
  test.each(['40', '30x9', '200', '7x5'])('by the first, of %s: equal keys keep their order', (shape) => {
    agree(argsort(shape, canonical('f32', '0x7FC00000', ', %p: tensor<i32>, %q: tensor<i32>')), { inputs: awkward });
  });

  test.each(['40', '30x9'])('by a comparator of both, of %s', (shape) => {
    agree(
      argsort(
        shape,
        `^bb0(%a: tensor<f32>, %b: tensor<f32>, %p: tensor<i32>, %q: tensor<i32>):
          %1 = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %2 = stablehlo.compare EQ, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %3 = stablehlo.compare GT, %p, %q : (tensor<i32>, tensor<i32>) -> tensor<i1>
          %4 = stablehlo.and %2, %3 : tensor<i1>
          %5 = stablehlo.or %1, %4 : tensor<i1>
          stablehlo.return %5 : tensor<i1>`,
      ),
      { inputs: numbers },
    );
  });

  test('positions sorted beside their elements are no tensor of their own', () => {
    for (const [shape, dimension] of [
      ['50', 0],
      ['20x30', 1],
      ['20x30', 0],
    ] as const) {
      const steps = agree(
        `func.func @main(%x: tensor<${shape}xf32>) -> tensor<${shape}xi32> {
          %y = stablehlo.iota dim = ${dimension} : tensor<${shape}xi32>
          %0:2 = "stablehlo.sort"(%x, %y) <{dimension = ${dimension} : i64, is_stable = true}> ({
            ${canonical('f32', '0x7FC00000', ', %p: tensor<i32>, %q: tensor<i32>')}
          }) : (tensor<${shape}xf32>, tensor<${shape}xi32>) -> (tensor<${shape}xf32>, tensor<${shape}xi32>)
          return %0#1 : tensor<${shape}xi32>
        }`,
        { inputs: awkward },
      );
      expect(steps).toEqual(['sort']);
    }
  });

  test('even a comparator that is no order gives what the interpreter gives', () => {
    agree(sort('50', 0, 'f32', compareWith('LE', '', 'f32')), { inputs: awkward });
    agree(sort('50', 0, 'f32', compareWith('NE', '', 'f32')), { inputs: awkward });
  });

  test('complex numbers by their real parts', () => {
    agree(
      sort(
        '25',
        0,
        'complex<f32>',
        `^bb0(%a: tensor<complex<f32>>, %b: tensor<complex<f32>>):
          %1 = stablehlo.real %a : (tensor<complex<f32>>) -> tensor<f32>
          %2 = stablehlo.real %b : (tensor<complex<f32>>) -> tensor<f32>
          %3 = stablehlo.compare LT, %1, %2 : (tensor<f32>, tensor<f32>) -> tensor<i1>
          stablehlo.return %3 : tensor<i1>`,
      ),
    );
  });
});

describe('rows too long for a stack', () => {
  test('by a key of 64 bits', () => {
    agree(sort('20000', 0, 'f64', compareWith('LT', ', TOTALORDER', 'f64')));
  });

  test('by a key of 32 bits, most of whose digits are alike', () => {
    agree(sort('20000', 0, 'i32', compareWith('LT', '', 'i32')), { ranges: { 0: [0, 300] } });
  });

  test('by a comparator', () => {
    agree(sort('30000', 0, 'f32', compareWith('LE', '', 'f32')), { inputs: numbers });
  });
});

test('with AVX2 alone', () => {
  const target = avx2Target();
  for (const [shape, dimension] of [
    ['19x70', 1],
    ['30x9', 0],
    ['5x12x7', 1],
  ] as const) {
    agree(sort(shape, dimension, 'f32', canonical('f32', '0x7FC00000', '')), { inputs: awkward, target });
  }
  agree(topK('3x700', 20, '3x20'), { inputs: awkward, target });
});

const topK = (shape: string, k: number, out: string, element = 'f32') =>
  `func.func @main(%x: tensor<${shape}x${element}>) -> (tensor<${out}x${element}>, tensor<${out}xi32>) {
    %v, %i = chlo.top_k(%x, k = ${k}) : tensor<${shape}x${element}> -> (tensor<${out}x${element}>, tensor<${out}xi32>)
    return %v, %i : tensor<${out}x${element}>, tensor<${out}xi32>
  }`;

describe('top-k', () => {
  test.each([
    ['10', 3, '3'],
    ['300', 5, '5'],
    ['300', 300, '300'],
    ['9x50', 7, '9x7'],
    ['4x1000', 40, '4x40'],
    ['2x3x70', 1, '2x3x1'],
    ['5x9', 0, '5x0'],
  ])('of %s, k = %i', (shape, k, out) => {
    for (const element of ['f32', 'f64', 'bf16', 'i32', 'ui8', 'i64']) {
      agree(topK(shape, k, out, element), element === 'f32' || element === 'f64' ? { inputs: awkward } : {});
    }
  });
});
