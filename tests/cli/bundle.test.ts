import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Bundle } from '../../src/index.js';
import { add8, file, folder, softmax, thimble } from './support.js';

const inputs = [0, 1].map((seed) => ({ shape: [8], dtype: 'float32', lo: 1, hi: 2, seed }));
const output = { shape: [8], dtype: 'float32', index: [3], value: [3], scale: 4, tolerance: 0.25 };
const right = file('right.json', JSON.stringify({ inputs, outputs: [output] }));
const wrong = file('wrong.json', JSON.stringify({ inputs, outputs: [{ ...output, value: [9] }] }));

async function bundled(name: string, ...args: string[]): Promise<string> {
  const to = join(folder, name);
  const { code, out, err } = await thimble('compile', ...args, '--emit', 'bundle', '-o', to);
  expect([code, out, err]).toEqual([0, '', '']);
  return to;
}

describe('a bundle', () => {
  test('runs on the inputs given, as its program does', async () => {
    const bundle = await bundled('softmax.bundle', softmax);
    const expected = await thimble('run', softmax, '--random', '3');
    expect(await thimble('run', bundle, '--random', '3', '--threads', '2')).toEqual(expected);
  });

  test('runs on its own inputs, and is compared with its own expectations', async () => {
    const good = await thimble('run', await bundled('good.bundle', add8, '--inputs', right));
    expect(good.code).toBe(0);
    expect(good.out).toContain('output 0: as expected (1 samples');
    const bad = await thimble('run', await bundled('bad.bundle', add8, '--inputs', wrong));
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('NOT as expected');
  });

  test('needs inputs where it has none', async () => {
    const { code, err } = await thimble('run', await bundled('bare.bundle', add8));
    expect(code).toBe(1);
    expect(err).toContain('input 0, f32[8], is not given');
  });

  test('is timed', async () => {
    const bundle = await bundled('timed.bundle', add8);
    const { code, out } = await thimble('bench', bundle, '--threads', '1', '--json');
    expect(code).toBe(0);
    const [measured] = JSON.parse(out);
    expect(measured).toMatchObject({ file: bundle, target: 'cpu', threads: 1, coldMs: null });
    expect(measured.runs).toBeGreaterThan(9);
  });

  test('is for what it was compiled for', async () => {
    const bundle = await bundled('avx2.bundle', add8, '--target', 'cpu:avx2', '--precision', 'strict');
    expect(Bundle.open(bundle).manifest.target).toBe('cpu:avx2');
  });
});

describe('it is explained that', () => {
  test.each([
    ['a bundle is no text', [add8, '--emit', 'bundle'], 'say where to write it: -o FILE.bundle'],
    ['expectations are for bundles', [add8, '--emit', 'loop', '--inputs', right], '--inputs is for --emit bundle'],
    [
      'expectations must fit',
      [softmax, '--emit', 'bundle', '-o', join(folder, 'no.bundle'), '--inputs', right],
      'the expectations have 2 inputs, but the program has 1',
    ],
    [
      'a folder must be there',
      [add8, '--emit', 'bundle', '-o', join(folder, 'nowhere', 'x.bundle')],
      'no such file or directory',
    ],
  ])('%s', async (_, args, message) => {
    const { code, err } = await thimble('compile', ...args);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  test.each([
    [['--target', 'cpu'], '--target decides nothing any more'],
    [['--checked'], '--checked decides nothing any more'],
  ])('%s is too late', async (args, message) => {
    const bundle = await bundled('done.bundle', add8);
    for (const command of ['run', 'bench']) {
      const { code, err } = await thimble(command, bundle, '--random', '1', ...args);
      expect(code).toBe(1);
      expect(err).toContain(message);
    }
  });

  test.each([['compile', '--emit', 'loop'], ['explain'], ['diff']])('%s takes texts', async (...command) => {
    const { code, out, err } = await thimble(...command, await bundled('given.bundle', add8));
    expect(code).toBe(1);
    expect(out + err).toContain('given.bundle is a bundle: it is compiled already');
  });

  test('a bundle is damaged', async () => {
    const bundle = await bundled('damaged.bundle', add8);
    const bytes = readFileSync(bundle);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(bundle, bytes);
    const { code, err } = await thimble('run', bundle, '--random', '1');
    expect(code).toBe(1);
    expect(err).toBe(
      `error: ${bundle} cannot be used: its section code is damaged: ` +
        'the checksum does not match; copy or make the bundle again\n',
    );
  });
});
