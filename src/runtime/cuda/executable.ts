/** A plan and its kernels on a graphics processor: the host hands over step after step. */
import type { Donation } from '../../hlo/donation.js';
import type { Tensor } from '../../hlo/tensor.js';
import type { TensorType } from '../../hlo/types.js';
import { type AsyncRunOptions, disposedError, type Executable, notReplicated, type RunOptions } from '../executable.js';
import { argumentOverlap, type OverlapCheck } from '../overlap.js';
import type { Plan } from '../plan.js';
import { type Bound, bind } from './bind.js';
import { type CudaCode, CudaModule } from './code.js';
import { type CudaDevice, defaultDevice } from './device.js';
import type { DeviceArgument, DeviceTensor } from './device-tensor.js';
import type { Stream } from './driver.js';
import { CudaFrame, type CudaProgram } from './frame.js';
import { CudaResources, placeConstants } from './resources.js';
import { enqueue } from './steps.js';

export interface CudaProgramOptions {
  readonly target: string;
  /** Default: the first that the driver has. */
  readonly device?: CudaDevice | undefined;
}

export interface CudaRunOptions extends Omit<AsyncRunOptions, 'outputs'> {
  /** Results are left on the device, as tensors that their owner disposes of. */
  readonly onDevice?: boolean | undefined;
  /** Tensors to write the results to, here or on the device; as `RunOptions.outputs`. */
  readonly outputs?: readonly (Tensor | DeviceTensor)[] | undefined;
  /**
   * A stream of the caller's (CUstream) to run in, of the device's primary context. A run whose results all stay on the
   * device does not wait for them then: what follows in the stream finds them there.
   */
  readonly stream?: Stream | undefined;
  /** Told the microseconds that the device took from the first step to the last, transfers left out. */
  readonly timing?: ((microseconds: number) => void) | undefined;
}

type OnDevice = CudaRunOptions & { readonly onDevice: true };

/** Asynchronous runs at a time, and frames that are kept for later ones. */
const FRAMES = 4;

const forgotten = new FinalizationRegistry<CudaResources>((resources) => resources.free());

export class CudaExecutable implements Executable {
  readonly target: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly donations: readonly Donation[];
  /** Temporaries lie on the device: no caller brings memory for them. */
  readonly workspaceBytes = 0;
  readonly device: CudaDevice;
  private readonly program: CudaProgram;
  private readonly module: CudaModule;
  private readonly overlap: OverlapCheck;
  private readonly resources: CudaResources;
  private readonly idle: CudaFrame[] = [];
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private disposed = false;

  /** Throws `CudaError` where the device cannot run the code. */
  constructor(
    private readonly plan: Plan,
    private readonly code: CudaCode,
    options: CudaProgramOptions,
  ) {
    const { target } = options;
    if (plan.processes !== undefined) throw notReplicated(target);
    const device = options.device ?? defaultDevice();
    this.target = target;
    this.device = device;
    this.inputs = plan.inputs;
    this.outputs = plan.outputs;
    this.donations = plan.donations;
    this.overlap = argumentOverlap(plan);
    this.resources = new CudaResources(device);
    try {
      const symbols = plan.kernels.map((k) => k.symbol);
      this.module = this.resources.module = CudaModule.load(device, code, symbols);
      this.program = { device, plan, constants: placeConstants(plan, this.resources) };
    } catch (e) {
      this.resources.free();
      throw e;
    }
    forgotten.register(this, this.resources, this);
  }

  runSync(inputs: readonly DeviceArgument[], options: OnDevice): readonly DeviceTensor[];
  runSync(inputs: readonly DeviceArgument[], options?: CudaRunOptions | RunOptions): readonly Tensor[];
  runSync(inputs: readonly DeviceArgument[], options: CudaRunOptions = {}): readonly (Tensor | DeviceTensor)[] {
    if (this.disposed) throw disposedError();
    const frame = this.takeFrame();
    try {
      return this.device.within(() => {
        const bound = this.begin(frame, inputs, options);
        try {
          for (const _ of this.steps(bound, options));
          if (bound.waits) this.device.wait(bound.stream, () => this.failed());
          return this.end(bound, options);
        } catch (e) {
          throw bound.undo(e);
        }
      });
    } finally {
      this.giveBack(frame);
    }
  }

