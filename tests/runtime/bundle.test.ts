import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { randomInput } from '../../src/hlo/recipe.js';
import { bytesOf, type Tensor, tensor } from '../../src/hlo/tensor.js';
import { type CompileOptions, compile } from '../../src/program.js';
import { Bundle, loadBundle } from '../../src/runtime/index.js';
import { ADD, bundleOf, CONTROL, folder, SUM, TABLES, TWO_PROCESSES, WIDE } from '../support/bundles.js';

const OPENBLAS = '/usr/lib/x86_64-linux-gnu/libopenblas.so.0';
const ABSENT = existsSync(OPENBLAS) ? '' : ' (skipped: libopenblas0 is not installed)';

const PRODUCT = `func.func @main(%a: tensor<40x50xf32>, %b: tensor<50x60xf32>) -> tensor<40x60xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<40x50xf32>, tensor<50x60xf32>) -> tensor<40x60xf32>
  return %0 : tensor<40x60xf32>
}`;

const digests = (outputs: readonly Tensor[]) =>
  outputs.map((t) => createHash('sha256').update(bytesOf(t)).digest('hex'));

/** What the program gives when it is compiled, and when it is loaded, in every way. */
async function agree(source: string, inputs: readonly Tensor[], options: CompileOptions = {}): Promise<void> {
  using compiled = compile(source, options);
  const expected = digests(compiled.runSync(inputs));
  const file = bundleOf(source, options);
  for (const from of [file, new Uint8Array(readFileSync(file))]) {
    using loaded = loadBundle(from, { threads: 2 });
    expect(loaded.target).toBe(options.target ?? 'cpu');
    expect(loaded.inputs).toEqual(compiled.inputs);
    expect(loaded.outputs).toEqual(compiled.outputs);
    expect(digests(loaded.runSync(inputs))).toEqual(expected);
    expect(digests(loaded.runSync(inputs, { threads: 1 }))).toEqual(expected);
    expect(digests(await loaded.run(inputs))).toEqual(expected);
  }
}

const random = (dims: readonly number[]) => randomInput({ kind: 'tensor', element: 'f32', dims }, 3);
const number = (n: number) => tensor('s32', [], Int32Array.of(n));

describe('a bundle gives what the compiled program gives', () => {
  test.each(['cpu', 'cpu:avx2'] as const)('for %s', (target) => agree(ADD, [random([8]), random([8])], { target }));
  test('with constants, temporaries and a function of the C library', () => agree(TABLES, [random([64, 32])]));
  test.each([0, 1, 7])('with a loop of %d iterations and a branch', (n) => agree(CONTROL, [number(n), random([16])]));
  test('with threads', () => agree(WIDE, [random([512, 1024])]));
  test('with checks', () => agree(TABLES, [random([64, 32])], { checked: true }));
  test('with several processes', () => {
    using program = loadBundle(bundleOf(SUM, TWO_PROCESSES));
    const of = (x: number) => [Float32Array.of(x, 1, 2, 3, 4, 5)];
    for (const [result] of program.runReplicasSync([of(1), of(10)])) {
      expect([...result!.data]).toEqual([11, 2, 4, 6, 8, 10]);
    }
  });
  test.skipIf(ABSENT)(`with a foreign library${ABSENT}`, async () => {
    await agree(PRODUCT, [random([40, 50]), random([50, 60])], { libraries: ['openblas'] });
    const { libraries } = Bundle.open(bundleOf(PRODUCT, { libraries: ['openblas'] })).manifest;
    expect(libraries).toEqual([{ name: 'openblas', file: 'libopenblas.so.0', package: 'libopenblas0' }]);
  });
});

describe('a bundle', () => {
  test('names inputs, outputs and donations', () => {
    const { inputs, outputs, donations, device, target } = Bundle.open(bundleOf(WIDE, { donate: true })).manifest;
    expect([inputs[0]!.name, outputs[0]!.name, device, target]).toEqual(['x', 'y', 'cpu', 'cpu']);
    expect(donations).toEqual([{ input: 0, output: 0 }]);
    expect(Bundle.open(bundleOf(ADD)).manifest.inputs.map((i) => i.name)).toEqual(['input 0', 'input 1']);
  });

  test('writes donated inputs over', () => {
    using p = loadBundle(bundleOf(WIDE, { donate: true }));
    const x = random([512, 1024]);
    const expected = Math.tanh(x.data[7] as number);
    const [y] = p.runSync([x]);
    expect(y!.data).toBe(x.data);
    expect(x.data[7]).toBeCloseTo(expected, 6);
  });

  test('holds the same bytes when it is made again', () => {
    expect(readFileSync(bundleOf(TABLES)).equals(readFileSync(bundleOf(TABLES)))).toBe(true);
  });

  test('cannot run once disposed of', () => {
    const p = loadBundle(bundleOf(ADD));
    p.dispose();
    expect(() => p.runSync([random([8]), random([8])])).toThrow('disposed');
  });

  test('carries expectations of its own program only', () => {
    const inputs = [0, 1].map(() => ({ shape: [8], dtype: 'float32', lo: 0, hi: 1, seed: 0 }));
    const output = { shape: [8], dtype: 'float32', index: [0], value: [1], scale: 1, tolerance: 1 };
    const spec = { inputs, outputs: [output] };
    expect(Bundle.open(bundleOf(ADD, {}, spec)).expectations()).toEqual(spec);
    expect(Bundle.open(bundleOf(ADD)).expectations()).toBeUndefined();
    const before = readdirSync(folder).length;
    expect(() => bundleOf(ADD, {}, { inputs: inputs.slice(1) })).toThrow('the expectations have 1 inputs, but');
    expect(() => bundleOf(ADD, {}, { inputs, outputs: [{ ...output, shape: [9] }] })).toThrow(
      "output 0 of the expectations is f32[9], but the program's is f32[8]",
    );
    expect(readdirSync(folder)).toHaveLength(before);
  });
});
