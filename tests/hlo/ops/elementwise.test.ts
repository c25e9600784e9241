import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Scalar } from '../../../src/hlo/registry.js';
import { ELEMENT, type ElementType, type Quantization, tensorType } from '../../../src/hlo/types.js';
import { infer, registry, roundTrip, run, runScalar, tensorOf, valuesOf } from './evaluate.js';

const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: ninf } = Number;
const MIN32 = -(2 ** 31);
const MAX32 = 2 ** 31 - 1;
const MIN64 = -(2n ** 63n);

type Case = [op: string, element: ElementType, operands: Scalar[][], expected: Scalar[]];

/** Each column of operands gives one element. */
const CASES: Case[] = [
  [
    'add',
    's32',
    [
      [MAX32, 1],
      [1, -2],
    ],
    [MIN32, -1],
  ],
  ['add', 's64', [[MIN64], [-1n]], [2n ** 63n - 1n]],
  ['add', 'u4', [[15], [2]], [1]],
  ['add', 's4', [[7], [1]], [-8]],
  ['add', 's2', [[1], [1]], [-2]],
  ['add', 'u64', [[2n ** 64n - 1n], [2n]], [1n]],
  [
    'add',
    'pred',
    [
      [0, 1, 1],
      [0, 0, 1],
    ],
    [0, 1, 1],
  ],
  ['add', 'bf16', [[256], [1]], [256]],
  ['add', 'f16', [[65504], [16]], [inf]],
  ['add', 'f8e4m3fn', [[448], [448]], [nan]],
  ['add', 'c64', [[[1, 2]], [[3, -5]]], [[4, -3]]],
  ['subtract', 'u8', [[0], [1]], [255]],
  [
    'subtract',
    'f32',
    [
      [inf, 0],
      [inf, 0],
    ],
    [nan, 0],
  ],
  [
    'multiply',
    's32',
    [
      [65537, MIN32],
      [65537, -1],
    ],
    [131073, MIN32],
  ],
  ['multiply', 'u32', [[2 ** 32 - 1], [2 ** 32 - 1]], [1]],
  [
    'multiply',
    'pred',
    [
      [0, 1],
      [1, 1],
    ],
    [0, 1],
  ],
  [
    'multiply',
    'f32',
    [
      [2 ** -126, 0, inf],
      [2 ** -23, -1, 0],
    ],
    [2 ** -149, -0, nan],
  ],
  ['multiply', 'c128', [[[1, 2]], [[3, 4]]], [[-5, 10]]],
  [
    'divide',
    's32',
    [
      [7, -7, 5, MIN32],
      [2, 2, 0, -1],
    ],
    [3, -3, -1, MIN32],
  ],
  [
    'divide',
    'u32',
    [
      [7, 2 ** 32 - 1],
      [0, 2],
    ],
    [2 ** 32 - 1, MAX32],
  ],
  [
    'divide',
    's64',
    [
      [7n, MIN64],
      [0n, -1n],
    ],
    [-1n, MIN64],
  ],
  ['divide', 'u64', [[7n], [0n]], [2n ** 64n - 1n]],
  ['divide', 's8', [[-128], [-1]], [-128]],
  [
    'divide',
    'f32',
    [
      [1, -1, 0, 1],
      [0, 0, 0, 3],
    ],
    [inf, ninf, nan, Math.fround(1 / 3)],
  ],
  ['divide', 'c64', [[[1, 2]], [[3, 4]]], [[Math.fround(0.44), Math.fround(0.08)]]],
  [
    'remainder',
    's32',
    [
      [7, -7, 5, MIN32],
      [3, 3, 0, -1],
    ],
    [1, -1, 5, 0],
  ],
  [
    'remainder',
    'u64',
    [
      [7n, 9n],
      [0n, 4n],
    ],
    [7n, 1n],
  ],
  [
    'remainder',
    'f32',
    [
      [-5.5, 5.5, 1, inf, 1, -0],
      [2, -2, 0, 1, inf, 1],
    ],
    [-1.5, 1.5, nan, nan, 1, -0],
  ],
  [
    'maximum',
    'f32',
    [
      [nan, 1, -0, 0],
      [1, nan, 0, -0],
    ],
    [nan, nan, 0, 0],
  ],
  [
    'minimum',
    'f32',
    [
      [nan, 1, -0, 0],
      [1, nan, 0, -0],
    ],
    [nan, nan, -0, -0],
  ],
  ['maximum', 'u32', [[2 ** 32 - 1], [1]], [2 ** 32 - 1]],
  ['minimum', 's64', [[MIN64], [1n]], [MIN64]],
  [
    'maximum',
    'pred',
    [
      [0, 1],
      [0, 0],
    ],
    [0, 1],
  ],
  [
    'maximum',
    'c64',
    [
      [
        [1, 2],
        [1, 2],
      ],
      [
        [1, 3],
        [0, 9],
      ],
    ],
    [
      [1, 3],
      [1, 2],
    ],
  ],
  [
    'power',
    's32',
    [
      [3, 2, 2, -1, 0, 1, 5],
      [4, 31, -1, -3, 0, -9, 0],
    ],
    [81, MIN32, 0, -1, 1, 1, 1],
  ],
  [
    'power',
    's64',
    [
      [3n, -1n, 2n],
      [40n, -2n, -2n],
    ],
    [12157665459056928801n - 2n ** 64n, 1n, 0n],
  ],
  ['power', 'u8', [[3], [6]], [729 % 256]],
  [
    'power',
    'f32',
    [
      [2, -8, nan, 1, 0, -1],
      [-1, 1 / 3, 0, nan, -1, inf],
    ],
    [0.5, nan, 1, 1, inf, 1],
  ],
  [
    'mulhi',
    's32',
    [
      [MIN32, -1],
      [MIN32, 1],
    ],
    [2 ** 30, -1],
  ],
  ['mulhi', 'u32', [[2 ** 32 - 1], [2 ** 32 - 1]], [2 ** 32 - 2]],
  ['mulhi', 'u16', [[65535], [65535]], [65534]],
  [
    'mulhi',
    's8',
    [
      [-128, 127],
      [127, 127],
    ],
    [-64, 63],
  ],
  ['mulhi', 'u64', [[2n ** 64n - 1n], [2n]], [1n]],
  ['abs', 's32', [[MIN32, -5]], [MIN32, 5]],
  ['abs', 'f32', [[-0, ninf, nan]], [0, inf, nan]],
  [
    'abs',
    'c64',
    [
      [
        [3, -4],
        [inf, nan],
      ],
    ],
    [5, inf],
  ],
  ['negate', 's64', [[MIN64, 3n]], [MIN64, -3n]],
  ['negate', 'u8', [[1]], [255]],
  ['negate', 'f32', [[0, nan]], [-0, nan]],
  ['sign', 'f32', [[-0, 0, -3, inf, nan]], [-0, 0, -1, 1, nan]],
  ['sign', 's64', [[-9n, 0n, 9n]], [-1n, 0n, 1n]],
  [
    'sign',
    'c64',
    [
      [
        [3, -4],
        [0, 0],
      ],
    ],
    [
      [Math.fround(0.6), Math.fround(-0.8)],
      [0, 0],
    ],
  ],
  ['square', 's32', [[65537]], [131073]],
  ['ceil', 'f32', [[-0.5, 1.1, inf]], [-0, 2, inf]],
  ['floor', 'bf16', [[-0.5, 1.5]], [-1, 1]],
  ['round-nearest-even', 'f32', [[0.5, 1.5, 2.5, -0.5, 8388609]], [0, 2, 2, -0, 8388609]],
  ['round-nearest-afz', 'f32', [[0.5, 1.5, 2.5, -0.5, 0.49999997]], [1, 2, 3, -1, 0]],
  ['and', 's8', [[-1], [0x55]], [0x55]],
  ['or', 'u64', [[1n << 63n], [1n]], [(1n << 63n) + 1n]],
  ['xor', 'u32', [[2 ** 32 - 1], [1]], [2 ** 32 - 2]],
  [
    'xor',
    'pred',
    [
      [1, 1],
      [0, 1],
    ],
    [1, 0],
  ],
  ['not', 'pred', [[0, 1]], [1, 0]],
  ['not', 'u4', [[5]], [10]],
  ['not', 's64', [[0n]], [-1n]],
  [
    'shift-left',
    's32',
    [
      [1, 1, 1, 1],
      [31, 32, -1, 0],
    ],
    [MIN32, 0, 0, 1],
  ],
  ['shift-left', 'u8', [[0x81], [1]], [2]],
  [
    'shift-left',
    's64',
    [
      [1n, 1n],
      [63n, 64n],
    ],
    [MIN64, 0n],
  ],
  [
    'shift-right-logical',
    's32',
    [
      [-1, -1],
      [31, 32],
    ],
    [1, 0],
  ],
  ['shift-right-logical', 's8', [[-128], [7]], [1]],
  [
    'shift-right-logical',
    's64',
    [
      [-1n, -1n],
      [63n, 64n],
    ],
    [1n, 0n],
  ],
  [
    'shift-right-arithmetic',
    's32',
    [
      [-8, -8, 8],
      [1, 99, 99],
    ],
    [-4, -1, 0],
  ],
  ['shift-right-arithmetic', 'u8', [[0x80], [7]], [255]],
  ['shift-right-arithmetic', 's4', [[-8], [3]], [-1]],
  [
    'shift-right-arithmetic',
    's64',
    [
      [MIN64, 5n],
      [64n, -1n],
    ],
    [-1n, 0n],
  ],
  ['popcnt', 's8', [[-1, 0, 0x55]], [8, 0, 4]],
  ['popcnt', 'u32', [[2 ** 32 - 1]], [32]],
  ['popcnt', 's64', [[-1n, MIN64]], [64n, 1n]],
  ['count-leading-zeros', 'u8', [[0, 1, 255]], [8, 7, 0]],
  ['count-leading-zeros', 's4', [[-1, 1]], [0, 3]],
  ['count-leading-zeros', 's32', [[-1, 0]], [0, 32]],
  ['count-leading-zeros', 'u64', [[0n, 1n, 1n << 40n]], [64n, 63n, 23n]],
  ['is-finite', 'f16', [[1, inf, nan]], [1, 0, 0]],
  ['is-pos-inf', 'f32', [[inf, ninf, nan]], [1, 0, 0]],
  ['is-inf', 'f32', [[inf, ninf, nan]], [1, 1, 0]],
  ['sqrt', 'f32', [[-0, -1, 2]], [-0, nan, Math.fround(Math.SQRT2)]],
  ['rsqrt', 'f32', [[0, -0, inf, 4]], [inf, ninf, 0, 0.5]],
  ['exponential', 'f32', [[ninf, inf, nan, -104]], [0, inf, nan, 0]],
  ['exponential', 'bf16', [[1]], [2.71875]],
  ['log', 'f32', [[0, -1, inf]], [ninf, nan, inf]],
  ['log-plus-one', 'f32', [[-1, -0]], [ninf, -0]],
  ['tanh', 'f16', [[inf, -20, -0]], [1, -1, -0]],
  ['cbrt', 'f32', [[-8]], [-2]],
  [
    'atan2',
    'f32',
    [
      [0, -0],
      [-1, -1],
    ],
    [Math.fround(Math.PI), Math.fround(-Math.PI)],
  ],
  ['lgamma', 'f32', [[3]], [Math.fround(Math.LN2)]],
  ['erf', 'f32', [[inf]], [1]],
  [
    'next-after',
    'f32',
    [
      [1, 0, 0, 1, nan],
      [2, -1, 0, 1, 1],
    ],
    [1 + 2 ** -23, -(2 ** -149), 0, 1, nan],
  ],
  [
    'next-after',
    'bf16',
    [
      [1, 0],
      [0, 1],
    ],
    [1 - 2 ** -8, 2 ** -133],
  ],
  ['next-after', 'f64', [[1], [0]], [1 - 2 ** -53]],
  ['real', 'c64', [[[1, 2]]], [1]],
  ['imag', 'c64', [[[1, 2]]], [2]],
  ['conj', 'c64', [[[1, 2]]], [[1, -2]]],
  ['complex', 'f32', [[1], [2]], [[1, 2]]],
  [
    'clamp',
    'f32',
    [
      [0, 0, nan, 2],
      [-1, nan, 1, 3],
      [1, 1, 1, 1],
    ],
    [0, nan, nan, 1],
  ],
  ['clamp', 's64', [[0n], [-1n], [1n]], [0n]],
  ['clamp', 'u8', [[3], [200], [100]], [100]],
];

