import { expect, test } from 'vitest';
import { ArgumentError, compile, interpret, parse, type Tensor, tensor } from '../../src/index.js';
import { KEPT_PROGRAMS, SpecialisingExecutable } from '../../src/runtime/specialising-executable.js';
import { f32, ramp } from './programs.js';

const SCALED = `func.func @main(%n: tensor<i32>, %x: tensor<?x4xf32>) -> tensor<?x?xf32> {
  %rows = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %a = stablehlo.reshape %rows : (tensor<i32>) -> tensor<1xi32>
  %b = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %s = stablehlo.concatenate %a, %b, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %sums = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1] : (tensor<?x4xf32>, tensor<f32>) -> tensor<?xf32>
  %0 = stablehlo.dynamic_broadcast_in_dim %sums, %s, dims = [0] : (tensor<?xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}`;

const NEGATED = `func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = stablehlo.negate %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}`;

const BOUNDED = `HloModule m

ENTRY main {
  x = f32[<=10,3]{1,0} parameter(0)
  d = s32[] get-dimension-size(x), dimensions={0}
  p = f32[10,3]{1,0} iota(), iota_dimension=0
  q = f32[<=10,3]{1,0} set-dimension-size(p, d), dimensions={0}
  ROOT o = f32[<=10,3]{1,0} add(x, q)
}
`;

const s32 = (n: number) => tensor('s32', [], Int32Array.of(n));
const open = (text: string) => compile(text) as SpecialisingExecutable;

test('each shapes get a program of their own, which later runs find', () => {
  using program = open(SCALED);
  expect(program.inputs.map((t) => t.dims)).toEqual([[], [-1, 4]]);
  expect(program.programs).toBe(0);
  for (const [n, rows] of [
    [2, 3],
    [2, 5],
    [2, 3],
    [7, 3],
    [2, 5],
  ] as const) {
    const inputs = [s32(n), ramp([rows, 4])];
    const [got] = program.runSync(inputs);
    const [want] = interpret(parse(SCALED), inputs) as Tensor[];
    expect(got).toEqual(want);
    expect(got!.type.dims).toEqual([rows, n]);
  }
  expect(program.programs).toBe(3);
});

test.each(['cpu', 'interpreter'] as const)(
  'an array without a shape is taken where one size is open, on %s',
  (target) => {
    using program = compile(SCALED, { target });
    const [y] = program.runSync([s32(1), Float32Array.from({ length: 8 }, () => 1)]);
    expect(Array.from(y!.data as Float32Array)).toEqual([4, 4]);
    expect(() => program.runSync([s32(1), new Float32Array(7)])).toThrow(ArgumentError);
    expect(() => program.runSync([s32(1), f32([2, 5], new Array(10).fill(0))])).toThrow(
      'input 1 must be f32[?,4], but is f32[2,5]',
    );
    expect(() => program.runSync([s32(1)])).toThrow('the program has 2 inputs, but 1 are given');
  },
);

test('no more programs are kept than the limit, the last used ones', async () => {
  using program = open(NEGATED);
  for (let n = 1; n <= KEPT_PROGRAMS + 3; n++) program.runSync([ramp([n])]);
  expect(program.programs).toBe(KEPT_PROGRAMS);
  const runs = Array.from({ length: KEPT_PROGRAMS + 3 }, (_, n) => program.run([ramp([n + 1])]));
  const results = await Promise.all(runs);
  results.forEach(([y], n) => {
    expect(y!.type.dims).toEqual([n + 1]);
  });
  expect(program.programs).toBe(KEPT_PROGRAMS);
});

test('a disposed program runs no more', () => {
  const program = open(NEGATED);
  program.runSync([ramp([2])]);
  program.dispose();
  program.dispose();
  expect(() => program.runSync([ramp([2])])).toThrow('disposed');
});

test('with shapes, a program is compiled at once, and for the values given alone', () => {
  using plain = compile(NEGATED, { shapes: [[3]] });
  expect(plain.inputs[0]!.dims).toEqual([3]);
  expect(plain).not.toBeInstanceOf(SpecialisingExecutable);
  using fixed = compile(SCALED, { shapes: [s32(2), [3, 4]] });
  expect(fixed.outputs[0]!.dims).toEqual([3, 2]);
  expect(fixed.runSync([s32(2), ramp([3, 4])])[0]!.type.dims).toEqual([3, 2]);
  expect(() => fixed.runSync([s32(3), ramp([3, 4])])).toThrow(
    'the program was compiled for these values: input 0 [2]; without `shapes` it is compiled for those that it meets',
  );
});

test('errors in a specialised program have their place', () => {
  using program = compile(
    `func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %0 = stablehlo.add %x, %y : tensor<?xf32>
  return %0 : tensor<?xf32>
}`,
    { file: 'sum.mlir' },
  );
  expect(() => program.runSync([ramp([2]), ramp([3])])).toThrow('sum.mlir:2:3: add takes operands of one shape');
  expect(program.runSync([ramp([3]), ramp([3])])[0]!.type.dims).toEqual([3]);
});

test('sizes with a bound, as HLO has them, are sizes that it limits', () => {
  using program = compile(BOUNDED, { file: 'bounded.hlo.txt' });
  const [y] = program.runSync([f32([2, 3], [0, 0, 0, 0, 0, 0])]);
  expect(y).toEqual(f32([2, 3], [0, 0, 0, 1, 1, 1]));
  expect(() => program.runSync([ramp([11, 3])])).toThrow(
    'bounded.hlo.txt:4:3: dimension 0 of argument 0 may have 10 elements, but has 11',
  );
});
