/** Kernels for graphics processors, run in the loop-IR interpreter, against the graph interpreter. */
import { describe, expect, test } from 'vitest';
import { printKernel } from '../../src/emitters/loop/print.js';
import { compile, interpret, parse } from '../../src/index.js';
import { gpuTarget } from '../../src/rules/target.js';
import { SimulatedExecutable } from '../../src/simulated-executable.js';
import { agree } from '../support/agree.js';
import { compileToLoops } from '../support/plan-runner.js';
import { REDUCED, reducedText } from '../support/reduced.js';
import { ABSENT, WORKLOADS } from '../support/workloads.js';

const target = gpuTarget('sm_80');
const onGpu = (source: string) => agree(source, { target, tolerance: 1e-4 });

describe.skipIf(ABSENT)(`workloads at reduced sizes${ABSENT}`, () => {
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
    expect(new Set(onGpu(rowSums(rows, columns)))).toEqual(new Set(['rows']));
  });
});

test('the public API runs a program on simt', () => {
  const source = rowSums(4, 100);
  const x = Float32Array.from({ length: 400 }, (_, k) => k);
  using program = compile(source, { target: 'simt' });
  const [want] = interpret(parse(source), [{ type: program.inputs[0]!, data: x }]);
  expect(program.runSync([x])[0]!.data).toEqual((want as { data: unknown }).data);
});

describe('contractions by blocks of threads', () => {
  const dot = (m: number, n: number, k: number, [a, b] = [1, 0]) => {
    const lhs = a === 1 ? `${m}x${k}` : `${k}x${m}`;
    const rhs = b === 0 ? `${k}x${n}` : `${n}x${k}`;
    return `func.func @main(%x: tensor<${lhs}xf32>, %y: tensor<${rhs}xf32>) -> tensor<${m}x${n}xf32> {
  %p = stablehlo.dot_general %x, %y, contracting_dims = [${a}] x [${b}] : (tensor<${lhs}xf32>, tensor<${rhs}xf32>) -> tensor<${m}x${n}xf32>
  %q = stablehlo.tanh %p : tensor<${m}x${n}xf32>
  return %q : tensor<${m}x${n}xf32>
}`;
  };
  test.each([
    [64, 64, 64],
    [33, 70, 17],
    [130, 36, 40],
    [16, 16, 8],
    [100, 18, 9],
  ])('%i × %i over %i, with an epilogue, contiguous along either side', (m, n, k) => {
    for (const sides of [
      [1, 0],
      [0, 0],
      [1, 1],
      [0, 1],
    ] as [number, number][]) {
      expect(onGpu(dot(m, n, k, sides))).toEqual(['contraction']);
    }
  });

  test('convolution with padding and strides', () => {
    onGpu(`func.func @main(%x: tensor<2x9x9x5xf32>, %w: tensor<3x3x5x20xf32>) -> tensor<2x5x5x20xf32> {
  %y = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x9x9x5xf32>, tensor<3x3x5x20xf32>) -> tensor<2x5x5x20xf32>
  return %y : tensor<2x5x5x20xf32>
}`);
  });
});

test.each([
  [64, 96],
  [33, 70],
  [5, 3],
])('a transpose of %i × %i goes through tiles in shared memory', (rows, columns) => {
  const source = `func.func @main(%x: tensor<2x${rows}x${columns}xf32>, %y: tensor<2x${columns}x${rows}xf32>) -> tensor<2x${columns}x${rows}xf32> {
  %t = stablehlo.transpose %x, dims = [0, 2, 1] : (tensor<2x${rows}x${columns}xf32>) -> tensor<2x${columns}x${rows}xf32>
  %s = stablehlo.add %t, %y : tensor<2x${columns}x${rows}xf32>
  return %s : tensor<2x${columns}x${rows}xf32>
}`;
  expect(onGpu(source)).toEqual(['map']);
  const { kernels } = compileToLoops(parse(source), { target });
  expect(printKernel(kernels![0]!)).toContain('tile0: shared');
});

test.each([
  [64, 32],
  [300, 70],
  [33, 5],
])('sums over the first of %i × %i: threads across rows', (rows, columns) => {
  const source = `func.func @main(%x: tensor<${rows}x${columns}xf32>) -> (tensor<${columns}xf32>, tensor<${columns}xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %sums = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<${rows}x${columns}xf32>, tensor<f32>) -> tensor<${columns}xf32>
  %largest = stablehlo.reduce(%x init: %zero) applies stablehlo.maximum across dimensions = [0] : (tensor<${rows}x${columns}xf32>, tensor<f32>) -> tensor<${columns}xf32>
  return %sums, %largest : tensor<${columns}xf32>, tensor<${columns}xf32>
}`;
  expect(onGpu(source)).toEqual(['rows', 'rows']);
});

test.each([
  [3, 40, false],
  [2, 300, true],
  [1, 1000, false],
])('running sums of %i rows of %i by blocks of threads (reversed: %s)', (rows, columns, reversed) => {
  const pad = reversed ? [0, columns - 1] : [columns - 1, 0];
  const type = `tensor<${rows}x${columns}xf32>`;
  expect(
    onGpu(`func.func @main(%x: ${type}) -> ${type} {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %sums = "stablehlo.reduce_window"(%x, %zero) <{padding = dense<[[0, 0], [${pad}]]> : tensor<2x2xi64>, window_dimensions = array<i64: 1, ${columns}>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (${type}, tensor<f32>) -> ${type}
  return %sums : ${type}
}`),
  ).toEqual(['scan']);
});