describe('edge cases', () => {
  test.each(CASES)('%s of %s (%#)', (op, element, operands, expected) => {
    const tensors = operands.map((v) => tensorOf(element, v));
    expect(valuesOf(run(op, tensors))).toEqual(expected);
    const scalars = runScalar(op, tensors).map((x) =>
      x === 0 && element !== 'f64' && ELEMENT[element].class !== 'float' ? 0 : x,
    );
    expect(scalars).toEqual(expected);
  });
});

describe('every elementwise entry of one element type', () => {
  const attributes = { direction: 'LT', type: 'FLOAT', exponentBits: 5, mantissaBits: 3 };
  const samples: { readonly [E in ElementType]?: readonly Scalar[] } = {
    f32: [-2.5, -1, -0, 0, 0.3, 1, 7, inf, nan],
    bf16: [-2.5, -1, -0, 0, 0.3, 1, 7, inf, nan],
    f64: [-2.5, -1, -0, 0, 0.3, 1, 7, inf, nan],
    s32: [MIN32, -1, 0, 3, MAX32],
    s64: [MIN64, -1n, 0n, 3n],
    c64: [
      [0, 0],
      [1, -2],
      [-0.5, 3],
    ],
    pred: [0, 1],
  };
  const covers = (name: string, element: ElementType, arity: number): boolean => {
    try {
      infer(name, Array(arity).fill(tensorType(element)), { attributes });
      return true;
    } catch {
      return false;
    }
  };
  const entries = registry.definitions.filter((d) => d.traits.includes('elementwise') && d.scalar);

  test.each(Object.entries(samples) as [ElementType, Scalar[]][])(
    'has a scalar function that agrees with its loop on %s',
    (element, sample) => {
      const covered = entries.filter((d) => covers(d.name, element, d.operands as number));
      expect(covered.length).toBeGreaterThan(5);
      for (const { name, operands: arity } of covered) {
        const operands = Array.from({ length: arity as number }, (_, k) =>
          tensorOf(element, [...sample.slice(k), ...sample.slice(0, k)]),
        );
        const result = run(name, operands, { attributes });
        const scalars = runScalar(name, operands, { attributes });
        expect(tensorOf(result.type.element, scalars).data, name).toEqual(result.data);
      }
    },
  );
});

