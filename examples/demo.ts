/**
 * Compiles two small networks, trained in JAX on scikit-learn's handwritten digits, and runs them on images that they
 * have not seen: a convolutional one (digits/train.py) with its predictions, accuracy, fusions, a kernel and times, and
 * a transformer (digits/train_transformer.py) in brief. `npm run demo` runs it.
 */
import { type Compilation, compilerOptions, type Executable, executableOf, parse, runPasses } from 'thimble';
import { type Digits, loadDigits } from './digits/data.js';
import { pictures } from './digits/pictures.js';
import { CLASSES, type Prediction, predictions, probabilities } from './digits/predict.js';
import { fusionLines, fusions, lastKernel, times } from './digits/report.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const SHOWN = 5;
/** Of probabilities: what other orders of summation may change. */
const TOLERANCE = 1e-5;

/** What `compile` does in one call; the stages are kept, to be shown. */
function compiled(digits: Digits): { readonly compilation: Compilation; readonly model: Executable } {
  const start = performance.now();
  const compilation = runPasses(parse(digits.program, { file: digits.file }), compilerOptions({ target: 'cpu' }));
  const model = executableOf(compilation, 'cpu');
  const { instructions } = compilation.module.entry;
  const kernels = compilation.plan!.steps.length;
  const milliseconds = (performance.now() - start).toFixed(0);
  say(`${digits.file}: ${instructions.size} instructions, compiled to ${kernels} kernels in ${milliseconds} ms.\n`);
  return { compilation, model };
}

function show(digits: Digits, which: readonly number[], all: readonly Prediction[]): void {
  const size = digits.images.data.length / digits.labels.length;
  const shown = which.map((k) => {
    const { digit, probability } = all[k]!;
    const correct = digit === digits.labels[k] ? '' : `, is ${digits.labels[k]}`;
    return {
      pixels: digits.images.data.subarray(k * size, (k + 1) * size) as Float32Array,
      caption: `${digit} (${(100 * probability).toFixed(1)} %)${correct}`,
    };
  });
  say(`${pictures(shown)}\n`);
}

/** Every test image: what the model says, and how far its probabilities are from JAX's at the most. */
function evaluate(model: Executable, digits: Digits): { all: Prediction[]; difference: number } {
  const expected = digits.jax.probabilities.data as Float32Array;
  const all: Prediction[] = [];
  let difference = 0;
  for (let from = 0; from < digits.labels.length; from += digits.batch) {
    const batch = probabilities(model, digits, from);
    all.push(...predictions(batch));
    batch.forEach((p, k) => {
      difference = Math.max(difference, Math.abs(p - expected[from * CLASSES + k]!));
    });
  }
  return { all, difference };
}

/** Says how many test images are recognised, and that the probabilities are JAX's. */
function accuracy(model: Executable, digits: Digits): Prediction[] {
  const { all, difference } = evaluate(model, digits);
  const right = all.filter(({ digit }, k) => digit === digits.labels[k]).length;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const { version, accuracy } = digits.jax;
  say(
    `${right} of ${all.length} test images are recognised, ${percent(right / all.length)}; ${version}: ${percent(accuracy)}.`,
  );
  say(`The probabilities differ from JAX's by ${difference.toExponential(1)} at the most.`);
  if (difference > TOLERANCE) throw new Error(`that is more than the ${TOLERANCE} that rounding explains`);
  return all;
}

function speed(model: Executable, digits: Digits): void {
  say(`Time for a batch of ${digits.batch} images (median), and how many times faster than the interpreter:\n`);
  say(`${times(model, digits)}\n`);
}

function convolutionalNetwork(): void {
  const digits = loadDigits();
  const { compilation, model } = compiled(digits);
  const first = Array.from({ length: SHOWN }, (_, k) => k);
  show(digits, first, predictions(probabilities(model, digits, 0)));

  const all = accuracy(model, digits);
  const wrong = all.flatMap(({ digit }, k) => (digit === digits.labels[k] ? [] : [k]));
  say('The images that it gets wrong:\n');
  show(digits, wrong.slice(0, SHOWN), all);

  say(`The instructions that became one kernel, by template:\n\n${fusions(compilation)}\n`);
  say(`The last of them as loop IR:\n\n${lastKernel(compilation)}`);
  speed(model, digits);
  model.dispose();
}

function transformer(): void {
  say('The same images for a transformer: two layers of attention and MLP; a token is a row of pixels.\n');
  const digits = loadDigits('transformer/');
  const { compilation, model } = compiled(digits);
  accuracy(model, digits);
  say(`\nThe instructions that became one kernel, without those that only move elements:\n`);
  say(`${fusionLines(compilation)}\n`);
  speed(model, digits);
  model.dispose();
}

convolutionalNetwork();
transformer();
