/** The scalar language on numbers: what primitives compute, what rules cost, and what is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensorType } from '../../src/hlo/index.js';
import { emit, type ScalarType } from '../../src/rules/index.js';
import { compileRule } from '../../src/rules/scalar-code.js';
import { costOf } from '../../src/rules/scalar-cost.js';
import { ScalarEvaluator } from '../../src/rules/scalar-eval.js';

const s = new ScalarEvaluator();
const value = (type: ScalarType, x: number | bigint) => s.constant(type, x);

describe('primitives', () => {
  test('integers wrap', () => {
    expect(s.add(value('s8', 127), 1).value).toBe(-128);
    expect(s.mul(value('u32', 0xffffffff), 0xffffffff).value).toBe(1);
    expect(s.neg(value('s64', -(2n ** 63n))).value).toBe(-(2n ** 63n));
    expect(s.shrl(value('s8', -1), 1).value).toBe(127);
  });

  test('f32 arithmetic rounds once', () => {
    // 1 + 2^-24 + 2^-60 is above half way, which a double does not show.
    const x = value('f32', 1 + 2 ** -23);
    expect(s.fma(value('f32', 2 ** -24), value('f32', 1 + 2 ** -23), 1).value).toBe(Math.fround(1 + 2 ** -23));
    expect(s.mul(x, x).value).toBe(Math.fround((1 + 2 ** -23) ** 2));
  });

  test('minimum and maximum keep NaN and order zeros', () => {
    expect(s.max(value('f32', Number.NaN), 1).value).toBeNaN();
    expect(s.min(value('f64', 0), -0).value).toBe(-0);
  });

  test('floats become integers truncated and saturated', () => {
    expect(s.convert(value('f32', -1e9), 's16').value).toBe(-32768);
    expect(s.convert(value('f64', Number.NaN), 's64').value).toBe(0n);
    expect(s.convert(value('f64', 1e30), 'u64').value).toBe(2n ** 64n - 1n);
  });

  test('64-bit integers become f32 rounded once', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (x) => {
        const near = s.convert(value('s64', x), 'f32').value as number;
        const distance = (y: number) => (BigInt(y) > x ? BigInt(y) - x : x - BigInt(y));
        const step = Math.max(2 ** (Math.floor(Math.log2(Math.abs(near) || 1)) - 23), 1);
        return distance(near) <= distance(near + step) && distance(near) <= distance(near - step);
      }),
    );
  });
});

describe('what is refused', () => {
  test('operands of two types', () => {
    expect(() => s.add(value('f32', 1), value('f64', 1))).toThrow('a rule mixes f32 and f64');
  });
  test('numbers alone', () => {
    expect(() => s.add(1, 2)).toThrow('a rule computes with numbers alone');
  });
  test('an operation that a type does not have', () => {
    expect(() => s.sqrt(value('s32', 4))).toThrow('the scalar language has no sqrt of s32');
  });
  test('a call to an op without element rule', () => {
    expect(() => s.call('frobnicate', value('f32', 1))).toThrow('a rule calls frobnicate');
  });
});

describe('rules as functions', () => {
  const square = emit('square', { element: (scalars, [x]) => scalars.mul(x!, x!) });
  const fourth = emit('fourth', { element: (scalars, [x]) => scalars.call('square', scalars.call('square', x!)) });
  const f32 = tensorType('f32');
  const view = { operands: [f32], results: [f32], attributes: {} };
  const functions = (op: string) => (op === 'square' ? square : undefined);

  test('compiled', () => {
    expect(compileRule(fourth, view, functions)(3)).toBe(81);
  });

  test('counted: division is dear, 64-bit types take two', () => {
    const divide = emit('divide', { element: (scalars, [x]) => scalars.div(1, x!) });
    const f64 = tensorType('f64');
    expect(costOf(fourth, view, functions)).toBe(2);
    expect(costOf(divide, view)).toBe(8);
    expect(costOf(divide, { operands: [f64], results: [f64], attributes: {} })).toBe(16);
  });
});
