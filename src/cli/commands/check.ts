/** `thimble check`: runs programs that carry their expectations. */
import { checkInProcesses } from '../check/processes.js';
import { type Checked, checkFile } from '../check/program.js';
import { Report } from '../check/report.js';
import type { AddCommand } from '../cli.js';
import { type Io, Progress } from '../io.js';
import { type CommonOptions, compileOptions, positiveInteger, withCommonOptions } from '../options.js';
import { rulesWith } from '../rules-file.js';

interface CheckOptions extends CommonOptions {
  readonly jobs: number;
  readonly json?: boolean;
}

export const addCheck: AddCommand = (program, io, done) => {
  const command = program
    .command('check')
    .description('runs programs that carry their expectations (check.expect_*)')
    .argument('<files...>', 'StableHLO texts; a line `// -----` separates the programs of one');
  withCommonOptions(command)
    .option('--jobs <n>', 'processes that share the files', positiveInteger, 1)
    .option('--json', 'a report as JSON: counts by op and element type, and what became of each program')
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: CheckOptions) => done(await check(files, options, io)));
};

const EXAMPLES = `
A program is its @main, or every function without arguments. Those that expect nothing, or need arguments, are skipped.
What a program computes is compiled without folding constants, and given its constants (but scalars, and what decides
shapes) as arguments, so that its kernels do the work. A checked value that no native code has written is a failure.

Examples:
  thimble check tests/*.mlir --jobs 2
  thimble check tests/add.mlir --target interpreter
  thimble check tests/*.mlir --json > report.json
`;

async function check(files: readonly string[], options: CheckOptions, io: Io): Promise<number> {
  const { jobs, rules = [], target, json = false } = options;
  const report = new Report({ target, json }, io);
  const progress = new Progress(io);
  let count = 0;
  const add = (results: readonly Checked[], file: string) => {
    progress.clear();
    report.add(results);
    progress.say(`${++count} of ${files.length}: ${file}`);
  };
  if (jobs > 1 && files.length > 1)
    await checkInProcesses(files, jobs, { compile: compileOptions(options), rules }, add);
  else {
    const all = await rulesWith(rules);
    for (const file of files) add(checkFile(file, all, compileOptions(options)), file);
  }
  progress.clear();
  return report.finish();
}