  run(inputs: readonly DeviceArgument[], options: OnDevice): Promise<readonly DeviceTensor[]>;
  run(inputs: readonly DeviceArgument[], options?: CudaRunOptions | AsyncRunOptions): Promise<readonly Tensor[]>;
  async run(
    inputs: readonly DeviceArgument[],
    options: CudaRunOptions = {},
  ): Promise<readonly (Tensor | DeviceTensor)[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.disposed) throw disposedError();
    if (this.running >= FRAMES) await this.turn();
    if (this.disposed) {
      this.waiting.shift()?.();
      throw disposedError();
    }
    this.running++;
    let frame: CudaFrame | undefined;
    try {
      signal?.throwIfAborted();
      const taken = (frame = this.takeFrame());
      const { device } = this;
      const bound = device.within(() => this.begin(taken, inputs, options));
      try {
        const steps = this.steps(bound, options);
        while (!device.within(() => steps.next()).done) await this.reach(bound, signal);
        if (bound.waits) await this.reach(bound, signal);
        return device.within(() => this.end(bound, options));
      } catch (e) {
        throw bound.undo(e);
      }
    } finally {
      this.running--;
      if (frame) this.giveBack(frame);
      this.waiting.shift()?.();
    }
  }

  runReplicasSync(): never {
    throw notReplicated(this.target);
  }

  async runReplicas(): Promise<never> {
    throw notReplicated(this.target);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    forgotten.unregister(this);
    if (this.running === 0) this.resources.free();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Checks the arguments, finds or makes their places on the device, and begins to fill them. */
  private begin(frame: CudaFrame, inputs: readonly DeviceArgument[], options: CudaRunOptions): Bound {
    const bound = bind({ ...this.program, frame, overlap: this.overlap }, inputs, options);
    try {
      frame.begin(bound.stream);
      bound.upload();
      return bound;
    } catch (e) {
      throw bound.undo(e);
    }
  }

  private *steps({ frame, stream }: Bound, { timing }: CudaRunOptions): Generator<undefined, void> {
    const { device, plan, code } = this;
    const events = timing && frame.timers();
    const mark = (event: bigint | undefined) => {
      if (event !== undefined) device.check(device.driver.cuEventRecord(event, stream), 'the time cannot be taken');
    };
    mark(events?.start);
    yield* enqueue({ device, plan, code, functions: this.module.functions, frame, stream }, plan.steps);
    mark(events?.end);
  }

  /** Waits beside the event loop until the steps handed over are done. */
  private async reach({ stream }: Bound, signal: AbortSignal | undefined): Promise<void> {
    await this.device.idle(stream, () => this.failed());
    signal?.throwIfAborted();
  }

  private end(bound: Bound, { timing }: CudaRunOptions): readonly (Tensor | DeviceTensor)[] {
    const { frame, stream, waits } = bound;
    if (!waits) {
      frame.leave(stream);
      return bound.outputs;
    }
    bound.download();
    if (timing) {
      const { driver } = this.device;
      const { start, end } = frame.timers();
      const milliseconds = new Float32Array(1);
      this.device.check(driver.cuEventElapsedTime(milliseconds, start, end), 'the time cannot be taken');
      timing(milliseconds[0]! * 1e3);
    }
    return bound.outputs;
  }

  /** Which kernel it was nobody knows: the device says what went wrong only when it is waited for. */
  private failed(): string {
    const [last] = this.plan.steps.slice(-1);
    return `a kernel of the program failed, in step '${last?.label ?? 'none'}' or one before it`;
  }

  /** Until an asynchronous run has ended. */
  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private takeFrame(): CudaFrame {
    const known = this.idle.pop();
    if (known) return known;
    const frame = this.device.within(() => new CudaFrame(this.program));
    this.resources.frames.push(frame);
    return frame;
  }

  private giveBack(frame: CudaFrame): void {
    if (!this.disposed) this.idle.push(frame);
    else if (this.running === 0) this.resources.free();
  }
}
