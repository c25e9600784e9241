/** The CUDA driver itself, libcuda.so.1, through koffi. Nothing is loaded before the first call. */
import koffi, { type LibraryHandle } from 'koffi';
import type { CudaDriver, Result } from './driver.js';
import { CudaError, INSTEAD, SUCCESS } from './errors.js';

const LIBRARY = 'libcuda.so.1';

/** CUjit_option: where the text of an error goes, and its size. */
const JIT_ERROR_LOG = 5;
const JIT_ERROR_LOG_BYTES = 6;

/** In C; handles and addresses of the device are 64-bit numbers, and what comes out stands behind pointers. */
const PROTOTYPES = {
  cuInit: 'int cuInit(uint flags)',
  cuDriverGetVersion: 'int cuDriverGetVersion(void *version)',
  cuDeviceGet: 'int cuDeviceGet(void *device, int ordinal)',
  cuDeviceGetName: 'int cuDeviceGetName(void *name, int bytes, int device)',
  cuDeviceGetAttribute: 'int cuDeviceGetAttribute(void *value, int attribute, int device)',
  cuDevicePrimaryCtxRetain: 'int cuDevicePrimaryCtxRetain(void *context, int device)',
  cuDevicePrimaryCtxRelease: 'int cuDevicePrimaryCtxRelease_v2(int device)',
  cuCtxPushCurrent: 'int cuCtxPushCurrent_v2(uint64_t context)',
  cuCtxPopCurrent: 'int cuCtxPopCurrent_v2(void *context)',
  cuModuleUnload: 'int cuModuleUnload(uint64_t module)',
  cuModuleGetFunction: 'int cuModuleGetFunction(void *f, uint64_t module, str name)',
  cuFuncSetAttribute: 'int cuFuncSetAttribute(uint64_t f, int attribute, int value)',
  cuMemPoolCreate: 'int cuMemPoolCreate(void *pool, void *properties)',
  cuMemPoolSetAttribute: 'int cuMemPoolSetAttribute(uint64_t pool, int attribute, void *value)',
  cuMemPoolDestroy: 'int cuMemPoolDestroy(uint64_t pool)',
  cuMemAllocFromPoolAsync: 'int cuMemAllocFromPoolAsync(void *address, size_t bytes, uint64_t pool, uint64_t stream)',
  cuMemFreeAsync: 'int cuMemFreeAsync(uint64_t address, uint64_t stream)',
  cuMemAlloc: 'int cuMemAlloc_v2(void *address, size_t bytes)',
  cuMemFree: 'int cuMemFree_v2(uint64_t address)',
  cuMemcpyHtoDAsync: 'int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, uint64_t stream)',
  cuMemcpyDtoHAsync: 'int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, uint64_t stream)',
  cuMemcpyDtoDAsync: 'int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, uint64_t stream)',
  cuStreamCreate: 'int cuStreamCreate(void *stream, uint flags)',
  cuStreamDestroy: 'int cuStreamDestroy_v2(uint64_t stream)',
  cuStreamSynchronize: 'int cuStreamSynchronize(uint64_t stream)',
  cuStreamQuery: 'int cuStreamQuery(uint64_t stream)',
  cuStreamWaitEvent: 'int cuStreamWaitEvent(uint64_t stream, uint64_t event, uint flags)',
  cuEventCreate: 'int cuEventCreate(void *event, uint flags)',
  cuEventDestroy: 'int cuEventDestroy_v2(uint64_t event)',
  cuEventRecord: 'int cuEventRecord(uint64_t event, uint64_t stream)',
  cuEventSynchronize: 'int cuEventSynchronize(uint64_t event)',
  cuEventElapsedTime: 'int cuEventElapsedTime(void *milliseconds, uint64_t start, uint64_t end)',
} as const satisfies Partial<Record<keyof CudaDriver, string>>;

type Plain = Pick<CudaDriver, keyof typeof PROTOTYPES>;
// biome-ignore lint/suspicious/noExplicitAny: what koffi makes of a prototype
type Native = (...args: any[]) => any;

let opened: CudaDriver | undefined;

/** Throws `CudaError`, which says what to do, where this machine has no driver. */
export function libcuda(): CudaDriver {
  opened ??= bind(open(LIBRARY));
  return opened;
}

/** The same of another file: for tests, which have a library of their own. */
export const driverIn = (file: string): CudaDriver => bind(open(file));

function open(file: string): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (e) {
    const why = (e as Error).message.split('\n')[0];
    throw new CudaError(`${file} does not load (${why}): it comes with NVIDIA's driver; ${INSTEAD}`);
  }
}

/** Functions are looked for when they are called: an older driver lacks some that it is never asked for. */
function bind(library: LibraryHandle): CudaDriver {
  const lazy = (prototype: string): Native => {
    let f: Native | undefined;
    return (...args) => {
      f ??= library.func(prototype) as Native;
      return f(...args);
    };
  };
  const plain = Object.fromEntries(Object.entries(PROTOTYPES).map(([name, p]) => [name, lazy(p)])) as unknown as Plain;
  const load = lazy('int cuModuleLoadDataEx(void *module, const void *image, uint n, void *options, void *values)');
  const launch = lazy(
    'int cuLaunchKernel(uint64_t f, uint gx, uint gy, uint gz, uint bx, uint by, uint bz, uint shared, ' +
      'uint64_t stream, void *parameters, void *extra)',
  );
  const name = textOf(lazy('int cuGetErrorName(int result, void *text)'));
  const meaning = textOf(lazy('int cuGetErrorString(int result, void *text)'));
  return {
    ...plain,
    cuGetErrorName: name,
    cuGetErrorString: meaning,
    cuModuleLoadDataEx: (module, image, log) => {
      const options = Int32Array.of(JIT_ERROR_LOG, JIT_ERROR_LOG_BYTES);
      const values = BigUint64Array.of(koffi.address(log), BigInt(log.length));
      return load(module, image, options.length, options, values);
    },
    cuLaunchKernel: (f, blocks, threads, sharedBytes, stream, { pointers }) =>
      launch(f, blocks, 1, 1, threads, 1, 1, sharedBytes, stream, pointers, null),
  };
}

const textOf =
  (f: Native) =>
  (result: Result): string | undefined => {
    const text = new BigUint64Array(1);
    return f(result, text) === SUCCESS ? koffi.decode.string(text[0]!) : undefined;
  };
