/**
 * What the runtime calls of the CUDA driver: its functions under their own names, with arguments as JavaScript has them.
 * Each returns the driver's result, 0 where all is well. What comes out stands in the first argument's array afterwards.
 * Contexts, streams, modules, functions and device memory are 64-bit numbers.
 */
import koffi from 'koffi';

/** A CUresult (errors.ts). */
export type Result = number;

/** A stream's handle; `DEFAULT_STREAM` is the driver's own, which waits for all others and they for it. */
export type Stream = bigint;
export const DEFAULT_STREAM: Stream = 0n;

export const DEVICE_ATTRIBUTE = { capabilityMajor: 75, capabilityMinor: 76, memoryPools: 115 } as const;
export const FUNCTION_ATTRIBUTE = { maxDynamicSharedBytes: 8 } as const;
export const POOL_ATTRIBUTE = { releaseThreshold: 4 } as const;
/** Of events that only say that something has been reached. */
export const EVENT_DISABLE_TIMING = 2;

/** The addresses that a launch hands its kernel, and where each of them lies, which is what the driver takes. */
export class KernelParameters {
  readonly values: BigUint64Array;
  readonly pointers: BigUint64Array;

  constructor(count: number) {
    this.values = new BigUint64Array(count);
    const start = count === 0 ? 0n : koffi.address(this.values);
    this.pointers = BigUint64Array.from({ length: count }, (_, k) => start + BigInt(k * this.values.BYTES_PER_ELEMENT));
  }
}

export interface CudaDriver {
  cuInit(flags: number): Result;
  /** 12040 of one that knows CUDA 12.4. */
  cuDriverGetVersion(version: Int32Array): Result;
  /** Undefined where the driver does not know the result either. */
  cuGetErrorName(result: Result): string | undefined;
  cuGetErrorString(result: Result): string | undefined;

  cuDeviceGet(device: Int32Array, ordinal: number): Result;
  cuDeviceGetName(name: Uint8Array, bytes: number, device: number): Result;
  cuDeviceGetAttribute(value: Int32Array, attribute: number, device: number): Result;

  cuDevicePrimaryCtxRetain(context: BigUint64Array, device: number): Result;
  cuDevicePrimaryCtxRelease(device: number): Result;
  cuCtxPushCurrent(context: bigint): Result;
  cuCtxPopCurrent(context: BigUint64Array): Result;

  /** `image` ends with a 0; what is wrong with it is written into `log`. */
  cuModuleLoadDataEx(module: BigUint64Array, image: Uint8Array, log: Uint8Array): Result;
  cuModuleUnload(module: bigint): Result;
  cuModuleGetFunction(f: BigUint64Array, module: bigint, name: string): Result;
  cuFuncSetAttribute(f: bigint, attribute: number, value: number): Result;

  cuMemPoolCreate(pool: BigUint64Array, properties: Uint8Array): Result;
  cuMemPoolSetAttribute(pool: bigint, attribute: number, value: BigUint64Array): Result;
  cuMemPoolDestroy(pool: bigint): Result;
  cuMemAllocFromPoolAsync(address: BigUint64Array, bytes: number, pool: bigint, stream: Stream): Result;
  cuMemFreeAsync(address: bigint, stream: Stream): Result;
  cuMemAlloc(address: BigUint64Array, bytes: number): Result;
  cuMemFree(address: bigint): Result;
  /** From ordinary memory, which may change once this has returned. */
  cuMemcpyHtoDAsync(to: bigint, from: Uint8Array, bytes: number, stream: Stream): Result;
  cuMemcpyDtoHAsync(to: Uint8Array, from: bigint, bytes: number, stream: Stream): Result;
  cuMemcpyDtoDAsync(to: bigint, from: bigint, bytes: number, stream: Stream): Result;

  cuStreamCreate(stream: BigUint64Array, flags: number): Result;
  cuStreamDestroy(stream: Stream): Result;
  cuStreamSynchronize(stream: Stream): Result;
  /** 0 once all is done, `NOT_READY` before. */
  cuStreamQuery(stream: Stream): Result;
  cuStreamWaitEvent(stream: Stream, event: bigint, flags: number): Result;
  cuEventCreate(event: BigUint64Array, flags: number): Result;
  cuEventDestroy(event: bigint): Result;
  cuEventRecord(event: bigint, stream: Stream): Result;
  cuEventSynchronize(event: bigint): Result;
  cuEventElapsedTime(milliseconds: Float32Array, start: bigint, end: bigint): Result;

  /** A row of blocks, each a row of threads. */
  cuLaunchKernel(
    f: bigint,
    blocks: number,
    threads: number,
    sharedBytes: number,
    stream: Stream,
    parameters: KernelParameters,
  ): Result;
}
