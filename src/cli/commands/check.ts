/** `thimble check`: runs programs that carry their expectations. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CompileError, runPasses } from '../../compiler.js';
import type { Module } from '../../hlo/index.js';
import { runComputation } from '../../hlo/interpreter.js';
import { parseStablehloPrograms } from '../../hlo/stablehlo/index.js';
import { verify } from '../../hlo/verifier.js';
import { located } from '../../located.js';
import { type CompileOptions, compilerOptions, executableOf } from '../../program.js';
import type { RuleSet } from '../../rules/index.js';
import type { AddCommand } from '../cli.js';
import { brief } from '../errors.js';
import { effectsOf, splitExpectations } from '../expectations.js';
import { type Io, Progress } from '../io.js';
import { type CommonOptions, compileOptions, positiveInteger, withCommonOptions } from '../options.js';
import { compiledParallel } from '../parallel.js';
import { readBytes } from '../program-file.js';
import { rulesWith } from '../rules-file.js';
import { Tally } from '../tally.js';

interface CheckOptions extends CommonOptions {
  readonly jobs: number;
}

export const addCheck: AddCommand = (program, io, done) => {
  const command = program
    .command('check')
    .description('runs programs that carry their expectations (check.expect_*)')
    .argument('<files...>', 'StableHLO texts; a line `// -----` separates the programs of one');
  withCommonOptions(command)
    .option('--jobs <n>', 'processes that share the files', positiveInteger, 1)
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: CheckOptions) => done(await check(files, options, io)));
};

const EXAMPLES = `
A program is its @main, or every function without arguments. Those that expect nothing, or need arguments, are skipped.
What a program computes is compiled without folding constants, so that its kernels do the work.

Examples:
  thimble check tests/*.mlir --jobs 2
  thimble check tests/add.mlir --target interpreter
`;

async function check(files: readonly string[], options: CheckOptions, io: Io): Promise<number> {
  const tally = new Tally(io);
  if (options.jobs > 1 && files.length > 1) {
    await checkInProcesses(files, options, tally, io);
    return tally.finish();
  }
  const rules = await rulesWith(options.rules ?? []);
  const progress = new Progress(io);
  files.forEach((file, k) => {
    progress.say(`${k + 1} of ${files.length}: ${file}`);
    checkFile(file, rules, options, tally);
  });
  progress.clear();
  return tally.finish();
}

function checkFile(file: string, rules: RuleSet, options: CheckOptions, tally: Tally): void {
  let source: Uint8Array;
  let programs: number;
  let parse: () => Module[];
  try {
    source = readBytes(file);
    parse = () => parseStablehloPrograms(source, rules.ops, { file });
    programs = parse().length;
  } catch (e) {
    tally.fail(lineOf(file, e));
    return;
  }
  for (let p = 0; p < programs; p++) {
    for (const name of entriesOf(parse()[p]!)) {
      try {
        const skipped = checkFunction(parse()[p]!, name, rules, compileOptions(options));
        if (skipped === undefined) tally.passed++;
        else tally.skip(`${file} @${name}: ${skipped}`);
      } catch (e) {
        tally.fail(lineOf(file, located(e, source, file)));
      }
    }
  }
}

/** `file:line:column: sentence`, which errors with a place say themselves. */
const lineOf = (file: string, e: unknown): string =>
  brief(e).startsWith(`${file}:`) ? brief(e) : `${file}: ${brief(e)}`;

const entriesOf = (module: Module): string[] =>
  module.computations.has('main') ? ['main'] : [...module.computations.keys()];

/** Returns why there was nothing to check; throws where an expectation does not hold. */
function checkFunction(module: Module, name: string, rules: RuleSet, options: CompileOptions): string | undefined {
  const [problem] = verify(module, rules.ops);
  if (problem) throw new CompileError(problem.message, problem.location);
  const entry = module.computations.get(name)!;
  if (entry.parameters.length > 0) return 'it needs arguments';
  if (options.target === 'interpreter') {
    if (!expects(module, rules)) return 'it expects nothing';
    runComputation(entry, rules.ops, []);
    return undefined;
  }
  if (name !== 'main') {
    entry.name = 'main';
    module.computations.delete(name);
    module.add(entry);
  }
  const split = splitExpectations(module, rules.ops);
  if (effectsOf(split.checks, rules.ops).length === 0) return 'it expects nothing';
  const compilation = runPasses(split.module, compilerOptions({ ...options, rules, fold: false }));
  using executable = executableOf(compilation, 'cpu', options.threads);
  const parallel = compiledParallel(rules, options);
  runComputation(split.checks, rules.ops, executable.runSync([]), { parallel });
  return undefined;
}

const expects = (module: Module, rules: RuleSet): boolean =>
  [...module.computations.values()].some((c) => effectsOf(c, rules.ops).length > 0);

const TALLY = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;

/** Files dealt out to processes of this command. */
async function checkInProcesses(files: readonly string[], options: CheckOptions, tally: Tally, io: Io): Promise<void> {
  const jobs = Math.min(options.jobs, files.length);
  const shares = Array.from({ length: jobs }, (_, j) => files.filter((_, k) => k % jobs === j));
  await Promise.all(shares.map((share) => checkInProcess(share, options, tally, io)));
}

function checkInProcess(files: readonly string[], options: CheckOptions, tally: Tally, io: Io): Promise<void> {
  const { target, threads, precision, checked, rules = [] } = options;
  const flags = ['--target', target, '--precision', precision, ...rules.flatMap((r) => ['--rules', r])];
  if (threads !== undefined) flags.push('--threads', String(threads));
  if (checked) flags.push('--checked');
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'check', ...flags, '--', ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let counted = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const counts = TALLY.exec(line)?.slice(1).map(Number);
    if (!counts) {
      io.out(`${line}\n`);
      return;
    }
    const [passed = 0, failed = 0, skipped = 0] = counts;
    counted = passed + failed + skipped;
    tally.passed += passed;
    tally.failed += failed;
    tally.skipped += skipped;
  });
  return new Promise((resolve) => {
    child.on('error', (e) => {
      tally.fail(`${files.join(', ')}: ${e.message}`);
      resolve();
    });
    child.on('close', (code, signal) => {
      if (counted === 0 && (code !== 0 || signal)) {
        tally.fail(`${files.join(', ')}: the process that ran them ended with ${signal ?? `exit code ${code}`}`);
      }
      resolve();
    });
  });
}
