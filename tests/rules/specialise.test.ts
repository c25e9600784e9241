import { expect, test } from 'vitest';
import { type Module, showType, tensor } from '../../src/hlo/index.js';
import { parseStablehlo, printStablehlo } from '../../src/hlo/stablehlo/index.js';
import { verify } from '../../src/hlo/verifier.js';
import { type InputShape, isDynamic, specialise } from '../../src/rules/passes/specialise.js';
import { ops } from './support.js';

const module = (text: string): Module => parseStablehlo(text, ops);

/** The specialised module, which must be well formed, and its result types. */
function specialised(text: string, ...shapes: InputShape[]) {
  const open = module(text);
  const before = printStablehlo(open, ops);
  const { module: made, values } = specialise(open, ops, shapes);
  expect(verify(made, ops)).toEqual([]);
  expect(isDynamic(made, ops)).toBe(false);
  expect(printStablehlo(open, ops), 'the module that is read stays as it is').toBe(before);
  return { text: printStablehlo(made, ops), values, types: made.entry.results.map((v) => showType(v.type)) };
}

const failure = (text: string, ...shapes: InputShape[]) => {
  try {
    specialise(module(text), ops, shapes);
  } catch (e) {
    const { message, location } = e as { message: string; location?: { line: number; column: number } };
    return `${location?.line}:${location?.column}: ${message}`;
  }
  return 'no error';
};

const s64 = (n: bigint) => tensor('s64', [], BigInt64Array.of(n));

test('shapes go forward through elementwise ops, reductions and products', () => {
  const { types, values } = specialised(
    `func.func @main(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
      %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<?x4xf32>, tensor<4x?xf32>) -> tensor<?x?xf32>
      %1 = stablehlo.exponential %0 : tensor<?x?xf32>
      %z = stablehlo.constant dense<0.0> : tensor<f32>
      %2 = stablehlo.reduce(%1 init: %z) applies stablehlo.add across dimensions = [1] : (tensor<?x?xf32>, tensor<f32>) -> tensor<?xf32>
      return %1, %2 : tensor<?x?xf32>, tensor<?xf32>
    }`,
    [3, 4],
    [4, 5],
  );
  expect(types).toEqual(['f32[3,5]', 'f32[3]']);
  expect(values).toEqual([]);
});

const DOUBLED = `func.func @main(%n: tensor<i64>, %x: tensor<?xf32>) -> tensor<?xf32> {
  %two = stablehlo.constant dense<2> : tensor<i64>
  %m = stablehlo.multiply %n, %two : tensor<i64>
  %s = stablehlo.reshape %m : (tensor<i64>) -> tensor<1xi64>
  %0 = stablehlo.dynamic_iota %s, dim = 0 : (tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}`;

test('sizes may be computed from the values of integer arguments, and the module says of which', () => {
  const { types, values } = specialised(DOUBLED, s64(3n), [1]);
  expect(types).toEqual(['f32[6]']);
  expect(values).toEqual([0]);
});

test('a value that is needed, but not given, is named', () => {
  expect(failure(DOUBLED, [], [1])).toBe(
    '5:3: operand 0 of dynamic-iota decides a shape, but is not known: it depends on the value of argument 0 of the ' +
      "program, s64[]: give that for its shape (--input-shapes '=N', or a tensor in `shapes`)",
  );
});

test('a function has shapes of its own at each call', () => {
  const { types } = specialised(
    `func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
      %0 = call @twice(%x) : (tensor<?xf32>) -> tensor<?xf32>
      %1 = call @twice(%y) : (tensor<?xf32>) -> tensor<?xf32>
      return %0, %1 : tensor<?xf32>, tensor<?xf32>
    }
    func.func private @twice(%x: tensor<?xf32>) -> tensor<?xf32> {
      %0 = stablehlo.concatenate %x, %x, dim = 0 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      return %0 : tensor<?xf32>
    }`,
    [2],
    [5],
  );
  expect(types).toEqual(['f32[4]', 'f32[10]']);
});

