import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import { type Kernel, WARP } from '../../../src/emitters/loop/ir.js';
import { printKernel } from '../../../src/emitters/loop/print.js';
import { verifyKernel } from '../../../src/emitters/loop/verify.js';

const ints = (count: number, f: (i: number) => number = () => 0) => Int32Array.from({ length: count }, (_, i) => f(i));

interface Faults {
  readonly noBarrier?: boolean;
  readonly past?: number;
  readonly divergent?: boolean;
  readonly unwritten?: boolean;
}

/** Each block turns its elements round through shared memory. */
function reverse(blocks: number, threads: number, faults: Faults = {}): Kernel {
  const b = new KernelBuilder('reverse', blocks, threads);
  const input = b.buffer('in0', 's32', blocks * threads, 'read');
  const output = b.buffer('out0', 's32', blocks * threads, 'write');
  const tile = b.buffer('tile', 's32', threads, 'readwrite', 'shared');
  const first = b.binary('mul', b.task, b.index(threads));
  const at = b.binary('add', first, b.thread);
  const isFirst = b.compare('eq', b.thread, b.index(0));
  const put = () => b.store(tile, b.thread, b.load(input, at));
  if (faults.unwritten) b.if(b.compare('gt', b.thread, b.index(0)), put);
  else put();
  if (faults.divergent) b.if(isFirst, () => b.barrier());
  else if (!faults.noBarrier) b.barrier();
  const turned = b.binary('sub', b.index(threads - 1 + (faults.past ?? 0)), b.thread);
  b.store(output, at, b.load(tile, turned));
  return b.finish();
}

/** Sums of all elements of each block, by exchanges in each warp and an atomic. */
function sum(blocks: number, threads: number): Kernel {
  const b = new KernelBuilder('sum', blocks, threads);
  const input = b.buffer('in0', 's32', blocks * threads, 'read');
  const output = b.buffer('out0', 's32', 1, 'readwrite');
  const at = b.binary('add', b.binary('mul', b.task, b.index(threads)), b.thread);
  const lane = b.binary('rem', b.thread, b.index(WARP));
  let total = b.load(input, at);
  for (let step = WARP / 2; step >= 1; step /= 2) {
    const other = b.binary('rem', b.binary('add', lane, b.index(step)), b.index(WARP));
    total = b.binary('add', total, b.fromThread(total, other));
  }
  b.if(b.compare('eq', lane, b.index(0)), () => b.atomic('add', output, b.index(0), total));
  return b.finish();
}

const run = (kernel: Kernel, outputs: number) => {
  const { count } = kernel.buffers[0]!;
  const out = ints(outputs);
  runKernel(kernel, [ints(count, (i) => i * 7), out]);
  return out;
};

