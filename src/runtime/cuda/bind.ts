/** The arguments of a run: checked, and each given its place on the device. */
import { bytesOf, type Tensor } from '../../hlo/tensor.js';
import { allocateAligned } from '../aligned.js';
import { ArgumentError, checkCount, Slot } from '../arguments.js';
import type { OverlapCheck } from '../overlap.js';
import { type DeviceArgument, DeviceTensor, onDevice } from './device-tensor.js';
import type { Stream } from './driver.js';
import type { CudaRunOptions } from './executable.js';
import type { CudaFrame, CudaProgram } from './frame.js';

export interface Binding extends CudaProgram {
  readonly frame: CudaFrame;
  readonly overlap: OverlapCheck;
}

/** A run that has its arguments. */
export interface Bound {
  readonly frame: CudaFrame;
  readonly stream: Stream;
  readonly outputs: readonly (Tensor | DeviceTensor)[];
  /** Does the run end when the device has done it? Else when all is handed over. */
  readonly waits: boolean;
  /** Begins to copy what the host brings. */
  upload(): void;
  /** Copies what the host takes; it is there once this returns. */
  download(): void;
  /** The error, once the device has done what it was told and what the run has made is gone. */
  undo(error: unknown): unknown;
}

/** Throws `ArgumentError`, and `CudaError` where memory is short. */
export function bind(binding: Binding, inputs: readonly DeviceArgument[], options: CudaRunOptions): Bound {
  const arguments_ = new Arguments(binding, options);
  try {
    return arguments_.bind(inputs);
  } catch (e) {
    throw arguments_.undo(e);
  }
}

/** Bytes of the host's, and where they lie on the device. */
interface Transfer {
  readonly name: string;
  readonly host: Uint8Array;
  readonly address: bigint;
}

class Arguments implements Bound {
  readonly frame: CudaFrame;
  readonly stream: Stream;
  outputs: readonly (Tensor | DeviceTensor)[] = [];
  waits = true;
  private begun = false;
  private readonly up: Transfer[] = [];
  private readonly down: Transfer[] = [];
  /** Tensors made for this run. */
  private readonly made: DeviceTensor[] = [];
  /** Of each input: where its elements lie on the device, and which tensor of the caller's or the run's that is. */
  private readonly places: { readonly address: bigint; readonly tensor: DeviceTensor | undefined }[] = [];
  private readonly inputStarts: Float64Array;
  private readonly outputStarts: Float64Array;

  constructor(
    private readonly binding: Binding,
    private readonly options: CudaRunOptions,
  ) {
    this.frame = binding.frame;
    this.stream = options.stream ?? binding.frame.stream;
    this.inputStarts = new Float64Array(binding.plan.inputs.length);
    this.outputStarts = new Float64Array(binding.plan.outputs.length);
  }

  bind(inputs: readonly DeviceArgument[]): Bound {
    const { plan, frame } = this.binding;
    const { outputs: given, workspace } = this.options;
    if (workspace) throw new ArgumentError('the workspace lies on the device: leave it away');
    checkCount('input', inputs, plan.inputs.length);
    if (given) checkCount('output', given, plan.outputs.length);
    inputs.forEach((x, i) => {
      this.places.push(this.input(x, i));
    });
    const homes = plan.outputs.map((_, o) => this.output(inputs, o));
    this.outputs = given ?? homes.map((h) => h.tensor);
    if (given || plan.donations.length > 0) this.refuseOverlap();
    for (const { id, home } of plan.buffers) {
      if (home.kind === 'input') frame.place(id, this.places[home.index]!.address);
      if (home.kind === 'output') frame.place(id, homes[home.index]!.address);
    }
    const takes = this.outputs.some((t) => !(t instanceof DeviceTensor));
    this.waits = takes || this.options.stream === undefined || this.options.timing !== undefined;
    return this;
  }

  upload(): void {
    this.begun = true;
    const { device } = this.binding;
    for (const { name, host, address } of this.up) {
      if (host.length === 0) continue;
      const result = device.driver.cuMemcpyHtoDAsync(address, host, host.length, this.stream);
      device.check(result, () => `${name} cannot be copied to the device`);
    }
  }

