/** `thimble compile`: any stage of a compilation as text, or all of it as a bundle. */
import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { writeBundle } from '../../bundle.js';
import type { Compilation } from '../../compiler.js';
import { kernelAssembly, kernelLlvm, type LlvmOptions } from '../../emitters/llvm/index.js';
import { compilePtx } from '../../emitters/llvm/ptx.js';
import { printKernel } from '../../emitters/loop/print.js';
import { printHlo } from '../../hlo/hlo-text/index.js';
import { printStablehlo } from '../../hlo/stablehlo/index.js';
import type { AddCommand } from '../cli.js';
import { UsageError } from '../errors.js';
import { fusedModule } from '../fused-module.js';
import { shapedOptions } from '../input-shapes.js';
import { readSpec } from '../inputs.js';
import type { Io } from '../io.js';
import { type CommonOptions, type ShapeOptions, withCommonOptions, withShapeOptions } from '../options.js';
import { printPlan } from '../print-plan.js';
import { ProgramFile } from '../program-file.js';
import { rulesWith } from '../rules-file.js';

interface Stage {
  readonly doc: string;
  /** The last pass that has to run. */
  readonly after: string;
  readonly text: (c: Compilation) => string;
}

const perKernel =
  (print: (c: Compilation, k: number) => string) =>
  (c: Compilation): string =>
    c.kernels!.map((_, k) => print(c, k)).join('\n');

/** What LLVM must know to make code for a processor. */
function forProcessor({ options: { target, checked } }: Compilation): LlvmOptions {
  if (target.arch === 'x86-64') return { target, checked };
  throw new UsageError('this stage is for processors: leave --target away, or choose cpu or cpu:avx2');
}

function ptxOf({ kernels, options: { target } }: Compilation): string {
  if (target.arch === 'nvptx') return compilePtx(kernels!, target);
  throw new UsageError('PTX is for graphics processors: choose --target cuda, or cuda:sm_90a');
}

const STAGES = {
  stablehlo: {
    doc: 'the graph once rewritten, before fusion',
    after: 'dce',
    text: (c) => printStablehlo(c.module, c.options.rules.ops),
  },
  hlo: {
    doc: 'the same as HLO text',
    after: 'dce',
    text: (c) => printHlo(c.module, c.options.rules.ops),
  },
  fused: {
    doc: 'the graph after fusion, each kernel a function',
    after: 'fuse',
    text: (c) => printStablehlo(fusedModule(c), c.options.rules.ops),
  },
  loop: { doc: 'loop IR of each kernel', after: 'assemble', text: perKernel((c, k) => printKernel(c.kernels![k]!)) },
  plan: { doc: 'steps and buffers', after: 'assemble', text: (c) => printPlan(c.plan!) },
  llvm: {
    doc: 'LLVM IR of each kernel',
    after: 'assemble',
    text: perKernel((c, k) => kernelLlvm(c.kernels![k]!, forProcessor(c))),
  },
  asm: {
    doc: 'assembly of each kernel',
    after: 'assemble',
    text: perKernel((c, k) => kernelAssembly(c.kernels![k]!, forProcessor(c))),
  },
  ptx: { doc: 'all kernels as PTX, for --target cuda', after: 'assemble', text: ptxOf },
} as const satisfies Record<string, Stage>;

/** The one thing that is no text: what `run`, `bench` and the runtime alone take. */
const BUNDLE = 'bundle';
const BUNDLE_DOC = 'a file with code, constants and plan, which runs without the compiler; see docs/bundle.md';

interface CompileCommandOptions extends CommonOptions, ShapeOptions {
  readonly emit: keyof typeof STAGES | typeof BUNDLE;
  readonly output?: string;
  readonly inputs?: string;
  readonly donate?: boolean;
}

export const addCompile: AddCommand = (program, io, done) => {
  const docs = [...Object.entries(STAGES).map(([name, { doc }]) => [name, doc] as const), [BUNDLE, BUNDLE_DOC]];
  const stages = docs.map(([name, doc]) => `  ${name!.padEnd(10)} ${doc}`);
  const command = program
    .command('compile')
    .description('prints a program at any stage of its compilation')
    .argument('<file>', 'StableHLO or HLO text')
    .addOption(
      new Option('--emit <stage>', 'what to print').choices([...Object.keys(STAGES), BUNDLE]).makeOptionMandatory(),
    );
  withShapeOptions(withCommonOptions(command))
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--inputs <spec.json>', 'of a bundle: inputs to try it with and outputs to expect, which it then carries')
    .option('--donate', 'of a bundle: its runs may overwrite inputs that the program donates (tf.aliasing_output)')
    .addHelpText('after', `\nStages:\n${stages.join('\n')}\n${EXAMPLES}`)
    .action(async (file: string, options: CompileCommandOptions) => done(await compile(file, options, io)));
};

const EXAMPLES = `
Examples:
  thimble compile softmax.mlir --emit loop
  thimble compile matmul.mlir --emit asm --target cpu:avx2 -o matmul.s
  thimble compile matmul.mlir --emit ptx --target cuda:sm_90a
  thimble compile softmax.mlir --emit bundle -o softmax.bundle --inputs softmax.json
`;

async function compile(file: string, options: CompileCommandOptions, io: Io): Promise<number> {
  if (options.target === 'interpreter')
    throw new UsageError('the interpreter compiles nothing: choose another --target');
  const program = ProgramFile.read(file, await rulesWith(options.rules ?? []));
  if (options.emit === BUNDLE) return bundle(program, options);
  const stage: Stage = STAGES[options.emit];
  const foreign = (['inputs', 'donate'] as const).find((name) => options[name] !== undefined);
  if (foreign) throw new UsageError(`--${foreign} is for --emit bundle`);
  const compilation = program.compilation(shapedOptions(program, options), stage.after);
  const text = program.placing(() => stage.text(compilation));
  const ended = text.endsWith('\n') ? text : `${text}\n`;
  if (options.output === undefined) io.out(ended);
  else writeFileSync(options.output, ended);
  return 0;
}

/** Compiled anew: what lies in the cache holds kernels of other programs, too. */
function bundle(program: ProgramFile, options: CompileCommandOptions): number {
  const { output, inputs, donate, target } = options;
  if (output === undefined) throw new UsageError('a bundle is no text', 'say where to write it: -o FILE.bundle');
  const expectations = inputs === undefined ? undefined : readSpec(inputs);
  const compilation = program.compilation({ ...shapedOptions(program, options), donate, cache: false });
  const [fixed] = compilation.values;
  if (fixed !== undefined) {
    throw new UsageError(
      `shapes depend on the value of input ${fixed}: a bundle of the program would be right for one alone`,
    );
  }
  program.placing(() => writeBundle(output, compilation, { target, expectations }));
  return 0;
}
