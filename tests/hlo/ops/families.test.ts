import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensorType } from '../../../src/hlo/types.js';
import { apply, elements, f32, make, s32, values } from '../support.js';

describe('fft', () => {
  const naive = (x: readonly [number, number][]): [number, number][] =>
    x.map((_, k) =>
      x.reduce<[number, number]>(
        ([re, im], [a, b], n) => {
          const angle = (-2 * Math.PI * ((n * k) % x.length)) / x.length;
          return [re + a * Math.cos(angle) - b * Math.sin(angle), im + a * Math.sin(angle) + b * Math.cos(angle)];
        },
        [0, 0],
      ),
    );

  test('of any length is the sum that defines it', () => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { minLength: 1, maxLength: 140 }), (x) => {
        const got = values('fft', [make('c128', [x.length], x)], { type: 'FFT', length: [x.length] }) as [
          number,
          number,
        ][];
        naive(x).forEach(([re, im], k) => {
          expect(Math.hypot(got[k]![0] - re, got[k]![1] - im)).toBeLessThan(1e-12 * x.length);
        });
      }),
      { numRuns: 50 },
    );
  });

  test.each([1, 2, 7, 8, 15, 67, 134])('RFFT, then IRFFT of %i points gives the signal back', (n) => {
    const x = Array.from({ length: n }, (_, i) => Math.sin(i * i));
    const [spectrum] = apply('fft', [make('f64', [n], x)], { type: 'RFFT', length: [n] });
    const back = values('fft', [spectrum as never], { type: 'IRFFT', length: [n] }) as number[];
    for (const [i, v] of back.entries()) expect(v).toBeCloseTo(x[i]!, 12);
  });
});

describe('rng-bit-generator', () => {
  test('Threefry: the published vector, and the next state', () => {
    // Random123's known answers: counter 0, key 0 gives 6b200159 99ba4efe.
    const [state, bits] = apply(
      'rng-bit-generator',
      [make('u64', [2], [0n, 0n])],
      { algorithm: 'THREE_FRY' },
      {
        declared: [tensorType('u64', [2]), tensorType('u32', [2])],
      },
    );
    expect(elements(state)).toEqual([0n, 1n]);
    expect(elements(bits)).toEqual([0x6b200159, 0x99ba4efe]);
  });

  test('Philox: the published vector', () => {
    // Random123's known answers: counter 0, key 0 gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    const [state, bits] = apply(
      'rng-bit-generator',
      [make('u64', [3], [0n, 0n, 0n])],
      { algorithm: 'PHILOX' },
      {
        declared: [tensorType('u64', [3]), tensorType('u32', [4])],
      },
    );
    expect(elements(state)).toEqual([0n, 1n, 0n]);
    expect(elements(bits)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });
});

describe('linear algebra', () => {
  test('cholesky of a batch; NaN where a matrix is not positive definite', () => {
    const a = f32([2, 2, 2], [4, 9, 2, 5, 1, 0, 2, 1]);
    expect(values('cholesky', [a], { lower: true })).toEqual([2, 0, 1, 2, Number.NaN, 0, Number.NaN, Number.NaN]);
    expect(values('cholesky', [f32([2, 2], [4, 2, 9, 5])], { lower: false })).toEqual([2, 1, 0, 2]);
  });

  test.each([true, false])('triangular-solve, left %s, undoes the product', (leftSide) => {
    const a = [2, 0, 3, 4];
    const x = [1, 2, 3, 4];
    const product = leftSide ? [2, 4, 15, 22] : [8, 8, 18, 16];
    const attributes = { leftSide, lower: true, unitDiagonal: false, transposeA: 'NO_TRANSPOSE' };
    expect(values('triangular-solve', [f32([2, 2], a), f32([2, 2], product)], attributes)).toEqual(x);
  });
});

describe('batch norm', () => {
  test('training centres and scales each feature', () => {
    const x = f32([2, 2], [1, 10, 3, 30]);
    const out = apply('batch-norm-training', [x, f32([2], [1, 2]), f32([2], [0, 5])], { epsilon: 0, featureIndex: 1 });
    expect(out.map(elements)).toEqual([
      [-1, 3, 1, 7],
      [2, 20],
      [1, 100],
    ]);
  });

  test('the gradient of the scale is that of the normalised values', () => {
    const x = f32([2, 1], [1, 3]);
    const out = apply('batch-norm-grad', [x, f32([1], [1]), f32([1], [2]), f32([1], [1]), f32([2, 1], [5, 7])], {
      epsilon: 0,
      featureIndex: 1,
    });
    expect(out.map(elements)).toEqual([[0, 0], [2], [12]]);
  });
});

describe('dynamic shapes', () => {
  const sizes = (...n: number[]) => s32([n.length], n);
  test('sizes come as operands', () => {
    const unknown = { declared: [tensorType('f32', [-1, -1])] };
    expect(values('dynamic-reshape', [f32([4], [1, 2, 3, 4]), sizes(2, 2)], {}, unknown)).toEqual([1, 2, 3, 4]);
    expect(values('dynamic-broadcast-in-dim', [f32([2], [1, 2]), sizes(2, 2)], { dimensions: [0] }, unknown)).toEqual([
      1, 1, 2, 2,
    ]);
    expect(values('dynamic-iota', [sizes(1, 3)], { dimension: 1 }, unknown)).toEqual([0, 1, 2]);
    expect(
      values('real-dynamic-slice', [f32([1, 4], [1, 2, 3, 4]), sizes(0, 1), sizes(1, 4), sizes(1, 2)], {}, unknown),
    ).toEqual([2, 4]);
  });

  test('sizes that do not fit are refused', () => {
    const operands = [f32([4], [1, 2, 3, 4]), sizes(3, 2)];
    expect(() => apply('dynamic-reshape', operands, {}, { declared: [tensorType('f32', [-1, -1])] })).toThrow(
      'cannot reshape f32[4] to f32[3,2]: the element counts differ',
    );
  });
});

describe('one device', () => {
  test('collectives of groups of one pass their operands; larger groups say what is missing', () => {
    const x = f32([2], [1, 2]);
    expect(values('all-gather', [x], { replicaGroups: [[0]], dimension: 0 })).toEqual([1, 2]);
    expect(() => apply('all-gather', [x], { replicaGroups: [[0, 1]], dimension: 0 })).toThrow(
      'replica 1 is named, but the program runs on 1 replica and 1 partition',
    );
    expect(values('collective-permute', [x], { sourceTargetPairs: [] })).toEqual([0, 0]);
    expect(values('replica-id', [])).toEqual([0]);
  });
});
