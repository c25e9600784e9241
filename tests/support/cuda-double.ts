/**
 * A CUDA driver without a device: device memory in arrays, streams as queues that run when someone waits for them, and
 * kernels in the loop-IR interpreter. It refuses what a driver would refuse, and what one would let pass: use of memory that
 * was freed or is another's, launches that are not as the kernel wants them, calls outside of the context, what is left
 * behind at the end.
 */
import { runKernel } from '../../src/emitters/loop/interpreter.js';
import type { Kernel, Buffer as KernelBuffer } from '../../src/emitters/loop/ir.js';
import { launchOf } from '../../src/emitters/loop/launch.js';
import { storageOf } from '../../src/hlo/tensor.js';
import { ELEMENT } from '../../src/hlo/types.js';
import { DEVICE_ATTRIBUTE, EVENT_DISABLE_TIMING, type KernelParameters } from '../../src/runtime/cuda/driver.js';
import type { CudaDriver } from '../../src/runtime/index.js';

type Name = keyof CudaDriver;

const OK = 0;
const NOT_READY = 600;
const NAMES: { readonly [result: number]: readonly [name: string, meaning: string] } = {
  2: ['CUDA_ERROR_OUT_OF_MEMORY', 'out of memory'],
  35: ['CUDA_ERROR_INSUFFICIENT_DRIVER', 'CUDA driver version is insufficient'],
  100: ['CUDA_ERROR_NO_DEVICE', 'no CUDA-capable device is detected'],
  101: ['CUDA_ERROR_INVALID_DEVICE', 'invalid device ordinal'],
  218: ['CUDA_ERROR_INVALID_PTX', 'a PTX JIT compilation failed'],
  700: ['CUDA_ERROR_ILLEGAL_ADDRESS', 'an illegal memory access was encountered'],
  701: ['CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES', 'too many resources requested for launch'],
};

export interface DoubleOptions {
  readonly kernels: readonly Kernel[];
  readonly capability?: number;
  readonly driverVersion?: number;
  /** Has the device memory pools? */
  readonly pools?: boolean;
  /** Operations of a stream that each look at it brings to an end. */
  readonly perLook?: number;
}

interface Allocation {
  readonly start: bigint;
  readonly bytes: Uint8Array;
  freed: boolean;
}

interface Event {
  readonly flags: number;
  /** The stream of the last record, and how many records of the event there were and came to their end. */
  stream: bigint;
  records: number;
  reached: number;
  time: number;
}

/** Addresses are multiples of it, and between two blocks there is as much that is nobody's. */
const BLOCK = 512;
const CONTEXT = 0xc0de0000n;

export class CudaDouble {
  /** Every call, by name, that was let through. */
  readonly calls: Name[] = [];
  /** Kernels launched, and copies between host and device, in the order in which the device did them. */
  readonly done: string[] = [];
  readonly driver: CudaDriver;
  private readonly kernels: ReadonlyMap<string, Kernel>;
  private readonly allocations: Allocation[] = [];
  private readonly streams = new Map<bigint, (() => void)[]>([[0n, []]]);
  private readonly events = new Map<bigint, Event>();
  private readonly modules = new Map<bigint, string>();
  private readonly functions = new Map<bigint, { kernel: Kernel; module: bigint; sharedBytes: number }>();
  private readonly pools = new Set<bigint>();
  private readonly current: bigint[] = [];
  private readonly failures: { name: Name; skip: number; result: number }[] = [];
  private retained = 0;
  private handle = 0x1000n;
  private address = 0x2_0000_0000n;
  private clock = 0;
  /** The error that a kernel's fault leaves for good. */
  private fault = OK;
  private launchesToFault = Number.POSITIVE_INFINITY;

  constructor(private readonly options: DoubleOptions) {
    this.kernels = new Map(options.kernels.map((k) => [k.name, k]));
    this.driver = this.functionsOf();
  }

  /** The call of this name after `skip` others gives `result`. */
  fail(name: Name, result: number, skip = 0): this {
    this.failures.push({ name, skip, result });
    return this;
  }

  /** The kernel after `skip` others comes to grief on the device. */
  faultAfter(skip: number): this {
    this.launchesToFault = skip;
    return this;
  }

  count = (...names: readonly Name[]): number => this.calls.filter((c) => names.includes(c)).length;

  /** A stream of somebody else's. */
  newStream(): bigint {
    const stream = this.handle++;
    this.streams.set(stream, []);
    return stream;
  }

  get liveBytes(): number {
    return this.allocations.filter((a) => !a.freed).reduce((n, a) => n + a.bytes.length, 0);
  }

