/** `thimble diff`: compiled code against the interpreter. */
import { showType, type Tensor } from '../../hlo/index.js';
import type { AddCommand } from '../cli.js';
import { compareTensors, type Difference } from '../compare.js';
import { brief, render, UsageError } from '../errors.js';
import { type Culprit, firstDifference } from '../first-difference.js';
import { shapedOptions } from '../input-shapes.js';
import { inputsOrRandom, oneFileOnly } from '../inputs.js';
import { type Io, Progress } from '../io.js';
import {
  type CommonOptions,
  compileOptions,
  type InputOptions,
  number,
  withCommonOptions,
  withInputOptions,
} from '../options.js';
import { ProgramFile } from '../program-file.js';
import { rulesWith } from '../rules-file.js';
import { Tally } from '../tally.js';

interface DiffOptions extends CommonOptions, InputOptions {
  readonly tolerance?: number;
}

export const addDiff: AddCommand = (program, io, done) => {
  const command = program
    .command('diff')
    .description('runs programs compiled and interpreted, and compares the outputs')
    .argument('<files...>', 'StableHLO or HLO texts');
  withInputOptions(withCommonOptions(command))
    .option('--tolerance <r>', 'largest error of floats, relative to the largest value (default: by type)', number)
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: DiffOptions) => done(await diff(files, options, io)));
};

const EXAMPLES = `
Integers and booleans must be equal. Without input options, inputs are random, with seed 0.
Where outputs differ, the first instruction whose value differs is named.

Examples:
  thimble diff model.mlir
  thimble diff softmax.mlir --inputs softmax.json --tolerance 1e-6
  thimble diff programs/*.mlir --random 3 --precision strict
`;

async function diff(files: readonly string[], options: DiffOptions, io: Io): Promise<number> {
  oneFileOnly(files, options);
  if (options.target === 'interpreter')
    throw new UsageError('diff compares with the interpreter: choose another --target');
  const rules = await rulesWith(options.rules ?? []);
  const progress = new Progress(io);
  const tally = new Tally(io);
  for (const [k, file] of files.entries()) {
    progress.say(`${k + 1} of ${files.length}: ${file}`);
    try {
      const program = ProgramFile.read(file, rules);
      const differences = compareProgram(program, options);
      progress.clear();
      report(program, differences, options, tally, io);
    } catch (e) {
      progress.clear();
      tally.fail(`${file}: ${brief(e)}`);
      io.err(render(e));
    }
  }
  return tally.finish();
}

interface Compared {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly differences: readonly Difference[];
}

function compareProgram(program: ProgramFile, options: DiffOptions): Compared {
  const how = shapedOptions(program, options, (types) => inputsOrRandom(types, options).tensors);
  using compiled = program.executable(how);
  using interpreted = program.interpreted();
  const { tensors } = inputsOrRandom(compiled.inputs, options, how);
  const outputs = program.placing(() => compiled.runSync(tensors));
  const expected = program.placing(() => interpreted.runSync(tensors));
  const differences = outputs.map((t, o) => compareTensors(t, expected[o]!, options.tolerance));
  return { inputs: tensors, outputs, differences };
}

function report(program: ProgramFile, compared: Compared, options: DiffOptions, tally: Tally, io: Io): void {
  const { differences, outputs } = compared;
  const { file } = program;
  const lines = differences.map((d, o) => `output ${o} ${showType(outputs[o]!.type)}: ${describe(d)}`);
  if (differences.every((d) => d.ok)) {
    tally.passed++;
    for (const line of lines) io.out(`${file}: ${line}\n`);
    return;
  }
  tally.fail(file);
  for (const line of lines) io.out(`  ${line}\n`);
  io.out(`  ${blame(program, compared, options)}\n`);
}

const describe = (d: Difference): string => {
  const measured = `worst ${Number.isFinite(d.worstUlp) ? d.worstUlp : 'infinite'} ULP, ${d.relative === 0 ? 0 : d.relative.toExponential(2)} of the largest value`;
  return d.ok ? measured : `${measured}; element ${d.at} is ${d.got}, the interpreter gives ${d.expected}`;
};

function blame(program: ProgramFile, { inputs }: Compared, options: DiffOptions): string {
  let found: Culprit | undefined;
  try {
    found = firstDifference(program, inputs, compileOptions(options), options.tolerance);
  } catch (e) {
    return `the first instruction that differs was not found: ${brief(e)}`;
  }
  if (!found) return 'no single instruction differs: errors add up on the way';
  const where = found.line === undefined ? '' : ` (line ${found.line})`;
  const how = found.alone ? '' : ', and only where it is fused with others';
  return `the first instruction that differs: ${found.instruction}${where}${how}`;
}
