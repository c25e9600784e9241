/** `thimble run`: runs a program's `main`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { showType, type Tensor } from '../../hlo/index.js';
import { writeNpy } from '../../hlo/npy.js';
import { printTensor } from '../../hlo/print-tensor.js';
import { compareOutputs, type OutputComparison, type ProgramSpec } from '../../hlo/recipe.js';
import { Bundle, type Executable } from '../../runtime/index.js';
import { isBundleFile, refuseCompiling } from '../bundle-file.js';
import type { AddCommand } from '../cli.js';
import { shapedOptions } from '../input-shapes.js';
import { type Brought, inputsFor } from '../inputs.js';
import { type Io, Progress } from '../io.js';
import { type CommonOptions, type InputOptions, withCommonOptions, withInputOptions } from '../options.js';
import { ProgramFile } from '../program-file.js';
import { rulesWith } from '../rules-file.js';

interface RunCommandOptions extends CommonOptions, InputOptions {
  readonly out?: string;
}

export const addRun: AddCommand = (program, io, done) => {
  const command = program
    .command('run')
    .description("runs a program's @main and prints its outputs as NumPy would")
    .argument('<file>', 'StableHLO or HLO text, or a bundle');
  withInputOptions(withCommonOptions(command))
    .option('--out <dir>', 'write the outputs to DIR/out0.npy, out1.npy, ...')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: RunCommandOptions) => done(await run(file, options, io, command)));
};

const EXAMPLES = `
Where the spec of --inputs says what outputs to expect, they are compared, and a miss makes the exit code 1. A bundle
that carries expectations is run on their inputs where no others are given.

Examples:
  thimble run model.mlir --input 0=images.npy --out results
  thimble run softmax.mlir --inputs softmax.json
  thimble run matmul.mlir --random 7 --target interpreter
  thimble run polymorphic.mlir --random 7 --input-shapes 8x3,8
  thimble run softmax.bundle
`;

async function run(file: string, options: RunCommandOptions, io: Io, command: Command): Promise<number> {
  const progress = new Progress(io);
  progress.say(`compiling ${file}`);
  const ready = isBundleFile(file) ? loaded(file, options, command) : await compiled(file, options);
  using executable = ready.executable;
  const { tensors, spec } = inputsFor(executable.inputs, options, ready.brought);
  progress.say(`running ${file}`);
  const outputs = ready.placing(() => executable.runSync(tensors));
  progress.clear();
  outputs.forEach((t, i) => {
    if (outputs.length > 1) io.err(`output ${i}: ${showType(t.type)}\n`);
    io.out(`${printTensor(t)}\n`);
  });
  if (options.out !== undefined) writeOutputs(options.out, outputs);
  return spec?.outputs ? reportExpectations(spec, outputs, io) : 0;
}

interface Ready {
  readonly executable: Executable;
  /** Inputs that the program brings along. */
  readonly brought: Brought;
  /** Gives errors the line that they are about, where there are lines. */
  readonly placing: <T>(use: () => T) => T;
}

async function compiled(file: string, options: RunCommandOptions): Promise<Ready> {
  const program = ProgramFile.read(file, await rulesWith(options.rules ?? []));
  const how = shapedOptions(program, options, (types) => inputsFor(types, options).tensors);
  return {
    executable: program.executable(how),
    brought: { shapes: how.shapes },
    placing: (use) => program.placing(use),
  };
}

function loaded(file: string, { threads }: RunCommandOptions, command: Command): Ready {
  refuseCompiling(command, file);
  const bundle = Bundle.open(file);
  return { executable: bundle.load({ threads }), brought: { carried: bundle.expectations() }, placing: (use) => use() };
}

function writeOutputs(folder: string, outputs: readonly Tensor[]): void {
  mkdirSync(folder, { recursive: true });
  outputs.forEach((t, i) => {
    writeFileSync(join(folder, `out${i}.npy`), writeNpy(t));
  });
}

function reportExpectations(spec: ProgramSpec, outputs: readonly Tensor[], io: Io): number {
  const comparisons = compareOutputs(spec, outputs);
  comparisons.forEach((c, i) => {
    io.out(`output ${i}: ${describe(c, spec, i)}\n`);
  });
  return comparisons.every((c) => c.ok) ? 0 : 1;
}

function describe(c: OutputComparison, spec: ProgramSpec, i: number): string {
  const expected = spec.outputs?.[i];
  if (expected?.unchecked) {
    return `not compared${typeof expected.unchecked === 'string' ? ` (${expected.unchecked})` : ''}`;
  }
  const tolerance = expected?.tolerance ?? spec.tolerance ?? 0;
  const measured = `${c.samples} samples, largest difference ${c.worst === 0 ? 0 : c.worst.toExponential(2)} of the scale, tolerance ${tolerance}`;
  if (c.ok) return `as expected (${measured}${c.misses > 0 ? `, ${c.misses} outliers allowed` : ''})`;
  return `NOT as expected: ${c.message} (${c.misses} of ${measured})`;
}