describe('compare', () => {
  const compare = (element: ElementType, direction: string, a: Scalar[], b: Scalar[], type = 'FLOAT') =>
    valuesOf(run('compare', [tensorOf(element, a), tensorOf(element, b)], { attributes: { direction, type } }));
  const a = [nan, 1, -0, inf];
  const b = [nan, nan, 0, inf];
  test.each([
    ['EQ', [0, 0, 1, 1]],
    ['NE', [1, 1, 0, 0]],
    ['LT', [0, 0, 0, 0]],
    ['LE', [0, 0, 1, 1]],
    ['GT', [0, 0, 0, 0]],
    ['GE', [0, 0, 1, 1]],
  ])('%s of floats', (direction, expected) => expect(compare('f32', direction, a, b)).toEqual(expected));
  test('in total order', () => {
    expect(compare('f32', 'LT', [-0, 0, inf, 1], [0, -0, nan, 1], 'TOTALORDER')).toEqual([1, 0, 1, 0]);
    expect(compare('f32', 'EQ', [-0, nan], [0, nan], 'TOTALORDER')).toEqual([0, 1]);
  });
  test('of other types', () => {
    expect(compare('u32', 'GT', [2 ** 32 - 1], [1], 'UNSIGNED')).toEqual([1]);
    expect(compare('s64', 'LT', [-1n], [1n], 'SIGNED')).toEqual([1]);
    expect(compare('c64', 'EQ', [[1, 2]], [[1, 2]])).toEqual([1]);
    expect(compare('pred', 'LT', [0], [1], 'UNSIGNED')).toEqual([1]);
  });
  test('complex numbers have no order', () => {
    expect(() => compare('c64', 'LT', [[1, 2]], [[1, 2]])).toThrow('complex numbers have no order');
  });
});