  download(): void {
    const { device } = this.binding;
    const filled = this.down.filter(({ host }) => host.length > 0);
    for (const { name, host, address } of filled) {
      const result = device.driver.cuMemcpyDtoHAsync(host, address, host.length, this.stream);
      device.check(result, () => `${name} cannot be copied from the device`);
    }
    if (filled.length > 0) device.wait(this.stream, 'results cannot be copied from the device');
  }

  undo(error: unknown): unknown {
    if (this.begun) this.binding.device.release((driver) => driver.cuStreamSynchronize(this.stream));
    for (const tensor of this.made.splice(0)) tensor.dispose();
    return error;
  }

  private input(x: DeviceArgument, i: number): { address: bigint; tensor: DeviceTensor | undefined } {
    const { plan, device, frame } = this.binding;
    const type = plan.inputs[i]!;
    const name = `input ${i}`;
    const there = onDevice(x, name, type, device);
    if (there) {
      this.inputStarts[i] = Number(there.address);
      return { address: there.address, tensor: there };
    }
    const slot = new Slot(name, type);
    this.inputStarts[i] = Number(slot.addressOf(x as Tensor));
    const host = bytesOf({ type, data: slot.arrayOf(x as Tensor) });
    // What a result is to lie in, and the caller to have, is no place of the frame's.
    const kept = this.options.onDevice && plan.donations.some((d) => d.input === i);
    const tensor = kept ? this.make(type) : undefined;
    const address = tensor?.address ?? frame.ownPlace('input', i);
    this.up.push({ name, host, address });
    return { address, tensor };
  }

  private output(inputs: readonly DeviceArgument[], o: number): { address: bigint; tensor: Tensor | DeviceTensor } {
    const { plan, device, frame } = this.binding;
    const type = plan.outputs[o]!;
    const given = this.options.outputs?.[o];
    const donation = plan.donations.find((d) => d.output === o);
    if (donation) return this.donated(inputs[donation.input]!, donation.input, o);
    const name = `output ${o}`;
    const there = given && onDevice(given, name, type, device);
    if (there) {
      this.outputStarts[o] = Number(there.address);
      return { address: there.address, tensor: there };
    }
    if (!given && this.options.onDevice) {
      const tensor = this.make(type);
      this.outputStarts[o] = Number(tensor.address);
      return { address: tensor.address, tensor };
    }
    if (this.options.onDevice)
      throw new ArgumentError(`${name} is to stay on the device: give a tensor that lies there`);
    return this.toHost((given as Tensor | undefined) ?? allocateAligned(type), o, frame.ownPlace('output', o));
  }

  /** A result that lies in an input's memory: of the caller's tensor on the device, or else of the caller's array. */
  private donated(x: DeviceArgument, i: number, o: number): { address: bigint; tensor: Tensor | DeviceTensor } {
    const { plan } = this.binding;
    const given = this.options.outputs?.[o];
    const { address, tensor } = this.places[i]!;
    const own = tensor ?? {
      type: plan.outputs[o]!,
      data: new Slot(`input ${i}`, plan.inputs[i]!).arrayOf(x as Tensor),
    };
    if (given && !(tensor ? given === tensor : (given as Tensor).data === (own as Tensor).data)) {
      throw new ArgumentError(`output ${o} must be the array of input ${i}, which the program donates to it`);
    }
    if (!tensor) return this.toHost(own as Tensor, o, address);
    const stays = this.options.onDevice || given;
    const result = stays ? { address, tensor } : this.toHost(allocateAligned(plan.outputs[o]!), o, address);
    this.outputStarts[o] = Number(address);
    return result;
  }

  private toHost(tensor: Tensor, o: number, address: bigint): { address: bigint; tensor: Tensor } {
    const name = `output ${o}`;
    this.outputStarts[o] = Number(new Slot(name, this.binding.plan.outputs[o]!).addressOf(tensor));
    this.down.push({ name, host: bytesOf(tensor), address });
    return { address, tensor };
  }

  private make(type: Tensor['type']): DeviceTensor {
    const tensor = DeviceTensor.allocate(this.binding.device, type, this.stream);
    this.made.push(tensor);
    return tensor;
  }

  private refuseOverlap(): void {
    const found = this.binding.overlap.find(this.inputStarts, this.outputStarts);
    if (!found) return;
    const { kind, index } = found.other;
    throw new ArgumentError(`output ${found.output} overlaps ${kind} ${index} in memory; each needs bytes of its own`);
  }
}