test('what a loop does not change is known inside it', () => {
  const { text, types } = specialised(
    `func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
      %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
      %i = stablehlo.constant dense<0> : tensor<i32>
      %r:2 = stablehlo.while(%k = %i, %v = %x) : tensor<i32>, tensor<?xf32>
        cond {
          %c = stablehlo.compare LT, %k, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
          stablehlo.return %c : tensor<i1>
        } do {
          %one = stablehlo.constant dense<1> : tensor<i32>
          %next = stablehlo.add %k, %one : tensor<i32>
          %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
          %f = stablehlo.constant dense<1.0> : tensor<f32>
          %b = stablehlo.dynamic_broadcast_in_dim %f, %s, dims = [] : (tensor<f32>, tensor<1xi32>) -> tensor<?xf32>
          %w = stablehlo.add %v, %b : tensor<?xf32>
          stablehlo.return %next, %w : tensor<i32>, tensor<?xf32>
        }
      return %r#1 : tensor<?xf32>
    }`,
    [3],
  );
  expect(types).toEqual(['f32[3]']);
  expect(text).not.toContain('get_dimension_size');
});

test('a shape that a loop changes is an error, with its place', () => {
  const grows = `func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %i = stablehlo.constant dense<0> : tensor<i32>
  %r:2 = stablehlo.while(%k = %i, %v = %x) : tensor<i32>, tensor<?xf32>
    cond {
      %c = stablehlo.compare LT, %k, %i, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %w = stablehlo.concatenate %v, %v, dim = 0 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      stablehlo.return %k, %w : tensor<i32>, tensor<?xf32>
    }
  return %r#1 : tensor<?xf32>
}`;
  expect(failure(grows, [3])).toBe(
    '3:3: value 1 of the loop is f32[3] before it and f32[6] after an iteration: a shape that a loop changes cannot be known',
  );
});

test('branches get shapes, and know what they capture', () => {
  const { types } = specialised(
    `func.func @main(%p: tensor<i1>, %x: tensor<?xf32>) -> tensor<?x2xf32> {
      %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
      %r = "stablehlo.if"(%p) ({
        %two = stablehlo.constant dense<2> : tensor<i32>
        %a = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
        %b = stablehlo.reshape %two : (tensor<i32>) -> tensor<1xi32>
        %s = stablehlo.concatenate %a, %b, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
        %y = stablehlo.dynamic_broadcast_in_dim %x, %s, dims = [0] : (tensor<?xf32>, tensor<2xi32>) -> tensor<?x2xf32>
        stablehlo.return %y : tensor<?x2xf32>
      }, {
        %c = stablehlo.concatenate %x, %x, dim = 0 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
        %y = stablehlo.reshape %c : (tensor<?xf32>) -> tensor<?x2xf32>
        stablehlo.return %y : tensor<?x2xf32>
      }) : (tensor<i1>) -> tensor<?x2xf32>
      return %r : tensor<?x2xf32>
    }`,
    [],
    [4],
  );
  expect(types).toEqual(['f32[4,2]']);
});

const ASSERTED = `func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %two = stablehlo.constant dense<2> : tensor<i32>
  %ok = stablehlo.compare GE, %n, %two, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%ok, %n, %two) {api_version = 2 : i32, error_message = "a is {0}, not {1} or more", has_side_effect = true} : (tensor<i1>, tensor<i32>, tensor<i32>) -> ()
  return %x : tensor<?xf32>
}`;

test('assertions about shapes hold and go, or end it with their message and values', () => {
  expect(specialised(ASSERTED, [2]).text).not.toContain('shape_assertion');
  expect(failure(ASSERTED, [1])).toBe('5:3: a is 1, not 2 or more');
});

test('bounds limit what a size may be', () => {
  const bounded = `func.func @main(%x: tensor<?x3xf32, #stablehlo.bounds<10, ?>>) -> tensor<?x3xf32, #stablehlo.bounds<10, ?>> {
  %0 = stablehlo.negate %x : tensor<?x3xf32, #stablehlo.bounds<10, ?>>
  return %0 : tensor<?x3xf32, #stablehlo.bounds<10, ?>>
}`;
  expect(specialised(bounded, [10, 3])).toMatchObject({ types: ['f32[10,3]'] });
  expect(failure(bounded, [11, 3])).toBe('1:17: dimension 0 of argument 0 may have 10 elements, but has 11');
});

