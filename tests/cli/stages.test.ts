import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/cli/explain.js';
import { compile, parse } from '../../src/index.js';
import { add8, folder, softmax, thimble } from './support.js';

const input = [Float32Array.from({ length: 1600 }, (_, i) => Math.sin(i))];

describe('thimble compile', () => {
  it.each([
    ['stablehlo', 'stablehlo.exponential'],
    ['hlo', 'f32[16,100]{1,0} exponential('],
    ['fused', 'func.func private @kernel0_rows'],
    ['loop', 'kernel thimble_'],
    ['plan', 'steps:\n  0: rows: reduce'],
    ['llvm', 'define '],
    ['asm', '.text'],
  ])('prints the stage %s', async (stage, words) => {
    const { code, out } = await thimble('compile', softmax, '--emit', stage);
    expect(code).toBe(0);
    expect(out).toContain(words);
  });

  it.each(['stablehlo', 'hlo', 'fused'])('prints a program at %s that means the same', async (stage) => {
    const { out } = await thimble('compile', softmax, '--emit', stage);
    using before = compile(readFileSync(softmax), { target: 'interpreter' });
    using after = compile(out, { target: 'interpreter' });
    expect(parse(out).computations.has('main')).toBe(true);
    const expected = before.runSync(input)[0]!.data;
    after.runSync(input)[0]!.data.forEach((x, i) => {
      expect(Number(x)).toBeCloseTo(Number(expected[i]), 6);
    });
  });

  it('writes to a file', async () => {
    const to = join(folder, 'add.s');
    expect((await thimble('compile', add8, '--emit', 'asm', '-o', to, '--target', 'cpu:avx2')).out).toBe('');
    expect(readFileSync(to, 'utf8')).toContain('vaddps');
  });

  it('wants to know the stage', async () => {
    const { code, err } = await thimble('compile', add8);
    expect(code).toBe(1);
    expect(err).toContain("required option '--emit <stage>' not specified");
  });
});

describe('thimble explain', () => {
  it('shows that softmax is one step that reads its input once', async () => {
    const { code, out } = await thimble('explain', softmax, '--json');
    expect(code).toBe(0);
    const e = JSON.parse(out) as Explanation;
    expect(e.steps).toHaveLength(1);
    expect(e.steps[0]).toMatchObject({ kind: 'launch', template: 'rows', bytesRead: 6400, bytesWritten: 6400 });
    expect(e.steps[0]!.instructions).toContain('exponential');
    expect(e.peakBytes).toBe(e.workspaceBytes + e.constantBytes + 12800);
    expect(e.passes.map((p) => p.pass)).toContain('fuse');
    expect(e.decisions.length).toBeGreaterThan(0);
    for (const d of e.decisions) expect(d.reason).not.toBe('');
    for (const r of e.rules) expect(r.fired).toBe(r.places.length);
  });

  it('says the same in words', async () => {
    const { out } = await thimble('explain', softmax, '--all');
    expect(out).toMatch(/steps\n {2}0: rows: /);
    expect(out).toContain('reads 6.40 kB, writes 6.40 kB');
  });
});

describe('thimble bench', () => {
  it('measures', async () => {
    const { code, out } = await thimble('bench', add8, '--json', '--threads', '1');
    expect(code).toBe(0);
    const [m] = JSON.parse(out);
    expect(Object.keys(m)).toEqual(['file', 'target', 'threads', 'compileMs', 'coldMs', 'medianUs', 'minUs', 'runs']);
    expect(m).toMatchObject({ file: add8, target: 'cpu', threads: 1 });
    expect(m.minUs).toBeLessThanOrEqual(m.medianUs);
    expect(m.runs).toBeGreaterThanOrEqual(10);
  });

  it('goes on after a program that does not compile', async () => {
    const { code, out, err } = await thimble('bench', join(folder, 'nowhere.mlir'), add8);
    expect(code).toBe(1);
    expect(err).toContain('there is no such file');
    expect(out).toBe('');
  });
});
