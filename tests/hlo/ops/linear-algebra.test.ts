import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensorType } from '../../../src/hlo/types.js';
import { apply, dimsOf, elements, f32, make, values } from '../support.js';

const solve = (left: boolean, lower: boolean, unit = false, turn = 'NO_TRANSPOSE') => ({
  leftSide: left,
  lower,
  unitDiagonal: unit,
  transposeA: turn,
});

/** Σ_k a[i, k]·b[k, j] of n × n matrices. */
const product = (a: readonly number[], b: readonly number[], n: number): number[] =>
  Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return Array.from({ length: n }, (_, k) => a[i * n + k]! * b[k * n + j]!).reduce((x, y) => x + y, 0);
  });

const triangle = (a: readonly number[], n: number, lower: boolean) =>
  a.map((x, at) => (lower === Math.floor(at / n) >= at % n || Math.floor(at / n) === at % n ? x : 0));

describe('triangular-solve', () => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('gives x with op(a)·x = b: left %s, lower %s', (left, lower) => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    const matrices = fc.integer({ min: 1, max: 6 }).chain((n) => {
      const matrix = fc.array(unit, { minLength: n * n, maxLength: n * n });
      return fc.tuple(fc.constant(n), matrix, matrix);
    });
    fc.assert(
      fc.property(matrices, ([n, noise, b]) => {
        const a = noise.map((x, at) => (Math.floor(at / n) === at % n ? 3 + x : x));
        const operands = [make('f64', [n, n], a), make('f64', [n, n], b)];
        const x = values('triangular-solve', operands, solve(left, lower)) as number[];
        const t = triangle(a, n, lower);
        const back = left ? product(t, x, n) : product(x, t, n);
        for (const [k, v] of back.entries()) expect(v).toBeCloseTo(b[k]!, 9);
      }),
      { numRuns: 40 },
    );
  });

  test('reads neither the other triangle nor a unit diagonal', () => {
    const a = f32([2, 2], [Number.NaN, Number.NaN, 2, Number.NaN]);
    expect(values('triangular-solve', [a, f32([2, 1], [1, 5])], solve(true, true, true))).toEqual([1, 3]);
  });

  test('transposes and conjugates', () => {
    const a = make(
      'c64',
      [2, 2],
      [
        [1, 0],
        [0, 0],
        [0, 1],
        [1, 0],
      ],
    );
    const b = make(
      'c64',
      [2, 1],
      [
        [1, 0],
        [1, 0],
      ],
    );
    const x = (turn: string) => values('triangular-solve', [a, b], solve(true, true, false, turn));
    expect(x('TRANSPOSE')).toEqual([
      [1, -1],
      [1, 0],
    ]);
    expect(x('ADJOINT')).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  test('a zero on the diagonal gives no finite numbers there', () => {
    const x = values(
      'triangular-solve',
      [f32([2, 2], [1, 0, 1, 0]), f32([2, 1], [1, 2])],
      solve(true, true),
    ) as number[];
    expect(x[0]).toBe(1);
    expect(Number.isFinite(x[1])).toBe(false);
  });

  test('batches, and nothing', () => {
    const [x] = apply('triangular-solve', [f32([2, 1, 1], [2, 4]), f32([2, 1, 2], [2, 4, 4, 8])], solve(true, true));
    expect(elements(x)).toEqual([1, 2, 1, 2]);
    const [none] = apply('triangular-solve', [f32([0, 0], []), f32([0, 3], [])], solve(true, true));
    expect(dimsOf(none)).toEqual([0, 3]);
  });

  test.each([
    [tensorType('f32', [2, 3]), tensorType('f32', [3, 1]), 'a must be square matrices, but is f32[2,3]'],
    [tensorType('s32', [2, 2]), tensorType('s32', [2, 1]), 'a must hold floats or complex numbers, but is s32[2,2]'],
    [tensorType('f32', [2, 2]), tensorType('f64', [2, 1]), 'b must hold f32, but is f64[2,1]'],
    [tensorType('f32', [2, 2]), tensorType('f32', [3, 1]), 'a f32[2,2] does not fit b f32[3,1]'],
  ])('refuses %o and %o', (a, b, message) => {
    const zeros = (t: typeof a) => make(t.element, t.dims, new Array(t.dims.reduce((n, d) => n * d, 1)).fill(0));
    expect(() => apply('triangular-solve', [zeros(a), zeros(b)], solve(true, true))).toThrow(message);
  });
});

describe('cholesky', () => {
  test('lower and upper', () => {
    const a = f32([2, 2], [4, 2, 2, 5]);
    expect(values('cholesky', [a], { lower: true })).toEqual([2, 0, 1, 2]);
    expect(values('cholesky', [a], { lower: false })).toEqual([2, 1, 0, 2]);
  });

  test('of complex matrices: L·Lᴴ', () => {
    const a = make(
      'c128',
      [2, 2],
      [
        [4, 0],
        [9, 9],
        [2, 2],
        [6, 0],
      ],
    );
    expect(values('cholesky', [a], { lower: true })).toEqual([
      [2, 0],
      [0, 0],
      [1, 1],
      [2, 0],
    ]);
  });

  test('is NaN over the triangle where there is none', () => {
    const nan = Number.NaN;
    expect(values('cholesky', [f32([2, 2], [1, 2, 2, 1])], { lower: true })).toEqual([nan, 0, nan, nan]);
    expect(values('cholesky', [f32([2, 2], [nan, 0, 0, 1])], { lower: false })).toEqual([nan, nan, 0, nan]);
  });

  test('refuses what is not square, or holds integers', () => {
    expect(() => apply('cholesky', [f32([2, 1], [1, 2])], { lower: true })).toThrow('must be square matrices');
    expect(() => apply('cholesky', [make('s32', [1, 1], [1])], { lower: true })).toThrow('must hold floats');
  });
});
