/** A graphics processor: its context, its memory, and how the host waits for it. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type CudaDriver, DEVICE_ATTRIBUTE, POOL_ATTRIBUTE, type Result, type Stream } from './driver.js';
import { cudaError, NOT_READY, SUCCESS } from './errors.js';
import { libcuda } from './libcuda.js';

/** Bytes that the pool keeps for what comes: runs whose results stay on the device take and give the same again. */
const KEPT_BYTES = 2n ** 28n;
/** The driver's version that brought pools. */
const POOLS_SINCE = 11020;
/** CUmemPoolProps, of which all but these numbers are 0: memory of this device that is pinned. */
const POOL_PROPERTIES_BYTES = 88;
const POOL_PROPERTIES = { allocation: 0, location: 8, device: 12 } as const;
const PINNED = 1;
const ON_DEVICE = 1;

/** Looks at a stream without a pause at first, then each millisecond. */
const IMPATIENT_LOOKS = 200;

export class CudaDevice {
  private readonly popped = new BigUint64Array(1);
  private readonly out = new BigUint64Array(1);
  private closed = false;

  private constructor(
    readonly driver: CudaDriver,
    readonly name: string,
    /** 90 of a processor of capability 9.0. */
    readonly capability: number,
    /** 12040 where the driver knows CUDA 12.4. */
    readonly driverVersion: number,
    private readonly number: number,
    private readonly context: bigint,
    /** 0 where the device has none. */
    private readonly pool: bigint,
  ) {}

  /** Throws `CudaError` where there is no driver or no such device. */
  static open(ordinal = 0, driver: CudaDriver = libcuda()): CudaDevice {
    const check = (result: Result, what: string) => {
      if (result !== SUCCESS) throw cudaError(driver, result, what);
    };
    const int = new Int32Array(1);
    const read = (result: Result, what: string): number => {
      check(result, what);
      return int[0]!;
    };
    check(driver.cuInit(0), 'the CUDA driver does not start');
    const version = read(driver.cuDriverGetVersion(int), 'the CUDA driver does not tell its version');
    const number = read(driver.cuDeviceGet(int, ordinal), `there is no CUDA device ${ordinal}`);
    const what = `CUDA device ${ordinal} cannot be used`;
    const attribute = (a: number) => read(driver.cuDeviceGetAttribute(int, a, number), what);
    const capability = 10 * attribute(DEVICE_ATTRIBUTE.capabilityMajor) + attribute(DEVICE_ATTRIBUTE.capabilityMinor);
    const pools = version >= POOLS_SINCE && attribute(DEVICE_ATTRIBUTE.memoryPools) !== 0;
    const text = new Uint8Array(256);
    check(driver.cuDeviceGetName(text, text.length, number), what);
    const name = Buffer.from(text.subarray(0, text.indexOf(0))).toString('utf8');
    const context = new BigUint64Array(1);
    check(driver.cuDevicePrimaryCtxRetain(context, number), what);
    try {
      const pool = pools ? newPool(driver, number, check) : 0n;
      return new CudaDevice(driver, name, capability, version, number, context[0]!, pool);
    } catch (e) {
      driver.cuDevicePrimaryCtxRelease(number);
      throw e;
    }
  }

  /** Calls the driver in this device's context, whichever the caller has at other times. */
  within<T>(use: () => T): T {
    this.check(this.driver.cuCtxPushCurrent(this.context), 'the device cannot be used');
    try {
      return use();
    } finally {
      this.driver.cuCtxPopCurrent(this.popped);
    }
  }

  /** Throws `CudaError` unless the driver has done what it was asked for. */
  check(result: Result, what: string | (() => string)): void {
    if (result !== SUCCESS) throw cudaError(this.driver, result, typeof what === 'string' ? what : what());
  }

  /** The handle or address that a function of the driver gives. */
  take(make: (out: BigUint64Array) => Result, what: string): bigint {
    this.check(make(this.out), what);
    return this.out[0]!;
  }

  /** Memory that starts at a multiple of 256; what runs in the stream may use it from now on. */
  allocate(bytes: number, stream: Stream): bigint {
    const { driver, pool } = this;
    return this.take(
      (out) => (pool === 0n ? driver.cuMemAlloc(out, bytes) : driver.cuMemAllocFromPoolAsync(out, bytes, pool, stream)),
      `${bytes} bytes of memory on ${this.name} are not to be had`,
    );
  }

  /**
   * Gives something back, and says nothing where the driver refuses: after a kernel's fault it refuses everything, and that
   * has been reported.
   */
  release(use: (driver: CudaDriver) => void): void {
    const { driver, context } = this;
    if (this.closed || driver.cuCtxPushCurrent(context) !== SUCCESS) return;
    use(driver);
    driver.cuCtxPopCurrent(this.popped);
  }

  /** Frees memory once the stream has come so far. */
  free(address: bigint, stream: Stream): void {
    this.release((driver) => {
      if (this.pool === 0n) driver.cuMemFree(address);
      else driver.cuMemFreeAsync(address, stream);
    });
  }

  /** Waits in the calling thread. */
  wait(stream: Stream, what: string | (() => string)): void {
    this.check(this.driver.cuStreamSynchronize(stream), what);
  }

  /**
   * Waits beside the event loop. By looking from time to time: to wait in another thread, the context would have to be
   * that thread's.
   */
  async idle(stream: Stream, what: () => string): Promise<void> {
    for (let looks = 0; ; looks++) {
      const result = this.within(() => this.driver.cuStreamQuery(stream));
      if (result !== NOT_READY) return this.check(result, what);
      await (looks < IMPATIENT_LOOKS ? setImmediate() : setTimeout(1));
    }
  }

  /** Gives the device back; programs and tensors on it must be gone. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.pool !== 0n) this.driver.cuMemPoolDestroy(this.pool);
    this.driver.cuDevicePrimaryCtxRelease(this.number);
  }
}

function newPool(driver: CudaDriver, device: number, check: (result: Result, what: string) => void): bigint {
  const properties = new Int32Array(POOL_PROPERTIES_BYTES / 4);
  properties[POOL_PROPERTIES.allocation / 4] = PINNED;
  properties[POOL_PROPERTIES.location / 4] = ON_DEVICE;
  properties[POOL_PROPERTIES.device / 4] = device;
  const pool = new BigUint64Array(1);
  const what = 'the device gives no pool of memory';
  check(driver.cuMemPoolCreate(pool, new Uint8Array(properties.buffer)), what);
  try {
    check(driver.cuMemPoolSetAttribute(pool[0]!, POOL_ATTRIBUTE.releaseThreshold, BigUint64Array.of(KEPT_BYTES)), what);
  } catch (e) {
    driver.cuMemPoolDestroy(pool[0]!);
    throw e;
  }
  return pool[0]!;
}

let first: CudaDevice | undefined;

/** The first device, opened once and kept until the process ends. */
export function defaultDevice(): CudaDevice {
  first ??= CudaDevice.open();
  return first;
}
