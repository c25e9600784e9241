/** What the driver refuses: said by name, with what to do, and nothing is left behind. */
import { describe, expect, test } from 'vitest';
import { driverIn } from '../../../src/runtime/cuda/libcuda.js';
import { CudaDevice, type CudaDriver, CudaError, CudaExecutable, toDevice } from '../../../src/runtime/index.js';
import { CONTROL, TABLES } from '../../support/bundles.js';
import { codeOf, compiledFor, onDouble } from '../../support/cuda.js';
import { CudaDouble } from '../../support/cuda-double.js';
import { ramp } from '../programs.js';

const inputs = [ramp([64, 32])];

/** What is thrown, which must be for people. */
function message(use: () => unknown): string {
  try {
    use();
  } catch (e) {
    expect(e).toBeInstanceOf(CudaError);
    return (e as Error).message;
  }
  throw new Error('it worked');
}

describe('it is said that', () => {
  const { plan, kernels } = compiledFor(TABLES);
  const device = (options: { capability?: number; driverVersion?: number } = {}) =>
    CudaDevice.open(0, new CudaDouble({ kernels: kernels!, ...options }).driver);
  const load = (d: CudaDevice, processor = 'sm_80', ptx?: string) => {
    const code = codeOf(kernels!, processor);
    return new CudaExecutable(plan!, { ...code, ptx: ptx ?? code.ptx }, { target: 'cuda', device: d });
  };

  test('there is no driver', () => {
    expect(message(() => driverIn('libcuda-of-nobody.so.1'))).toMatch(
      /^libcuda-of-nobody\.so\.1 does not load \(.*\): it comes with NVIDIA's driver; `--target simt` runs/,
    );
  });

  test('there is no device', () => {
    const none = new CudaDouble({ kernels: [] }).fail('cuInit', 100);
    expect(message(() => CudaDevice.open(0, none.driver))).toBe(
      'the CUDA driver does not start: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected); the driver sees no ' +
        'device: look at CUDA_VISIBLE_DEVICES and nvidia-smi; `--target simt` runs the kernels without a graphics ' +
        'processor, slowly',
    );
    expect(message(() => CudaDevice.open(3, new CudaDouble({ kernels: [] }).driver))).toContain(
      'there is no CUDA device 3: CUDA_ERROR_INVALID_DEVICE',
    );
  });

  test('the processor is another', () => {
    expect(message(() => load(device({ capability: 75 })))).toBe(
      'the program is for a processor of capability 8.0 or higher (sm_80), and Double GPU has 7.5; processors before 8.0 ' +
        'are not supported',
    );
    expect(message(() => load(device(), 'sm_90'))).toContain('and Double GPU has 8.0; compile for cuda:sm_80');
    expect(message(() => load(device({ capability: 100 }), 'sm_90a'))).toContain(
      'for a processor of capability 9.0 (sm_90a), and Double GPU has 10.0',
    );
    load(device({ capability: 90 }), 'sm_90a').dispose();
    load(device({ capability: 120 }), 'sm_90').dispose();
  });

  test('the driver is too old', () => {
    expect(message(() => load(device({ driverVersion: 11000 })))).toBe(
      'the program needs a driver for CUDA 11.1 (PTX 7.1), and this one is for CUDA 11.0; install a newer one, or compile ' +
        'for cuda:sm_80',
    );
  });

  test('the PTX is wrong, and why', () => {
    expect(message(() => load(device(), 'sm_80', 'x\n.version 7.1'))).toBe(
      'the PTX for sm_80 cannot be loaded on Double GPU: CUDA_ERROR_INVALID_PTX (a PTX JIT compilation failed); the driver ' +
        'says: ptxas fatal: unexpected token; the PTX is not as the driver wants it: `ptxas` says more; please report it',
    );
    expect(message(() => load(device(), 'sm_80', 'nothing'))).toContain('does not say its version');
    expect(message(() => load(device(), 'sm_80', '.version 7.1'))).toContain(
      `the PTX has no kernel ${kernels![0]!.name}`,
    );
  });

  test('memory is short', () => {
    const { double, program } = onDouble(TABLES);
    double.fail('cuMemAllocFromPoolAsync', 2);
    expect(message(() => program.runSync(inputs))).toMatch(
      /^\d+ bytes of memory on Double GPU are not to be had: CUDA_ERROR_OUT_OF_MEMORY \(out of memory\); free device tensors/,
    );
  });

  test('a kernel does not start, and which', () => {
    const { double, program } = onDouble(TABLES);
    double.fail('cuLaunchKernel', 701, 1);
    expect(message(() => program.runSync(inputs))).toMatch(
      /^step '.*': kernel \w+ of \d+ blocks of \d+ threads does not start: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES/,
    );
  });

  test('a kernel failed', async () => {
    const { double, program } = onDouble(TABLES, { prepare: (d) => d.faultAfter(1) });
    const wanted = /^a kernel of the program failed, in step .* or one before it: CUDA_ERROR_ILLEGAL_ADDRESS .*simt/;
    expect(message(() => program.runSync(inputs))).toMatch(wanted);
    await expect(program.run(inputs)).rejects.toThrow(CudaError);
    program.dispose();
    expect(double.liveBytes).toBe(0);
  });
});

