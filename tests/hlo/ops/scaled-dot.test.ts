import { expect, test } from 'vitest';
import { tensorType } from '../../../src/hlo/types.js';
import { apply, f32, make, values } from '../support.js';

const rows = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [1] };

test('each scale stands for a block of the contracted dimension', () => {
  const x = make('f8e4m3fn', [1, 4], [1, 2, 3, 4]);
  const y = make('f8e4m3fn', [2, 4], [1, 1, 1, 1, 1, 0, 0, 1]);
  const s = make('f8e8m0fnu', [1, 2], [2, 0.5]);
  const t = make('f8e8m0fnu', [2, 1], [1, 4]);
  const declared = [tensorType('f32', [1, 2])];
  // 2·(1 + 2) + 0.5·(3 + 4); 4·(2·1 + 0.5·4)
  expect(values('scaled-dot', [x, y, s, t], rows, { declared })).toEqual([9.5, 16]);
});

test('a scale without dimensions is one for all', () => {
  const one = f32([1, 2], [1, 2]);
  expect(values('scaled-dot', [one, one, f32([], [3]), f32([], [2])], rows)).toEqual([30]);
});

test('the result is rounded to the declared type', () => {
  const x = f32([1, 1], [1 + 2 ** -12]);
  const declared = [tensorType('bf16', [1, 1])];
  expect(values('scaled-dot', [x, f32([1, 1], [1]), f32([], [1]), f32([], [1])], rows, { declared })).toEqual([1]);
});

test('scales that do not divide an operand are refused', () => {
  const x = f32([1, 4], [1, 2, 3, 4]);
  expect(() => apply('scaled-dot', [x, x, f32([1, 3], [1, 1, 1]), f32([], [1])], rows)).toThrow(
    'the scales f32[1,3] do not divide f32[1,4] into equal blocks',
  );
  const whole = make('s32', [1, 1], [1]);
  expect(() => apply('scaled-dot', [whole, whole, f32([], [1]), f32([], [1])], rows)).toThrow('must hold floats');
});
