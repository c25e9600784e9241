/** Tensors in a device's memory, which stay there between runs. */
import { allocate, bytesOf, type Tensor } from '../../hlo/tensor.js';
import { byteSize, sameDims, showType, type TensorType } from '../../hlo/types.js';
import { type Argument, ArgumentError } from '../arguments.js';
import type { CudaDevice } from './device.js';
import { DEFAULT_STREAM, type Stream } from './driver.js';

/** Memory whose owner is this object: `dispose` frees it. Work on it that is under way must have ended by then. */
export class DeviceTensor {
  private freed = false;

  private constructor(
    readonly device: CudaDevice,
    readonly type: TensorType,
    private readonly at: bigint,
  ) {
    if (at !== 0n) forgotten.register(this, { device, at }, this);
  }

  /** Of undefined content. */
  static allocate(device: CudaDevice, type: TensorType, stream: Stream = DEFAULT_STREAM): DeviceTensor {
    const bytes = byteSize(type);
    const at = bytes === 0 ? 0n : device.within(() => device.allocate(bytes, stream));
    return new DeviceTensor(device, type, at);
  }

  /** Where the elements lie on the device, row-major; 0 where there are none. */
  get address(): bigint {
    if (this.freed) throw new ArgumentError('the device tensor has been disposed of');
    return this.at;
  }

  dispose(): void {
    if (this.freed) return;
    this.freed = true;
    forgotten.unregister(this);
    free({ device: this.device, at: this.at });
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

interface Memory {
  readonly device: CudaDevice;
  readonly at: bigint;
}

function free({ device, at }: Memory): void {
  if (at !== 0n) device.free(at, DEFAULT_STREAM);
}

const forgotten = new FinalizationRegistry<Memory>(free);

/** A copy of the tensor in the device's memory, there once this returns. */
export function toDevice(device: CudaDevice, tensor: Tensor): DeviceTensor {
  const copy = DeviceTensor.allocate(device, tensor.type);
  const from = bytesOf(tensor);
  if (from.length === 0) return copy;
  try {
    device.within(() => {
      const what = `${showType(tensor.type)} cannot be copied to the device`;
      device.check(device.driver.cuMemcpyHtoDAsync(copy.address, from, from.length, DEFAULT_STREAM), what);
      device.wait(DEFAULT_STREAM, what);
    });
  } catch (e) {
    copy.dispose();
    throw e;
  }
  return copy;
}

/** A copy in JavaScript's memory, once the stream has done what is in it; which must be so where it is not `stream`'s. */
export function toHost({ device, type, address }: DeviceTensor, stream: Stream = DEFAULT_STREAM): Tensor {
  const copy = allocate(type);
  const to = bytesOf(copy);
  if (to.length === 0) return copy;
  device.within(() => {
    const what = `${showType(type)} cannot be copied from the device`;
    device.check(device.driver.cuMemcpyDtoHAsync(to, address, to.length, stream), what);
    device.wait(stream, what);
  });
  return copy;
}

/** What a program on a device takes: a copy is made of what is not there yet. */
export type DeviceArgument = Argument | DeviceTensor;

/** The tensor, if the argument is one on the device. Throws `ArgumentError` where it is one that does not fit. */
export function onDevice(
  x: DeviceArgument,
  name: string,
  type: TensorType,
  device: CudaDevice,
): DeviceTensor | undefined {
  if (!(x instanceof DeviceTensor)) return undefined;
  if (x.type.element !== type.element || !sameDims(x.type.dims, type.dims)) {
    throw new ArgumentError(`${name} must be ${showType(type)}, but is ${showType(x.type)}`);
  }
  if (x.device !== device) throw new ArgumentError(`${name} lies on another device: copy it with toHost and toDevice`);
  return x;
}