test('shapes that do not fit the program, or each other, are refused with the place', () => {
  const sum = `func.func @main(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = stablehlo.add %x, %y : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}`;
  expect(failure(sum, [2, 5], [2, 4])).toBe('1:17: argument 0 is f32[?,4], which [2,5] does not fit');
  expect(failure(sum, [2, 4], [3, 4])).toBe('2:3: add takes operands of one shape, but they are f32[2,4] and f32[3,4]');
  expect(failure(sum, [2, 4])).toContain('shapes are given for 1 arguments, but the program has 2');
});

test('what depends on data cannot be known', () => {
  const counted = `func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %s = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [0] : (tensor<?xf32>, tensor<f32>) -> tensor<f32>
  %n = stablehlo.convert %s : (tensor<f32>) -> tensor<i32>
  %m = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %0 = stablehlo.dynamic_iota %m, dim = 0 : (tensor<1xi32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}`;
  expect(failure(counted, [3])).toBe(
    '6:3: operand 0 of dynamic-iota decides a shape, but is not known: it depends on argument 0 of the program, f32[3]: ' +
      'only arguments of at most 64 integers may decide shapes',
  );
});

const called = (target: string) => `func.func @main(%x: tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x2x2xf32>) -> tensor<i32>
  %a = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %c = stablehlo.constant dense<2> : tensor<1xi32>
  %s = stablehlo.concatenate %a, %c, %c, dim = 0 : (tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<3xi32>
  %r:2 = stablehlo.custom_call @${target}(%x, %s, %a) {indices_of_shape_operands = dense<[1, 2]> : tensor<2xi64>, mhlo.backend_config = {uplo = 76 : ui8}} : (tensor<?x2x2xf32>, tensor<3xi32>, tensor<1xi32>) -> (tensor<?x2x2xf32>, tensor<?xi32>)
  return %r#0 : tensor<?x2x2xf32>
}`;

test('custom calls are told the shapes of their results, which ops of ours know by themselves', () => {
  expect(specialised(called('somebodys'), [3, 2, 2]).text).toContain(
    '(tensor<3x2x2xf32>, tensor<3xi32>, tensor<1xi32>) -> (tensor<3x2x2xf32>, tensor<3xi32>)',
  );
  expect(specialised(called('lapack_spotrf_ffi'), [3, 2, 2]).text).toContain(
    '(tensor<3x2x2xf32>) -> (tensor<3x2x2xf32>, tensor<3xi32>)',
  );
});

test('top-k, windows and random bits with sizes from the program', () => {
  const { types } = specialised(
    `func.func @main(%x: tensor<?x?xf32>, %state: tensor<2xui64>) -> (tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?xf32>, tensor<?x?xui32>) {
      %m = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x?xf32>) -> tensor<i32>
      %k = stablehlo.constant dense<2> : tensor<i32>
      %v:2 = stablehlo.custom_call @stablehlo.dynamic_top_k(%x, %k) : (tensor<?x?xf32>, tensor<i32>) -> (tensor<?x?xf32>, tensor<?x?xi32>)
      %a = stablehlo.reshape %m : (tensor<i32>) -> tensor<1xi32>
      %one = stablehlo.constant dense<1> : tensor<1xi32>
      %size = stablehlo.concatenate %a, %one, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
      %ones = stablehlo.constant dense<1> : tensor<2xi32>
      %pads = stablehlo.constant dense<0> : tensor<2x2xi32>
      %z = stablehlo.constant dense<0.0> : tensor<f32>
      %w = stablehlo.custom_call @stablehlo.dynamic_reduce_window(%x, %z, %size, %ones, %ones, %ones, %pads) {called_computations = [@sum]} : (tensor<?x?xf32>, tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2x2xi32>) -> tensor<?x?xf32>
      %bits:2 = stablehlo.custom_call @stablehlo.dynamic_rng_bit_generator(%state, %size) {rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>} : (tensor<2xui64>, tensor<2xi32>) -> (tensor<2xui64>, tensor<?x?xui32>)
      return %v#0, %v#1, %w, %bits#1 : tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?xf32>, tensor<?x?xui32>
    }
    func.func private @sum(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
      %0 = stablehlo.add %a, %b : tensor<f32>
      return %0 : tensor<f32>
    }`,
    [3, 5],
    [2],
  );
  expect(types).toEqual(['f32[3,2]', 's32[3,2]', 'f32[1,5]', 'u32[3,1]']);
});
