/** A program whose shapes are open: compiled for the shapes of the inputs that it meets, and kept for later ones. */
import type { Tensor, TypedArray } from '../hlo/tensor.js';
import { sameDims, type TensorType } from '../hlo/types.js';
import { type Argument, checkCount, Slot } from './arguments.js';
import {
  type AsyncRunOptions,
  disposedError,
  type Executable,
  type ReplicaOptions,
  type RunOptions,
} from './executable.js';
import { shapedArgument } from './open-arguments.js';

/** A program for the shapes of some inputs. */
export interface SpecialisedProgram {
  readonly executable: Executable;
  /** Numbers of the inputs for whose values, too, it was compiled. */
  readonly values: readonly number[];
}

export interface OpenProgram {
  readonly target: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
}

/** Programs kept at a time; the one that has not run for longest goes first. */
export const KEPT_PROGRAMS = 16;

/** A program with what it is for. */
export interface FixedProgram extends SpecialisedProgram {
  readonly dims: readonly (readonly number[])[];
  /** Of each input in `values`: its elements. */
  readonly fixed: readonly TypedArray[];
}

interface Entry extends FixedProgram {
  /** Asynchronous runs that have not ended. */
  running: number;
}

export class SpecialisingExecutable implements Executable {
  readonly target: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** Most recently used first. */
  private entries: Entry[] = [];
  private disposed = false;

  constructor(
    program: OpenProgram,
    /** Called where none of the programs kept is for these inputs. */
    private readonly specialise: (inputs: readonly Tensor[]) => SpecialisedProgram,
    first?: FixedProgram,
  ) {
    if (first) this.entries.push({ ...first, running: 0 });
    this.target = program.target;
    this.inputs = program.inputs;
    this.outputs = program.outputs;
  }

  /** Enough for every program compiled so far: 0 before the first run. */
  get workspaceBytes(): number {
    return Math.max(0, ...this.entries.map((e) => e.executable.workspaceBytes));
  }

  /** How many programs are kept. */
  get programs(): number {
    return this.entries.length;
  }

  runSync(inputs: readonly Argument[], options: RunOptions = {}): readonly Tensor[] {
    return this.entryFor(inputs).executable.runSync(inputs, options);
  }

  /** All processes have inputs of the same shapes. */
  runReplicasSync(
    inputs: readonly (readonly Argument[])[],
    options: Pick<ReplicaOptions, 'threads'> = {},
  ): readonly (readonly Tensor[])[] {
    return this.entryFor(inputs[0] ?? []).executable.runReplicasSync(inputs, options);
  }

  async runReplicas(
    inputs: readonly (readonly Argument[])[],
    options: ReplicaOptions = {},
  ): Promise<readonly (readonly Tensor[])[]> {
    options.signal?.throwIfAborted();
    return this.keeping(this.entryFor(inputs[0] ?? []), ({ executable }) => executable.runReplicas(inputs, options));
  }

  async run(inputs: readonly Argument[], options: AsyncRunOptions = {}): Promise<readonly Tensor[]> {
    options.signal?.throwIfAborted();
    return this.keeping(this.entryFor(inputs), ({ executable }) => executable.run(inputs, options));
  }

  /** The program is not dropped while it runs. */
  private async keeping<T>(entry: Entry, use: (entry: Entry) => Promise<T>): Promise<T> {
    entry.running++;
    try {
      return await use(entry);
    } finally {
      entry.running--;
      this.dropOld();
    }
  }

  dispose(): void {
    this.disposed = true;
    for (const e of this.entries) e.executable.dispose();
    this.entries = [];
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private entryFor(inputs: readonly Argument[]): Entry {
    if (this.disposed) throw disposedError();
    checkCount('input', inputs, this.inputs.length);
    const tensors = inputs.map((x, i) => shapedArgument(x, this.inputs[i]!, i));
    const k = this.entries.findIndex((e) => fits(e, tensors));
    const entry = k < 0 ? this.compile(tensors) : this.entries.splice(k, 1)[0]!;
    this.entries.unshift(entry);
    this.dropOld();
    return entry;
  }

  private compile(tensors: readonly Tensor[]): Entry {
    tensors.forEach((t, i) => {
      new Slot(`input ${i}`, t.type).addressOf(t);
    });
    const made = this.specialise(tensors);
    const fixed = made.values.map((i) => tensors[i]!.data.slice() as TypedArray);
    return { ...made, dims: tensors.map((t) => t.type.dims), fixed, running: 0 };
  }

  /** Programs with runs under way are kept until these have ended. */
  private dropOld(): void {
    for (let k = this.entries.length - 1; k > 0 && this.entries.length > KEPT_PROGRAMS; k--) {
      if (this.entries[k]!.running > 0) continue;
      this.entries[k]!.executable.dispose();
      this.entries.splice(k, 1);
    }
  }
}

function fits({ dims, values, fixed }: Entry, tensors: readonly Tensor[]): boolean {
  return (
    tensors.every((t, i) => sameDims(t.type.dims, dims[i]!)) &&
    values.every((i, k) => sameElements(tensors[i]!.data, fixed[k]!))
  );
}

const sameElements = (a: TypedArray, b: TypedArray): boolean => a.length === b.length && a.every((x, k) => x === b[k]);
