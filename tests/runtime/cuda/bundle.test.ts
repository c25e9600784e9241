/** Bundles for graphics processors, with PTX as it is, on a driver's double. */
import { expect, test } from 'vitest';
import { runPasses } from '../../../src/compiler.js';
import { randomInput } from '../../../src/hlo/recipe.js';
import type { Tensor } from '../../../src/hlo/tensor.js';
import { type CompileOptions, compile, compilerOptions, moduleOf } from '../../../src/program.js';
import { checkBundles } from '../../../src/runtime/bundle/check.js';
import { CudaDevice, CudaExecutable, loadBundle } from '../../../src/runtime/index.js';
import { ADD, altered, alteredJson, bundleOf, CONTROL, TABLES, WIDE } from '../../support/bundles.js';
import { CudaDouble } from '../../support/cuda-double.js';

const cuda: CompileOptions = { target: 'cuda' };

/** A device that knows the program's kernels. */
function deviceFor(source: string, options: CompileOptions = cuda, capability = 80) {
  const { kernels } = runPasses(moduleOf(source), compilerOptions({ ...options, target: 'simt' }), 'assemble');
  const double = new CudaDouble({ kernels: kernels!, capability });
  return { double, device: CudaDevice.open(0, double.driver) };
}

const random = (dims: readonly number[]) => randomInput({ kind: 'tensor', element: 'f32', dims }, 3);
const numberOf = (n: number): Tensor => ({
  type: { kind: 'tensor', element: 's32', dims: [] },
  data: Int32Array.of(n),
});

test.each([
  ['one kernel', ADD, [random([8]), random([8])]],
  ['constants and temporaries', TABLES, [random([64, 32])]],
  ['a loop and a branch', CONTROL, [numberOf(3), random([16])]],
] as const)('a bundle with %s gives what the program gives', async (_, source, inputs) => {
  using judge = compile(source, { target: 'simt' });
  const { double, device } = deviceFor(source);
  const program = loadBundle(bundleOf(source, cuda), { device });
  expect(program).toBeInstanceOf(CudaExecutable);
  const want = judge.runSync(inputs);
  expect(program.runSync(inputs)).toEqual(want);
  expect(await program.run(inputs)).toEqual(want);
  program.dispose();
  device.close();
  expect(double.leftovers()).toEqual([]);
});

test('a bundle says what it needs', () => {
  const file = bundleOf(WIDE, { target: 'cuda:sm_90a', donate: true });
  altered(file, ({ header, sections }) => {
    expect(header).toMatchObject({
      device: 'cuda',
      target: 'cuda:sm_90a',
      machine: { processor: 'sm_90a', capability: 90, ptx: '8.0' },
      donations: [{ input: 0, output: 0 }],
      libraries: [],
    });
    expect([...sections.keys()]).toEqual(['plan', 'launches', 'code']);
    expect(Buffer.from(sections.get('code')!).toString()).toContain('.target sm_90a');
  });
  altered(bundleOf(ADD, cuda), ({ header }) => {
    expect(header).toMatchObject({ target: 'cuda', machine: { processor: 'sm_80', capability: 80, ptx: '7.1' } });
  });
});

test('other machines are refused, and damage is found', () => {
  const { device } = deviceFor(ADD);
  const message = (file: string, wanted: string) => expect(() => loadBundle(file, { device })).toThrow(wanted);
  message(
    bundleOf(ADD, { target: 'cuda:sm_90' }),
    'the program is for a processor of capability 9.0 or higher (sm_90)',
  );
  const file = bundleOf(ADD, cuda);
  message(
    altered(file, ({ header }) => {
      header.machine.ptx = '9.9';
    }),
    'its code is PTX 7.1, not 9.9',
  );
  const launches = (change: (list: { blocks: unknown; threads: unknown }[]) => void) =>
    alteredJson(file, 'launches', change);
  message(
    launches((list) => list.pop()),
    'launches must say how each of 1 kernels is launched, but is []',
  );
  message(
    launches((list) => {
      list[0]!.threads = 2048;
    }),
    'launches[0].threads must be below 1025, but is 2048',
  );
  message(
    launches((list) => {
      list[0]!.blocks = -1;
    }),
    'launches[0].blocks must be an integer from 0',
  );
});

test('there are none for simt', () => {
  expect(() => bundleOf(ADD, { target: 'simt' })).toThrow('kernels for simt are interpreted, which takes the compiler');
});

test('gpu-check compares and times them', () => {
  const inputs = [0, 1].map((seed) => ({ shape: [8], dtype: 'float32', lo: 1, hi: 2, seed }));
  const expecting = (value: number) => ({
    inputs,
    outputs: [{ shape: [8], dtype: 'float32', index: [3], value: [value], scale: 4, tolerance: 0.25 }],
  });
  const { double, device } = deviceFor(ADD);
  const files = [
    bundleOf(ADD, cuda, expecting(3)),
    bundleOf(ADD, cuda, expecting(9)),
    bundleOf(ADD, { target: 'cuda:sm_90' }),
  ];
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  expect(checkBundles(files, write, { device })).toBe(1);
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^ +median us +min us +runs +device us +target/);
  expect(lines[1]).toMatch(/^ok +[\d.e+]+ +[\d.e+]+ +\d+ +[\d.]+ +cuda +.*of the scale/);
  expect(lines[2]).toMatch(/^FAILED +\d/);
  expect(lines[3]).toContain('output 0: element 3 is');
  expect(lines[4]).toMatch(/^FAILED +\S+\.bundle$/);
  expect(lines[5]).toContain('compile for cuda:sm_80');
  expect(lines[6]).toBe('1 of 3 as they should be');
  device.close();
  expect(double.leftovers()).toEqual([]);
});
