import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tensor } from '../../src/hlo/index.js';
import { readNpy, writeNpy } from '../../src/hlo/npy.js';
import { TARGETS } from '../../src/program.js';
import { add8, file, folder, thimble } from './support.js';

const recipe = (more: object = {}) => ({
  inputs: [
    { shape: [8], dtype: 'float32', values: [1, 2, 3, 4, 5, 6, 7, 8] },
    { shape: [8], dtype: 'float32', values: [1, 1, 1, 1, 1, 1, 1, 0.5] },
  ],
  ...more,
});
const output = (value: number) => ({ shape: [8], dtype: 'float32', index: [0, 7], value: [2, value], scale: 8.5 });

describe('thimble run', () => {
  it.each(['cpu', 'cpu:avx2', 'simt', 'interpreter'])('prints outputs as NumPy does, on %s', async (target) => {
    const spec = file('spec.json', JSON.stringify(recipe()));
    const { code, out, err } = await thimble('run', add8, '--inputs', spec, '--target', target);
    expect(out).toBe('[2.  3.  4.  5.  6.  7.  8.  8.5]\n');
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  it('takes .npy files, and writes them', async () => {
    const npy = file('one.npy', writeNpy(tensor('f32', [8], new Float32Array(8).fill(1))));
    const results = join(folder, 'results');
    const { code } = await thimble('run', add8, '--input', `1=${npy}`, '--input', `0=${npy}`, '--out', results);
    expect(code).toBe(0);
    expect([...readNpy(readFileSync(join(results, 'out0.npy'))).data]).toEqual(new Array(8).fill(2));
    expect(existsSync(join(results, 'out1.npy'))).toBe(false);
  });

  it('draws random inputs by seed', async () => {
    const run = async (seed: string) => (await thimble('run', add8, '--random', seed)).out;
    expect(await run('1')).toBe(await run('1'));
    expect(await run('1')).not.toBe(await run('2'));
  });

  it('says whether outputs are what the recipe expects', async () => {
    const right = file('right.json', JSON.stringify(recipe({ outputs: [output(8.5)], tolerance: 1e-6 })));
    const good = await thimble('run', add8, '--inputs', right);
    expect(good.out).toContain('output 0: as expected (2 samples');
    expect(good.code).toBe(0);
    const wrong = file('wrong.json', JSON.stringify(recipe({ outputs: [output(9)], tolerance: 1e-6 })));
    const bad = await thimble('run', add8, '--inputs', wrong);
    expect(bad.out).toContain('output 0: NOT as expected: element 7 is 8.5, but 9 is expected');
    expect(bad.code).toBe(1);
    const not = file('not.json', JSON.stringify(recipe({ outputs: [{ ...output(9), unchecked: 'chaotic' }] })));
    expect((await thimble('run', add8, '--inputs', not)).out).toContain('output 0: not compared (chaotic)');
  });

  it.each([
    ['no inputs', [add8], ['input 0, f32[8], is not given', '--random SEED']],
    ['no such file', ['nowhere.mlir'], ['cannot read file nowhere.mlir: there is no such file']],
    ['a folder', [folder], ['it is a folder']],
    ['an unknown target', [add8, '--target', 'tpu'], [`Allowed choices are ${TARGETS.join(', ')}`]],
    [
      'checks that there are not',
      [add8, '--random', '1', '--target', 'cuda', '--checked'],
      ['kernels for target cuda check no index: target simt runs'],
    ],
    [
      'a library that no graphics processor calls',
      [add8, '--random', '1', '--target', 'cuda', '--library', 'openblas'],
      ['kernels for target cuda call no foreign library such as openblas'],
    ],
    ['a bad seed', [add8, '--random', 'x'], ['an integer from 0 is needed']],
    ['a bad --input', [add8, '--input', 'x.npy'], ['write --input 0=FILE.npy']],
    ['too high an --input', [add8, '--input', '5=x.npy'], ['the program has 2 inputs, counted from 0']],
    ['a missing .npy', [add8, '--input', '0=nowhere.npy'], ['cannot read input nowhere.npy']],
    ['no .npy', [add8, '--input', `0=${add8}`], ['this is no .npy file']],
    ['a missing spec', [add8, '--inputs', 'nowhere.json'], ['cannot read inputs nowhere.json']],
    ['a spec that is no JSON', [add8, '--inputs', add8], ['is no JSON']],
    ['a spec without inputs', [add8, '--inputs', file('empty.json', '{}')], ['has no list `inputs`']],
    [
      'a spec for another program',
      [add8, '--inputs', file('few.json', '{"inputs": []}')],
      ['describes 0 inputs, but the program has 2'],
    ],
    [
      'a spec of other shapes',
      [
        add8,
        '--inputs',
        file('other.json', JSON.stringify({ inputs: Array(2).fill({ shape: [9], dtype: 'float32' }) })),
      ],
      ['input 0 is f32[9], but the program wants f32[8]'],
    ],
    [
      'a spec of an unknown type',
      [
        add8,
        '--inputs',
        file('dtype.json', JSON.stringify({ inputs: Array(2).fill({ shape: [8], dtype: 'decimal' }) })),
      ],
      ['input 0: dtype decimal is not known'],
    ],
    ['an empty file', [file('empty.mlir', '\n')], ['is empty']],
    ['no main', [file('nomain.mlir', 'func.func @f() { return }')], ['has no function @main', '@f']],
    [
      'an undefined value',
      [file('undefined.mlir', 'func.func @main(%a: tensor<f32>) -> tensor<f32> {\n  return %b : tensor<f32>\n}')],
      ['undefined.mlir:2:10: error: %b is not defined', '    return %b', '           ^'],
    ],
    [
      'an op that cannot be compiled',
      [
        file(
          'infeed.mlir',
          'func.func @main() -> tensor<2xf32> {\n' +
            '  %t = stablehlo.create_token : !stablehlo.token\n' +
            '  %0:2 = "stablehlo.infeed"(%t) : (!stablehlo.token) -> (tensor<2xf32>, !stablehlo.token)\n' +
            '  return %0#0 : tensor<2xf32>\n}',
        ),
        '--random',
        '1',
      ],
      ['infeed.mlir:3:', 'error: op infeed has no emission rule', '^'],
    ],
    ['missing rules', [add8, '--rules', 'nowhere.ts'], ['cannot read rules nowhere.ts']],
  ])('explains %s', async (_, args, words) => {
    const { code, out, err } = await thimble('run', ...args);
    expect(code).toBe(1);
    expect(out).toBe('');
    for (const w of words) expect(err).toContain(w);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('the text of a program', () => {
  it('may be HLO', async () => {
    const hlo = file(
      'add.txt',
      `HloModule add

ENTRY main {
  a = f32[3] parameter(0)
  ROOT sum = f32[3] add(a, a)
}
`,
    );
    const spec = file('three.json', JSON.stringify({ inputs: [{ shape: [3], dtype: 'float32', values: [1, 2, 4] }] }));
    expect((await thimble('run', hlo, '--inputs', spec)).out).toBe('[2. 4. 8.]\n');
  });
});

describe('every command', () => {
  it.each(['run', 'check', 'diff', 'compile', 'explain', 'bench', 'verify', 'doctor'])('%s has help', async (name) => {
    const { code, out } = await thimble(name, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`Usage: thimble ${name}`);
    expect(out).toContain(`Examples:\n  thimble ${name}`);
  });

  it('is listed, and a misspelt one is told the right one', async () => {
    expect((await thimble()).out).toContain('explain');
    const { code, err } = await thimble('exlain');
    expect(code).toBe(1);
    expect(err).toContain('(Did you mean explain?)');
  });
});
