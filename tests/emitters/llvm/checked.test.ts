import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import type { ValueId } from '../../../src/emitters/loop/ir.js';
import { STATUS } from '../../../src/runtime/plan-abi.js';
import { runNative } from './harness.js';

const COUNT = 100;

/** y[…] at an index that `x` holds; the arrays are longer than their buffers, so that nothing real is overrun. */
function access(body: (b: KernelBuilder, x: number, y: number, index: ValueId) => void, tasks = 1) {
  const b = new KernelBuilder('access', tasks);
  const where = b.buffer('where', 's64', tasks, 'read');
  const x = b.buffer('x', 'f32', COUNT, 'read');
  const y = b.buffer('y', 'f32', COUNT, 'readwrite');
  body(b, x, y, b.load(where, b.task));
  const kernel = b.finish();
  return (indices: readonly bigint[], threads = 1) => {
    const out = new Float32Array(COUNT + 64).fill(-1);
    const data = Float32Array.from({ length: COUNT + 64 }, (_, i) => i);
    const outcome = runNative(kernel, [BigInt64Array.from(indices), data, out], { checked: true, threads });
    return { ...outcome, out };
  };
}

const FAR = -(2n ** 62n);

describe('a checked kernel', () => {
  it.each([1, 8])('stops at a load of %i elements outside its buffer', (lanes) => {
    const run = access((b, x, y, i) => b.store(y, b.index(0), b.load(x, i, lanes)));
    expect(run([BigInt(COUNT - lanes)])).toMatchObject({ status: STATUS.ok, violation: undefined });
    for (const bad of [BigInt(COUNT - lanes + 1), -1n, FAR]) {
      const { out, ...outcome } = run([bad]);
      expect(outcome).toEqual({
        status: STATUS.violation,
        failedStep: 0,
        violation: { buffer: 1, index: bad, task: 0n },
      });
      expect(out[0]).toBe(-1);
    }
  });

  it('stops at a store outside its buffer, and does not make it', () => {
    const run = access((b, _, y, i) => b.store(y, i, b.constant({ element: 'f32', lanes: 4 }, 5)));
    const { out, violation } = run([97n]);
    expect(violation).toEqual({ buffer: 2, index: 97n, task: 0n });
    expect(out.every((v) => v === -1)).toBe(true);
  });

  it('minds only the lanes whose mask is set', () => {
    const lanes = 8;
    const run = access((b, x, y, i) => {
      const at = b.binary('add', b.splat(i, lanes), b.lanes({ element: 's64', lanes }));
      const mask = b.compare('lt', at, b.splat(b.index(COUNT + 1), lanes));
      b.store(y, i, b.load(x, i, lanes, mask), { mask });
    });
    expect(run([BigInt(COUNT - lanes)])).toMatchObject({ status: STATUS.ok });
    expect(run([BigInt(COUNT - lanes + 1)])).toMatchObject({ violation: { buffer: 1, index: BigInt(COUNT) } });
    expect(run([BigInt(COUNT + 1)])).toMatchObject({ status: STATUS.ok });
  });

  it('checks every lane of gathers and scatters', () => {
    const lanes = 4;
    const step = (b: KernelBuilder, i: ValueId) =>
      b.binary('mul', b.splat(i, lanes), b.lanes({ element: 's64', lanes }));
    const gather = access((b, x, y, i) => b.store(y, b.index(0), b.gather(x, step(b, i))));
    expect(gather([33n])).toMatchObject({ status: STATUS.ok });
    expect(gather([34n])).toMatchObject({ violation: { buffer: 1, index: 102n } });
    expect(gather([-1n]).violation?.buffer).toBe(1);
    const scatter = access((b, _, y, i) => b.scatter(y, step(b, i), b.constant({ element: 'f32', lanes }, 1)));
    expect(scatter([33n])).toMatchObject({ status: STATUS.ok });
    const failed = scatter([34n]);
    expect(failed).toMatchObject({ violation: { buffer: 2, index: 102n } });
    expect(failed.out.every((v) => v === -1)).toBe(true);
  });

  it('tells the task, with several threads too', () => {
    const run = access((b, x, y, i) => b.store(y, b.task, b.load(x, i)), 64);
    const indices = Array.from({ length: 64 }, (_, i) => (i === 41 ? 1000n : BigInt(i)));
    expect(run(indices, 2)).toMatchObject({
      status: STATUS.violation,
      violation: { buffer: 1, index: 1000n, task: 41n },
    });
  });

  it('checks local buffers', () => {
    const b = new KernelBuilder('local', 1);
    const where = b.buffer('where', 's64', 1, 'read');
    const local = b.buffer('t', 'f32', 4, 'readwrite', 'local');
    b.store(local, b.load(where, b.index(0)), b.constant({ element: 'f32', lanes: 1 }, 0));
    const outcome = runNative(b.finish(), [BigInt64Array.of(4n)], { checked: true });
    expect(outcome.violation).toEqual({ buffer: 1, index: 4n, task: 0n });
  });
});