test('select and clamp take scalars beside any shape', () => {
  const a = tensorOf('s64', [1n, 2n]);
  const b = tensorOf('s64', [3n, 4n]);
  expect(valuesOf(run('select', [tensorOf('pred', [1], []), a, b]))).toEqual([1n, 2n]);
  expect(valuesOf(run('select', [tensorOf('pred', [0, 1]), a, b]))).toEqual([3n, 2n]);
  expect(
    valuesOf(run('clamp', [tensorOf('f32', [0], []), tensorOf('f32', [-1, 9]), tensorOf('f32', [1], [])])),
  ).toEqual([0, 1]);
});

describe('convert', () => {
  const cases: [ElementType, Scalar[], ElementType, Scalar[]][] = [
    ['f32', [nan, inf, ninf, 3.9, -3.9], 's32', [0, MAX32, MIN32, 3, -3]],
    ['f32', [nan, -5, 300], 'u8', [0, 0, 255]],
    ['f32', [inf, -inf, 2 ** 62], 's64', [2n ** 63n - 1n, MIN64, 2n ** 62n]],
    ['f64', [-1, 2 ** 64], 'u64', [0n, 2n ** 64n - 1n]],
    ['f32', [9, -9], 's4', [7, -8]],
    ['f32', [nan, 0.5, -0], 'pred', [1, 1, 0]],
    ['s64', [2n ** 53n + 1n], 'f64', [2 ** 53]],
    [
      's64',
      [2n ** 60n + 2n ** 36n + 1n, -(2n ** 60n + 2n ** 36n + 1n)],
      'f32',
      [2 ** 60 + 2 ** 37, -(2 ** 60) - 2 ** 37],
    ],
    ['s32', [-1], 'u32', [2 ** 32 - 1]],
    ['s32', [-1], 'u64', [2n ** 64n - 1n]],
    ['u64', [2n ** 64n - 1n], 's32', [-1]],
    ['s32', [300], 's8', [44]],
    ['s32', [5], 'c64', [[5, 0]]],
    ['c128', [[2.5, 7]], 's32', [2]],
    [
      'c128',
      [
        [0, 7],
        [2, 0],
      ],
      'pred',
      [0, 1],
    ],
    ['c128', [[0.1, 0.2]], 'c64', [[Math.fround(0.1), Math.fround(0.2)]]],
    ['f64', [1 + 2 ** -8 + 2 ** -40], 'bf16', [1 + 2 ** -7]],
    ['f32', [1e6, -0], 'f16', [inf, -0]],
    ['pred', [1, 0], 'f32', [1, 0]],
    ['bf16', [1.5], 'f8e5m2', [1.5]],
  ];
  test.each(cases)('%s %s to %s is %s', (from, values, to, expected) => {
    const t = tensorOf(from, values);
    const declared = tensorType(to, t.type.dims);
    expect(valuesOf(run('convert', [t], { declared }))).toEqual(expected);
    expect(valuesOf(tensorOf(to, runScalar('convert', [t], { declared })))).toEqual(expected);
  });
});

