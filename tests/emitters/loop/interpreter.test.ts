import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import { type BinaryOp, type LaneType, laneTypeOf, type UnaryOp } from '../../../src/emitters/loop/ir.js';
import { storageOf, type TypedArray } from '../../../src/hlo/tensor.js';
import { ELEMENT, type ElementType } from '../../../src/hlo/types.js';

type Numbers = readonly (number | bigint)[];
const array = (element: ElementType, values: Numbers): TypedArray => {
  const data = new (storageOf(element))(values.length);
  values.forEach((v, i) => {
    data[i] = v as number;
  });
  return data;
};

type Body = (b: KernelBuilder, operands: number[]) => number;

/** Runs an elementwise function over equally long inputs, both in one vector and element by element. */
function map(inputs: readonly (readonly [ElementType, Numbers])[], result: ElementType, body: Body): Numbers {
  const n = inputs[0]![1].length;
  const arrays = inputs.map(([element, values]) => array(element, values));
  const runWith = (lanes: number): Numbers => {
    const b = new KernelBuilder('map', n / lanes);
    const sources = inputs.map(([element], i) => b.buffer(`in${i}`, element, n, 'read'));
    const target = b.buffer('out', result, n, 'write');
    const at = b.binary('mul', b.task, b.index(lanes));
    const operands = sources.map((s) => b.load(s, at, lanes));
    b.store(target, at, body(b, operands));
    const out = new (storageOf(result))(n);
    runKernel(b.finish(), [...arrays, out]);
    return [...(out as Float64Array)];
  };
  const scalar = runWith(1);
  expect(runWith(n)).toEqual(scalar);
  return scalar;
}

const unary = (element: LaneType, op: UnaryOp, a: Numbers) => map([[element, a]], element, (b, [x]) => b.unary(op, x!));
const binary = (element: LaneType, op: BinaryOp, x: Numbers, y: Numbers) =>
  map(
    [
      [element, x],
      [element, y],
    ],
    element,
    (b, [p, q]) => b.binary(op, p!, q!),
  );
const convert = (from: ElementType, to: ElementType, a: Numbers) =>
  map([[from, a]], to, (b, [x]) => b.convert(x!, laneTypeOf(to)));

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const least = -(2n ** 63n);
const largest = 2n ** 63n - 1n;
const ascending = (x: bigint, y: bigint) => (x < y ? -1 : 1);

describe('float operations', () => {
  it('follow IEEE 754 on signs, infinities and NaN', () => {
    expect(unary('f32', 'neg', [0, -0, 1.5, inf])).toEqual([-0, 0, -1.5, -inf]);
    expect(unary('f64', 'abs', [-0, -2, nan])).toEqual([0, 2, nan]);
    expect(unary('f32', 'sqrt', [2, -0, -1, inf])).toEqual([Math.fround(Math.SQRT2), -0, nan, inf]);
    expect(unary('f64', 'floor', [-0.5, -0, 2.5])).toEqual([-1, -0, 2]);
    expect(unary('f64', 'ceil', [-0.5, 0.5, -inf])).toEqual([-0, 1, -inf]);
    expect(unary('f64', 'trunc', [-0.5, 1.9, -1.9])).toEqual([-0, 1, -1]);
    expect(unary('f32', 'roundEven', [0.5, 1.5, 2.5, -0.5, -1.5, 8388609, nan])).toEqual([
      0,
      2,
      2,
      -0,
      -2,
      8388609,
      nan,
    ]);
  });
  it('round f32 results once', () => {
    expect(binary('f32', 'add', [1, 16777216], [2 ** -24, 1])).toEqual([1, 16777216]);
    expect(binary('f32', 'div', [1, 0, 1, -1], [3, 0, 0, 0])).toEqual([Math.fround(1 / 3), nan, inf, -inf]);
    expect(binary('f32', 'mul', [1e30, 1e-30], [1e30, 1e-30])).toEqual([inf, 0]);
    expect(binary('f32', 'sub', [0, -0], [0, 0])).toEqual([0, -0]);
  });
  it('have min and max in which NaN wins and −0 < +0', () => {
    expect(binary('f32', 'min', [0, -0, nan, 1, 3], [-0, 0, 1, nan, 2])).toEqual([-0, -0, nan, nan, 2]);
    expect(binary('f64', 'max', [0, -0, nan, 1, 3], [-0, 0, 1, nan, 2])).toEqual([0, 0, nan, nan, 3]);
  });
  it('have rem with the sign of the dividend, and copysign', () => {
    expect(binary('f32', 'rem', [5.5, -5.5, -4, 1, inf], [2, 2, 2, inf, 1])).toEqual([1.5, -1.5, -0, 1, nan]);
    expect(binary('f64', 'copysign', [1, -1, inf, 0], [-0, 0, -3, -inf])).toEqual([-1, 1, -inf, -0]);
  });
  it('have a fused multiply-add that rounds once', () => {
    const a = 1 + 2 ** -12;
    const fma: Body = (b, [x, y, z]) => b.fma(x!, y!, z!);
    const exact = (element: ElementType) =>
      map([[element, [a]], [element, [a]], [element, [2 ** -60]]], element, fma); // biome-ignore format: one line each
    expect(exact('f32')).toEqual([1 + 2 ** -11 + 2 ** -23]);
    expect(exact('f64')).toEqual([a * a]);
  });
});

