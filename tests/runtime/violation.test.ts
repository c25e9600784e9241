/** A kernel that is wrong, compiled with checks: the run ends with an error, and the process lives. */
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../../src/emitters/llvm/index.js';
import { KernelBuilder } from '../../src/emitters/loop/builder.js';
import { tensorType } from '../../src/hlo/index.js';
import { driverEntry, linkObjects } from '../../src/kernel-objects.js';
import { hostTarget } from '../../src/rules/target.js';
import { NativeExecutable, type Plan, ViolationError } from '../../src/runtime/index.js';

/** y[i] = x[where[i]], with nobody to say that `where` is within x. */
function gather() {
  const b = new KernelBuilder('unchecked_gather', 4);
  const where = b.buffer('where', 's64', 4, 'read');
  const x = b.buffer('x', 'f32', 8, 'read');
  const y = b.buffer('y', 'f32', 4, 'write');
  b.store(y, b.task, b.load(x, b.load(where, b.task)));
  return b.finish();
}

const plan: Plan = {
  inputs: [tensorType('s64', [4]), tensorType('f32', [8])],
  outputs: [tensorType('f32', [4])],
  donations: [],
  constants: [],
  buffers: [
    { id: 0, home: { kind: 'input', index: 0 }, bytes: 32 },
    { id: 1, home: { kind: 'input', index: 1 }, bytes: 32 },
    { id: 2, home: { kind: 'output', index: 0 }, bytes: 16 },
  ],
  kernels: [{ symbol: 'unchecked_gather', hash: '' }],
  steps: [
    {
      kind: 'launch',
      launches: [{ kernel: 0, args: [0, 1, 2], tasks: 4 }],
      cost: { bytesRead: 0, bytesWritten: 0, flops: 0 },
      label: 'map: gather',
    },
  ],
  workspaceBytes: 0,
};

function load(): NativeExecutable {
  const target = hostTarget();
  const compiled = compileKernels([gather()], { target, checked: true });
  const code = linkObjects([{ key: 'test of violations', ...compiled }]);
  return new NativeExecutable(plan, code, driverEntry(target), { target: 'cpu', threads: 1, checked: true });
}

const x = Float32Array.from({ length: 8 }, (_, i) => i);

describe('a kernel that is about to leave a buffer', () => {
  it.each([8n, -1n, 2n ** 40n])('ends the run at index %d', async (bad) => {
    using p = load();
    const message = `step 0 (map: gather) was about to access element ${bad} of its parameter 1, outside of it, in task 2`;
    const where = BigInt64Array.of(0n, 7n, bad, 3n);
    expect(() => p.runSync([where, x])).toThrow(ViolationError);
    expect(() => p.runSync([where, x])).toThrow(message);
    await expect(p.run([where, x])).rejects.toThrow(message);
    expect([...p.runSync([BigInt64Array.of(0n, 7n, 2n, 3n), x])[0]!.data]).toEqual([0, 7, 2, 3]);
  });
});
