import { describe, expect, it } from 'vitest';
import { kernelAssembly } from '../../../src/emitters/llvm/index.js';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import type { Kernel } from '../../../src/emitters/loop/ir.js';
import { avx2Target, hostTarget } from '../../../src/rules/target.js';
import { StepTable } from '../../../src/runtime/driver-abi.js';
import { STATUS } from '../../../src/runtime/plan-abi.js';
import { runNative, runSteps, withCode } from './harness.js';

const COUNT = 1000;
const CHUNK = 64;

/** y = 3x + y: a vector loop and a masked tail, a chunk of elements a task. */
function saxpy(lanes = 16): Kernel {
  const b = new KernelBuilder('saxpy', Math.ceil(COUNT / CHUNK));
  const x = b.buffer('x', 'f32', COUNT, 'read');
  const y = b.buffer('y', 'f32', COUNT, 'readwrite');
  const base = b.binary('mul', b.task, b.index(CHUNK));
  const end = b.binary('min', b.binary('add', base, b.index(CHUNK)), b.index(COUNT));
  const three = b.constant({ element: 'f32', lanes }, 3);
  b.loop('i', base, end, lanes, [], (i) => {
    const at = b.binary('add', b.splat(i, lanes), b.lanes({ element: 's64', lanes }));
    const mask = b.compare('lt', at, b.splat(end, lanes));
    b.store(y, i, b.fma(three, b.load(x, i, lanes, mask), b.load(y, i, lanes, mask)), { mask });
    return [];
  });
  return b.finish();
}

const inputs = () => ({
  x: Float32Array.from({ length: COUNT }, (_, i) => i / 7),
  y: Float32Array.from({ length: COUNT }, (_, i) => i),
});

describe('the driver', () => {
  it.each([1, 2, 3])('runs a kernel with %i threads', (threads) => {
    const { x, y } = inputs();
    const expected = y.map((v, i) => Math.fround(3 * x[i]! + v));
    expect(runNative(saxpy(), [x, y], { threads }).status).toBe(STATUS.ok);
    expect(y).toEqual(expected);
  });

  it('copies', () => {
    const table = new StepTable();
    table.copy(0, 1, 12);
    const to = new Uint8Array(16);
    runSteps(table, { begin: 0, end: 1 }, [new Uint8Array(16).fill(7), to]);
    expect([...to]).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0]);
  });

  /** p = (i < 5); and i = i + 1 */
  function counting(): Kernel[] {
    const condition = new KernelBuilder('condition', 1);
    const i = condition.buffer('i', 's32', 1, 'read');
    const p = condition.buffer('p', 'pred', 1, 'write');
    const zero = condition.index(0);
    const five = condition.constant({ element: 's32', lanes: 1 }, 5);
    condition.store(p, zero, condition.compare('lt', condition.load(i, zero), five));
    const body = new KernelBuilder('body', 1);
    const n = body.buffer('i', 's32', 1, 'readwrite');
    const one = body.constant({ element: 's32', lanes: 1 }, 1);
    body.store(n, body.index(0), body.binary('add', body.load(n, body.index(0)), one));
    return [condition.finish(), body.finish()];
  }

  it('loops while the condition holds', () => {
    const i = Int32Array.of(0);
    const outcome = withCode(counting(), {}, (code) => {
      const table = new StepTable();
      table.loop(1, { begin: 1, end: 2 }, { begin: 2, end: 3 });
      table.launch(code.address('condition'), [0, 1], 1);
      table.launch(code.address('body'), [0], 1);
      return runSteps(table, { begin: 0, end: 1 }, [i, new Uint8Array(1)]);
    });
    expect(outcome.status).toBe(STATUS.ok);
    expect(i[0]).toBe(5);
  });

  it.each([
    ['s32', 0, 10],
    ['s32', 1, 20],
    ['s32', 2, 30],
    ['s32', 9, 30],
    ['s32', -1, 30],
    ['pred', 1, 10],
    ['pred', 0, 20],
  ] as const)('branches on %s %i', (kind, selector, expected) => {
    const table = new StepTable();
    const branches = [0, 1, 2].map((i) => ({ begin: 1 + i, end: 2 + i }));
    table.branch(0, kind, kind === 'pred' ? branches.slice(0, 2) : branches);
    for (const source of [1, 2, 3]) table.copy(source, 4, 4);
    const result = Int32Array.of(0);
    const at = kind === 'pred' ? Uint8Array.of(selector) : Int32Array.of(selector);
    runSteps(table, { begin: 0, end: 1 }, [at, Int32Array.of(10), Int32Array.of(20), Int32Array.of(30), result]);
    expect(result[0]).toBe(expected);
  });

  it('stops between steps when it is cancelled', () => {
    const table = new StepTable();
    table.copy(0, 1, 1);
    const to = new Uint8Array(1);
    const outcome = runSteps(table, { begin: 0, end: 1 }, [Uint8Array.of(1), to], { cancelled: true });
    expect(outcome).toMatchObject({ status: STATUS.cancelled, failedStep: 0 });
    expect(to[0]).toBe(0);
  });
});

describe('the target', () => {
  it('can be narrowed to AVX2', () => {
    const { x, y } = inputs();
    const expected = y.map((v, i) => Math.fround(3 * x[i]! + v));
    expect(runNative(saxpy(), [x, y], { target: avx2Target() }).status).toBe(STATUS.ok);
    expect(y).toEqual(expected);
    expect(kernelAssembly(saxpy(), { target: avx2Target() })).not.toContain('zmm');
  });

  it.skipIf(hostTarget().vectorBits < 512)('uses 512-bit registers where there are some (needs AVX-512)', () => {
    expect(kernelAssembly(saxpy(), { target: hostTarget() })).toContain('zmm');
  });
});