  /** What has not been given back: nothing, once programs, tensors and the device are gone. */
  leftovers(): string[] {
    for (const stream of this.streams.keys()) this.drain(stream);
    const left: string[] = this.allocations.filter((a) => !a.freed).map((a) => `${a.bytes.length} bytes`);
    const counted = { streams: this.streams.size - 1, events: this.events.size, modules: this.modules.size };
    for (const [what, n] of Object.entries({ ...counted, pools: this.pools.size, contexts: this.retained })) {
      if (n > 0) left.push(`${n} ${what}`);
    }
    if (this.current.length > 0) left.push(`${this.current.length} contexts pushed`);
    return left;
  }

  private functionsOf(): CudaDriver {
    const free = new Set<Name>(['cuInit', 'cuDriverGetVersion', 'cuGetErrorName', 'cuGetErrorString']);
    const implementation = this.implementation();
    const wrapped = Object.entries(implementation).map(([key, f]) => {
      const name = key as Name;
      const contextless = free.has(name) || name.startsWith('cuDevice') || name.startsWith('cuCtx');
      const call = (...args: unknown[]) => {
        if (free.has(name) && name.startsWith('cuGetError')) return (f as (...a: unknown[]) => unknown)(...args);
        if (!contextless && !name.startsWith('cuMemPool') && this.current.at(-1) !== CONTEXT) {
          throw new Error(`${name} is called outside of the device's context`);
        }
        const failing = this.failures.findIndex((x) => x.name === name && x.skip-- === 0);
        if (failing >= 0) return this.failures.splice(failing, 1)[0]!.result;
        const result = (f as (...a: unknown[]) => number)(...args);
        this.calls.push(name);
        return contextless || result !== OK ? result : this.fault;
      };
      return [name, call];
    });
    return Object.fromEntries(wrapped) as CudaDriver;
  }