describe('bitcast-convert', () => {
  const bitcast = (from: ElementType, values: Scalar[], dims: number[], to: ElementType, result: number[]) =>
    valuesOf(run('bitcast-convert', [tensorOf(from, values, dims)], { declared: tensorType(to, result) }));
  test('at one width, to narrower and to wider types', () => {
    expect(bitcast('f32', [1], [1], 'u32', [1])).toEqual([0x3f800000]);
    expect(bitcast('u32', [0x01020304], [1], 'u8', [1, 4])).toEqual([4, 3, 2, 1]);
    expect(bitcast('u8', [4, 3, 2, 1], [4], 'u32', [])).toEqual([0x01020304]);
    expect(bitcast('s64', [-1n], [], 's8', [8])).toEqual(Array(8).fill(-1));
  });
  test('types under a byte are packed', () => {
    expect(bitcast('u8', [0xf1], [1], 's4', [1, 2])).toEqual([1, -1]);
    expect(bitcast('u4', [1, 15], [2], 'u8', [])).toEqual([0xf1]);
    expect(bitcast('u16', [0b11_10_01_00_11_10_01_00], [], 'u2', [8])).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });
  test('a minor dimension that does not fill an element is refused', () => {
    expect(() => bitcast('u8', [1, 2, 3], [3], 'u32', [])).toThrow('so the minor dimension of u8[3] must be 4');
  });
});

