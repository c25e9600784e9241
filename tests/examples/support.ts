import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RuntimeValue, Tensor } from '../../src/hlo/index.js';
import { type Compilation, compilerOptions, executableOf, interpret, parse, runPasses } from '../../src/index.js';
import type { RuleSet } from '../../src/rules/index.js';

/** A test that an example is as short as it is said to be, and no line of it long. */
export const isShort = (file: string, most: number): void =>
  test(`takes at most ${most} lines`, () => {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(most);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
  });

export const compiled = (program: string, rules: RuleSet): Compilation =>
  runPasses(parse(program, { ops: rules.ops }), compilerOptions({ rules }));

export function results(c: Compilation, inputs: readonly Tensor[], threads = 1): Tensor[] {
  using program = executableOf(c, 'cpu', threads);
  return program.runSync(inputs) as Tensor[];
}

export const interpreted = (program: string, inputs: readonly RuntimeValue[], rules: RuleSet): Tensor[] =>
  interpret(parse(program, { ops: rules.ops }), inputs, rules.ops) as Tensor[];

export const wave = (n: number): Float32Array => Float32Array.from({ length: n }, (_, k) => 2 * Math.sin(k));
