/** A program's kernels as PTX, brought onto a device. */
import type { CudaDevice } from './device.js';
import { FUNCTION_ATTRIBUTE } from './driver.js';
import { CudaError, cudaError, SUCCESS } from './errors.js';

/** How a kernel is launched: a row of blocks, each a row of threads. */
export interface CudaLaunch {
  readonly blocks: number;
  readonly threads: number;
  /** Bytes of shared memory of a block. */
  readonly sharedBytes: number;
}

export interface CudaCode {
  /** `sm_80`: what runs it are processors of that capability or a higher one; `sm_90a`: that one alone. */
  readonly processor: string;
  readonly capability: number;
  readonly ptx: string;
  /** Of each of the plan's kernels. */
  readonly launches: readonly CudaLaunch[];
}

/** Shared memory that a block may have without being asked for more. */
const ORDINARY_SHARED_BYTES = 48 * 1024;
const LOG_BYTES = 8192;

/** `7.1`: what a driver must know to take the text. */
export function ptxVersion(ptx: string): string {
  const version = /^\.version (\d+\.\d+)/m.exec(ptx)?.[1];
  if (!version) throw new CudaError('the code is no PTX: it does not say its version');
  return version;
}

/** PTX a.b came with CUDA (a + 4).b: 7.1 with 11.1, which is 11010. */
const driverFor = (version: string): number => {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return 1000 * (a + 4) + 10 * b;
};

const shown = (n: number, unit: number, part: number): string =>
  `${Math.floor(n / unit)}.${Math.floor((n % unit) / part)}`;
const capabilityOf = (n: number): string => shown(n, 10, 1);
const cudaOf = (n: number): string => shown(n, 1000, 10);

/** Throws `CudaError` where the device or its driver cannot run the code. */
export function refuseOtherDevices(
  code: Pick<CudaCode, 'processor' | 'capability'>,
  version: string,
  device: CudaDevice,
): void {
  const alone = code.processor.endsWith('a');
  const { name, capability, driverVersion } = device;
  if (alone ? capability !== code.capability : capability < code.capability) {
    const wanted = `a processor of capability ${capabilityOf(code.capability)}${alone ? '' : ' or higher'}`;
    throw new CudaError(
      `the program is for ${wanted} (${code.processor}), and ${name} has ${capabilityOf(capability)}; ` +
        (alone || capability >= 80 ? 'compile for cuda:sm_80' : 'processors before 8.0 are not supported'),
    );
  }
  const needed = driverFor(version);
  if (driverVersion >= needed) return;
  throw new CudaError(
    `the program needs a driver for CUDA ${cudaOf(needed)} (PTX ${version}), and this one is for CUDA ${cudaOf(driverVersion)}; ` +
      'install a newer one, or compile for cuda:sm_80',
  );
}

/** The kernels of a program on a device. */
export class CudaModule {
  private constructor(
    private readonly device: CudaDevice,
    private readonly module: bigint,
    /** Of each symbol asked for. */
    readonly functions: readonly bigint[],
  ) {}

  /** `symbols`: of the plan's kernels. Throws `CudaError` where the device, or the driver's compiler, does not take it. */
  static load(device: CudaDevice, code: CudaCode, symbols: readonly string[]): CudaModule {
    refuseOtherDevices(code, ptxVersion(code.ptx), device);
    return device.within(() => {
      const module = compiled(device, code);
      try {
        const functions = symbols.map((symbol, k) => functionOf(device, module, symbol, code.launches[k]!));
        return new CudaModule(device, module, functions);
      } catch (e) {
        device.driver.cuModuleUnload(module);
        throw e;
      }
    });
  }

  unload(): void {
    this.device.release((driver) => driver.cuModuleUnload(this.module));
  }
}

/** By the driver's own compiler, for this very processor. */
function compiled({ driver, name }: CudaDevice, { ptx, processor }: CudaCode): bigint {
  const module = new BigUint64Array(1);
  const log = new Uint8Array(LOG_BYTES);
  const result = driver.cuModuleLoadDataEx(module, Buffer.from(`${ptx}\0`), log);
  if (result === SUCCESS) return module[0]!;
  const said = Buffer.from(log.subarray(0, Math.max(0, log.indexOf(0))))
    .toString('utf8')
    .trim();
  throw cudaError(
    driver,
    result,
    `the PTX for ${processor} cannot be loaded on ${name}`,
    said && `the driver says: ${said}`,
  );
}

function functionOf(device: CudaDevice, module: bigint, symbol: string, { sharedBytes }: CudaLaunch): bigint {
  const { driver } = device;
  const f = device.take((out) => driver.cuModuleGetFunction(out, module, symbol), `the PTX has no kernel ${symbol}`);
  if (sharedBytes > ORDINARY_SHARED_BYTES) {
    const what = `kernel ${symbol} wants ${sharedBytes} bytes of shared memory a block`;
    device.check(driver.cuFuncSetAttribute(f, FUNCTION_ATTRIBUTE.maxDynamicSharedBytes, sharedBytes), what);
  }
  return f;
}
