import { expect, test } from 'vitest';
import { type Digits, loadDigits } from '../../examples/digits/data.js';
import { pictures } from '../../examples/digits/pictures.js';
import { CLASSES, predictions, probabilities } from '../../examples/digits/predict.js';
import { fusionLines, fusions, lastKernel } from '../../examples/digits/report.js';
import { compilerOptions, executableOf, parse, runPasses } from '../../src/index.js';

const programOf = (digits: Digits) => {
  const compilation = runPasses(parse(digits.program), compilerOptions({}));
  return { digits, compilation, model: executableOf(compilation, 'cpu') };
};
const { compilation, ...network } = programOf(loadDigits());
const transformer = programOf(loadDigits('transformer/'));

test.each([
  ['the convolutional network', network],
  ['the transformer', transformer],
])('%s recognises as many digits as in JAX, with its probabilities', (_, { digits, model }) => {
  const expected = digits.jax.probabilities.data as Float32Array;
  let right = 0;
  for (let from = 0; from < digits.labels.length; from += digits.batch) {
    const batch = probabilities(model, digits, from);
    batch.forEach((p, k) => {
      expect(Math.abs(p - expected[from * CLASSES + k]!)).toBeLessThan(1e-5);
    });
    right += predictions(batch).filter(({ digit }, k) => digit === digits.labels[from + k]).length;
  }
  expect(right / digits.labels.length).toBe(digits.jax.accuracy);
});

test('the transformer: softmax is one kernel in each layer, and GELU is part of a product', () => {
  const lines = fusionLines(transformer.compilation).split('\n');
  expect(lines).toHaveLength(transformer.compilation.plan!.steps.length);
  const those = (pattern: RegExp) => lines.filter((line) => pattern.test(line));
  expect(those(/rows .*reduce subtract exponential reduce divide/)).toHaveLength(3);
  expect(those(/contraction +dot add .*tanh/)).toHaveLength(2);
  expect(those(/rows .*reduce .*reduce .*rsqrt/).length).toBeGreaterThanOrEqual(5);
});

test('five kernels: a product each with its bias and activation, and softmax', () => {
  const lines = fusions(compilation)
    .split('\n')
    .filter((_, k) => k % 2 === 0);
  expect(lines.map((line) => line.trim().split(/\s+/)[1])).toEqual([...Array(4).fill('contraction'), 'rows']);
  expect(lastKernel(compilation)).toMatch(/^kernel thimble_\w+: \d+ tasks/);
});

test('a picture has a row of text for each row of pixels, and a caption', () => {
  const pixels = Array.from({ length: 64 }, (_, k) => k / 63);
  const lines = pictures([
    { pixels, caption: '1 (90.0 %)' },
    { pixels, caption: '7' },
  ]).split('\n');
  expect(lines).toHaveLength(9);
  expect(lines.at(-1)).toMatch(/1 \(90\.0 %\) +7$/);
});
