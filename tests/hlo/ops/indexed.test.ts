import { describe, expect, test } from 'vitest';
import { apply, dimsOf, elements, f32, make, s32, scalarComputation, values } from '../support.js';

const matrix = s32([3, 3], [0, 1, 2, 10, 11, 12, 20, 21, 22]);

describe('dynamic-slice and dynamic-update-slice', () => {
  test.each([
    [1, 1, [11, 12, 21, 22]],
    [9, -5, [10, 11, 20, 21]],
  ])('starts (%i, %i) are clamped', (row, column, want) => {
    expect(values('dynamic-slice', [matrix, s32([], [row]), s32([], [column])], { sizes: [2, 2] })).toEqual(want);
  });

  test('indices of 64 bits beyond every number are clamped too', () => {
    const far = make('u64', [], [2n ** 64n - 1n]);
    expect(values('dynamic-slice', [s32([3], [1, 2, 3]), far], { sizes: [2] })).toEqual([2, 3]);
  });

  test('an update is written at its clamped start, and the operand stays as it was', () => {
    const x = s32([4], [1, 2, 3, 4]);
    expect(values('dynamic-update-slice', [x, s32([2], [8, 9]), s32([], [7])])).toEqual([1, 2, 8, 9]);
    expect(elements(x)).toEqual([1, 2, 3, 4]);
  });
});

const rows = {
  offsetDims: [1],
  collapsedSliceDims: [0],
  operandBatchingDims: [],
  startIndicesBatchingDims: [],
  startIndexMap: [0],
  indexVectorDim: 1,
  sliceSizes: [1, 3],
  indicesAreSorted: false,
};

describe('gather', () => {
  test('takes rows, clamping their numbers', () => {
    const [out] = apply('gather', [matrix, s32([3, 1], [2, -1, 7])], rows);
    expect(dimsOf(out)).toEqual([3, 3]);
    expect(elements(out)).toEqual([20, 21, 22, 0, 1, 2, 20, 21, 22]);
  });

  test('an index vector beyond the last dimension is one number', () => {
    expect(values('gather', [matrix, s32([1], [1])], rows)).toEqual([10, 11, 12]);
  });

  test('batching dimensions pair operand and indices', () => {
    const attributes = {
      ...rows,
      offsetDims: [],
      collapsedSliceDims: [1],
      operandBatchingDims: [0],
      startIndicesBatchingDims: [0],
      startIndexMap: [1],
      sliceSizes: [1, 1],
    };
    expect(values('gather', [matrix, s32([3, 1], [2, 1, 0])], attributes)).toEqual([2, 11, 20]);
  });

  test('a slice larger than its dimension is refused', () => {
    expect(() => apply('gather', [matrix, s32([1], [1])], { ...rows, sliceSizes: [1, 4] })).toThrow(
      'slice size 4 exceeds dimension 1 of s32[3,3]',
    );
  });
});

const scatterRows = {
  updateWindowDims: [1],
  insertedWindowDims: [0],
  inputBatchingDims: [],
  scatterIndicesBatchingDims: [],
  scatterDimsToOperandDims: [0],
  indexVectorDim: 1,
  indicesAreSorted: false,
  uniqueIndices: false,
};
const add = [scalarComputation('add', 'f32')];

describe('scatter', () => {
  const zeros = f32([3, 2], [0, 0, 0, 0, 0, 0]);
  test('combines in order and drops updates outside', () => {
    const updates = f32([4, 2], [1, 2, 10, 20, 100, 200, 1000, 2000]);
    expect(values('scatter', [zeros, s32([4, 1], [2, -1, 2, 3]), updates], scatterRows, { called: add })).toEqual([
      0, 0, 0, 0, 101, 202,
    ]);
  });

  test('of a window that reaches outside, the elements inside are written', () => {
    const attributes = { ...scatterRows, updateWindowDims: [0], insertedWindowDims: [], indexVectorDim: 0 };
    expect(
      values('scatter', [f32([3], [0, 0, 0]), s32([1], [2]), f32([2], [5, 6])], attributes, { called: add }),
    ).toEqual([0, 0, 5]);
  });

  test('updates that do not fit the indices are named', () => {
    const updates = f32([1, 2], [1, 2]);
    expect(() => apply('scatter', [zeros, s32([2, 1], [0, 1]), updates], scatterRows, { called: add })).toThrow(
      'updates f32[1,2] do not fit indices s32[2,1]',
    );
  });
});

describe('torch-index-select', () => {
  test('picks along a dimension, clamped; what comes before and behind stays', () => {
    const [out] = apply('torch-index-select', [matrix, s32([2], [2, -1])], { dimension: 1, batchDims: 0 });
    expect(dimsOf(out)).toEqual([3, 2]);
    expect(elements(out)).toEqual([2, 0, 12, 10, 22, 20]);
  });

  test('each batch has its own picks', () => {
    const picks = s32([3, 1], [0, 1, 2]);
    expect(values('torch-index-select', [matrix, picks], { dimension: 1, batchDims: 1 })).toEqual([0, 11, 22]);
  });

  test('refuses dimensions that are none, and picks that are no integers', () => {
    expect(() => apply('torch-index-select', [matrix, s32([1], [0])], { dimension: 2, batchDims: 0 })).toThrow(
      'the dimension 2 is not a dimension',
    );
    expect(() => apply('torch-index-select', [matrix, f32([1], [0])], { dimension: 0, batchDims: 0 })).toThrow(
      'the index must hold integers',
    );
  });
});
