/** Runs a plan's kernels in the loop-IR interpreter: the judge of native code, and a runner where there is none. */
import { type Compilation, type CompilerOptions, runPasses } from '../../src/compiler.js';
import { defaultRules } from '../../src/default-rules.js';
import { runKernel } from '../../src/emitters/loop/interpreter.js';
import { verifyKernel } from '../../src/emitters/loop/verify.js';
import {
  bytesOf,
  ELEMENT,
  elementCount,
  type Module,
  partsOf,
  storageOf,
  type Tensor,
  type TensorType,
} from '../../src/hlo/index.js';
import { hostTarget } from '../../src/rules/target.js';
import type { BranchStep, KernelLaunch, Step } from '../../src/runtime/plan.js';

export const compileToLoops = (module: Module, options: Partial<CompilerOptions> = {}): Compilation =>
  runPasses(
    module,
    {
      rules: defaultRules(),
      target: hostTarget(),
      precision: 'default',
      checked: false,
      fold: true,
      lower: () => {
        throw new Error('this test compiles no machine code');
      },
      ...options,
    },
    'assemble',
  );

const zeros = (type: TensorType) => new (storageOf(type.element))(elementCount(type.dims) * partsOf(type.element));

/** Every kernel is verified first; the workspace is poisoned, so that what is read before it is written shows. */
export function runInterpreted(c: Compilation, inputs: readonly Tensor[]): Tensor[] {
  const plan = c.plan!;
  for (const k of c.kernels!) {
    const problems = verifyKernel(k);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }
  const outputs = plan.outputs.map((type) => ({ type, data: zeros(type) }));
  const workspace = new Uint8Array(plan.workspaceBytes).fill(0xff);
  const homes = {
    input: (index: number) => bytesOf(inputs[index]!),
    output: (index: number) => bytesOf(outputs[index]!),
    constant: (index: number) => Uint8Array.from(plan.constants[index]!.bytes()),
  };
  const memory = plan.buffers.map(({ home, bytes }) =>
    home.kind === 'workspace' ? workspace.subarray(home.offset, home.offset + bytes) : homes[home.kind](home.index),
  );
  const launch = ({ kernel: index, args }: KernelLaunch): void => {
    const kernel = c.kernels![index]!;
    const buffers = args.map((id, p) => {
      const { element } = kernel.buffers[p]!;
      const bytes = memory[id]!;
      const Storage = storageOf(element);
      return new Storage(bytes.buffer, bytes.byteOffset, bytes.byteLength / ELEMENT[element].bytes);
    });
    runKernel(kernel, buffers as never);
  };
  const run = (steps: readonly Step[]): void => {
    for (const step of steps) {
      switch (step.kind) {
        case 'launch':
          step.launches.forEach(launch);
          break;
        case 'copy':
          memory[step.to]!.set(memory[step.from]!);
          break;
        case 'loop':
          for (run(step.condition); memory[step.predicate]![0] !== 0; run(step.condition)) run(step.body);
          break;
        case 'branch':
          run(step.branches[selected(step, memory[step.selector]!)]!);
      }
    }
  };
  run(plan.steps);
  return outputs;
}

function selected({ selects, branches }: BranchStep, selector: Uint8Array): number {
  if (selects === 'pred') return selector[0] === 0 ? 1 : 0;
  const k = new DataView(selector.buffer, selector.byteOffset).getInt32(0, true);
  return k >= 0 && k < branches.length ? k : branches.length - 1;
}
