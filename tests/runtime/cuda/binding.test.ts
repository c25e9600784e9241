/** Arguments reach the driver's functions as C has them: a library of the test's own writes them down. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterAll, expect, test } from 'vitest';
import { KernelParameters } from '../../../src/runtime/cuda/driver.js';
import { driverIn } from '../../../src/runtime/cuda/libcuda.js';
import { CudaDevice } from '../../../src/runtime/index.js';

const folder = mkdtempSync(join(tmpdir(), 'thimble-cuda-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, 'libcuda-stub.so');
const made = spawnSync('cc', ['-shared', '-fPIC', '-o', file, 'tests/support/cuda-stub.c']).status === 0;
const ABSENT = made ? '' : ' (skipped: no C compiler here)';

test.skipIf(!made)(`every function takes and gives what it should${ABSENT}`, () => {
  const driver = driverIn(file);
  const calls = koffi.load(file).func('str stub_calls()');
  const out = new BigUint64Array(1);
  const int = new Int32Array(1);
  const bytes = Uint8Array.of(9, 8, 7);
  const big = 0x7f00_1234_5678n;
  const given = (use: () => number) => {
    out[0] = 0n;
    expect(use()).toBe(0);
    return out[0];
  };
  driver.cuInit(0);
  driver.cuDriverGetVersion(int);
  expect(int[0]).toBe(12040);
  expect(driver.cuGetErrorName(2)).toBe('CUDA_ERROR_OUT_OF_MEMORY');
  expect(driver.cuGetErrorString(2)).toBe('out of memory');
  expect(driver.cuGetErrorName(12345)).toBeUndefined();
  const log = new Uint8Array(64);
  expect(driver.cuModuleLoadDataEx(out, Buffer.from('text\0'), log)).toBe(2);
  expect([out[0], Buffer.from(log).toString().replace(/\0.*$/s, '')]).toEqual([0x70n, 'the log of 64 bytes']);
  expect(given(() => driver.cuModuleGetFunction(out, big, 'kernel'))).toBe(0x71n);
  driver.cuFuncSetAttribute(big, 8, 100_000);
  expect(given(() => driver.cuMemAllocFromPoolAsync(out, 2 ** 35, big, 3n))).toBe(0x7f00_0000_0200n);
  driver.cuMemFreeAsync(big, 3n);
  expect(given(() => driver.cuMemAlloc(out, 2 ** 33))).toBe(0x200n);
  driver.cuMemFree(big);
  driver.cuMemcpyHtoDAsync(big, bytes, 3, 4n);
  driver.cuMemcpyDtoHAsync(bytes, big, 3, 4n);
  expect(bytes[0]).toBe(77);
  driver.cuMemcpyDtoDAsync(big, 0x10n, 2 ** 32, 0n);
  expect(given(() => driver.cuStreamCreate(out, 0))).toBe(0x73n);
  driver.cuStreamSynchronize(0x73n);
  expect(driver.cuStreamQuery(0x73n)).toBe(600);
  driver.cuStreamWaitEvent(0x73n, 0x74n, 0);
  driver.cuStreamDestroy(0x73n);
  expect(given(() => driver.cuEventCreate(out, 2))).toBe(0x74n);
  driver.cuEventRecord(0x74n, 0x73n);
  driver.cuEventSynchronize(0x74n);
  const ms = new Float32Array(1);
  driver.cuEventElapsedTime(ms, 0x74n, 0x75n);
  expect(ms[0]).toBe(1.5);
  driver.cuEventDestroy(0x74n);
  const parameters = new KernelParameters(2);
  parameters.values.set([big, 0xabcn]);
  driver.cuLaunchKernel(0x71n, 1000, 256, 4096, 0x73n, parameters);
  driver.cuModuleUnload(big);
  expect(calls().split('\n')).toEqual([
    'cuInit 0',
    'cuDriverGetVersion',
    "cuModuleLoadDataEx 'text' 1",
    'cuModuleGetFunction 7f0012345678 kernel',
    'cuFuncSetAttribute 7f0012345678 8 100000',
    'cuMemAllocFromPoolAsync 34359738368 7f0012345678 3',
    'cuMemFreeAsync 7f0012345678 3',
    'cuMemAlloc_v2 8589934592',
    'cuMemFree_v2 7f0012345678',
    'cuMemcpyHtoDAsync_v2 7f0012345678 [9] 3 4',
    'cuMemcpyDtoHAsync_v2 7f0012345678 3 4',
    'cuMemcpyDtoDAsync_v2 7f0012345678 10 4294967296 0',
    'cuStreamCreate 0',
    'cuStreamSynchronize 73',
    'cuStreamQuery 73',
    'cuStreamWaitEvent 73 74 0',
    'cuStreamDestroy_v2 73',
    'cuEventCreate 2',
    'cuEventRecord 74 73',
    'cuEventSynchronize 74',
    'cuEventElapsedTime 74 75',
    'cuEventDestroy_v2 74',
    'cuLaunchKernel 71 1000 1 1 256 1 1 4096 73 (7f0012345678, abc) 1',
    'cuModuleUnload 7f0012345678',
    '',
  ]);
});

test.skipIf(!made)(`a device is opened and closed${ABSENT}`, () => {
  const device = CudaDevice.open(1, driverIn(file));
  expect(device).toMatchObject({ name: 'Stub', capability: 10 * 75 + 76, driverVersion: 12040 });
  const before = koffi.load(file).func('str stub_calls()')().length;
  device.within(() => {});
  device.close();
  device.close();
  expect(koffi.load(file).func('str stub_calls()')().slice(before).split('\n')).toEqual([
    'cuCtxPushCurrent_v2 7fffffffff01',
    'cuCtxPopCurrent_v2',
    'cuMemPoolDestroy 72',
    'cuDevicePrimaryCtxRelease_v2 41',
    '',
  ]);
});
