import { describe, expect, it } from 'vitest';
import {
  compileKernels,
  compileKernelsInParallel,
  kernelAssembly,
  kernelLlvm,
  MAX_LOCAL_BYTES,
} from '../../../src/emitters/llvm/index.js';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import type { Kernel } from '../../../src/emitters/loop/ir.js';
import { hostTarget } from '../../../src/rules/target.js';
import { loadObject } from '../../../src/runtime/code.js';
import { parallelAddress } from '../../../src/runtime/threads.js';

const target = hostTarget();
const threads = { parallel: parallelAddress(), load: loadObject };
const F32X16 = { element: 'f32', lanes: 16 } as const;

/** A polynomial over a row, with a reduction: about what a small fused kernel is. */
function row(name: string, seed = 1): Kernel {
  const b = new KernelBuilder(name, 8);
  const x = b.buffer('x', 'f32', 8 * 256, 'read');
  const y = b.buffer('y', 'f32', 8 * 256, 'write');
  const base = b.binary('mul', b.task, b.index(256));
  const [sum] = b.loop('i', b.index(0), b.index(256), 16, [b.constant(F32X16, 0)], (i, [acc]) => {
    const v = b.load(x, b.binary('add', base, i), 16);
    let p = b.constant(F32X16, seed);
    for (let k = 1; k < 8; k++) p = b.fma(p, v, b.constant(F32X16, 1 / k));
    b.store(y, b.binary('add', base, i), b.binary('max', p, b.constant(F32X16, 0)));
    return [b.binary('add', acc!, p)];
  });
  let total = sum!;
  for (const lanes of [8, 4, 2, 1]) total = b.binary('add', b.part(total, 0, lanes), b.part(total, lanes, lanes));
  b.store(y, base, total);
  return b.finish();
}

describe('compiling kernels', () => {
  it('gives one object for several', () => {
    const compiled = compileKernels([row('a'), row('b', 2)], { target });
    expect(compiled.symbols).toEqual(['a', 'b']);
    const code = loadObject(compiled);
    expect(code.address('a')).not.toBe(code.address('b'));
    expect(() => code.address('c')).toThrow(/c/);
    code.dispose();
    expect(() => code.address('c')).toThrow('disposal');
  });

  it('gives several objects, made at once, that hold what one would', () => {
    const kernels = Array.from({ length: 20 }, (_, i) => row(`p${i}`, i + 1));
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      const objects = compileKernelsInParallel(kernels, { target: { ...target, threads: 2 } }, threads);
      const elapsed = performance.now() - start;
      expect(objects.length).toBe(2);
      expect(objects.flatMap((o) => o.symbols).sort()).toEqual(kernels.map((k) => k.name).sort());
      for (const { bytes, symbols } of objects) {
        const alone = compileKernels(
          symbols.map((name) => kernels.find((k) => k.name === name)!),
          { target },
        );
        expect(bytes).toEqual(alone.bytes);
      }
      return elapsed / kernels.length;
    });
    console.log(`a small kernel, one of 20 by two threads: ${Math.min(...times).toFixed(2)} ms`);
  });

  it('gives the same bytes for the same kernel', () => {
    const [first, , third] = ['a', 'b', 'a'].map((name) => compileKernels([row(name)], { target }).bytes);
    expect(first).toEqual(third);
  });

  it('loads objects with equal symbols beside each other', () => {
    const objects = [row('same'), row('same', 2)].map((k) => loadObject(compileKernels([k], { target })));
    expect(new Set(objects.map((o) => o.address('same'))).size).toBe(2);
    for (const o of objects) o.dispose();
  });

  it('shows LLVM IR and assembly', () => {
    expect(kernelLlvm(row('shown'), { target })).toContain('@llvm.fma.v16f32');
    expect(kernelAssembly(row('shown'), { target })).toMatch(/vfmadd\d+ps/);
  });

  it('keeps little of what it compiled', async () => {
    // The binding's objects go when the event loop turns, and what JavaScript keeps settles after a while.
    const compile = async (n: number, from: number) => {
      for (let i = 0; i < n; i++) {
        compileKernels([row(`g${from + i}`, i)], { target });
        if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return process.memoryUsage().rss;
    };
    const before = await compile(200, 0);
    const kilobytes = ((await compile(300, 200)) - before) / 300 / 1024;
    console.log(`memory kept: ${kilobytes.toFixed(1)} KB a kernel`);
    expect(kilobytes).toBeLessThan(60);
  });
});

describe('what cannot be compiled is refused', () => {
  const refusal = (kernel: Kernel) => () => compileKernels([kernel], { target });

  it('a kernel that is not well formed', () => {
    const b = new KernelBuilder('bad', 1);
    const x = b.buffer('x', 'f32', 4, 'read');
    b.store(x, b.index(0), b.constant({ element: 's32', lanes: 1 }, 1));
    expect(refusal(b.finish())).toThrow(/kernel bad: x is for reading only/);
  });

  it('local buffers that the stack does not hold', () => {
    const b = new KernelBuilder('large', 1);
    b.buffer('t', 'u8', MAX_LOCAL_BYTES + 1, 'readwrite', 'local');
    expect(refusal(b.finish())).toThrow(/large: local buffers .* workspace/);
  });

  it('a name that is no symbol, and a name twice', () => {
    expect(refusal(row('a b'))).toThrow('a kernel cannot be named "a b"');
    expect(() => compileKernels([row('a'), row('a')], { target })).toThrow('same name');
  });

  it('and the next kernel compiles all the same', () => {
    expect(refusal({ ...row('half'), valueCount: 3 })).toThrow();
    expect(compileKernels([row('half')], { target }).symbols).toEqual(['half']);
  });
});