describe('kernels of blocks', () => {
  it('have text that says their threads, barriers and exchanges', () => {
    expect(printKernel(reverse(2, 64))).toContain('2 tasks %0 of 64 threads %1');
    expect(printKernel(reverse(2, 64))).toContain('shared readwrite s32[64]');
    expect(printKernel(reverse(2, 64))).toContain('\n  barrier\n');
    expect(printKernel(sum(1, 32))).toMatch(/fromThread %\d+ of %\d+/);
    expect(printKernel(sum(1, 32))).toMatch(/atomic add out0\[0\], s32 %\d+/);
  });

  it('hand values on through shared memory', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 70 }), (blocks, threads) => {
        const turned = ints(
          blocks * threads,
          (i) => 7 * (Math.floor(i / threads) * threads + (threads - 1 - (i % threads))),
        );
        expect(run(reverse(blocks, threads), blocks * threads)).toEqual(turned);
      }),
    );
  });

  it('hand values on in warps, and add up by atomics', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), (blocks, warps) => {
        const n = blocks * warps * WARP;
        expect(run(sum(blocks, warps * WARP), 1)[0]).toBe((7 * n * (n - 1)) / 2);
      }),
    );
  });

  it('finds a missing barrier', () => {
    expect(() => run(reverse(1, 64, { noBarrier: true }), 64)).toThrow(
      /kernel reverse, block 0, thread 0: element 63 of shared buffer tile is read before it is written/,
    );
    const b = new KernelBuilder('overwrite', 1, 2);
    const output = b.buffer('out0', 's32', 2, 'write');
    const cell = b.buffer('cell', 's32', 1, 'readwrite', 'shared');
    const isFirst = b.compare('eq', b.thread, b.index(0));
    b.if(isFirst, () => b.store(cell, b.index(0), b.constant({ element: 's32', lanes: 1 }, 1)));
    b.store(output, b.thread, b.load(cell, b.index(0)));
    expect(() => runKernel(b.finish(), [ints(2)])).toThrow(
      /thread 1: element 0 of cell is touched by two threads with no barrier between: one writes it, this one reads it \(a data race\)/,
    );
  });

  it('finds writes of two blocks to one element', () => {
    const b = new KernelBuilder('clash', 2, 1);
    const output = b.buffer('out0', 's32', 1, 'write');
    b.store(output, b.index(0), b.convert(b.task, 's32'));
    expect(() => runKernel(b.finish(), [ints(1)])).toThrow(
      /block 1, thread 0: element 0 of out0 is touched by two threads unordered: one writes it, this one writes it/,
    );
  });

  it('finds races of atomics with what is none', () => {
    const b = new KernelBuilder('mixed', 2, 1);
    const output = b.buffer('out0', 's32', 1, 'readwrite');
    const one = b.constant({ element: 's32', lanes: 1 }, 1);
    b.if(
      b.compare('eq', b.task, b.index(0)),
      () => b.atomic('add', output, b.index(0), one),
      () => b.store(output, b.index(0), one),
    );
    expect(() => runKernel(b.finish(), [ints(1)])).toThrow(/one updates it, this one writes it/);
  });

  it('finds tasks that race, where it is asked to', () => {
    const b = new KernelBuilder('tasks', 2);
    const output = b.buffer('out0', 's32', 1, 'write');
    b.store(output, b.index(0), b.convert(b.task, 's32'));
    const kernel = b.finish();
    expect(() => runKernel(kernel, [ints(1)], { races: true })).toThrow(/task 1: element 0 of out0 .* \(a data race\)/);
    expect(() => runKernel(kernel, [ints(1)])).not.toThrow();
  });

  it('finds a wrong index and a read past the end', () => {
    expect(() => run(reverse(1, 32, { past: 1 }), 32)).toThrow(
      /thread 0: element 32 is outside buffer tile, which has 32, in: .* = load tile/,
    );
  });

  it('finds shared memory that is read before it is written', () => {
    expect(() => run(reverse(1, 32, { unwritten: true }), 32)).toThrow(
      /thread 31: element 0 of shared buffer tile is read before it is written/,
    );
  });

  it('finds threads that a barrier waits for in vain', () => {
    expect(() => run(reverse(1, 32, { divergent: true }), 32)).toThrow(
      /thread 0: waits for thread 1, which has ended \(divergent threads\), in: barrier|is read before it is written/,
    );
    const b = new KernelBuilder('half', 1, 64);
    b.if(b.compare('lt', b.thread, b.index(32)), () => b.barrier());
    expect(() => runKernel(b.finish(), [])).toThrow(
      /kernel half, block 0, thread 0: waits for thread 32, which has ended \(divergent threads\), in: barrier/,
    );
  });

  it('finds exchanges with threads that are not there', () => {
    const b = new KernelBuilder('lonely', 1, 8);
    const out = b.buffer('out0', 's64', 8, 'write');
    b.store(out, b.thread, b.fromThread(b.thread, b.index(8)));
    expect(() => runKernel(b.finish(), [new BigInt64Array(8)])).toThrow(/thread 8 of the warp is asked for/);
  });

  it('are refused where they are not well formed', () => {
    const b = new KernelBuilder('plain', 1);
    b.buffer('tile', 's32', 4, 'readwrite', 'shared');
    b.barrier();
    expect(verifyKernel(b.finish()).join('\n')).toMatch(
      /buffer tile is shared, but the kernel has no blocks of threads[\s\S]*a barrier needs a kernel of blocks of threads/,
    );
  });
});
