import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allViolations, law, lawfulFiles, violations } from '../../tools/import-law.mjs';

describe('imports run one way', () => {
  it('in every source file', () => {
    expect(lawfulFiles().length).toBeGreaterThan(0);
    expect(allViolations()).toEqual([]);
  });

  it('and every folder of src has its line in the law', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(law)).toEqual(expect.arrayContaining(folders.map(({ name }) => `src/${name}/`)));
  });

  it.each([
    ['src/hlo/graph.ts', "import { rewrite } from '../rules/index.js';"],
    ['src/hlo/graph.ts', "import type { Rule } from '../rules/index.js';"],
    ['src/hlo/graph.ts', "type Rule = import('../rules/index.js').Rule;"],
    ['src/rules/engine.ts', "export * from '../fusion/planner.js';"],
    ['src/fusion/planner.ts', "const x = await import('../emitters/stitch.js');"],
    ['src/runtime/run.ts', "import { compile } from '../compiler.js';"],
    ['src/runtime/run.ts', "import llvm from 'llvm-bindings';"],
    ['src/emitters/stitch.ts', "import { run } from '../runtime/run.js';"],
    ['src/emitters/stitch.ts', "import { lower } from './llvm/index.js';"],
    ['src/emitters/stitch.ts', "import koffi from 'koffi';"],
    ['src/compiler.ts', "import llvm from 'llvm-bindings';"],
    ['rules-db/math.ts', "import { engine } from '../src/rules/engine.js';"],
    ['rules-db/math.ts', "import { tensor } from '../src/hlo/types.js';"],
  ])('%s: refuses %s', (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });

  it.each([
    ['src/rules/engine.ts', "import { tensor } from '../hlo/types.js';"],
    ['src/emitters/stitch.ts', "import type { Plan } from '../runtime/plan.js';"],
    ['src/emitters/llvm/build.ts', "import llvm from 'llvm-bindings'; import type { Kernel } from '../loop/ir.js';"],
    ['src/compiler.ts', "import { rules } from '../rules-db/index.js'; import { readFile } from 'node:fs/promises';"],
    ['src/cli/main.ts', "import { compile } from '../compiler.js'; import { Command } from 'commander';"],
    [
      'rules-db/math/exp.ts',
      "import { emit } from '../../src/rules/index.js'; import { horner } from './polynomial.js';",
    ],
  ])('%s: allows %s', (file, text) => {
    expect(violations(file, text)).toEqual([]);
  });
});