test('reduce-precision rounds, overflows and flushes', () => {
  const reduce = (x: number[], exponentBits: number, mantissaBits: number) =>
    valuesOf(run('reduce-precision', [tensorOf('f32', x)], { attributes: { exponentBits, mantissaBits } }));
  expect(reduce([1 + 2 ** -10, 1 + 2 ** -11, 65536, 65519, 2 ** -15, -(2 ** -15), nan, -0], 5, 10)).toEqual([
    1 + 2 ** -10,
    1,
    inf,
    65504,
    0,
    -0,
    nan,
    -0,
  ]);
  expect(reduce([2 ** -149, 3.4028234663852886e38], 8, 23)).toEqual([2 ** -149, 3.4028234663852886e38]);
  expect(reduce([3.4028234663852886e38], 8, 7)).toEqual([inf]);
});

test('stochastic-convert rounds up where the random bits are under the fraction', () => {
  const x = tensorOf('f32', [1.25, 1.25, -1.25, nan, 300]);
  const random = tensorOf('u32', [0, 2 ** 31, 0, 0, 0]);
  expect(valuesOf(run('stochastic-convert', [x, random], { declared: tensorType('s8', [5]) }))).toEqual([
    2, 1, -2, 0, 127,
  ]);
});

describe('quantized tensors', () => {
  const q: Quantization = {
    storage: 's8',
    storageMin: -128,
    storageMax: 127,
    expressed: 'f32',
    scales: [0.5],
    zeroPoints: [3],
  };
  const type = (n: number, quantization = q) => ({ ...tensorType('s8', [n]), quantization });
  test('quantize rounds to even and clamps; dequantize undoes it', () => {
    const t = run('uniform-quantize', [tensorOf('f32', [0, 0.25, 0.75, -1000, 1000])], { declared: type(5) });
    expect([...t.data]).toEqual([3, 3, 5, -128, 127]);
    expect(valuesOf(run('uniform-dequantize', [t]))).toEqual([0, 0, 1, -65.5, 62]);
  });
  test('arithmetic goes through the expressed type', () => {
    const a = { ...tensorOf('s8', [5, 127]), type: type(2) };
    const sum = run('add', [a, a], { declared: type(2) });
    expect([...sum.data]).toEqual([7, 127]);
    expect(runScalar('add', [a, a], { declared: type(2) })).toEqual([7, 127]);
  });
  test('a dot multiplies the real numbers', () => {
    const wide: Quantization = {
      ...q,
      storage: 's32',
      storageMin: -(2 ** 31),
      storageMax: MAX32,
      scales: [0.25],
      zeroPoints: [0],
    };
    const a = { ...tensorOf('s8', [5, 1]), type: type(2) }; // 1, -1
    const b = { ...tensorOf('s8', [7, 4]), type: type(2) }; // 2, 0.5
    const attributes = { lhsBatch: [], rhsBatch: [], lhsContracting: [0], rhsContracting: [0] };
    const declared = { ...tensorType('s32'), quantization: wide };
    expect([...run('dot', [a, b], { attributes, declared }).data]).toEqual([6]);
    expect(() => infer('dot', [a.type, b.type], { attributes })).toThrow('declare it');
  });
  test('each channel has its own scale', () => {
    const perChannel = { ...q, scales: [1, 0.1], zeroPoints: [0, 1], axis: 0 };
    const t = run('uniform-quantize', [tensorOf('f32', [2, 2])], { declared: type(2, perChannel) });
    expect([...t.data]).toEqual([2, 21]);
  });
});

