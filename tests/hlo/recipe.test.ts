import { describe, expect, test } from 'vitest';
import { compareOutput, compareOutputs, elementOf, makeInput, randomInput } from '../../src/hlo/recipe.js';
import { tensorType } from '../../src/hlo/types.js';
import { elements, f32, s32 } from './support.js';

describe('inputs by recipe', () => {
  test('draws are those of the formula', () => {
    // mix((k·2654435769 + 2·40503) mod 2³²) ≫ 8, for k = 0 and 1, worked out with 64-bit integers.
    const mix = (k: bigint): number => {
      const mask = 0xffffffffn;
      let h = (k * 2654435769n + 2n * 40503n) & mask;
      h ^= h >> 16n;
      h = (h * 0x85ebca6bn) & mask;
      h ^= h >> 13n;
      h = (h * 0xc2b2ae35n) & mask;
      h ^= h >> 16n;
      return Number(h >> 8n) / 2 ** 24;
    };
    const got = elements(makeInput({ shape: [3], dtype: 'float64', lo: -1, hi: 3, seed: 1 }));
    expect(got).toEqual([0n, 1n, 2n].map((k) => -1 + 4 * mix(k)));
  });

  test('integers take the floor, complex numbers a second draw, values are taken as they are', () => {
    const whole = elements(makeInput({ shape: [50], dtype: 'int8', lo: -2, hi: 2, seed: 0 })) as number[];
    expect(new Set(whole)).toEqual(new Set([-2, -1, 0, 1]));
    const [z] = elements(makeInput({ shape: [1], dtype: 'complex64', lo: 0, hi: 1, seed: 5 })) as [[number, number]];
    const [im] = elements(makeInput({ shape: [1], dtype: 'float32', lo: 0, hi: 1, seed: 100005 }));
    expect(z[1]).toBe(im);
    const values = ['nan', '-inf', 1.5, -0];
    expect(elements(makeInput({ shape: [4], dtype: 'bfloat16', values }))).toEqual([NaN, -Infinity, 1.5, -0]);
    expect(elements(makeInput({ shape: [1], dtype: 'int64', values: ['9007199254740993'] }))).toEqual([
      9007199254740993n,
    ]);
  });

  test.each([
    ['bool', 'pred'],
    ['bfloat16', 'bf16'],
    ['float8_e4m3fn', 'f8e4m3fn'],
    ['int4', 's4'],
    ['uint64', 'u64'],
    ['complex128', 'c128'],
  ])('%s is %s', (name, element) => {
    expect(elementOf(name)).toBe(element);
  });

  test('an unknown dtype is named', () => {
    expect(() => elementOf('float12')).toThrow('dtype float12 is not known');
  });

  test('random inputs depend on the seed alone', () => {
    const type = tensorType('f32', [8]);
    expect(randomInput(type, 3)).toEqual(randomInput(type, 3));
    expect(elements(randomInput(type, 3))).not.toEqual(elements(randomInput(type, 4)));
  });
});

describe('outputs by sample', () => {
  const spec = { shape: [3], dtype: 'float32', index: [0, 2], value: [1, 'nan'], scale: 10 };
  const program = { inputs: [], outputs: [spec], tolerance: 0.01 };
  test('within tolerance × scale; NaN meets NaN', () => {
    expect(compareOutput(spec, f32([3], [1.09, 0, NaN]), program)).toMatchObject({ ok: true, misses: 0, samples: 2 });
    expect(compareOutput(spec, f32([3], [1.2, 0, NaN]), program)).toMatchObject({
      ok: false,
      message: 'element 0 is 1.2000000476837158, but 1 is expected',
    });
    expect(compareOutput({ ...spec, outliers: 0.5 }, f32([3], [5, 0, NaN]), program).ok).toBe(true);
    expect(compareOutput({ ...spec, unchecked: true }, f32([3], [5, 0, 0]), program).ok).toBe(true);
  });
  test('integers are exact, shapes and counts must agree', () => {
    const whole = { shape: [1], dtype: 'int32', index: [0], value: [7], scale: 1e9 };
    expect(compareOutput(whole, s32([1], [8]), program).ok).toBe(false);
    expect(compareOutput(whole, s32([2], [7, 7]), program).message).toBe(
      'the output is s32[2], but s32[1] is expected',
    );
    expect(compareOutputs(program, [])[0]!.message).toBe('the program gives 0 outputs, but 1 are expected');
  });
});
