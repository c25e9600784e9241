/** Options that several commands share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CompileOptions, TARGETS, type TargetName } from '../program.js';
import type { Precision } from '../rules/contract.js';

export interface CommonOptions {
  readonly target: TargetName;
  readonly threads?: number;
  readonly precision: Precision;
  readonly library?: readonly string[];
  readonly rules?: readonly string[];
  readonly checked?: boolean;
}

const integer =
  (least: number) =>
  (text: string): number => {
    const n = Number(text);
    if (!Number.isSafeInteger(n) || n < least) throw new InvalidArgumentError(`an integer from ${least} is needed.`);
    return n;
  };

export const positiveInteger = integer(1);
export const wholeNumber = integer(0);

export function number(text: string): number {
  const x = Number(text);
  if (text.trim() === '' || !(x >= 0)) throw new InvalidArgumentError('a number from 0 is needed.');
  return x;
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export const withCommonOptions = (command: Command): Command =>
  command
    .addOption(new Option('--target <name>', 'what to compile for').choices(TARGETS).default('cpu'))
    .option('--threads <n>', 'threads of a run (default: one for each processor)', positiveInteger)
    .addOption(
      new Option('--precision <mode>', 'strict: no fused multiply-add, no reordered sums')
        .choices(['default', 'strict'])
        .default('default'),
    )
    .option('--rules <file>', 'rules and ops of your own, a .ts or .js file; may be repeated', collect)
    .option('--library <name>', 'allow calls of a foreign library (openblas); may be repeated', collect)
    .option('--checked', 'kernels check every index they use');

export interface ShapeOptions {
  readonly inputShapes?: string;
}

export const withShapeOptions = (command: Command): Command =>
  command.option(
    '--input-shapes <list>',
    "shapes of the inputs, where the program leaves them open: '2x3,5'; =7: a value",
  );

export interface InputOptions extends ShapeOptions {
  readonly inputs?: string;
  readonly input?: readonly string[];
  readonly random?: number;
}

export const withInputOptions = (command: Command): Command =>
  withShapeOptions(command)
    .option('--inputs <spec.json>', 'inputs by recipe, and outputs to expect')
    .option('--input <i=file.npy>', 'argument I of @main, from 0; may be repeated', collect)
    .option('--random <seed>', 'random values for every other input', wholeNumber);

export const compileOptions = ({ target, threads, precision, library, checked }: CommonOptions): CompileOptions => ({
  target,
  precision,
  ...(threads === undefined ? {} : { threads }),
  ...(library ? { libraries: library } : {}),
  ...(checked ? { checked } : {}),
});
