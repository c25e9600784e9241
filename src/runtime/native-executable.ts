/** A plan and its machine code, ready to run: one native call an execution. */
import koffi from 'koffi';
import type { Tensor } from '../hlo/tensor.js';
import type { TensorType } from '../hlo/types.js';
import { allocateAligned } from './aligned.js';
import { type Argument, ArgumentError, checkCount, checkProcesses, Slot } from './arguments.js';
import type { LoadedCode } from './code.js';
import { type EncodedPlan, encodePlan } from './encode-plan.js';
import type { Entry } from './entry.js';
import {
  type AsyncRunOptions,
  aloneError,
  disposedError,
  type Executable,
  type ReplicaOptions,
  type RunOptions,
  ViolationError,
} from './executable.js';
import { Frame } from './frame.js';
import { ALIGNMENT, alignUp } from './memory.js';
import { ASYNC_STACK_BYTES, asyncStackIsEnough } from './native.js';
import { argumentOverlap, type OverlapCheck } from './overlap.js';
import type { ExchangeStep, Plan } from './plan.js';
import { STATUS } from './plan-abi.js';
import { ReplicaRun, type Runner } from './replica-run.js';
import { placeConstants, Resources } from './resources.js';

export interface ProgramOptions {
  readonly target: string;
  /** Threads of a run that does not say how many. */
  readonly threads: number;
  /** Were the kernels compiled with checks? */
  readonly checked: boolean;
}

/** Frames that are kept for later runs, and asynchronous runs at a time: Node has four threads for them. */
const FRAMES = 4;

const forgotten = new FinalizationRegistry<Resources>((resources) => resources.free());

export class NativeExecutable implements Executable {
  readonly target: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly workspaceBytes: number;
  private readonly encoded: EncodedPlan;
  private readonly inputSlots: readonly Slot[];
  private readonly outputSlots: readonly Slot[];
  private readonly workspaceSlot: number;
  /** The buffers of each input, and of each output. */
  private readonly inputBuffers: readonly (readonly number[])[];
  private readonly outputBuffers: readonly (readonly number[])[];
  private readonly overlap: OverlapCheck;
  private readonly inputStarts: Float64Array;
  private readonly outputStarts: Float64Array;
  private readonly resources: Resources;
  private readonly idle: Frame[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly constants: readonly bigint[];
  private running = 0;
  private disposed = false;

  /** `entry`: where `thimble_run` lies. Takes `code` over. */
  constructor(
    private readonly plan: Plan,
    code: LoadedCode,
    private readonly entry: Entry,
    private readonly options: ProgramOptions,
  ) {
    this.target = options.target;
    this.inputs = plan.inputs;
    this.outputs = plan.outputs;
    this.workspaceBytes = plan.workspaceBytes === 0 ? 0 : plan.workspaceBytes + ALIGNMENT;
    this.encoded = encodePlan(plan, code.address, options.checked);
    this.inputSlots = plan.inputs.map((t, i) => new Slot(`input ${i}`, t));
    this.outputSlots = plan.outputs.map((t, i) => new Slot(`output ${i}`, t));
    const buffersOf = (kind: 'input' | 'output', index: number): number[] =>
      plan.buffers.filter(({ home }) => home.kind === kind && home.index === index).map((b) => b.id);
    this.inputBuffers = plan.inputs.map((_, i) => buffersOf('input', i));
    this.outputBuffers = plan.outputs.map((_, i) => buffersOf('output', i));
    this.workspaceSlot = plan.outputs.length;
    this.overlap = argumentOverlap(plan, [plan.workspaceBytes]);
    this.inputStarts = new Float64Array(plan.inputs.length);
    // The caller's workspace is one more output: written, and to be overlapped by nothing.
    this.outputStarts = new Float64Array(plan.outputs.length + 1);
    const constants = placeConstants(plan);
    this.constants = constants.addresses;
    this.resources = new Resources(constants.memory, code);
    forgotten.register(this, this.resources, this);
  }

  runSync(inputs: readonly Argument[], options: RunOptions = {}): readonly Tensor[] {
    if (this.disposed) throw disposedError();
    const frame = this.idle.pop() ?? this.newFrame();
    try {
      const outputs = this.bind(frame, inputs, options);
      const status = this.entry(frame.address);
      if (status !== STATUS.ok) throw this.failure(status, frame);
      return outputs;
    } finally {
      this.giveBack(frame);
    }
  }

  async run(inputs: readonly Argument[], options: AsyncRunOptions = {}): Promise<readonly Tensor[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.disposed) throw disposedError();
    if (!asyncStackIsEnough()) {
      throw new Error(
        'koffi was used before thimble was loaded, and gives asynchronous calls too little stack; ' +
          `import thimble first, or call koffi.config({ async_stack_size: ${ASYNC_STACK_BYTES} }) before that`,
      );
    }
    if (this.running >= FRAMES) await this.turn();
    if (this.disposed) {
      this.waiting.shift()?.();
      throw disposedError();
    }
    this.running++;
    const held = [...inputs, options];
    const frame = this.idle.pop() ?? this.newFrame();
    const cancel = () => frame.cancel();
    try {
      signal?.throwIfAborted();
      const outputs = this.bind(frame, inputs, options);
      signal?.addEventListener('abort', cancel);
      const status = await this.call(frame);
      if (status === STATUS.cancelled) signal?.throwIfAborted();
      if (status !== STATUS.ok) throw this.failure(status, frame);
      return outputs;
    } finally {
      signal?.removeEventListener('abort', cancel);
      frame.clearCancel();
      this.running--;
      this.giveBack(frame);
      this.waiting.shift()?.();
      // What native code was reading and writing must not have been collected meanwhile.
      keepAlive(held);
    }
  }