  private implementation(): CudaDriver {
    const { capability = 80, driverVersion = 12040, pools = true } = this.options;
    const attributes: { readonly [attribute: number]: number } = {
      [DEVICE_ATTRIBUTE.capabilityMajor]: Math.floor(capability / 10),
      [DEVICE_ATTRIBUTE.capabilityMinor]: capability % 10,
      [DEVICE_ATTRIBUTE.memoryPools]: Number(pools),
    };
    const set = (out: Int32Array | BigUint64Array, value: number | bigint): number => {
      out[0] = value as never;
      return OK;
    };
    const create = <T>(map: Map<bigint, T>, out: BigUint64Array, value: T): number => {
      map.set(this.handle, value);
      return set(out, this.handle++);
    };
    const remove = (map: Map<bigint, unknown>, handle: bigint, what: string): number => {
      if (!map.delete(handle)) throw new Error(`${what} ${handle} is destroyed, and there is none`);
      return OK;
    };
    return {
      cuInit: (flags) => (flags === 0 ? OK : 1),
      cuDriverGetVersion: (out) => set(out, driverVersion),
      cuGetErrorName: (result) => NAMES[result]?.[0],
      cuGetErrorString: (result) => NAMES[result]?.[1],
      cuDeviceGet: (out, ordinal) => (ordinal === 0 ? set(out, 7) : 101),
      cuDeviceGetName: (name) => {
        Buffer.from('Double GPU\0').copy(name);
        return OK;
      },
      cuDeviceGetAttribute: (out, attribute, device) => {
        if (device !== 7) throw new Error(`there is no device ${device}`);
        // Pools came with CUDA 11.2.
        if (attribute === DEVICE_ATTRIBUTE.memoryPools && driverVersion < 11020) return 1;
        return set(out, attributes[attribute]!);
      },
      cuDevicePrimaryCtxRetain: (out) => {
        this.retained++;
        return set(out, CONTEXT);
      },
      cuDevicePrimaryCtxRelease: () => {
        if (this.retained-- === 0) throw new Error('the context is released once too often');
        return OK;
      },
      cuCtxPushCurrent: (context) => {
        this.current.push(context);
        return OK;
      },
      cuCtxPopCurrent: (out) => {
        if (this.current.length === 0) throw new Error('no context is pushed, and one is popped');
        return set(out, this.current.pop()!);
      },
      cuModuleLoadDataEx: (out, image, log) => {
        const text = Buffer.from(image).toString('utf8');
        if (!text.endsWith('\0')) throw new Error('PTX must end with a 0');
        if (/^(\/\/.*\n|\n)*\.version/.test(text)) return create(this.modules, out, text);
        Buffer.from('ptxas fatal: unexpected token\0').copy(log);
        return 218;
      },
      cuModuleUnload: (module) => {
        for (const stream of this.streams.keys()) this.drain(stream);
        for (const [f, { module: of }] of this.functions) if (of === module) this.functions.delete(f);
        return remove(this.modules, module, 'module');
      },
      cuModuleGetFunction: (out, module, name) => {
        const kernel = this.kernels.get(name);
        if (!kernel || !new RegExp(`\\.entry ${name}\\b`).test(this.modules.get(module) ?? '')) return 500;
        return create(this.functions, out, { kernel, module, sharedBytes: 48 * 1024 });
      },
      cuFuncSetAttribute: (f, attribute, value) => {
        if (attribute !== 8 || value > 227 * 1024) return 1;
        this.functions.get(f)!.sharedBytes = value;
        return OK;
      },
      cuMemPoolCreate: (out, properties) => {
        const numbers = new Int32Array(properties.slice().buffer);
        if (numbers.length !== 22 || [0, 2, 3].some((k, i) => numbers[k] !== [1, 1, 7][i])) return 1;
        this.pools.add(this.handle);
        return set(out, this.handle++);
      },
      cuMemPoolSetAttribute: (pool) => (this.pools.has(pool) ? OK : 1),
      cuMemPoolDestroy: (pool) => (this.pools.delete(pool) ? OK : 1),
      cuMemAllocFromPoolAsync: (out, bytes, pool, stream) => {
        if (!this.pools.has(pool)) throw new Error(`there is no pool ${pool}`);
        this.queue(stream);
        return set(out, this.allocate(bytes));
      },
      cuMemFreeAsync: (address, stream) => {
        if (this.pools.size === 0) throw new Error('memory of no pool is freed in a stream');
        this.enqueue(stream, () => this.free(address));
        return OK;
      },
      cuMemAlloc: (out, bytes) => set(out, this.allocate(bytes)),
      cuMemFree: (address) => {
        if (this.pools.size > 0) throw new Error('memory of a pool is freed outside of streams');
        for (const stream of this.streams.keys()) this.drain(stream);
        this.free(address);
        return OK;
      },
      cuMemcpyHtoDAsync: (to, from, bytes, stream) => {
        if (bytes === 0 || bytes > from.length) throw new Error(`${bytes} of ${from.length} bytes are copied`);
        const content = from.slice(0, bytes);
        this.enqueue(stream, () => {
          this.bytesAt(to, bytes, 'a copy to the device').set(content);
          this.done.push('to device');
        });
        return OK;
      },
      cuMemcpyDtoHAsync: (to, from, bytes, stream) => {
        if (bytes === 0 || bytes > to.length) throw new Error(`${bytes} bytes are copied to ${to.length}`);
        this.enqueue(stream, () => {
          to.set(this.bytesAt(from, bytes, 'a copy from the device'));
          this.done.push('to host');
        });
        return OK;
      },
      cuMemcpyDtoDAsync: (to, from, bytes, stream) => {
        if (bytes === 0) throw new Error('a copy of nothing');
        this.enqueue(stream, () => {
          this.bytesAt(to, bytes, 'a copy').set(this.bytesAt(from, bytes, 'a copy'));
          this.done.push('copy');
        });
        return OK;
      },
      cuStreamCreate: (out) => create(this.streams, out, []),
      cuStreamDestroy: (stream) => {
        this.drain(stream);
        return remove(this.streams, stream, 'stream');
      },
      cuStreamSynchronize: (stream) => {
        this.drain(stream);
        return OK;
      },
      cuStreamQuery: (stream) => {
        const queue = this.queue(stream);
        for (let k = this.options.perLook ?? 3; k > 0 && queue.length > 0; k--) queue.shift()!();
        return queue.length > 0 ? NOT_READY : OK;
      },
      cuStreamWaitEvent: (stream, event) => {
        const { stream: other, records } = this.event(event);
        this.enqueue(stream, () => {
          const queue = this.queue(other);
          while (this.event(event).reached < records) queue.shift()!();
        });
        return OK;
      },
      cuEventCreate: (out, flags) =>
        create(this.events, out, { flags, stream: 0n, records: 0, reached: 0, time: Number.NaN }),
      cuEventDestroy: (event) => remove(this.events, event, 'event'),
      cuEventRecord: (event, stream) => {
        const e = this.event(event);
        e.stream = stream;
        e.records++;
        this.enqueue(stream, () => {
          e.reached++;
          e.time = this.clock++;
        });
        return OK;
      },
      cuEventSynchronize: (event) => {
        this.drain(this.event(event).stream);
        return OK;
      },
      cuEventElapsedTime: (out, start, end) => {
        const [a, b] = [this.event(start), this.event(end)];
        if ((a.flags | b.flags) & EVENT_DISABLE_TIMING || a.records === 0 || b.records === 0) return 400;
        if (a.reached < a.records || b.reached < b.records) return NOT_READY;
        out[0] = b.time - a.time;
        return OK;
      },
      cuLaunchKernel: (f, blocks, threads, sharedBytes, stream, parameters) =>
        this.launch(f, { blocks, threads, sharedBytes }, stream, parameters),
    };
  }

