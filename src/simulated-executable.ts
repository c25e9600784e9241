/**
 * A compiled program whose kernels the loop-IR interpreter runs: slow, and a finder of every access, wait and race that
 * is wrong. It runs kernels for graphics processors where there is none, and is the judge of native code.
 */
import type { Compilation } from './compiler.js';
import { runKernel } from './emitters/loop/interpreter.js';
import type { Kernel } from './emitters/loop/ir.js';
import type { Group } from './fusion/group.js';
import { bytesOf, ELEMENT, storageOf, type Tensor, type TensorType } from './hlo/index.js';
import { allocateAligned } from './runtime/aligned.js';
import { checkCount, Slot } from './runtime/arguments.js';
import { selectedBranch, tripsBetween } from './runtime/decisions.js';
import { disposedError, notReplicated } from './runtime/executable.js';
import type { Argument, AsyncRunOptions, Executable, RunOptions } from './runtime/index.js';
import type { KernelLaunch, LaunchStep, Plan, PlanBuffer, Step } from './runtime/plan.js';

export class SimulatedExecutable implements Executable {
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly workspaceBytes: number;
  private readonly plan: Plan;
  private readonly kernels: readonly Kernel[];
  /** What a step was made of, for messages. */
  private readonly sourceOf: (step: LaunchStep) => string;
  private disposed = false;

  constructor(
    { plan, kernels, groupOf }: Pick<Compilation, 'plan' | 'kernels' | 'groupOf'>,
    readonly target: string,
  ) {
    this.plan = plan!;
    this.kernels = kernels!;
    this.sourceOf = (step) => sourceOf(groupOf?.get(step)) ?? step.label;
    this.inputs = this.plan.inputs;
    this.outputs = this.plan.outputs;
    this.workspaceBytes = this.plan.workspaceBytes;
  }

  runSync(given: readonly Argument[], options: RunOptions = {}): readonly Tensor[] {
    if (this.disposed) throw disposedError();
    checkCount('input', given, this.inputs.length);
    if (options.outputs) checkCount('output', options.outputs, this.outputs.length);
    const inputs = given.map((x, i) => checked(x, `input ${i}`, this.inputs[i]!));
    const outputs = this.outputs.map((type, o) => {
      const donation = this.plan.donations.find((d) => d.output === o);
      if (donation) return { type, data: inputs[donation.input]!.data };
      return options.outputs ? checked(options.outputs[o]!, `output ${o}`, type) : allocateAligned(type);
    });
    new Run(this.plan, this.kernels, inputs, outputs, this.sourceOf).steps(this.plan.steps);
    return options.outputs ?? outputs;
  }

  async run(inputs: readonly Argument[], options: AsyncRunOptions = {}): Promise<readonly Tensor[]> {
    options.signal?.throwIfAborted();
    return this.runSync(inputs, options);
  }

  runReplicasSync(): never {
    throw notReplicated(this.target);
  }

  async runReplicas(): Promise<never> {
    throw notReplicated(this.target);
  }

  dispose(): void {
    this.disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checked(x: Argument, name: string, type: TensorType): Tensor {
  const slot = new Slot(name, type);
  slot.addressOf(x);
  return { type, data: slot.arrayOf(x) };
}

/** The instructions of a kernel, each with its line and column of the text. */
function sourceOf(group: Group | undefined): string | undefined {
  if (!group || group.members.size === 0) return undefined;
  const names = [...group.members].map(({ opcode, location: at }) =>
    at ? `${opcode} (${at.line}:${at.column})` : String(opcode),
  );
  return `${group.template} of ${names.reverse().join(', ')}`;
}

/** What memory holds before anything is written to it: most such floats are NaN, so that a read of it shows. */
const POISON = 0xff;

/** One execution: the plan's buffers in memory. */
class Run {
  private readonly memory: readonly Uint8Array[];

  constructor(
    plan: Plan,
    private readonly kernels: readonly Kernel[],
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    private readonly sourceOf: (step: LaunchStep) => string,
  ) {
    const workspace = new Uint8Array(plan.workspaceBytes).fill(POISON);
    const bytesAt = ({ home, bytes }: PlanBuffer): Uint8Array => {
      switch (home.kind) {
        case 'input':
          return bytesOf(inputs[home.index]!);
        case 'output':
          return bytesOf(outputs[home.index]!);
        case 'constant':
          return Uint8Array.from(plan.constants[home.index]!.bytes());
        case 'workspace':
          return workspace.subarray(home.offset, home.offset + bytes);
        case 'process':
          return new Uint8Array(bytes);
      }
    };
    this.memory = plan.buffers.map(bytesAt);
  }

  steps(steps: readonly Step[]): void {
    const { memory } = this;
    for (const step of steps) {
      switch (step.kind) {
        case 'launch':
          for (const launch of step.launches) this.launch(step, launch);
          break;
        case 'copy':
          memory[step.to]!.set(memory[step.from]!);
          break;
        case 'loop':
          this.steps(step.condition);
          while (memory[step.predicate]![0] !== 0) {
            this.steps(step.body);
            this.steps(step.condition);
          }
          break;
        case 'repeat': {
          const { trips: said } = step;
          const trips = typeof said === 'number' ? said : tripsBetween(said, memory[said.low]!, memory[said.high]!);
          for (let k = 0; k < trips; k++) this.steps(k % 2 === 1 && step.other.length > 0 ? step.other : step.body);
          if (trips % 2 === 1) this.steps(step.odd);
          break;
        }
        case 'branch':
          this.steps(step.branches[selectedBranch(step, memory[step.selector]!)]!);
          break;
        case 'exchange':
          throw notReplicated('simt');
      }
    }
  }

  private launch(step: LaunchStep, { kernel: index, args }: KernelLaunch): void {
    const kernel = this.kernels[index]!;
    const buffers = args.map((id, p) => {
      const { element } = kernel.buffers[p]!;
      const bytes = this.memory[id]!;
      const Storage = storageOf(element);
      return new Storage(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / ELEMENT[element].bytes);
    });
    try {
      runKernel(kernel, buffers, { races: true });
    } catch (e) {
      throw new Error(`${this.sourceOf(step)}: ${(e as Error).message}`, { cause: e });
    }
  }
}
