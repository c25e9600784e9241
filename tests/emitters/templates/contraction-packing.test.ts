/** Each way to read the factors, on machine code with checked indices, against the interpreter. */
import { expect, test } from 'vitest';
import { runPasses } from '../../../src/compiler.js';
import { defaultRules } from '../../../src/default-rules.js';
import { bytesOf, type Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { randomInput } from '../../../src/hlo/recipe.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { compilerOptions, executableOf } from '../../../src/program.js';
import { avx2Target } from '../../../src/rules/target.js';
import { relativeError } from '../../support/compare.js';

const dot = (lhs: string, rhs: string, out: string, contracting: string) => `
func.func @main(%a: tensor<${lhs}xf32>, %b: tensor<${rhs}xf32>) -> tensor<${out}xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = ${contracting} : (tensor<${lhs}xf32>, tensor<${rhs}xf32>) -> tensor<${out}xf32>
  return %0 : tensor<${out}xf32>
}`;

const scaled = (source: string, name: string, type: string) =>
  source
    .replace(`dot_general ${name}`, 'dot_general %s')
    .replace(`, ${name},`, ', %s,')
    .replace('  %0 =', `  %s = stablehlo.multiply ${name}, ${name} : ${type}\n  %0 =`);

const image = `
func.func @main(%a: tensor<2x33x20x20xf32>, %b: tensor<40x33x5x5xf32>) -> tensor<2x40x20x20xf32> {
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[2, 2], [2, 2]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x33x20x20xf32>, tensor<40x33x5x5xf32>) -> tensor<2x40x20x20xf32>
  return %0 : tensor<2x40x20x20xf32>
}`;

/** `reads`: buffers of the kernels beside inputs and outputs. rows, panel: packed by a task; scratch0: beforehand. */
test.each([
  ['in place', dot('20x20', '20x48', '20x48', '[1] x [0]'), []],
  ['columns packed by each task', dot('60x40', '40x300', '60x300', '[1] x [0]'), ['panel']],
  ['columns packed beforehand', dot('500x300', '300x200', '500x200', '[1] x [0]'), ['scratch0']],
  ['columns turned round', dot('60x45', '300x45', '60x300', '[1] x [1]'), ['panel']],
  ['columns turned round beforehand', dot('500x301', '200x301', '500x200', '[1] x [1]'), ['scratch0']],
  ['rows packed across', dot('45x61', '45x300', '61x300', '[0] x [0]'), ['panel', 'rows']],
  [
    'rows computed',
    scaled(dot('61x45', '45x300', '61x300', '[1] x [0]'), '%a', 'tensor<61x45xf32>'),
    ['panel', 'rows'],
  ],
  ['columns computed', scaled(dot('61x45', '45x30', '61x30', '[1] x [0]'), '%b', 'tensor<45x30xf32>'), ['panel']],
  ['depth in blocks', dot('61x1500', '1500x300', '61x300', '[1] x [0]'), ['panel', 'sums0']],
  [
    'depth in blocks, rows packed across',
    dot('2001x61', '2001x300', '61x300', '[0] x [0]'),
    ['panel', 'rows', 'sums0'],
  ],
  ['images, depth in blocks', image, ['panel', 'sums0']],
])('%s', (_name, source, reads) => {
  const { ops } = defaultRules();
  const parsed = parseStablehlo(source, ops);
  const inputs = parsed.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
  const [want] = interpret(parsed, ops, inputs) as Tensor[];
  const target = { ...avx2Target(), l2: 1 << 20 };
  const c = runPasses(parseStablehlo(source, ops), { ...compilerOptions({ cache: false, checked: true }), target });
  expect(c.plan!.steps).toHaveLength(1);
  const names = c.kernels!.flatMap((k) => k.buffers.map((b) => b.name)).filter((n) => !/^(in|out)\d/.test(n));
  expect([...new Set(names)].sort()).toEqual(reads);
  const program = executableOf(c, 'cpu');
  const [one] = program.runSync(inputs, { threads: 1 });
  const [two] = program.runSync(inputs, { threads: 2 });
  program.dispose();
  expect(relativeError(one!, want!)).toBeLessThanOrEqual(2e-6);
  expect(Buffer.from(bytesOf(two!)).equals(Buffer.from(bytesOf(one!)))).toBe(true);
});