  private launch(
    f: bigint,
    given: ReturnType<typeof launchOf>,
    stream: bigint,
    { values, pointers }: KernelParameters,
  ): number {
    const known = this.functions.get(f);
    if (!known) throw new Error('a function is launched that is of no loaded module');
    const { kernel, sharedBytes } = known;
    const wanted = launchOf(kernel);
    if (JSON.stringify(given) !== JSON.stringify(wanted)) {
      throw new Error(`${kernel.name} wants ${JSON.stringify(wanted)}, but gets ${JSON.stringify(given)}`);
    }
    if (given.sharedBytes > sharedBytes || given.blocks === 0) return 1;
    if (pointers.some((p, k) => p !== pointers[0]! + BigInt(8 * k))) throw new Error('parameters lie anywhere');
    const addresses = [...values];
    this.enqueue(stream, () => this.execute(kernel, addresses));
    return OK;
  }

  private execute(kernel: Kernel, addresses: readonly bigint[]): void {
    if (this.launchesToFault-- === 0) this.fault = 700;
    if (this.fault !== OK) return;
    const globals = kernel.buffers.filter((b) => b.space === 'global');
    if (globals.length !== addresses.length) {
      throw new Error(`${kernel.name} has ${globals.length} parameters, not ${addresses.length}`);
    }
    const sizes = globals.map((b) => b.count * ELEMENT[b.element].bytes);
    globals.forEach((b, p) => {
      const overlapping = globals.findIndex((_, q) => q !== p && overlap(addresses, sizes, p, q));
      if (b.access !== 'read' && overlapping >= 0) {
        throw new Error(`${kernel.name} writes ${b.name}, which overlaps ${globals[overlapping]!.name}`);
      }
    });
    const arrays = globals.map((b, p) => this.arrayAt(kernel, b, addresses[p]!, sizes[p]!));
    runKernel(kernel, arrays, { races: true });
    this.done.push(kernel.name);
  }

  private arrayAt(kernel: Kernel, { element, count, name }: KernelBuffer, address: bigint, size: number) {
    const Storage = storageOf(element);
    if (size === 0) return new Storage(0);
    if (address % 16n !== 0n) throw new Error(`${kernel.name}: ${name} lies at ${address}, no multiple of 16`);
    const { buffer, byteOffset } = this.bytesAt(address, size, `${kernel.name}: ${name}`);
    return new Storage(buffer as ArrayBuffer, byteOffset, count);
  }

  private allocate(bytes: number): bigint {
    if (bytes === 0) throw new Error('no memory at all is asked for');
    const start = this.address;
    this.address += BigInt((Math.ceil(bytes / BLOCK) + 1) * BLOCK);
    // Most floats of such bytes are NaN, so that a read of what nobody wrote shows.
    this.allocations.push({ start, bytes: new Uint8Array(bytes).fill(0xff), freed: false });
    return start;
  }

  private free(address: bigint): void {
    const found = this.allocations.find((a) => a.start === address);
    if (!found || found.freed)
      throw new Error(`memory at ${address} is freed, ${found ? 'for the second time' : 'which is none'}`);
    found.freed = true;
    found.bytes.fill(0xff);
  }

  private bytesAt(address: bigint, bytes: number, who: string): Uint8Array {
    const found = this.allocations.find((a) => address >= a.start && address < a.start + BigInt(a.bytes.length));
    if (!found) throw new Error(`${who}: ${address} is no memory of the device's`);
    if (found.freed) throw new Error(`${who}: the memory at ${address} has been freed`);
    const offset = Number(address - found.start);
    if (offset + bytes > found.bytes.length)
      throw new Error(`${who}: goes past the end of ${found.bytes.length} bytes`);
    return found.bytes.subarray(offset, offset + bytes);
  }

  private queue(stream: bigint): (() => void)[] {
    const queue = this.streams.get(stream);
    if (!queue) throw new Error(`there is no stream ${stream}`);
    return queue;
  }

  /** The default stream waits for all others. */
  private enqueue(stream: bigint, work: () => void): void {
    const queue = this.queue(stream);
    if (stream === 0n) for (const other of this.streams.keys()) if (other !== 0n) this.drain(other);
    queue.push(work);
  }

  private drain(stream: bigint): void {
    const queue = this.queue(stream);
    for (let work = queue.shift(); work; work = queue.shift()) work();
  }

  private event(event: bigint): Event {
    const found = this.events.get(event);
    if (!found) throw new Error(`there is no event ${event}`);
    return found;
  }
}

function overlap(starts: readonly bigint[], sizes: readonly number[], p: number, q: number): boolean {
  if (sizes[p] === 0 || sizes[q] === 0) return false;
  return starts[p]! < starts[q]! + BigInt(sizes[q]!) && starts[q]! < starts[p]! + BigInt(sizes[p]!);
}
