import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensorType } from '../../../src/hlo/types.js';
import { apply, dimsOf, elements, f32, make, s32, values } from '../support.js';

const plain = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] };
const number = fc.float({ min: -8, max: 8, noNaN: true });

describe('dot', () => {
  test('adds rounded products in ascending k, in f32', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 1, max: 4 }),
    );
    const operands = sizes.chain(([m, k, n]) =>
      fc.tuple(
        fc.constant([m, k, n] as const),
        fc.array(number, { minLength: m * k, maxLength: m * k }),
        fc.array(number, { minLength: k * n, maxLength: k * n }),
      ),
    );
    fc.assert(
      fc.property(operands, ([[m, k, n], x, y]) => {
        const want: number[] = [];
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let s = 0;
            for (let t = 0; t < k; t++) s = Math.fround(s + Math.fround(x[i * k + t]! * y[t * n + j]!));
            want.push(s);
          }
        }
        expect(values('dot', [f32([m, k], x), f32([k, n], y)], plain)).toEqual(want);
      }),
    );
  });

  test('batch dimensions come first, then the rest of lhs, then of rhs', () => {
    const lhs = s32([2, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const rhs = s32([2, 2], [1, 10, 100, 1000]);
    const [out] = apply('dot', [lhs, rhs], { lhsBatch: [2], rhsBatch: [0], lhsContracting: [0], rhsContracting: [1] });
    expect(dimsOf(out)).toEqual([2, 3]);
    expect(elements(out)).toEqual([71, 93, 115, 8200, 10400, 12600]);
  });

  test('int8 into s32, bf16 through f32, 64-bit wraparound', () => {
    const int8 = [make('s8', [1, 2], [100, 100]), make('s8', [2, 1], [100, 100])];
    expect(values('dot', int8, plain, { declared: [tensorType('s32', [1, 1])] })).toEqual([20000]);
    const ones = [make('bf16', [1, 300], new Array(300).fill(1)), make('bf16', [300, 1], new Array(300).fill(1))];
    expect(values('dot', ones, plain)).toEqual([300]);
    const big = [make('u64', [1, 1], [2n ** 63n + 1n]), make('u64', [1, 1], [2n])];
    expect(values('dot', big, plain)).toEqual([2n]);
  });

  test('complex and pred', () => {
    expect(values('dot', [make('c64', [1, 1], [[1, 2]]), make('c64', [1, 1], [[3, 4]])], plain)).toEqual([[-5, 10]]);
    expect(values('dot', [make('pred', [1, 2], [1, 0]), make('pred', [2, 2], [0, 1, 1, 1])], plain)).toEqual([0, 1]);
  });

  test('sizes that differ are named', () => {
    expect(() => apply('dot', [f32([1, 2], [1, 2]), f32([3, 1], [1, 2, 3])], plain)).toThrow(
      'contracting dimension 1 of f32[1,2] and 0 of f32[3,1] differ in size',
    );
  });
});

const dims1d = {
  lhsBatch: 0,
  lhsSpatial: [1],
  lhsFeature: 2,
  rhsSpatial: [0],
  rhsInputFeature: 1,
  rhsOutputFeature: 2,
  resultBatch: 0,
  resultSpatial: [1],
  resultFeature: 2,
};
const window1d = {
  dims: dims1d,
  strides: [1],
  padding: [[0, 0]],
  lhsDilation: [1],
  rhsDilation: [1],
  reversal: [false],
  featureGroupCount: 1,
  batchGroupCount: 1,
};

describe('convolution', () => {
  const x = f32([1, 4, 1], [1, 2, 3, 4]);
  const w = f32([2, 1, 1], [1, 10]);
  test('slides the kernel; padding, strides, dilations, reversal', () => {
    const run = (more: object) => values('convolution', [x, w], { ...window1d, ...more });
    expect(run({})).toEqual([21, 32, 43]);
    expect(run({ padding: [[1, 1]] })).toEqual([10, 21, 32, 43, 4]);
    expect(run({ strides: [2] })).toEqual([21, 43]);
    expect(run({ lhsDilation: [2] })).toEqual([1, 20, 2, 30, 3, 40]);
    expect(run({ rhsDilation: [2] })).toEqual([31, 42]);
    expect(run({ reversal: [true] })).toEqual([12, 23, 34]);
    expect(run({ padding: [[-1, 0]] })).toEqual([32, 43]);
  });

  test('feature groups keep to themselves', () => {
    const lhs = f32([1, 2, 2], [1, 2, 3, 4]);
    const rhs = f32([1, 1, 2], [10, 100]);
    expect(values('convolution', [lhs, rhs], { ...window1d, featureGroupCount: 2 })).toEqual([10, 200, 30, 400]);
  });

  test('batch groups become features', () => {
    const lhs = f32([2, 1, 1], [1, 2]);
    const rhs = f32([1, 1, 2], [10, 100]);
    expect(values('convolution', [lhs, rhs], { ...window1d, batchGroupCount: 2 })).toEqual([10, 200]);
  });

  test('feature counts that do not fit are named', () => {
    const rhs = f32([1, 3, 1], [1, 2, 3]);
    expect(() => apply('convolution', [x, rhs], window1d)).toThrow(
      'the kernel takes 3 input features, but 1 in 1 groups are given',
    );
  });
});
