import { describe, expect, test } from 'vitest';
import { agree } from '../../support/agree.js';

interface Case {
  readonly operand: string;
  readonly indices: string;
  readonly update: string;
  readonly numbers: string;
  readonly combine?: string;
  readonly element?: string;
  readonly index?: string;
}

const scatter = ({ operand, indices, update, numbers, combine = 'add', element = 'f32', index = 'i32' }: Case) => {
  const t = (dims: string, e: string) => `tensor<${dims === '' ? '' : `${dims}x`}${e}>`;
  const body =
    combine === 'set'
      ? 'stablehlo.return %y'
      : `%z = stablehlo.${combine} %x, %y : tensor<${element}> stablehlo.return %z`;
  return `func.func @main(%a: ${t(operand, element)}, %i: ${t(indices, index)}, %u: ${t(update, element)}) -> ${t(operand, element)} {
    %0 = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<${numbers}>}> ({
      ^bb0(%x: tensor<${element}>, %y: tensor<${element}>): ${body} : tensor<${element}>
    }) : (${t(operand, element)}, ${t(indices, index)}, ${t(update, element)}) -> ${t(operand, element)}
    return %0 : ${t(operand, element)}
  }`;
};

const ROWS =
  'update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1';

describe('scatter', () => {
  test.each(['add', 'multiply', 'maximum', 'minimum', 'set'])('rows, combined by %s', (combine) => {
    const source = scatter({ operand: '7x37', indices: '40x1', update: '40x37', numbers: ROWS, combine });
    expect(agree(source, { ranges: { 1: [-2, 9] } })).toEqual(['scatter']);
  });

  test.each(['f64', 'bf16', 'i8', 'ui64', 'complex<f32>', 'complex<f64>'])('rows of %s', (element) => {
    const source = scatter({ operand: '5x9', indices: '20x1', update: '20x9', numbers: ROWS, element });
    agree(source, { ranges: { 1: [-1, 6] } });
  });

  test('windows that start anywhere, partly outside', () => {
    const numbers = 'update_window_dims = [1, 2], scatter_dims_to_operand_dims = [1, 0], index_vector_dim = 1';
    agree(scatter({ operand: '6x20', indices: '9x2', update: '9x2x18', numbers }), { ranges: { 1: [-3, 8] } });
  });

  test('single elements, the index vector implied', () => {
    const numbers = 'inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1';
    agree(scatter({ operand: '10', indices: '50', update: '50', numbers }), { ranges: { 1: [-1, 11] } });
  });

  test('batching dimensions', () => {
    const numbers =
      'inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 2';
    agree(scatter({ operand: '6x10', indices: '6x1x1', update: '6x1', numbers }), { ranges: { 1: [0, 9] } });
  });

  test('window dimensions that are not innermost in the updates', () => {
    const numbers =
      'update_window_dims = [0], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1';
    agree(scatter({ operand: '4x21', indices: '12x1', update: '21x12', numbers, index: 'ui8' }), {
      ranges: { 1: [0, 4] },
    });
  });

  test('many tasks share a batching dimension', () => {
    const numbers =
      'update_window_dims = [2], inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 2';
    agree(scatter({ operand: '16x3x40', indices: '16x256x1', update: '16x256x40', numbers }), {
      ranges: { 1: [0, 2] },
    });
  });

  test('two operands with a combiner that mixes them', () => {
    agree(
      `func.func @main(%a: tensor<5xf32>, %b: tensor<5xi32>, %i: tensor<30x1xi32>, %u: tensor<30xf32>, %v: tensor<30xi32>) -> (tensor<5xf32>, tensor<5xi32>) {
        %0:2 = "stablehlo.scatter"(%a, %b, %i, %u, %v) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
          ^bb0(%x: tensor<f32>, %p: tensor<i32>, %y: tensor<f32>, %q: tensor<i32>):
            %c = stablehlo.compare GT, %y, %x : (tensor<f32>, tensor<f32>) -> tensor<i1>
            %r = stablehlo.select %c, %y, %x : tensor<i1>, tensor<f32>
            %s = stablehlo.select %c, %q, %p : tensor<i1>, tensor<i32>
            stablehlo.return %r, %s : tensor<f32>, tensor<i32>
        }) : (tensor<5xf32>, tensor<5xi32>, tensor<30x1xi32>, tensor<30xf32>, tensor<30xi32>) -> (tensor<5xf32>, tensor<5xi32>)
        return %0#0, %0#1 : tensor<5xf32>, tensor<5xi32>
      }`,
      { ranges: { 2: [-1, 5] } },
    );
  });

  test('indices and updates that are computed first become part of it', () => {
    const steps = agree(
      `func.func @main(%a: tensor<6x17xf32>, %i: tensor<30xi32>, %u: tensor<30x17xf32>) -> tensor<6x17xf32> {
        %six = stablehlo.constant dense<6> : tensor<30xi32>
        %zero = stablehlo.constant dense<0> : tensor<30xi32>
        %n = stablehlo.compare LT, %i, %zero : (tensor<30xi32>, tensor<30xi32>) -> tensor<30xi1>
        %w = stablehlo.add %i, %six : tensor<30xi32>
        %s = stablehlo.select %n, %w, %i : tensor<30xi1>, tensor<30xi32>
        %j = stablehlo.reshape %s : (tensor<30xi32>) -> tensor<30x1xi32>
        %v = stablehlo.negate %u : tensor<30x17xf32>
        %0 = "stablehlo.scatter"(%a, %j, %v) <{scatter_dimension_numbers = #stablehlo.scatter<${ROWS}>}> ({
          ^bb0(%x: tensor<f32>, %y: tensor<f32>):
            %z = stablehlo.add %x, %y : tensor<f32>
            stablehlo.return %z : tensor<f32>
        }) : (tensor<6x17xf32>, tensor<30x1xi32>, tensor<30x17xf32>) -> tensor<6x17xf32>
        return %0 : tensor<6x17xf32>
      }`,
      { ranges: { 1: [-7, 6] } },
    );
    expect(steps).toEqual(['scatter']);
  });

  test('no updates, and no elements', () => {
    agree(scatter({ operand: '3x4', indices: '0x1', update: '0x4', numbers: ROWS }));
    agree(scatter({ operand: '3x0', indices: '2x1', update: '2x0', numbers: ROWS }));
  });
});
