/** `thimble bench`: how long programs take to compile and to run. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Command, Option } from 'commander';
import { runPasses } from '../../compiler.js';
import { type CompileOptions, compile, compilerOptions, executableOf, moduleOf } from '../../program.js';
import { allocateAligned, Bundle, type Executable, type RunOptions } from '../../runtime/index.js';
import { median, timeRuns } from '../../runtime/timing.js';
import { isBundleFile, refuseCompiling } from '../bundle-file.js';
import type { AddCommand } from '../cli.js';
import { render } from '../errors.js';
import { inputShapesText, shapedOptions } from '../input-shapes.js';
import { inputsOrRandom, oneFileOnly } from '../inputs.js';
import { type Io, Progress } from '../io.js';
import {
  type CommonOptions,
  compileOptions,
  type InputOptions,
  withCommonOptions,
  withInputOptions,
} from '../options.js';
import { ProgramFile } from '../program-file.js';
import { rulesWith } from '../rules-file.js';

interface BenchOptions extends CommonOptions, InputOptions {
  readonly json?: boolean;
  readonly onlyCold?: boolean;
}

export interface Measurement {
  readonly file: string;
  readonly target: string;
  readonly threads: number;
  /** Source text to runnable, no cache, by a compiler that has compiled another program before. Of a bundle: loading. */
  readonly compileMs: number;
  /** The same in a new process; null where none could be started, and of a bundle. */
  readonly coldMs: number | null;
  readonly medianUs: number;
  readonly minUs: number;
  readonly runs: number;
}

/** Bytes moved and operations done by one execution, as the plan counts them. */
interface Work {
  readonly bytes: number;
  readonly flops: number;
}

const COMPILES = 3;

/** What the compiler is warmed with: of another kind than what anybody measures. */
const UNRELATED =
  'func.func @main(%0: tensor<3xf32>) -> tensor<3xf32> { %1 = stablehlo.negate %0 : tensor<3xf32> return %1 : tensor<3xf32> }';

export const addBench: AddCommand = (program, io, done) => {
  const command = program
    .command('bench')
    .description('measures compile time and run time')
    .argument('<files...>', 'StableHLO or HLO texts, or bundles');
  withInputOptions(withCommonOptions(command))
    .option('--json', 'an array of {file, target, threads, compileMs, coldMs, medianUs, minUs, runs}')
    .addOption(new Option('--only-cold', 'print the milliseconds of one compilation').hideHelp())
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: BenchOptions) => done(await bench(files, options, io, command)));
};

const EXAMPLES = `
compileMs: source text to runnable, no cache, the compiler warmed by an unrelated program; coldMs: in a new process. Of
a bundle, compileMs is the time to load it. Without input options, inputs are random, with seed 0, or a bundle's own.

Examples:
  thimble bench softmax.mlir --inputs softmax.json --threads 1
  thimble bench programs/*.mlir --json > times.json
  thimble bench matmul.mlir --target cpu:avx2
`;

async function bench(files: readonly string[], options: BenchOptions, io: Io, command: Command): Promise<number> {
  oneFileOnly(files, options);
  const rules = await rulesWith(options.rules ?? []);
  if (options.onlyCold) {
    const program = ProgramFile.read(files[0]!, rules);
    io.out(`${timeCompilation(program, shapedOptions(program, options))}\n`);
    return 0;
  }
  const programs = files.map((file) => {
    if (!isBundleFile(file)) return ProgramFile.read(file, rules);
    refuseCompiling(command, file);
    return file;
  });
  const progress = new Progress(io);
  if (programs.some((p) => typeof p !== 'string')) {
    compile(UNRELATED, { ...compileOptions(options), cache: false }).dispose();
  }
  const measured: Measurement[] = [];
  let failures = 0;
  if (!options.json) io.out(row(HEADER));
  for (const [k, program] of programs.entries()) {
    const say = (what: string) => progress.say(`${k + 1} of ${programs.length}: ${files[k]}: ${what}`);
    try {
      const { measurement, work } =
        typeof program === 'string'
          ? { measurement: measureBundle(program, options, say), work: undefined }
          : await measure(program, options, say);
      progress.clear();
      measured.push(measurement);
      if (!options.json) io.out(row(cells(measurement, work)));
    } catch (e) {
      failures++;
      progress.clear();
      io.err(render(e));
    }
  }
  if (options.json) io.out(`${JSON.stringify(measured, null, 2)}\n`);
  return failures === 0 ? 0 : 1;
}

