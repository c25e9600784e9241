/** Commands for graphics processors, which need none but to run. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/cli/explain.js';
import { Bundle, CudaDevice } from '../../src/runtime/index.js';
import { NO_PTXAS, PTXAS } from '../support/ptxas.js';
import { add8, file, folder, softmax, thimble } from './support.js';

const HERE = (() => {
  try {
    CudaDevice.open().close();
    return true;
  } catch {
    return false;
  }
})();

test.each(['cuda', 'cuda:sm_90a'])('every stage is printed for %s', async (target) => {
  const emit = async (stage: string) => {
    const { code, out, err } = await thimble('compile', softmax, '--target', target, '--emit', stage);
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  expect(await emit('ptx')).toMatch(target === 'cuda' ? /^\.target sm_80$/m : /^\.target sm_90a$/m);
  expect(await emit('loop')).toContain('fromThread');
  expect(await emit('plan')).toContain('launch thimble_');
});

test('bundles are made', async () => {
  const to = join(folder, 'gpu.bundle');
  const { code, out, err } = await thimble('compile', add8, '--target', 'cuda', '--emit', 'bundle', '-o', to);
  expect([code, out, err]).toEqual([0, '', '']);
  expect(Bundle.open(to).manifest).toMatchObject({ device: 'cuda', target: 'cuda' });
});

describe.skipIf(HERE)(`without a driver or a device${HERE ? ' (skipped: there is one here)' : ''}`, () => {
  test('running says what is missing, and what to do', async () => {
    const bundle = join(folder, 'gpu.bundle');
    await thimble('compile', add8, '--target', 'cuda', '--emit', 'bundle', '-o', bundle);
    for (const args of [[add8, '--target', 'cuda'], [bundle]]) {
      const { code, out, err } = await thimble('run', ...args, '--random', '1');
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^error: .*(libcuda\.so\.1 does not load|the CUDA driver does not start).*`--target simt`/);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
  });
});

test('what only processors can do is refused, and where it stands', async () => {
  const source = file(
    'entropy.mlir',
    `func.func @main() -> tensor<4xui32> {
  %0 = stablehlo.constant dense<0.0> : tensor<f32>
  %a = stablehlo.constant dense<0> : tensor<ui32>
  %b = stablehlo.constant dense<9> : tensor<ui32>
  %s = stablehlo.constant dense<4> : tensor<1xi64>
  %r = stablehlo.rng %a, %b, %s, distribution = UNIFORM : (tensor<ui32>, tensor<ui32>, tensor<1xi64>) -> tensor<4xui32>
  return %r : tensor<4xui32>
}
`,
  );
  const { code, err } = await thimble('compile', source, '--target', 'cuda', '--emit', 'loop');
  expect(code).toBe(1);
  expect(err).toContain('entropy.mlir:6:');
  expect(err).toContain('is a call of libc.so.6, which no graphics processor can make; choose target cpu');
});

describe('thimble explain says how kernels are launched', () => {
  test('on graphics processors', async () => {
    const { code, out } = await thimble('explain', softmax, '--target', 'cuda:sm_80', '--json');
    expect(code).toBe(0);
    const { steps } = JSON.parse(out) as Explanation;
    const [launch] = steps[0]!.launches;
    expect(launch).toMatchObject({ kernel: expect.stringMatching(/^thimble_/), threads: 256, sharedBytes: 0 });
    expect(launch!.blocks).toBeGreaterThan(0);
    const text = (await thimble('explain', softmax, '--target', 'cuda')).out;
    expect(text).toMatch(/^ {5}thimble_\w+: \d+ blocks? of 256 threads/m);
  });

  test.skipIf(!PTXAS)(`with registers and spills${NO_PTXAS}`, async () => {
    const { out } = await thimble('explain', softmax, '--target', 'cuda:sm_90a', '--json');
    const [launch] = (JSON.parse(out) as Explanation).steps[0]!.launches;
    expect(launch!.registers).toBeGreaterThan(8);
    expect(launch!.spillBytes).toBe(0);
    const text = (await thimble('explain', softmax, '--target', 'cuda')).out;
    expect(text).toMatch(/^ {5}thimble_\w+: .*, \d+ registers, no spills$/m);
  });

  test('and nothing of it on the processor', async () => {
    const { out } = await thimble('explain', softmax, '--json');
    expect((JSON.parse(out) as Explanation).steps[0]!.launches).toEqual([]);
  });
});
