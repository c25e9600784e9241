/** One run of a program as several processes: a frame and a thread for each. */
import type { Tensor } from '../hlo/tensor.js';
import { type Argument, ArgumentError } from './arguments.js';
import type { Communicator } from './communicator.js';
import type { Entry } from './entry.js';
import type { Frame } from './frame.js';
import type { ExchangeStep } from './plan.js';
import { STATUS } from './plan-abi.js';
import { ThreadGroup } from './thread-group.js';

/** What a program does for its runs. */
export interface Runner {
  readonly entry: Entry;
  readonly exchanges: readonly ExchangeStep[];
  takeFrame(): Frame;
  giveBack(frame: Frame): void;
  /** Checks the arguments of a process and writes their addresses; its outputs. */
  bind(frame: Frame, inputs: readonly Argument[], communicator: Communicator): readonly Tensor[];
  failure(status: number, frame: Frame, who: string): Error;
}

type Outputs = readonly (readonly Tensor[])[];

export class ReplicaRun {
  private readonly frames: Frame[] = [];
  private readonly group: ThreadGroup;
  private readonly outputs: Outputs;

  /** Starts every process. Throws `ArgumentError` on arguments that do not fit. */
  constructor(
    private readonly runner: Runner,
    inputs: readonly (readonly Argument[])[],
  ) {
    this.group = new ThreadGroup(runner.entry, runner.exchanges, inputs.length);
    try {
      this.outputs = inputs.map((list, p) => {
        const frame = runner.takeFrame();
        this.frames.push(frame);
        return runner.bind(frame, list, this.group.communicators[p]!);
      });
      refuseSharedMemory(this.outputs);
      this.group.start(this.frames.map((f) => f.address));
    } catch (e) {
      this.end();
      throw e;
    }
  }

  finishSync(): Outputs {
    try {
      return this.outcome(this.group.joinSync());
    } finally {
      this.end();
    }
  }

  async finish(signal: AbortSignal | undefined): Promise<Outputs> {
    const cancel = () => {
      for (const frame of this.frames) frame.cancel();
      this.group.stop();
    };
    try {
      signal?.addEventListener('abort', cancel);
      const statuses = await this.group.join();
      if (statuses.includes(STATUS.cancelled)) signal?.throwIfAborted();
      return this.outcome(statuses);
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.end();
    }
  }

  private outcome(statuses: readonly number[]): Outputs {
    // Of those who were left alone others are the reason.
    const order = [STATUS.violation, STATUS.cancelled, STATUS.deserted] as readonly number[];
    const status = order.find((s) => statuses.includes(s));
    if (status === undefined) return this.outputs;
    const process = statuses.indexOf(status);
    throw this.runner.failure(status, this.frames[process]!, `process ${process}: `);
  }

  private end(): void {
    this.group.free();
    for (const frame of this.frames) {
      frame.clearCancel();
      this.runner.giveBack(frame);
    }
  }
}

/** Outputs are new, but for those that lie in memory that an input gives up: another process must not have it. */
function refuseSharedMemory(outputs: Outputs): void {
  const owners = new Map<ArrayBufferLike, number>();
  for (const [process, list] of outputs.entries()) {
    for (const { data } of list) {
      const owner = owners.get(data.buffer);
      if (owner !== undefined && owner !== process) {
        throw new ArgumentError(`processes ${owner} and ${process} give up the same array: each needs one of its own`);
      }
      owners.set(data.buffer, process);
    }
  }
}