describe('shape rules', () => {
  const f32 = tensorType('f32', [2, 3]);
  test.each<[string, () => unknown, string]>([
    [
      'shapes',
      () => infer('add', [f32, tensorType('f32', [3])]),
      'add takes operands of one shape, but they are f32[2,3] and f32[3]',
    ],
    [
      'types',
      () => infer('add', [f32, tensorType('s32', [2, 3])]),
      'add takes operands of one element type, but they are f32[2,3] and s32[2,3]',
    ],
    [
      'classes',
      () => infer('sine', [tensorType('s32')]),
      'sine takes elements of type float or complex, but operand 0 is s32[]',
    ],
    [
      'predicates',
      () => infer('select', [f32, f32, f32]),
      'select takes a pred tensor as operand 0, but it is f32[2,3]',
    ],
    [
      'parts',
      () => infer('complex', [tensorType('f16'), tensorType('f16')]),
      'complex numbers are made of f32 or f64 parts',
    ],
    ['declared', () => infer('convert', [f32]), 'declare it'],
    ['counts', () => infer('add', [f32]), 'add takes 2 operands, but 1 are given'],
  ])('say what is wrong with %s', (_, f, message) => expect(f).toThrow(message));

  test('a dynamic dimension takes the size that another operand knows', () => {
    expect(infer('add', [tensorType('f32', [-1, 3]), tensorType('f32', [2, -1])]).dims).toEqual([2, 3]);
  });
});

describe('properties', () => {
  const f32 = fc.float({ noDefaultInfinity: false });
  test.each(['f32', 'bf16', 'f16'] as const)('+ - x / of %s are rounded once', (element) => {
    const value = f32.map((x) => roundTrip(element, x));
    fc.assert(
      fc.property(value, value, (a, b) => {
        const operands = [tensorOf(element, [a]), tensorOf(element, [b])];
        for (const [op, exact] of [
          ['add', a + b],
          ['subtract', a - b],
          ['multiply', a * b],
          ['divide', a / b],
        ] as const) {
          expect(valuesOf(run(op, operands))).toEqual([roundTrip(element, exact)]);
        }
      }),
    );
  });
  test('integer division and remainder make up the dividend', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const operands = [tensorOf('s32', [a]), tensorOf('s32', [b])];
        const [quotient] = valuesOf(run('divide', operands)) as [number];
        const [rest] = valuesOf(run('remainder', operands)) as [number];
        if (b !== 0) expect((Math.imul(quotient, b) + rest) | 0).toBe(a);
      }),
    );
  });
});