describe('integer operations', () => {
  it('wrap', () => {
    expect(binary('s8', 'add', [127, -128], [1, -1])).toEqual([-128, 127]);
    expect(binary('u8', 'sub', [0, 5], [1, 7])).toEqual([255, 254]);
    expect(binary('s32', 'mul', [2147483647, 65536], [2147483647, 65536])).toEqual([1, 0]);
    expect(binary('u32', 'mul', [4294967295], [4294967295])).toEqual([1]);
    expect(binary('s64', 'add', [largest], [1n])).toEqual([least]);
    expect(binary('u64', 'mul', [2n ** 63n], [2n])).toEqual([0n]);
    expect(unary('s16', 'neg', [-32768, 5])).toEqual([-32768, -5]);
    expect(unary('s64', 'abs', [least, -5n])).toEqual([least, 5n]);
    expect(unary('u32', 'neg', [1])).toEqual([4294967295]);
  });
  it('truncate quotients and give remainders the sign of the dividend', () => {
    expect(binary('s32', 'div', [-7, 7, 7], [2, -2, 2])).toEqual([-3, -3, 3]);
    expect(binary('s32', 'rem', [-7, 7, -4], [2, -2, 2])).toEqual([-1, 1, 0]);
    expect(binary('u32', 'div', [4294967295], [2])).toEqual([2147483647]);
    expect(binary('s64', 'div', [least, -7n], [3n, 2n])).toEqual([least / 3n, -3n]);
    expect(binary('u64', 'rem', [2n ** 64n - 1n], [10n])).toEqual([5n]);
  });
  it('compare by signedness', () => {
    expect(binary('s8', 'min', [-1, 3], [1, 2])).toEqual([-1, 2]);
    expect(binary('u8', 'max', [255, 3], [1, 2])).toEqual([255, 3]);
    expect(binary('u64', 'max', [2n ** 63n], [1n])).toEqual([2n ** 63n]);
    expect(binary('pred', 'max', [0, 1], [0, 0])).toEqual([0, 1]);
  });
  it('work on bits', () => {
    expect(binary('u32', 'and', [0xffffffff], [0xf0000000])).toEqual([0xf0000000]);
    expect(binary('s32', 'xor', [-1], [5])).toEqual([-6]);
    expect(binary('s64', 'or', [least], [1n])).toEqual([least + 1n]);
    expect(unary('u8', 'not', [0, 0xf0])).toEqual([255, 15]);
    expect(unary('pred', 'not', [0, 1])).toEqual([1, 0]);
    expect(unary('u64', 'not', [0n])).toEqual([2n ** 64n - 1n]);
    expect(unary('s8', 'popcnt', [-1, 5])).toEqual([8, 2]);
    expect(unary('s8', 'clz', [-1, 1, 0])).toEqual([0, 7, 8]);
    expect(unary('u64', 'clz', [0n, 1n, 2n ** 63n])).toEqual([64n, 63n, 0n]);
    expect(unary('s64', 'popcnt', [-1n, 7n])).toEqual([64n, 3n]);
  });
  it('shift by their width', () => {
    expect(binary('s8', 'shl', [1, 3], [7, 1])).toEqual([-128, 6]);
    expect(binary('s8', 'shrl', [-1], [4])).toEqual([15]);
    expect(binary('s8', 'shra', [-128], [4])).toEqual([-8]);
    expect(binary('u32', 'shrl', [0x80000000], [31])).toEqual([1]);
    expect(binary('u32', 'shra', [0x80000000], [31])).toEqual([0xffffffff]);
    expect(binary('s32', 'shrl', [-1], [28])).toEqual([15]);
    expect(binary('s64', 'shrl', [-1n], [60n])).toEqual([15n]);
    expect(binary('s64', 'shra', [least], [63n])).toEqual([-1n]);
    expect(binary('u64', 'shl', [3n], [63n])).toEqual([2n ** 63n]);
  });
});