test.each([17, 64, 100])('rows of %i are sorted stably in shared memory', (length) => {
  const type = (element: string) => `tensor<3x${length}x${element}>`;
  const source = `func.func @main(%x: ${type('f32')}) -> (${type('i8')}, ${type('i32')}) {
  %keys = stablehlo.convert %x : (${type('f32')}) -> ${type('i8')}
  %order = stablehlo.iota dim = 1 : ${type('i32')}
  %sorted:2 = "stablehlo.sort"(%keys, %order) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<i8>, %b: tensor<i8>, %i: tensor<i32>, %j: tensor<i32>):
    %less = stablehlo.compare LT, %a, %b, SIGNED : (tensor<i8>, tensor<i8>) -> tensor<i1>
    stablehlo.return %less : tensor<i1>
  }) : (${type('i8')}, ${type('i32')}) -> (${type('i8')}, ${type('i32')})
  return %sorted#0, %sorted#1 : ${type('i8')}, ${type('i32')}
}`;
  expect(onGpu(source)).toContain('sort');
  const { kernels } = compileToLoops(parse(source), { target });
  expect(kernels!.map(printKernel).join()).toContain('words: shared');
});

test.each([
  [5, 64],
  [9, 100],
  [130, 333],
])('a matrix of %i × %i times a vector: a warp has a few rows', (rows, depth) => {
  const source = `func.func @main(%a: tensor<${rows}x${depth}xf32>, %x: tensor<${depth}xf32>) -> tensor<${rows}xf32> {
  %y = stablehlo.dot_general %a, %x, contracting_dims = [1] x [0] : (tensor<${rows}x${depth}xf32>, tensor<${depth}xf32>) -> tensor<${rows}xf32>
  return %y : tensor<${rows}xf32>
}`;
  expect(onGpu(source)).toEqual(['contraction']);
  const { kernels } = compileToLoops(parse(source), { target });
  expect(printKernel(kernels![0]!)).toContain('fromThread');
});

describe('contractions by matrix instructions', () => {
  test.each([
    ['bf16', 'f32', 64, 64, 64],
    ['bf16', 'bf16', 40, 24, 50],
    ['f16', 'f32', 130, 33, 31],
    ['i8', 'i32', 64, 40, 100],
  ])('%s → %s: %i × %i over %i', (from, to, m, n, k) => {
    const source = `func.func @main(%x: tensor<${m}x${k}x${from}>, %y: tensor<${k}x${n}x${from}>) -> tensor<${m}x${n}x${to}> {
  %p = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<${m}x${k}x${from}>, tensor<${k}x${n}x${from}>) -> tensor<${m}x${n}x${to}>
  return %p : tensor<${m}x${n}x${to}>
}`;
    agree(source, { target, tolerance: to === 'bf16' ? 1e-2 : 1e-5 });
    const { kernels } = compileToLoops(parse(source), { target });
    expect(printKernel(kernels![0]!)).toContain(`mma ${from.replace('i8', 's8')}`);
  });
});

test.each([
  ['add', 'f32'],
  ['maximum', 'f32'],
  ['minimum', 'i32'],
  ['xor', 'i64'],
  ['multiply', 'f32'],
])('%s of updates in %s, by atomics where memory has them', (op, element) => {
  const source = `func.func @main(%x: tensor<9x4x${element}>, %i: tensor<50x1xi32>, %u: tensor<50x4x${element}>) -> tensor<9x4x${element}> {
  %r = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%a: tensor<${element}>, %b: tensor<${element}>):
    %c = stablehlo.${op} %a, %b : tensor<${element}>
    stablehlo.return %c : tensor<${element}>
  }) : (tensor<9x4x${element}>, tensor<50x1xi32>, tensor<50x4x${element}>) -> tensor<9x4x${element}>
  return %r : tensor<9x4x${element}>
}`;
  agree(source, { target, ranges: { 1: [-2, 10] } });
  const { kernels } = compileToLoops(parse(source), { target });
  const hasAtomics = kernels!.map(printKernel).join().includes('atomic ');
  expect(hasAtomics).toBe(op !== 'multiply');
});

test.each([
  [1, 20000, 1],
  [20000, 3, 0],
])('a reduction of %i × %i to few results is cut in parts', (rows, columns, axis) => {
  const results = axis === 1 ? rows : columns;
  const source = `func.func @main(%x: tensor<${rows}x${columns}xf32>) -> tensor<${results}xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %sums = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [${axis}] : (tensor<${rows}x${columns}xf32>, tensor<f32>) -> tensor<${results}xf32>
  return %sums : tensor<${results}xf32>
}`;
  const steps = onGpu(source);
  expect(new Set(steps)).toEqual(new Set(['rows']));
  expect(steps.length).toBeGreaterThan(1);
});

test('a fault names the instructions that the kernel was made of, with their places', () => {
  const source = `func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
  %s = stablehlo.sine %x : tensor<64xf32>
  %y = stablehlo.add %s, %x : tensor<64xf32>
  return %y : tensor<64xf32>
}`;
  const c = compileToLoops(parse(source), { target });
  const [kernel] = c.kernels!;
  // The planted fault: buffers are shorter than the kernel takes them for.
  const faulty = { ...kernel!, buffers: kernel!.buffers.map((b) => ({ ...b, count: b.count - 8 })) };
  const program = new SimulatedExecutable({ ...c, kernels: [faulty] }, 'simt');
  expect(() => program.runSync([new Float32Array(64)])).toThrow(
    /^map of sine \(2:\d+\), add \(3:\d+\): kernel thimble_\w+, block 0, thread 14: elements 56 … 59 are outside buffer in0, which has 56/,
  );
});
