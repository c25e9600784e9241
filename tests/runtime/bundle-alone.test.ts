/** The demo's models on a machine that has Node.js and koffi, and nothing of the compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { batchAt, loadDigits } from '../../examples/digits/data.js';
import type { ProgramSpec } from '../../src/hlo/recipe.js';
import type { Tensor } from '../../src/hlo/tensor.js';
import { ADD, bundleOf, folder } from '../support/bundles.js';
import { installRuntime } from '../support/runtime-alone.js';

const place = join(folder, 'elsewhere');
mkdirSync(place);
installRuntime(place);
writeFileSync(
  join(place, 'run.js'),
  `import { readFileSync } from 'node:fs';
import { Bundle, compareOutputs, makeInput } from './src/runtime/index.js';
const bundle = Bundle.open(process.argv[2]);
const spec = bundle.expectations();
const inputs = spec.inputs.map(makeInput);
const program = bundle.load({ threads: 2 });
const comparisons = [program.runSync(inputs), await program.run(inputs)].flatMap((o) => compareOutputs(spec, o));
const libraries = readFileSync('/proc/self/maps', 'latin1').match(/\\S*\\.(so|node)\\b\\S*/g);
console.log(JSON.stringify({ comparisons, libraries: [...new Set(libraries)] }));
`,
);

/** The first batch, the weights, and the probabilities that JAX gives. */
function digitsSpec(digits: ReturnType<typeof loadDigits>): ProgramSpec {
  const list = (t: Tensor) => ({ shape: t.type.dims, dtype: 'float32', values: Array.from(t.data as Float32Array) });
  const shape = [digits.batch, digits.jax.probabilities.type.dims[1]!];
  const value = Array.from((digits.jax.probabilities.data as Float32Array).subarray(0, shape[0]! * shape[1]!));
  const output = { shape, dtype: 'float32', index: [...value.keys()], value, scale: 1, tolerance: 1e-5 };
  return { inputs: [batchAt(digits, 0), ...digits.weights].map(list), outputs: [output] };
}

test.each([
  ['the convolutional network', ''],
  ['the transformer', 'transformer/'],
] as const)('%s runs from a bundle with the runtime alone, and gives what JAX gives', (_, model) => {
  const digits = loadDigits(model);
  copyFileSync(bundleOf(digits.program, { target: 'cpu' }, digitsSpec(digits)), join(place, 'model.bundle'));
  expect(existsSync(join(place, 'node_modules/llvm-bindings'))).toBe(false);
  const text = execFileSync(process.execPath, ['run.js', 'model.bundle'], { cwd: place, env: {}, encoding: 'utf8' });
  const { comparisons, libraries } = JSON.parse(text);
  expect(comparisons).toHaveLength(2);
  for (const c of comparisons) expect(c).toMatchObject({ ok: true, samples: 640 });
  expect(libraries.filter((file: string) => /llvm/i.test(file))).toEqual([]);
  expect(libraries.filter((file: string) => /libgomp|koffi/.test(file))).toHaveLength(2);
});

test('gpu-check tells bundles that give what they should from others', () => {
  const inputs = [0, 1].map((seed) => ({ shape: [8], dtype: 'float32', lo: 1, hi: 2, seed }));
  const expecting = (value: number, tolerance: number): ProgramSpec => ({
    inputs,
    outputs: [{ shape: [8], dtype: 'float32', index: [3], value: [value], scale: 4, tolerance }],
  });
  const files = [bundleOf(ADD, {}, expecting(3, 0.25)), bundleOf(ADD, {}, expecting(9, 0.25)), bundleOf(ADD)];
  const check = (...names: string[]) => {
    const options = { cwd: place, env: {}, encoding: 'utf8' } as const;
    return spawnSync(process.execPath, ['bench/gpu-check.js', ...names], options);
  };
  const { status, stdout } = check(...files, 'nowhere.bundle');
  expect(status).toBe(1);
  const lines = stdout.split('\n');
  expect(lines[1]).toMatch(/^ok +\d.* cpu .*of the scale .*\.bundle$/);
  expect(lines[2]).toMatch(/^FAILED +\d/);
  expect(lines[3]).toMatch(/^ +output 0: element 3 is \d\.\d+, but 9 is expected$/);
  expect(lines[4]).toMatch(/^ran +\d.* no expectations/);
  expect(lines.slice(5, 7).join()).toMatch(/^FAILED .*nowhere.bundle, +nowhere.bundle cannot be used: .*no such file/);
  expect(lines[7]).toBe('2 of 4 as they should be');
  expect(check(files[0]!).status).toBe(0);
  expect(check().stderr).toContain('no bundles are given');
});