describe('conversions', () => {
  it('from floats truncate, saturate and map NaN to 0', () => {
    expect(convert('f32', 's8', [1.9, -1.9, 200, -200, nan, -0.5])).toEqual([1, -1, 127, -128, 0, 0]);
    expect(convert('f64', 'u8', [-5, 256, 255.9, inf])).toEqual([0, 255, 255, 255]);
    expect(convert('f32', 's32', [2 ** 31, -(2 ** 31), -inf])).toEqual([2147483647, -2147483648, -2147483648]);
    expect(convert('f64', 's64', [1e30, -1e30, nan, -2.5, 2 ** 62])).toEqual([largest, least, 0n, -2n, 2n ** 62n]);
    expect(convert('f32', 'u64', [-1, 1e30, 2 ** 63])).toEqual([0n, 2n ** 64n - 1n, 2n ** 63n]);
    expect(convert('f64', 'pred', [0, -0, nan, 0.1])).toEqual([0, 0, 1, 1]);
  });
  it('between integers wrap', () => {
    expect(convert('s32', 'u8', [-1, 257])).toEqual([255, 1]);
    expect(convert('s32', 'u64', [-1, 5])).toEqual([2n ** 64n - 1n, 5n]);
    expect(convert('u64', 's64', [2n ** 63n])).toEqual([least]);
    expect(convert('s64', 's32', [2n ** 33n + 5n, -1n])).toEqual([5, -1]);
    expect(convert('u32', 's64', [4294967295])).toEqual([4294967295n]);
    expect(convert('pred', 's64', [1, 0])).toEqual([1n, 0n]);
    expect(convert('s64', 'pred', [2n ** 40n, 0n])).toEqual([1, 0]);
  });
  it('to floats round once', () => {
    expect(convert('s32', 'f32', [16777217, -16777219])).toEqual([16777216, -16777220]);
    // Halfway in f32 but for a bit that a double would drop.
    expect(convert('s64', 'f32', [2n ** 60n + 2n ** 36n + 1n, -(2n ** 60n) - 2n ** 36n - 1n])).toEqual([
      2 ** 60 + 2 ** 37,
      -(2 ** 60 + 2 ** 37),
    ]);
    expect(convert('u64', 'f64', [2n ** 64n - 1n])).toEqual([2 ** 64]);
    expect(convert('f64', 'f32', [0.1, 1e300])).toEqual([Math.fround(0.1), inf]);
    expect(convert('f32', 'f64', [0.5])).toEqual([0.5]);
  });
  it('keep bits in a bitcast', () => {
    const cast = (from: LaneType, to: LaneType, a: Numbers) => map([[from, a]], to, (b, [x]) => b.bitcast(x!, to));
    expect(cast('f32', 's32', [1, -0])).toEqual([0x3f800000, -2147483648]);
    expect(cast('f32', 'u32', [-0])).toEqual([0x80000000]);
    expect(cast('u32', 'f32', [0x80000001])).toEqual([-(2 ** -149)]);
    expect(cast('f64', 'u64', [-2])).toEqual([0xc000000000000000n]);
    expect(cast('s64', 'f64', [0x3ff0000000000000n])).toEqual([1]);
    expect(cast('u8', 's8', [255])).toEqual([-1]);
    expect(cast('s64', 'u64', [-1n])).toEqual([2n ** 64n - 1n]);
  });
  it('round to narrower floats where told', () => {
    const round = (element: LaneType, to: ElementType, a: Numbers) =>
      map([[element, a]], element, (b, [x]) => b.roundTo(x!, to));
    expect(round('f32', 'bf16', [1 + 2 ** -8, 1 + 3 * 2 ** -8, nan, -0])).toEqual([1, 1 + 2 ** -6, nan, -0]);
    expect(round('f32', 'f16', [65520, 65519, 2 ** -25])).toEqual([inf, 65504, 0]);
    expect(round('f64', 'f32', [0.1])).toEqual([Math.fround(0.1)]);
  });
});

