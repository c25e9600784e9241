/** Kernels from memory, disk and compiler: what is in the cache folder is used, and nothing depends on it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPasses } from '../src/compiler.js';
import { compilerOptions, executableOf, moduleOf } from '../src/program.js';

const folder = mkdtempSync(join(tmpdir(), 'thimble-kernels-'));
const before = process.env.THIMBLE_CACHE_DIR;
beforeAll(() => {
  process.env.THIMBLE_CACHE_DIR = folder;
});
afterAll(() => {
  if (before === undefined) delete process.env.THIMBLE_CACHE_DIR;
  else process.env.THIMBLE_CACHE_DIR = before;
  rmSync(folder, { recursive: true, force: true });
});

/** A program whose kernel no other test has; `factor` tells one from the next. */
const text = (factor: number) => `func.func @main(%a: tensor<5xf32>) -> tensor<5xf32> {
  %c = stablehlo.constant dense<${factor}.0> : tensor<5xf32>
  %0 = stablehlo.multiply %a, %c : tensor<5xf32>
  return %0 : tensor<5xf32>
}`;

function run(factor: number): { readonly values: number[]; readonly objects: ReadonlySet<string> } {
  const compilation = runPasses(moduleOf(text(factor)), compilerOptions({}));
  using executable = executableOf(compilation, 'cpu', 1);
  const [result] = executable.runSync([Float32Array.of(1, 2, 3, 4, 5)]);
  return { values: [...(result!.data as Float32Array)], objects: new Set(compilation.objects!.map((o) => o.key)) };
}

const expected = (factor: number) => [1, 2, 3, 4, 5].map((x) => x * factor);

describe('the cache of kernels', () => {
  it('holds a kernel once, and gives the same object again', () => {
    const first = run(71);
    expect(first.values).toEqual(expected(71));
    const files = readdirSync(folder).length;
    expect(files).toBeGreaterThan(0);
    expect(run(71)).toEqual(first);
    expect(readdirSync(folder).length).toBe(files);
  });

  it('tells kernels apart by target and by checks', () => {
    const key = (options: Parameters<typeof compilerOptions>[0]) =>
      runPasses(moduleOf(text(73)), compilerOptions(options)).objects![0]!.key;
    expect(new Set([key({}), key({ target: 'cpu:avx2' }), key({ checked: true })]).size).toBe(3);
  });

  it('is not needed', () => {
    process.env.THIMBLE_CACHE = 'off';
    try {
      expect(run(79).values).toEqual(expected(79));
    } finally {
      delete process.env.THIMBLE_CACHE;
    }
  });

  const built = fileURLToPath(new URL('../dist/src/index.js', import.meta.url));
  const title = 'spares another process the compiler, unless what it holds is damaged';
  it.skipIf(!existsSync(built))(`${title}${existsSync(built) ? '' : ' (skipped: not built)'}`, () => {
    const script = `
      import { compile } from ${JSON.stringify(built)};
      const p = compile(${JSON.stringify(text(83))});
      const [r] = p.runSync([Float32Array.of(1, 2, 3, 4, 5)]);
      const maps = (await import('node:fs')).readFileSync('/proc/self/maps', 'utf8');
      console.log(JSON.stringify({ values: [...r.data], compiler: maps.includes('llvm-bindings.node') }));
    `;
    const child = () =>
      JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
    expect(child()).toEqual({ values: expected(83), compiler: true });
    expect(child()).toEqual({ values: expected(83), compiler: false });
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(file, bytes);
    }
    expect(child()).toEqual({ values: expected(83), compiler: true });
  });
});
