import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import type { Kernel } from '../../../src/emitters/loop/ir.js';
import { storageOf, type TypedArray } from '../../../src/hlo/tensor.js';
import { avx2Target, hostTarget, type TargetInfo } from '../../../src/rules/target.js';
import { runNative } from './harness.js';
import { randomKernel } from './random-kernel.js';
import { difference, samples } from './values.js';

/** Runs a kernel both ways on the same samples; says where its written buffers differ. */
function differences(kernel: Kernel, target: TargetInfo = hostTarget(), threads = 1): string[] {
  const globals = kernel.buffers.filter((b) => b.space === 'global');
  const start = globals.map((b, i) => samples(b.element, b.count, i + 1));
  const copy = () => start.map((data) => data.slice() as TypedArray);
  const native = copy();
  const expected = copy();
  runKernel(kernel, expected);
  runNative(kernel, native, { target, threads });
  return globals.flatMap((b, i) => {
    const found = difference(b.element, native[i]!, expected[i]!);
    return found ? [`${b.name}: ${found}`] : [];
  });
}

const N = 203;

describe('native kernels agree with the interpreter on', () => {
  it.each(['f32', 's8', 'u16', 'f64', 'pred', 'bf16', 'f8e8m0fnu'] as const)('masked loads and stores of %s', (t) => {
    for (const lanes of [1, 8, 16, 5]) {
      const b = new KernelBuilder('masked', Math.ceil(N / lanes));
      const x = b.buffer('x', t, N, 'read');
      const y = b.buffer('y', t, N, 'readwrite');
      const z = b.buffer('z', t, N + 64, 'write');
      const base = b.binary('mul', b.task, b.index(lanes));
      const at = b.binary('add', b.splat(base, lanes), b.lanes({ element: 's64', lanes }));
      const mask = b.compare('lt', at, b.splat(b.index(N), lanes));
      const v = b.load(x, base, lanes, mask);
      b.store(y, base, v, { mask });
      b.store(z, base, v);
      expect(differences(b.finish())).toEqual([]);
    }
  });

  it.each(['f32', 's16', 's64', 'f16', 'pred'] as const)('gathers and scatters of %s', (t) => {
    for (const [lanes, element] of [
      [1, 's64'],
      [4, 's64'],
      [16, 's64'],
      [16, 's32'],
    ] as const) {
      const b = new KernelBuilder('scattered', 10);
      const x = b.buffer('x', t, N, 'read');
      const where = b.buffer('where', 'u8', 10 * lanes, 'read');
      const y = b.buffer('y', t, N, 'readwrite');
      const base = b.binary('mul', b.task, b.index(lanes));
      const raw = b.convert(b.load(where, base, lanes), element);
      const index = b.binary('rem', raw, b.constant({ element, lanes }, 40));
      const mask = b.compare('gt', raw, b.constant({ element, lanes }, 30));
      // Of lanes that meet the last one counts.
      b.scatter(y, index, b.gather(x, index), mask);
      b.scatter(y, b.binary('add', index, b.constant({ element, lanes }, 100)), b.gather(x, index, mask));
      expect(differences(b.finish())).toEqual([]);
      expect(differences(b.finish(), avx2Target())).toEqual([]);
    }
  });

  it.each(['f32', 'u8', 'f64', 'pred'] as const)('lanes of %s moved about', (t) => {
    const b = new KernelBuilder('lanes', 1);
    const x = b.buffer('x', t, 64, 'read');
    const y = b.buffer('y', t, 200, 'write');
    const v = b.load(x, b.index(0), 16);
    const w = b.load(x, b.index(16), 16);
    const reversed = Array.from({ length: 16 }, (_, i) => 31 - 2 * i);
    b.store(y, b.index(0), b.shuffle(v, w, reversed));
    b.store(y, b.index(16), b.part(v, 4, 8));
    b.store(y, b.index(24), b.part(v, 7, 1));
    const one = b.part(w, 3, 1);
    b.store(y, b.index(32), b.splat(one, 32));
    b.store(y, b.index(64), b.shuffle(one, b.part(v, 0, 1), [0, 1, 1, 0]));
    b.store(y, b.index(70), b.shuffle(v, w, [20]));
    b.store(y, b.index(80), b.shuffle(b.part(v, 0, 4), b.part(w, 0, 4), [0, 4, 1, 5, 2, 6, 3, 7]));
    if (t !== 'pred') b.store(y, b.index(100), b.lanes({ element: t, lanes: 16 }));
    expect(differences(b.finish())).toEqual([]);
  });

  it('constants beyond 2^53', () => {
    for (const lanes of [1, 8]) {
      const b = new KernelBuilder('constants', 1);
      const y = b.buffer('y', 's64', 64, 'write');
      const values = [2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 0x123456789abcdef0n, -(2n ** 62n) - 3n, -1n];
      for (const [i, v] of values.entries()) b.store(y, b.index(i * lanes), b.constant({ element: 's64', lanes }, v));
      expect(differences(b.finish())).toEqual([]);
    }
  });

  it.each([
    [0, 10, 1, 4],
    [0, 12, 3, 2],
    [0, 11, 3, 2],
    [5, 5, 1, 1],
    [7, 5, 1, 3],
    [0, 3, 1, 8],
    [0, 1, 4, 2],
    [0, 64, 1, 1],
  ])('a loop from %i to %i by %i, unrolled %i times, with known and unknown bounds', (lo, hi, step, unroll) => {
    for (const known of [true, false]) {
      const b = new KernelBuilder('loops', 3);
      const bounds = b.buffer('bounds', 's64', 2, 'read');
      const y = b.buffer('y', 's64', 12, 'write');
      const zero = b.binary('min', b.binary('max', b.load(bounds, b.index(0)), b.index(0)), b.index(0));
      const bound = (n: number) => (known ? b.index(n) : b.binary('add', zero, b.index(n)));
      const results = b.loop(
        'i',
        bound(lo),
        bound(hi),
        step,
        [b.index(1), b.index(2), b.task],
        (i, [sum, last, swap]) => [b.binary('add', sum!, b.binary('mul', i, last!)), swap!, i],
        unroll,
      );
      for (const [i, r] of results.entries())
        b.store(y, b.binary('add', b.binary('mul', b.task, b.index(3)), b.index(i)), r);
      expect(differences(b.finish())).toEqual([]);
    }
  });

  it.each([1, 2])('stores past the caches, at any alignment, with %i threads', (threads) => {
    for (const offset of [0, 1, 4, 16]) {
      const b = new KernelBuilder('stream', 4);
      const x = b.buffer('x', 'f32', 4 * 64, 'read');
      const y = b.buffer('y', 'f32', 4 * 64 + 16, 'write');
      const base = b.binary('mul', b.task, b.index(64));
      b.loop('i', base, b.binary('add', base, b.index(64)), 32, [], (i) => {
        b.store(y, b.binary('add', i, b.index(offset)), b.load(x, i, 32), { nontemporal: true });
        return [];
      });
      expect(differences(b.finish(), hostTarget(), threads)).toEqual([]);
    }
  });

  it('local buffers of every task', () => {
    const b = new KernelBuilder('locals', 5);
    const x = b.buffer('x', 'f32', 5 * 100, 'read');
    const y = b.buffer('y', 'bf16', 5 * 100, 'write');
    const t = b.buffer('t', 'f16', 100, 'readwrite', 'local');
    const base = b.binary('mul', b.task, b.index(100));
    b.loop('i', b.index(0), b.index(100), 4, [], (i) => {
      b.store(t, i, b.load(x, b.binary('add', base, i), 4));
      return [];
    });
    b.loop('i', b.index(0), b.index(100), 1, [], (i) => {
      b.store(y, b.binary('add', base, i), b.load(t, b.binary('sub', b.index(99), i)));
      return [];
    });
    expect(differences(b.finish(), hostTarget(), 2)).toEqual([]);
  });

  it('random programs', () => {
    const program = fc.array(fc.nat(0xffff), { minLength: 20, maxLength: 160 });
    fc.assert(
      fc.property(program, fc.boolean(), (choices, narrow) => {
        expect(differences(randomKernel(choices), narrow ? avx2Target() : hostTarget())).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('arrays that are aligned to their elements only', () => {
  it('are read and written as they are', () => {
    const b = new KernelBuilder('unaligned', 4);
    const x = b.buffer('x', 'f32', 64, 'read');
    const y = b.buffer('y', 'f32', 64, 'write');
    const at = b.binary('mul', b.task, b.index(16));
    b.store(y, at, b.binary('add', b.load(x, at, 16), b.load(x, at, 16)), { nontemporal: true });
    const data = samples('f32', 65, 3) as Float32Array;
    const out = new (storageOf('f32'))(65) as Float32Array;
    runNative(b.finish(), [data.subarray(1), out.subarray(1)]);
    expect(
      difference(
        'f32',
        out.subarray(1),
        data.subarray(1).map((v) => v + v),
      ),
    ).toBeUndefined();
  });
});
