/** Programs that were once compiled wrong. A failure found anywhere becomes a file here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import type { Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compile } from '../../src/program.js';
import { relativeError } from '../support/compare.js';
import { compileToLoops, runInterpreted } from '../support/plan-runner.js';

const files = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.mlir'));

describe.each(['default', 'strict'] as const)('%s precision', (precision) => {
  test.each(files)('%s', (file) => {
    const { ops } = defaultRules();
    const text = readFileSync(join(import.meta.dirname, file));
    const module = parseStablehlo(text, ops);
    const inputs = module.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
    const want = interpret(module, ops, inputs) as Tensor[];
    using program = compile(text, { precision, cache: false, checked: true });
    const native = program.runSync(inputs);
    const loops = runInterpreted(compileToLoops(parseStablehlo(text, ops), { precision }), inputs);
    for (const [k, w] of want.entries()) {
      expect(relativeError(native[k]!, w), `native, result ${k}`).toBeLessThan(1e-5);
      expect(relativeError(loops[k]!, w), `loop IR, result ${k}`).toBeLessThan(1e-5);
    }
  });
});
