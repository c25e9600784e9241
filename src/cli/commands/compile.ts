/** `thimble compile`: any stage of a compilation as text. */
import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import type { Compilation } from '../../compiler.js';
import { kernelAssembly, kernelLlvm, type LlvmOptions } from '../../emitters/llvm/index.js';
import { printKernel } from '../../emitters/loop/print.js';
import { printHlo } from '../../hlo/hlo-text/index.js';
import { printStablehlo } from '../../hlo/stablehlo/index.js';
import type { AddCommand } from '../cli.js';
import { UsageError } from '../errors.js';
import { fusedModule } from '../fused-module.js';
import type { Io } from '../io.js';
import { type CommonOptions, compileOptions, withCommonOptions } from '../options.js';
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
} as const satisfies Record<string, Stage>;

interface CompileCommandOptions extends CommonOptions {
  readonly emit: keyof typeof STAGES;
  readonly output?: string;
}

export const addCompile: AddCommand = (program, io, done) => {
  const stages = Object.entries(STAGES).map(([name, { doc }]) => `  ${name.padEnd(10)} ${doc}`);
  const command = program
    .command('compile')
    .description('prints a program at any stage of its compilation')
    .argument('<file>', 'StableHLO or HLO text')
    .addOption(new Option('--emit <stage>', 'what to print').choices(Object.keys(STAGES)).makeOptionMandatory());
  withCommonOptions(command)
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .addHelpText('after', `\nStages:\n${stages.join('\n')}\n${EXAMPLES}`)
    .action(async (file: string, options: CompileCommandOptions) => done(await compile(file, options, io)));
};

const EXAMPLES = `
Examples:
  thimble compile softmax.mlir --emit loop
  thimble compile matmul.mlir --emit asm --target cpu:avx2 -o matmul.s
`;

async function compile(file: string, options: CompileCommandOptions, io: Io): Promise<number> {
  if (options.target === 'interpreter')
    throw new UsageError('the interpreter compiles nothing: choose another --target');
  const stage: Stage = STAGES[options.emit];
  const program = ProgramFile.read(file, await rulesWith(options.rules ?? []));
  const compilation = program.compilation(compileOptions(options), stage.after);
  const text = program.placing(() => stage.text(compilation));
  const ended = text.endsWith('\n') ? text : `${text}\n`;
  if (options.output === undefined) io.out(ended);
  else writeFileSync(options.output, ended);
  return 0;
}
