/**
 * `npm run gpu-check BUNDLE...`: runs bundles on this machine, compares with the expectations in them, and times them.
 * For machines that have Node.js, koffi and the device, and nothing of the compiler.
 */
import {
  allocateAligned,
  Bundle,
  compareOutputs,
  makeInput,
  type OutputComparison,
  randomInput,
} from '../src/runtime/index.js';
import { median, timeRuns } from '../src/runtime/timing.js';

const HEADER = ['', 'median us', 'min us', 'runs', 'target', 'largest difference'];
const WIDTHS = [8, 11, 11, 8, 12, 24];

const row = (cells: readonly string[], file: string): void => {
  const padded = cells.map((c, k) => (k === 0 ? c.padEnd(WIDTHS[k]!) : c.padStart(WIDTHS[k]!)));
  process.stdout.write(`${padded.join('')}  ${file}\n`);
};

interface Verdict {
  readonly word: 'ok' | 'FAILED' | 'ran';
  readonly difference: string;
  /** What is wrong. */
  readonly message: string | undefined;
}

function judge(comparisons: readonly OutputComparison[] | undefined): Verdict {
  if (!comparisons) return { word: 'ran', difference: 'no expectations', message: undefined };
  const worst = Math.max(0, ...comparisons.map((c) => c.worst));
  const wrong = comparisons.find((c) => !c.ok);
  return {
    word: wrong ? 'FAILED' : 'ok',
    difference: `${worst === 0 ? 0 : worst.toExponential(2)} of the scale`,
    message: wrong && `output ${comparisons.indexOf(wrong)}: ${wrong.message}`,
  };
}

/** Is all as expected? */
function check(file: string): boolean {
  const bundle = Bundle.open(file);
  const spec = bundle.expectations();
  using program = bundle.load();
  const inputs = spec ? spec.inputs.map(makeInput) : program.inputs.map(randomInput);
  const verdict = judge(spec?.outputs && compareOutputs(spec, program.runSync(inputs)));
  // Outputs that lie in inputs are nobody's to choose.
  const outputs = bundle.manifest.donations.length > 0 ? undefined : program.outputs.map(allocateAligned);
  const times = timeRuns(program, inputs, { outputs });
  const { target } = bundle.manifest;
  const figures = [median(times).toPrecision(4), Math.min(...times).toPrecision(4), String(times.length)];
  row([verdict.word, ...figures, target, verdict.difference], file);
  if (verdict.message) process.stdout.write(`         ${verdict.message}\n`);
  return verdict.word !== 'FAILED';
}

/** The exit code: 1 where a bundle does not run or gives what it should not. */
function main(files: readonly string[]): number {
  if (files.length === 0) {
    process.stderr.write('error: no bundles are given\nhint: npm run gpu-check model.bundle other.bundle\n');
    return 1;
  }
  let failures = 0;
  row(HEADER, 'bundle');
  for (const file of files) {
    try {
      if (!check(file)) failures++;
    } catch (e) {
      failures++;
      row(['FAILED', '', '', '', '', ''], file);
      process.stdout.write(`         ${(e as Error).message}\n`);
    }
  }
  process.stdout.write(`${files.length - failures} of ${files.length} as they should be\n`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