describe('comparisons and selects', () => {
  it('are ordered but for ne', () => {
    const compare = (how: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') =>
      map(
        [
          ['f32', [1, nan, 0, -inf]],
          ['f32', [2, nan, -0, inf]],
        ],
        'pred',
        (b, [x, y]) => b.compare(how, x!, y!),
      );
    expect(compare('eq')).toEqual([0, 0, 1, 0]);
    expect(compare('ne')).toEqual([1, 1, 0, 1]);
    expect(compare('lt')).toEqual([1, 0, 0, 1]);
    expect(compare('le')).toEqual([1, 0, 1, 1]);
    expect(compare('gt')).toEqual([0, 0, 0, 0]);
    expect(compare('ge')).toEqual([0, 0, 1, 0]);
  });
  it('mix 64-bit data with index values', () => {
    const b = new KernelBuilder('mixed', 4);
    const data = b.buffer('data', 's64', 4, 'read');
    const out = b.buffer('out', 's64', 4, 'write');
    const x = b.load(data, b.task);
    const isMore = b.compare('gt', x, b.task);
    b.store(out, b.task, b.select(isMore, b.binary('add', x, b.task), b.binary('mul', b.task, b.task)));
    const result = new BigInt64Array(4);
    runKernel(b.finish(), [BigInt64Array.of(largest, -1n, 7n, 3n), result]);
    expect([...result]).toEqual([largest, 1n, 9n, 9n]);
    const shifted = new BigInt64Array(4);
    runKernel(
      (() => {
        const k = new KernelBuilder('bits', 4);
        const to = k.buffer('out', 's64', 4, 'write');
        const hashed = k.binary(
          'mul',
          k.binary('add', k.task, k.index(3)),
          k.constant({ element: 's64', lanes: 1 }, largest),
        );
        k.store(to, k.task, k.binary('xor', hashed, k.binary('shl', k.task, k.index(2))));
        return k.finish();
      })(),
      [shifted],
    );
    expect([...shifted]).toEqual([0n, 1n, 2n, 3n].map((t) => BigInt.asIntN(64, (t + 3n) * largest) ^ (t << 2n)));
  });
});

describe('memory', () => {
  it('widens narrow elements exactly and narrows them once', () => {
    const identity: Body = (_, [x]) => x!;
    expect(map([['f16', [0x3c00, 0xc000, 0x7c00]]], 'f32', identity)).toEqual([1, -2, inf]);
    expect(map([['f32', [1, 65520, 1 + 2 ** -11]]], 'f16', identity)).toEqual([0x3c00, 0x7c00, 0x3c00]);
    expect(map([['bf16', [0x3f80]]], 'bf16', identity)).toEqual([0x3f80]);
    expect(map([['s8', [7, 9]]], 's4', identity)).toEqual([7, -7]);
    expect(map([['c64', [1.5, 2.5]]], 'c64', identity)).toEqual([1.5, 2.5]);
  });

  it('reads and writes masked lanes only, so the others may be out of bounds', () => {
    const b = new KernelBuilder('masked', 2);
    const data = b.buffer('in', 'f32', 6, 'read');
    const out = b.buffer('out', 'f32', 6, 'write');
    const at = b.binary('mul', b.task, b.index(4));
    const lanes = b.binary('add', b.lanes({ element: 's64', lanes: 4 }), b.splat(at, 4));
    const mask = b.compare('lt', lanes, b.splat(b.index(6), 4));
    const x = b.load(data, at, 4, mask);
    b.store(out, at, b.binary('add', x, x), { mask });
    const result = new Float32Array(6);
    runKernel(b.finish(), [Float32Array.of(1, 2, 3, 4, 5, 6), result]);
    expect([...result]).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('gathers and scatters, lanes in ascending order', () => {
    const b = new KernelBuilder('permute', 1);
    const data = b.buffer('in', 'f32', 4, 'read');
    const order = b.buffer('order', 's32', 4, 'read');
    const target = b.buffer('target', 's64', 4, 'read');
    const out = b.buffer('out', 'f32', 4, 'readwrite');
    const x = b.gather(data, b.load(order, b.index(0), 4));
    const to = b.load(target, b.index(0), 4);
    const mask = b.compare('ge', to, b.splat(b.index(0), 4));
    b.scatter(out, to, x, mask);
    const result = Float32Array.of(9, 9, 9, 9);
    const buffers = [
      Float32Array.of(10, 11, 12, 13),
      Int32Array.of(3, 0, 2, 1),
      BigInt64Array.of(2n, -1n, 2n, 0n),
      result,
    ];
    runKernel(b.finish(), buffers);
    expect([...result]).toEqual([11, 9, 12, 9]);
  });

  it('masks a gather', () => {
    const b = new KernelBuilder('masked gather', 1);
    const data = b.buffer('in', 's64', 2, 'read');
    const out = b.buffer('out', 's64', 4, 'write');
    const lanes = b.lanes({ element: 's64', lanes: 4 });
    b.store(out, b.index(0), b.gather(data, lanes, b.compare('lt', lanes, b.splat(b.index(2), 4))));
    const result = new BigInt64Array(4);
    runKernel(b.finish(), [BigInt64Array.of(5n, 6n), result]);
    expect([...result]).toEqual([5n, 6n, 0n, 0n]);
  });

  it('takes lanes apart and together', () => {
    const b = new KernelBuilder('lanes', 1);
    const data = b.buffer('in', 's32', 4, 'read');
    const out = b.buffer('out', 's32', 9, 'write');
    const x = b.load(data, b.index(0), 4);
    b.store(out, b.index(0), b.shuffle(x, b.lanes({ element: 's32', lanes: 4 }), [3, 4, 0, 7]));
    b.store(out, b.index(4), b.part(x, 2, 2));
    b.store(out, b.index(6), b.part(x, 1, 1));
    b.store(out, b.index(7), b.shuffle(x, x, [6]));
    b.store(out, b.index(8), b.part(b.lanes({ element: 's32', lanes: 4 }), 3, 1));
    const result = new Int32Array(9);
    runKernel(b.finish(), [Int32Array.of(10, 11, 12, 13), result]);
    expect([...result]).toEqual([13, 0, 10, 3, 12, 13, 11, 12, 3]);
  });
});

describe('loops', () => {
  it('carry values, swapped ones too, and may run zero times', () => {
    const fibonacci = (n: number, lanes: number): number => {
      const b = new KernelBuilder('fibonacci', 1);
      const out = b.buffer('out', 's32', lanes, 'write');
      const type = { element: 's32', lanes } as const;
      const [result] = b.loop(
        'n',
        b.index(0),
        b.index(n),
        1,
        [b.constant(type, 0), b.constant(type, 1)],
        (_, [x, y]) => [y!, b.binary('add', x!, y!)],
      );
      b.store(out, b.index(0), result!);
      const data = new Int32Array(lanes);
      runKernel(b.finish(), [data]);
      return data[lanes - 1]!;
    };
    for (const lanes of [1, 4]) expect([0, 1, 2, 10].map((n) => fibonacci(n, lanes))).toEqual([0, 1, 1, 55]);
  });

  it('run while iv < hi in steps, nested', () => {
    const b = new KernelBuilder('triangle', 3);
    const out = b.buffer('out', 's64', 3, 'write');
    const [sum] = b.loop('i', b.index(0), b.task, 1, [b.index(0)], (i, [s]) => {
      const [inner] = b.loop('j', i, b.index(10), 4, [s!], (j, [t]) => [b.binary('add', t!, j)]);
      return [inner!];
    });
    b.store(out, b.task, sum!);
    const data = new BigInt64Array(3);
    runKernel(b.finish(), [data]);
    // From 0: 0 + 4 + 8; from 1: 1 + 5 + 9.
    expect([...data]).toEqual([0n, 12n, 27n]);
  });

  it('splat carried values that change at once', () => {
    const b = new KernelBuilder('lag', 1);
    const out = b.buffer('out', 'f32', 4, 'write');
    const type = { element: 'f32', lanes: 1 } as const;
    const [, last] = b.loop(
      'i',
      b.index(0),
      b.index(3),
      1,
      [b.constant(type, 1), b.constant({ ...type, lanes: 4 }, 0)],
      (_, [x]) => [b.binary('add', x!, x!), b.splat(x!, 4)],
    );
    b.store(out, b.index(0), last!);
    const data = new Float32Array(4);
    runKernel(b.finish(), [data]);
    expect([...data]).toEqual([4, 4, 4, 4]);
  });

  it('take branches', () => {
    const b = new KernelBuilder('branch', 4);
    const out = b.buffer('out', 'f32', 4, 'write');
    const store = (x: number) => () => b.store(out, b.task, b.constant({ element: 'f32', lanes: 1 }, x));
    b.if(b.compare('lt', b.task, b.index(2)), store(1), store(-0));
    const data = new Float32Array(4);
    runKernel(b.finish(), [data], { tasks: [1, 4] });
    expect([...data]).toEqual([0, 1, -0, -0]);
  });

  it('multiply 96³ with fma in vectors within a second', () => {
    const n = 96;
    const b = new KernelBuilder('matmul', n);
    const [x, y] = [b.buffer('x', 'f32', n * n, 'read'), b.buffer('y', 'f32', n * n, 'read')];
    const out = b.buffer('out', 'f32', n * n, 'write');
    const row = b.binary('mul', b.task, b.index(n));
    b.loop('column', b.index(0), b.index(n), 16, [], (column) => {
      const zero = b.constant({ element: 'f32', lanes: 16 }, 0);
      const [sum] = b.loop('k', b.index(0), b.index(n), 1, [zero], (k, [acc]) => {
        const factor = b.splat(b.load(x, b.binary('add', row, k)), 16);
        const at = b.binary('add', b.binary('mul', k, b.index(n)), column);
        return [b.fma(factor, b.load(y, at, 16), acc!)];
      });
      b.store(out, b.binary('add', row, column), sum!);
      return [];
    });
    const kernel = b.finish();
    const [lhs, rhs] = [0.1, 0.7].map((f) => Float32Array.from({ length: n * n }, (_, i) => Math.sin(f * i)));
    const result = new Float32Array(n * n);
    runKernel(kernel, [lhs!, rhs!, result]);
    for (const [i, j] of [
      [0, 0],
      [17, 95],
      [95, 3],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += lhs![i * n + k]! * rhs![k * n + j]!;
      expect(result[i * n + j]).toBeCloseTo(sum, 4);
    }
  });
});

describe('what a kernel must not do', () => {
  const one = (body: (b: KernelBuilder, io: { data: number; out: number; local: number }) => void) => {
    const b = new KernelBuilder('wrong', 2);
    const io = {
      data: b.buffer('data', 's32', 4, 'read'),
      out: b.buffer('out', 's32', 4, 'write'),
      local: b.buffer('scratch', 's32', 8, 'readwrite', 'local'),
    };
    body(b, io);
    return () => runKernel(b.finish(), [Int32Array.of(-(2 ** 31), 0, -1, 40), new Int32Array(4)]);
  };
  it('is refused with kernel, task, buffer, index and statement', () => {
    const at = (b: KernelBuilder, n: number) => b.binary('add', b.task, b.index(n));
    expect(one((b, { data, out }) => b.store(out, b.task, b.load(data, at(b, 3))))).toThrow(
      'kernel wrong, task 1: element 4 is outside buffer data, which has 4, in: %1 s32 = load data[%0 + 3]',
    );
    expect(one((b, { data, out }) => b.store(out, at(b, -1), b.load(data, b.task)))).toThrow(
      'task 0: element -1 is outside buffer out, which has 4, in: store out[%0 - 1] = s32 %1',
    );
    expect(one((b, { data, out }) => b.store(out, at(b, 2), b.load(data, b.task, 2)))).toThrow(
      'task 1: elements 3 … 4 are outside buffer out',
    );
    expect(one((b, { out, local }) => b.store(out, b.task, b.load(local, b.task)))).toThrow(
      'element 0 of local buffer scratch is read before it is written',
    );
  });
  it('includes what one task leaves in a local buffer for another', () => {
    const leave = one((b, { out, local }) => {
      b.if(b.compare('eq', b.task, b.index(0)), () =>
        b.store(local, b.index(5), b.constant({ element: 's32', lanes: 1 }, 1)),
      );
      b.store(out, b.task, b.load(local, b.index(5)));
    });
    expect(leave).toThrow('task 1: element 5 of local buffer scratch is read before it is written');
  });
  it('includes undefined arithmetic', () => {
    const of = (op: BinaryOp, i: number, j: number) =>
      one((b, { data, out }) => b.store(out, b.task, b.binary(op, b.load(data, b.index(i)), b.load(data, b.index(j)))));
    expect(of('div', 3, 1)).toThrow('40 is divided by zero');
    expect(of('rem', 0, 2)).toThrow('-2147483648 is divided by -1, which overflows');
    expect(of('shl', 2, 3)).toThrow('a shift by 40 is outside 0 … 31');
    expect(of('shra', 2, 2)).toThrow('a shift by -1 is outside 0 … 31');
  });
  it('and what a caller must not', () => {
    const b = new KernelBuilder('copy', 2);
    const [data, out] = [b.buffer('data', 'f32', 2, 'read'), b.buffer('out', 'f32', 2, 'write')];
    b.store(out, b.task, b.load(data, b.task));
    const kernel = b.finish();
    expect(() => runKernel(kernel, [new Float32Array(2)])).toThrow('takes 2 buffers, not 1');
    expect(() => runKernel(kernel, [new Float32Array(2), new Float32Array(1)])).toThrow(
      'buffer out needs a Float32Array of 2, not a Float32Array of 1',
    );
    expect(() => runKernel(kernel, [new Float32Array(2), new Int32Array(2)])).toThrow('not a Int32Array of 2');
    expect(() => runKernel(kernel, [new Float32Array(2), new Float32Array(2)], { tasks: [0, 3] })).toThrow(
      'tasks 0 … 1',
    );
  });
});

describe('integer arithmetic', () => {
  it('agrees with exact integers on every type', () => {
    const types = ['s8', 'u8', 's16', 'u16', 's32', 'u32', 's64', 'u64'] as const;
    const operations: Record<string, (x: bigint, y: bigint) => bigint> = {
      add: (x, y) => x + y,
      sub: (x, y) => x - y,
      mul: (x, y) => x * y,
      and: (x, y) => x & y,
      or: (x, y) => x | y,
      xor: (x, y) => x ^ y,
      div: (x, y) => x / y,
      rem: (x, y) => x % y,
      min: (x, y) => [x, y].sort(ascending)[0]!,
      max: (x, y) => [x, y].sort(ascending)[1]!,
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.constantFrom(...Object.keys(operations)),
        fc.bigInt(least, largest),
        fc.bigInt(least, largest),
        (element, op, p, q) => {
          const { bits, class: cls } = ELEMENT[element];
          const wrap = (x: bigint) => (cls === 'unsigned' ? BigInt.asUintN(bits, x) : BigInt.asIntN(bits, x));
          const [x, y] = [wrap(p), wrap(q)];
          fc.pre(y !== 0n && y !== -1n);
          const typed = (v: bigint) => (bits === 64 ? v : Number(v));
          expect(binary(element, op as BinaryOp, [typed(x)], [typed(y)])).toEqual([typed(wrap(operations[op]!(x, y)))]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('64-bit index arithmetic', () => {
  type Expression = { exact: (task: bigint) => bigint; emit: (b: KernelBuilder) => number };
  const wrap = (x: bigint) => BigInt.asIntN(64, x);
  const operations: Record<string, (x: bigint, y: bigint) => bigint> = {
    add: (x, y) => x + y,
    sub: (x, y) => x - y,
    mul: (x, y) => x * y,
    and: (x, y) => x & y,
    xor: (x, y) => x ^ y,
    min: (x, y) => [x, y].sort(ascending)[0]!,
    max: (x, y) => [x, y].sort(ascending)[1]!,
    div: (x, y) => x / y,
    rem: (x, y) => x % y,
  };
  const constant = (value: bigint): Expression => ({
    exact: () => value,
    emit: (b) => b.constant({ element: 's64', lanes: 1 }, Number.isSafeInteger(Number(value)) ? Number(value) : value),
  });
  const leaf = fc.oneof(
    fc.constant<Expression>({ exact: (t) => t, emit: (b) => b.task }),
    fc.bigInt(-40n, 40n).map(constant),
    fc.bigInt(-(2n ** 40n), 2n ** 40n).map(constant),
    fc.bigInt(least, largest).map(constant),
  );
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.tuple(fc.constantFrom(...Object.keys(operations)), tie('tree'), tie('tree')).map(([op, x, y]): Expression => {
        const divides = op === 'div' || op === 'rem';
        // A divisor that cannot be 0 or −1.
        const safe: Expression = {
          exact: (t) => (y.exact(t) & 1023n) + 2n,
          emit: (b) => b.binary('add', b.binary('and', y.emit(b), b.index(1023)), b.index(2)),
        };
        const second = divides ? safe : y;
        return {
          exact: (t) => wrap(operations[op]!(x.exact(t), second.exact(t))),
          emit: (b) => b.binary(op as BinaryOp, x.emit(b), second.emit(b)),
        };
      }),
    ),
  }));
  it('is exact, whether its range fits in numbers or not', () => {
    fc.assert(
      fc.property(tree, (expression) => {
        const b = new KernelBuilder('index', 3);
        const out = b.buffer('out', 's64', 3, 'write');
        b.store(out, b.task, expression.emit(b));
        const data = new BigInt64Array(3);
        runKernel(b.finish(), [data]);
        expect([...data]).toEqual([0n, 1n, 2n].map(expression.exact));
      }),
      { numRuns: 1000 },
    );
  });
});
