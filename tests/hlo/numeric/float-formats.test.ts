import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeTable,
  encodeFunction,
  type NarrowFloat,
  roundNearestEven,
} from '../../../src/hlo/numeric/float-formats.js';

const FORMATS: readonly NarrowFloat[] = [
  'f4e2m1fn',
  'f6e2m3fn',
  'f6e3m2fn',
  'f8e3m4',
  'f8e4m3',
  'f8e4m3b11fnuz',
  'f8e4m3fn',
  'f8e4m3fnuz',
  'f8e5m2',
  'f8e5m2fnuz',
  'f8e8m0fnu',
  'bf16',
  'f16',
];

const INPUTS = [
  0,
  -0,
  -1,
  Infinity,
  -Infinity,
  Number.NaN,
  1e30,
  -1e30,
  1.5,
  3,
  2 ** -127 * 1.5,
  2 ** -140,
  464,
  465,
  7,
];
/** What ml_dtypes 0.5 gives for INPUTS. */
const EXPECTED: { readonly [F in NarrowFloat]?: readonly number[] } = {
  f8e8m0fnu: [255, 255, 255, 255, 255, 255, 0xe3, 255, 0x80, 0x81, 1, 0, 0x88, 0x88, 0x82],
  f4e2m1fn: [0, 8, 0xa, 7, 0xf, 8, 7, 0xf, 3, 5, 0, 0, 7, 7, 7],
  f6e2m3fn: [0, 0x20, 0x28, 0x1f, 0x3f, 0x20, 0x1f, 0x3f, 0xc, 0x14, 0, 0, 0x1f, 0x1f, 0x1e],
  f6e3m2fn: [0, 0x20, 0x2c, 0x1f, 0x3f, 0x20, 0x1f, 0x3f, 0xe, 0x12, 0, 0, 0x1f, 0x1f, 0x17],
  f8e4m3fn: [0, 0x80, 0xb8, 0x7f, 0xff, 0x7f, 0x7f, 0xff, 0x3c, 0x44, 0, 0, 0x7e, 0x7f, 0x4e],
  f8e5m2: [0, 0x80, 0xbc, 0x7c, 0xfc, 0x7e, 0x7c, 0xfc, 0x3e, 0x42, 0, 0, 0x5f, 0x5f, 0x47],
  f8e4m3: [0, 0x80, 0xb8, 0x78, 0xf8, 0x7c, 0x78, 0xf8, 0x3c, 0x44, 0, 0, 0x78, 0x78, 0x4e],
  f8e3m4: [0, 0x80, 0xb0, 0x70, 0xf0, 0x78, 0x70, 0xf0, 0x38, 0x48, 0, 0, 0x70, 0x70, 0x5c],
  f8e4m3fnuz: [0, 0, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x44, 0x4c, 0, 0, 0x80, 0x80, 0x56],
  f8e4m3b11fnuz: [0, 0, 0xd8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x5c, 0x64, 0, 0, 0x80, 0x80, 0x6e],
  f8e5m2fnuz: [0, 0, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x42, 0x46, 0, 0, 0x63, 0x63, 0x4b],
};

describe.each(FORMATS)('%s', (format) => {
  const table = decodeTable(format);
  const encode = encodeFunction(format);

  test('every pattern is encoded as it was decoded', () => {
    for (let bits = 0; bits < table.length; bits++) {
      const x = table[bits]!;
      if (Number.isNaN(x)) expect(table[encode(x)]).toBeNaN();
      else if (encode(x) !== bits) expect.fail(`${bits} decodes to ${x}, which encodes to ${encode(x)}`);
    }
  });

  test('special numbers are encoded as ml_dtypes does', () => {
    const expected = EXPECTED[format];
    if (expected) expect(INPUTS.map(encode)).toEqual(expected);
  });

  const isPositive = (x: number) => Number.isFinite(x) && x >= 0 && !Object.is(x, -0);
  const patterns = [...table.keys()].filter((b) => isPositive(table[b]!)).sort((a, b) => table[a]! - table[b]!);
  const step = Math.max(1, Math.floor(patterns.length / 4000));

  test('between neighbours the nearer is taken, and halfway the even one', () => {
    for (let k = 0; k + 1 < patterns.length; k += step) {
      const [low, high] = [patterns[k]!, patterns[k + 1]!];
      const [a, b] = [table[low]!, table[high]!];
      const middle = (a + b) / 2;
      const tie = format === 'f8e8m0fnu' || low % 2 === 1 ? high : low;
      const nudge = (b - a) * 1e-9;
      expect(encode(middle), `halfway between ${a} and ${b}`).toBe(tie);
      expect(encode(middle - nudge), `below the middle of ${a} and ${b}`).toBe(low);
      expect(encode(middle + nudge), `above the middle of ${a} and ${b}`).toBe(high);
    }
  });

  test('negative numbers are encoded as their absolute values, and a sign', () => {
    if (format === 'f8e8m0fnu') return;
    for (const b of patterns.filter((b) => b !== 0)) expect(encode(-table[b]!)).toBe(b + table.length / 2);
  });
});

test('roundNearestEven', () => {
  const x = [2.5, 3.5, -2.5, -3.5, 0.5, -0.5, -0.4, 0.49999999999999994, 2 ** 52 - 0.5, 2 ** 53 + 2, -0, -Infinity];
  const r = [2, 4, -2, -4, 0, -0, -0, 0, 2 ** 52, 2 ** 53 + 2, -0, -Infinity];
  expect(x.map(roundNearestEven)).toEqual(r);
  expect(roundNearestEven(Number.NaN)).toBeNaN();
});

test('bf16 is rounded once, not through f32', () => {
  const encode = encodeFunction('bf16');
  const table = decodeTable('bf16');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0x7f7e }), fc.double({ min: -1, max: 1, noNaN: true }), (bits, t) => {
      const [a, b] = [table[bits]!, table[bits + 1]!];
      const x = (a + b) / 2 + ((b - a) / 2) * t * 2 ** -30;
      const middle = (a + b) / 2;
      expect(encode(x)).toBe(x < middle ? bits : x > middle ? bits + 1 : bits + (bits % 2));
    }),
  );
});