/** What may be refused at any time; what gives something back is not asked whether it did. */
const MAY_FAIL = [
  'cuInit',
  'cuDriverGetVersion',
  'cuDeviceGet',
  'cuDeviceGetName',
  'cuDeviceGetAttribute',
  'cuDevicePrimaryCtxRetain',
  'cuMemPoolCreate',
  'cuMemPoolSetAttribute',
  'cuModuleLoadDataEx',
  'cuModuleGetFunction',
  'cuMemAllocFromPoolAsync',
  'cuMemcpyHtoDAsync',
  'cuMemcpyDtoHAsync',
  'cuMemcpyDtoDAsync',
  'cuStreamCreate',
  'cuStreamSynchronize',
  'cuStreamQuery',
  'cuStreamWaitEvent',
  'cuEventCreate',
  'cuEventRecord',
  'cuEventElapsedTime',
  'cuLaunchKernel',
] as const satisfies readonly (keyof CudaDriver)[];

/** A life with all that there is in it; `fail` before it begins. Did something fail? */
async function live(double: CudaDouble, { plan, kernels }: ReturnType<typeof compiledFor>): Promise<boolean> {
  const given: { dispose(): void }[] = [];
  let device: CudaDevice | undefined;
  try {
    device = CudaDevice.open(0, double.driver);
    const program = new CudaExecutable(plan!, codeOf(kernels!), { target: 'cuda', device });
    given.push(program);
    const stream = 0n;
    const args = [{ type: program.inputs[0]!, data: Int32Array.of(2) }, ramp([16])];
    program.runSync(args, { timing: () => {} });
    await program.run(args);
    const x = toDevice(device, args[1]!);
    given.push(x);
    given.push(...program.runSync([args[0]!, x], { onDevice: true, stream }));
    given.push(...(await program.run([args[0]!, x], { onDevice: true })));
    return false;
  } catch (e) {
    if (!(e instanceof CudaError)) throw e;
    return true;
  } finally {
    for (const g of given.reverse()) g.dispose();
    device?.close();
  }
}

test.each(MAY_FAIL)('%s may fail at any time: an error says so, and all is given back', async (name) => {
  const compiled = compiledFor(CONTROL);
  for (let skip = 0; ; skip++) {
    const double = new CudaDouble({ kernels: compiled.kernels! }).fail(name, 2, skip);
    const failed = await live(double, compiled);
    expect(double.leftovers()).toEqual([]);
    if (failed) continue;
    expect(skip).toBeGreaterThan(0);
    break;
  }
});
