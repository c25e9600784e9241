/** What running a program looks like, whatever it was compiled to. */
import type { Tensor } from '../hlo/tensor.js';
import type { TensorType } from '../hlo/types.js';
import type { Argument } from './arguments.js';
import type { Communicator } from './communicator.js';

export interface RunOptions {
  /** Tensors to write the results to, one for each output. They may share no bytes with each other or an input. */
  readonly outputs?: readonly Tensor[] | undefined;
  /** Memory for temporaries, `workspaceBytes` of it at least; without it the program keeps its own. */
  readonly workspace?: Uint8Array | undefined;
  /** Threads that share the work of each kernel, the calling one included. */
  readonly threads?: number | undefined;
  /** As which process of a program on several devices this run goes, and how it reaches the others. */
  readonly communicator?: Communicator | undefined;
}

/** Threads are those of all processes together. */
export type ReplicaOptions = Pick<AsyncRunOptions, 'threads' | 'signal'>;

export interface AsyncRunOptions extends RunOptions {
  /** Ends the run soon after it is aborted: between two kernels. `AbortSignal.timeout(ms)` bounds its time. */
  readonly signal?: AbortSignal | undefined;
}

/** A compiled program. */
export interface Executable {
  readonly target: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** Bytes that a workspace must have when the caller brings one. */
  readonly workspaceBytes: number;
  /**
   * Runs the program in the calling thread, and returns its outputs: those handed in, or new ones.
   * Throws `ArgumentError` on arguments that do not fit.
   */
  runSync(inputs: readonly Argument[], options?: RunOptions): readonly Tensor[];
  /**
   * Runs the program beside the event loop. Its arrays are its own until the promise settles: they must neither be
   * written nor transferred.
   */
  run(inputs: readonly Argument[], options?: AsyncRunOptions): Promise<readonly Tensor[]>;
  /**
   * Runs the program as several processes at once, threads of this one: replicas, and within each its partitions. Takes the
   * inputs of each and returns the outputs of each. Returns when all have ended; where a process waits in vain for another,
   * an error says so.
   */
  runReplicasSync(
    inputs: readonly (readonly Argument[])[],
    options?: Pick<ReplicaOptions, 'threads'>,
  ): readonly (readonly Tensor[])[];
  /** The same beside the event loop, as `run`. */
  runReplicas(
    inputs: readonly (readonly Argument[])[],
    options?: ReplicaOptions,
  ): Promise<readonly (readonly Tensor[])[]>;
  /** Frees code, constants and workspace, at once or when the last run has ended. Twice is once. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A checked kernel was about to leave one of its buffers. */
export class ViolationError extends Error {
  override name = 'ViolationError';
}

/** The error of a target that runs programs as one process alone. */
export const notReplicated = (target: string): Error =>
  new Error(`target ${target} runs programs as one process: choose cpu or interpreter for several replicas`);

/** The error of running one process of several by itself. */
export const aloneError = (processes: number): Error =>
  new Error(`the program runs as ${processes} processes: hand the inputs of all to runReplicas or runReplicasSync`);

/** The error of using a program after its disposal. */
export const disposedError = (): Error => new Error('the program has been disposed of and cannot run any more');
