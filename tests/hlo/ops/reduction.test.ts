import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Computation } from '../../../src/hlo/graph.js';
import { tensorType } from '../../../src/hlo/types.js';
import { apply, elements, f32, make, registry, s32, scalarComputation, values } from '../support.js';

const sum = scalarComputation('add', 'f32');

/** (max, index of the max): the reducer that argmax lowers to. */
function argmaxReducer(): Computation {
  const c = new Computation('argmax');
  const types = (['f32', 's32', 'f32', 's32'] as const).map((t) => tensorType(t));
  const [a, i, b, j] = types.map((t) => c.addParameter(registry.opcode('parameter'), t));
  const build = (op: string, operands: (typeof a)[], attributes = {}) =>
    registry.build(c, registry.opcode(op), { operands: operands.map((v) => v!), attributes }).result;
  const greater = build('compare', [a, b], { direction: 'GE', type: 'FLOAT' });
  c.setResults([build('select', [greater, a, b]), build('select', [greater, i, j])]);
  return c;
}

describe('reduce', () => {
  test('adds in row-major order, in f32, from the initial value', () => {
    const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(floats, fc.float({ noNaN: true, noDefaultInfinity: true }), (x, init) => {
        const fold = (list: number[]) => list.reduce((a, b) => Math.fround(a + b), init);
        const t = f32([2, 3], x);
        const reduce = (dimensions: number[]) =>
          values('reduce', [t, f32([], [init])], { dimensions }, { called: [sum] });
        expect(reduce([1])).toEqual([fold(x.slice(0, 3)), fold(x.slice(3))]);
        expect(reduce([0])).toEqual([0, 1, 2].map((k) => fold([x[k]!, x[k + 3]!])));
        expect(reduce([0, 1])).toEqual([fold(x)]);
        expect(reduce([])).toEqual(x.map((v) => fold([v])));
      }),
    );
  });

  test('bf16 accumulates in f32 and rounds once', () => {
    const x = make('bf16', [300], new Array(300).fill(1));
    const called = [scalarComputation('add', 'bf16')];
    expect(values('reduce', [x, make('bf16', [], [0])], { dimensions: [0] }, { called })).toEqual([300]);
  });

  test('nothing to reduce gives the initial value', () => {
    expect(values('reduce', [f32([0, 2], []), f32([], [7])], { dimensions: [0] }, { called: [sum] })).toEqual([7, 7]);
  });

  test('several operands reduce together', () => {
    const x = f32([2, 3], [1, 5, 5, 9, 2, 3]);
    const index = s32([2, 3], [0, 1, 2, 0, 1, 2]);
    const inits = [f32([], [Number.NEGATIVE_INFINITY]), s32([], [0])];
    const out = apply('reduce', [x, index, ...inits], { dimensions: [1] }, { called: [argmaxReducer()] });
    expect(out.map(elements)).toEqual([
      [5, 9],
      [1, 0],
    ]);
  });

  test('complex elements', () => {
    const x = make(
      'c64',
      [2],
      [
        [1, 2],
        [3, 4],
      ],
    );
    const called = [scalarComputation('multiply', 'c64')];
    expect(values('reduce', [x, make('c64', [], [[1, 0]])], { dimensions: [0] }, { called })).toEqual([[-5, 10]]);
  });

  test('a reducer of the wrong arity is refused', () => {
    const called = [scalarComputation('negate', 'f32', 1)];
    expect(() => apply('reduce', [f32([2], [1, 2]), f32([], [0])], { dimensions: [0] }, { called })).toThrow(
      'the reducer must take 2 scalars, but takes 1',
    );
  });
});

describe('reduce-window', () => {
  const window = (size: number, low: number, high: number, stride = 1, baseDilation = 1, windowDilation = 1) => ({
    size: [size],
    strides: [stride],
    baseDilations: [baseDilation],
    windowDilations: [windowDilation],
    padding: [[low, high]],
  });
  const run = (x: number[], attributes: ReturnType<typeof window>) =>
    values('reduce-window', [f32([x.length], x), f32([], [0])], attributes, { called: [sum] });

  test('sums in windows, with padding, strides and dilations', () => {
    expect(run([1, 2, 3, 4], window(2, 0, 0))).toEqual([3, 5, 7]);
    expect(run([1, 2, 3, 4], window(3, 1, 1, 2))).toEqual([3, 9]);
    expect(run([1, 2, 3], window(2, 0, 0, 1, 2))).toEqual([1, 2, 2, 3]);
    expect(run([1, 2, 3, 4, 5], window(2, 0, 0, 1, 1, 3))).toEqual([5, 7]);
  });

  test('a cumulative sum is the running one', () => {
    expect(run([1, 2, 3, 4], window(4, 3, 0))).toEqual([1, 3, 6, 10]);
  });
});

describe('select-and-scatter and map', () => {
  test('the source goes to the first of the largest', () => {
    const called = [scalarComputation('compare', 'f32', 2, { direction: 'GE', type: 'FLOAT' }), sum];
    const attributes = { size: [2], strides: [2], padding: [[0, 0]] };
    const operands = [f32([4], [1, 1, 0, 3]), f32([2], [10, 20]), f32([], [0])];
    expect(values('select-and-scatter', operands, attributes, { called })).toEqual([10, 0, 0, 20]);
  });

  test('map applies a computation to each element', () => {
    const called = [scalarComputation('multiply', 'f32')];
    expect(values('map', [f32([2], [2, 3]), f32([2], [5, 7])], { dimensions: [0] }, { called })).toEqual([10, 21]);
  });
});
