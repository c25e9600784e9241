/** Trying bundles out on this machine: what they give is compared with the expectations in them, and they are timed. */
import { compareOutputs, makeInput, type OutputComparison, randomInput } from '../../hlo/recipe.js';
import { allocateAligned } from '../aligned.js';
import { CudaExecutable } from '../cuda/executable.js';
import { timeOnDevice } from '../cuda/timing.js';
import { median, timeRuns } from '../timing.js';
import { Bundle } from './index.js';
import type { LoadOptions } from './loader.js';

const HEADER = ['', 'median us', 'min us', 'runs', 'device us', 'target', 'largest difference'];
const WIDTHS = [8, 11, 11, 8, 11, 13, 24];

const row = (cells: readonly string[], file: string): string => {
  const padded = cells.map((c, k) => (k === 0 ? c.padEnd(WIDTHS[k]!) : c.padStart(WIDTHS[k]!)));
  return `${padded.join('')}  ${file}\n`;
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
function check(file: string, write: (text: string) => void, options: LoadOptions): boolean {
  const bundle = Bundle.open(file);
  const spec = bundle.expectations();
  using program = bundle.load(options);
  const inputs = spec ? spec.inputs.map(makeInput) : program.inputs.map(randomInput);
  const verdict = judge(spec?.outputs && compareOutputs(spec, program.runSync(inputs)));
  const onDevice = program instanceof CudaExecutable ? median(timeOnDevice(program, inputs)).toPrecision(4) : '-';
  // Outputs that lie in inputs are nobody's to choose.
  const outputs = bundle.manifest.donations.length > 0 ? undefined : program.outputs.map(allocateAligned);
  const times = timeRuns(program, inputs, { outputs });
  const { target } = bundle.manifest;
  const figures = [median(times).toPrecision(4), Math.min(...times).toPrecision(4), String(times.length), onDevice];
  write(row([verdict.word, ...figures, target, verdict.difference], file));
  if (verdict.message) write(`         ${verdict.message}\n`);
  return verdict.word !== 'FAILED';
}

/**
 * A line for each bundle; how many are as they should be. Microseconds of runs are from arrays to arrays, those of the
 * device from the first kernel's start to the last one's end.
 */
export function checkBundles(
  files: readonly string[],
  write: (text: string) => void,
  options: LoadOptions = {},
): number {
  let good = 0;
  write(row(HEADER, 'bundle'));
  for (const file of files) {
    try {
      if (check(file, write, options)) good++;
    } catch (e) {
      write(row(['FAILED', ...Array(HEADER.length - 1).fill('')], file));
      write(`         ${(e as Error).message}\n`);
    }
  }
  write(`${good} of ${files.length} as they should be\n`);
  return good;
}
