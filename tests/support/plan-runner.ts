/** Runs a plan's kernels in the loop-IR interpreter: the judge of native code, and a runner where there is none. */
import { type Compilation, type CompilerOptions, runPasses } from '../../src/compiler.js';
import { defaultRules } from '../../src/default-rules.js';
import type { Module, Tensor } from '../../src/hlo/index.js';
import { hostTarget } from '../../src/rules/target.js';
import { SimulatedExecutable } from '../../src/simulated-executable.js';

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

/** The workspace is poisoned, so that what is read before it is written shows. */
export const runInterpreted = (c: Compilation, inputs: readonly Tensor[]): readonly Tensor[] =>
  new SimulatedExecutable(c, 'simulated').runSync(inputs);