  /** What communicators do, by number. */
  get exchanges(): readonly ExchangeStep[] {
    return this.encoded.exchanges;
  }

  runReplicasSync(
    inputs: readonly (readonly Argument[])[],
    { threads }: Pick<ReplicaOptions, 'threads'> = {},
  ): readonly (readonly Tensor[])[] {
    return this.startReplicas(inputs, threads).finishSync();
  }

  async runReplicas(
    inputs: readonly (readonly Argument[])[],
    { threads, signal }: ReplicaOptions = {},
  ): Promise<readonly (readonly Tensor[])[]> {
    signal?.throwIfAborted();
    const run = this.startReplicas(inputs, threads);
    this.running++;
    try {
      return await run.finish(signal);
    } finally {
      this.running--;
      if (this.disposed) this.freeWhenIdle();
      this.waiting.shift()?.();
      keepAlive([inputs]);
    }
  }

  /** Every process a thread. */
  private startReplicas(inputs: readonly (readonly Argument[])[], threads = this.options.threads): ReplicaRun {
    if (this.disposed) throw disposedError();
    checkProcesses(inputs, this.plan.processes);
    const own = Math.max(1, Math.floor(threadsOf(threads) / inputs.length));
    const { entry, exchanges } = this;
    const runner: Runner = {
      entry,
      exchanges,
      takeFrame: () => this.idle.pop() ?? this.newFrame(),
      giveBack: (frame) => this.giveBack(frame),
      bind: (frame, list, communicator) => this.bind(frame, list, { threads: own, communicator }),
      failure: (status, frame, who) => this.failure(status, frame, who),
    };
    return new ReplicaRun(runner, inputs);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    forgotten.unregister(this);
    this.freeWhenIdle();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Fills the workspaces that are kept for later runs with a byte, to find kernels that read before they write. */
  poison(byte: number): void {
    for (const f of this.idle) f.poison(byte);
  }

  private call(frame: Frame): Promise<number> {
    return new Promise((resolve, reject) => {
      this.entry.async(frame.address, (error, status) => {
        if (error) reject(error);
        else resolve(status);
      });
    });
  }

  /** Until an asynchronous run has ended. */
  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private newFrame(): Frame {
    const { plan, encoded, constants, options } = this;
    const frame = new Frame({
      plan,
      steps: koffi.address(encoded.steps),
      args: koffi.address(encoded.args),
      ranges: koffi.address(encoded.ranges),
      end: encoded.end,
      constants,
      checked: options.checked,
    });
    this.resources.frames.push(frame);
    return frame;
  }

  private giveBack(frame: Frame): void {
    if (!this.disposed) {
      this.idle.push(frame);
      return;
    }
    this.freeWhenIdle();
  }

  private freeWhenIdle(): void {
    if (this.running === 0) this.resources.free();
  }

  /** Checks the arguments and writes their addresses; the outputs. */
  private bind(frame: Frame, inputs: readonly Argument[], options: RunOptions): readonly Tensor[] {
    const { inputSlots, outputSlots, inputStarts, outputStarts } = this;
    checkCount('input', inputs, inputSlots.length);
    const given = options.outputs;
    if (given) checkCount('output', given, outputSlots.length);
    const outputs = given ?? this.newOutputs(inputs);
    for (let i = 0; i < inputSlots.length; i++) {
      const address = inputSlots[i]!.addressOf(inputs[i]!);
      inputStarts[i] = Number(address);
      for (const b of this.inputBuffers[i]!) frame.setSlot(b, address);
    }
    for (let o = 0; o < outputSlots.length; o++) {
      const address = outputSlots[o]!.addressOf(outputs[o]!);
      outputStarts[o] = Number(address);
      for (const b of this.outputBuffers[o]!) frame.setSlot(b, address);
    }
    const workspace = options.workspace && this.workspaceAddress(options.workspace);
    outputStarts[this.workspaceSlot] = Number(workspace ?? 0n);
    if (given) this.refuseOthers();
    if (given || workspace || this.plan.donations.length > 0) this.refuseOverlap();
    frame.setWorkspace(workspace);
    frame.setThreads(threadsOf(options.threads ?? this.options.threads));
    if (options.communicator) frame.setCommunicator(options.communicator);
    else if (this.plan.processes !== undefined) throw aloneError(this.plan.processes);
    return outputs;
  }

  /** New tensors, but for those that lie in an input's memory. */
  private newOutputs(inputs: readonly Argument[]): Tensor[] {
    const { outputs, donations } = this.plan;
    return outputs.map((type, o) => {
      const donation = donations.find((d) => d.output === o);
      if (!donation) return allocateAligned(type);
      return { type, data: this.inputSlots[donation.input]!.arrayOf(inputs[donation.input]!) };
    });
  }

  /** Of the outputs handed in, those that lie in an input's memory must be that very memory. */
  private refuseOthers(): void {
    for (const { input, output } of this.plan.donations) {
      if (this.inputStarts[input] === this.outputStarts[output]) continue;
      throw new ArgumentError(`output ${output} must be the array of input ${input}, which the program donates to it`);
    }
  }

  private workspaceAddress(workspace: Uint8Array): bigint | undefined {
    if (this.workspaceBytes === 0) return undefined;
    if (!(workspace instanceof Uint8Array) || workspace.length < this.workspaceBytes) {
      throw new ArgumentError(`the workspace must be a Uint8Array of at least ${this.workspaceBytes} bytes`);
    }
    const address = koffi.address(workspace);
    return BigInt(alignUp(Number(address)));
  }

  private refuseOverlap(): void {
    const found = this.overlap.find(this.inputStarts, this.outputStarts);
    if (!found) return;
    const name = (o: number) => (o === this.workspaceSlot ? 'the workspace' : `output ${o}`);
    const { kind, index } = found.other;
    const other = kind === 'input' ? `input ${index}` : name(index);
    throw new ArgumentError(`${name(found.output)} overlaps ${other} in memory; each needs bytes of its own`);
  }

  /** `who`: the process, where there are several. */
  private failure(status: number, frame: Frame, who = ''): Error {
    const step = `step ${frame.failedStep} (${this.encoded.labels[frame.failedStep] ?? 'unknown'})`;
    if (status === STATUS.cancelled) return new Error(`${who}the run was cancelled before ${step}`);
    if (status === STATUS.deserted) {
      return new Error(`${who}${step} waits for another process, which has ended or waits elsewhere`);
    }
    const { parameter, index, task } = frame.takeViolation();
    return new ViolationError(
      `internal error: ${who}${step} was about to access element ${index} of its parameter ${parameter}, outside of it, ` +
        `in task ${task}`,
    );
  }
}

function threadsOf(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new ArgumentError(`threads must be an integer from 1 to 1024, not ${threads}`);
}

const keepAlive = (_used: readonly unknown[]): void => {};