async function measure(program: ProgramFile, options: BenchOptions, say: (what: string) => void) {
  say('compiling');
  const how = shapedOptions(program, options, (types) => inputsOrRandom(types, options).tensors);
  const compileMs = median(Array.from({ length: COMPILES }, () => timeCompilation(program, how)));
  const { executable, work } = load(program, how);
  try {
    const { tensors } = inputsOrRandom(executable.inputs, options, how);
    say('running');
    const times = program.placing(() => timeRuns(executable, tensors, reusing(executable)));
    say('compiling in a new process');
    const coldMs = await coldTime(program.file, options, how.shapes);
    const measurement: Measurement = {
      file: program.file,
      target: options.target,
      threads: options.target === 'interpreter' ? 1 : (options.threads ?? availableParallelism()),
      compileMs,
      coldMs,
      ...summary(times),
    };
    return { measurement, work };
  } finally {
    executable.dispose();
  }
}

const summary = (times: readonly number[]) => ({
  medianUs: median(times),
  minUs: Math.min(...times),
  runs: times.length,
});

/** The same outputs for every run, where their sizes are known. */
function reusing({ outputs }: Executable): RunOptions {
  return outputs.every((t) => t.dims.every((n) => n >= 0)) ? { outputs: outputs.map(allocateAligned) } : {};
}

function measureBundle(file: string, options: BenchOptions, say: (what: string) => void): Measurement {
  say('loading');
  const start = performance.now();
  const bundle = Bundle.open(file);
  const { threads = availableParallelism() } = options;
  using executable = bundle.load({ threads });
  const compileMs = performance.now() - start;
  const { tensors } = inputsOrRandom(executable.inputs, options, { carried: bundle.expectations() });
  say('running');
  const { target, donations } = bundle.manifest;
  // Outputs that lie in inputs are nobody's to choose.
  const times = timeRuns(executable, tensors, donations.length > 0 ? {} : reusing(executable));
  return { file, target, threads, compileMs, coldMs: null, ...summary(times) };
}

function load(program: ProgramFile, options: CompileOptions): { executable: Executable; work: Work | undefined } {
  const { target = 'cpu', threads } = options;
  const how = { ...options, cache: false };
  if (target === 'interpreter') return { executable: program.executable(how), work: undefined };
  const compilation = program.compilation(how);
  const work = compilation.plan!.steps.reduce(
    (w, { cost }) => ({ bytes: w.bytes + cost.bytesRead + cost.bytesWritten, flops: w.flops + cost.flops }),
    { bytes: 0, flops: 0 },
  );
  return { executable: executableOf(compilation, target, threads), work };
}

/** Milliseconds from the text to something that runs. */
function timeCompilation(program: ProgramFile, options: CompileOptions): number {
  const { target = 'cpu', threads } = options;
  const how = { ...options, rules: program.rules, file: program.file, cache: false };
  const start = performance.now();
  const executable = program.placing(() => {
    if (target === 'interpreter') return compile(program.source, how);
    return executableOf(runPasses(moduleOf(program.source, how), compilerOptions(how)), target, threads);
  });
  const milliseconds = performance.now() - start;
  executable.dispose();
  return milliseconds;
}

async function coldTime(file: string, options: BenchOptions, shapes: CompileOptions['shapes']): Promise<number | null> {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  if (!existsSync(main)) return null;
  const { target, precision, checked, rules = [] } = options;
  const flags = ['--target', target, '--precision', precision, ...rules.flatMap((r) => ['--rules', r])];
  if (checked) flags.push('--checked');
  if (shapes) flags.push('--input-shapes', inputShapesText(shapes));
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'bench', '--only-cold', ...flags, '--', file]);
  return Number(stdout);
}

const HEADER = ['median us', 'min us', 'GB/s', 'GFLOP/s', 'runs', 'compile ms', 'cold ms', 'program'];
const row = (texts: readonly string[]): string =>
  `${texts.map((t, k) => (k < 7 ? t.padStart(11) : ` ${t}`)).join('')}\n`;

function cells(m: Measurement, work: Work | undefined): string[] {
  const perSecond = (n: number | undefined) => (n === undefined ? '-' : (n / m.minUs / 1e3).toPrecision(3));
  return [
    m.medianUs.toPrecision(4),
    m.minUs.toPrecision(4),
    perSecond(work?.bytes),
    perSecond(work?.flops),
    String(m.runs),
    m.compileMs.toFixed(1),
    m.coldMs === null ? '-' : m.coldMs.toFixed(1),
    m.file,
  ];
}
