/** A program that the reference interpreter runs: slow, obvious, right. */
import {
  type Computation,
  type Module,
  type OpRegistry,
  type RuntimeValue,
  type Tensor,
  type TensorType,
  TOKEN_VALUE,
} from '../hlo/index.js';
import { interpret, runGrid } from '../hlo/interpreter.js';
import { declaredGrid, type Grid, ONE_DEVICE, processCount } from '../hlo/process-groups.js';
import { dependsOnProcesses } from '../hlo/processes.js';
import { type Argument, checkCount, checkProcesses, Slot } from './arguments.js';
import {
  type AsyncRunOptions,
  aloneError,
  disposedError,
  type Executable,
  type ReplicaOptions,
  type RunOptions,
} from './executable.js';
import { shapedArgument } from './open-arguments.js';

export class InterpretedExecutable implements Executable {
  readonly target = 'interpreter';
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly workspaceBytes = 0;
  /** One device, too, where it makes no difference how many there are. */
  private readonly grid: Grid;
  private disposed = false;

  constructor(
    private readonly module: Module,
    private readonly ops: OpRegistry,
    grid = declaredGrid(module.attributes),
  ) {
    this.grid = dependsOnProcesses(module, ops) ? grid : ONE_DEVICE;
    this.inputs = module.entry.parameters.map((p) => p.result.tensorType);
    this.outputs = module.entry.results.map((v) => v.tensorType);
  }

  runSync(inputs: readonly Argument[], { outputs }: RunOptions = {}): readonly Tensor[] {
    if (this.disposed) throw disposedError();
    if (processCount(this.grid) > 1) throw aloneError(processCount(this.grid));
    checkCount('input', inputs, this.inputs.length);
    if (outputs) checkCount('output', outputs, this.outputs.length);
    const tensors = inputs.map((x, i) => this.tensorOf(x, i));
    const results = interpret(this.module, this.ops, tensors).map(tensorResult);
    if (!outputs) return results;
    results.forEach((r, o) => {
      const slot = new Slot(`output ${o}`, r.type);
      slot.addressOf(outputs[o]!);
      (slot.arrayOf(outputs[o]!) as Float64Array).set(r.data as Float64Array);
    });
    return outputs;
  }

  async run(inputs: readonly Argument[], options: AsyncRunOptions = {}): Promise<readonly Tensor[]> {
    options.signal?.throwIfAborted();
    return this.runSync(inputs, options);
  }

  runReplicasSync(inputs: readonly (readonly Argument[])[]): readonly (readonly Tensor[])[] {
    if (this.disposed) throw disposedError();
    const { module, ops } = this;
    const declared = processCount(this.grid);
    checkProcesses(inputs, declared > 1 ? declared : undefined);
    const { replicas, partitions } = declared > 1 ? this.grid : { replicas: inputs.length, partitions: 1 };
    const programs = Array.from({ length: replicas }, () => new Array<Computation>(partitions).fill(module.entry));
    const args = inputs.map((list) => {
      checkCount('input', list, this.inputs.length);
      return list.map((x, i) => this.tensorOf(x, i));
    });
    return runGrid(programs, ops, args).map((results) => results.map(tensorResult));
  }

  async runReplicas(
    inputs: readonly (readonly Argument[])[],
    options: ReplicaOptions = {},
  ): Promise<readonly (readonly Tensor[])[]> {
    options.signal?.throwIfAborted();
    return this.runReplicasSync(inputs);
  }

  dispose(): void {
    this.disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private tensorOf(x: Argument, i: number): Tensor {
    const { type } = shapedArgument(x, this.inputs[i]!, i);
    const slot = new Slot(`input ${i}`, type);
    slot.addressOf(x);
    return { type, data: slot.arrayOf(x) };
  }
}

function tensorResult(v: RuntimeValue): Tensor {
  if (v === TOKEN_VALUE) throw new TypeError('a program whose result is a token cannot be run from here');
  return v;
}
