import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runPasses } from '../../src/compiler.js';
import { defaultRules } from '../../src/default-rules.js';
import type { Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compile, compilerOptions } from '../../src/program.js';
import { extendRuleSet, library } from '../../src/rules/index.js';
import { relativeError } from '../support/compare.js';

const FILE = '/usr/lib/x86_64-linux-gnu/libopenblas.so.0';
const ABSENT = existsSync(FILE) ? '' : ' (skipped: libopenblas0 is not installed)';

/** tanh(lhs · rhs), the factors as given or transposed. */
const product = (lhs: string, rhs: string, contracting: string) => `
func.func @main(%a: tensor<${lhs}xf32>, %b: tensor<${rhs}xf32>) -> tensor<7x5xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = ${contracting} : (tensor<${lhs}xf32>, tensor<${rhs}xf32>) -> tensor<7x5xf32>
  %1 = stablehlo.tanh %0 : tensor<7x5xf32>
  return %1 : tensor<7x5xf32>
}`;
const PLAIN = product('7x9', '9x5', '[1] x [0]');

const templates = (text: string, libraries: readonly string[]) =>
  runPasses(
    parseStablehlo(text, defaultRules().ops),
    compilerOptions({ libraries, cache: false }),
    'assemble',
  ).plan!.steps.map((s) => s.label.split(':')[0]);

describe('a library rule', () => {
  test('is asked only where its library is allowed', () => {
    expect(templates(PLAIN, [])).toEqual(['contraction']);
    expect(templates(PLAIN, ['openblas'])).toEqual(['foreign', 'map']);
  });

  test('leaves alone what it does not apply to', () => {
    const f64 = PLAIN.replaceAll('f32', 'f64');
    expect(templates(f64, ['openblas'])).toEqual(['contraction']);
  });

  test('is refused by name where there is none', () => {
    expect(() => templates(PLAIN, ['openglas'])).toThrow(
      "no rule calls a library 'openglas'; there are rules for: openblas",
    );
  });

  test('names the package of a library that is missing', () => {
    const nowhere = library({
      name: 'Dot_Nowhere',
      library: { name: 'nowhere', file: 'libnowhere.so.9', package: 'libnowhere9' },
      op: 'dot',
      when: 'always',
      applies: () => true,
      call: () => ({ symbol: 'nowhere_dot', args: [] }),
    });
    const rules = extendRuleSet(defaultRules(), { rules: [nowhere] });
    expect(() => compile(PLAIN, { rules, libraries: ['nowhere'], cache: false })).toThrow(
      'libnowhere.so.9 is missing; install it with: apt-get install -y libnowhere9',
    );
  });

  test.skipIf(ABSENT !== '').each([
    ['7x9', '9x5', '[1] x [0]'],
    ['9x7', '9x5', '[0] x [0]'],
    ['7x9', '5x9', '[1] x [1]'],
    ['9x7', '5x9', '[0] x [1]'],
  ])(`calls OpenBLAS for %s and %s contracting %s${ABSENT}`, (...shapes) => {
    const text = product(...(shapes as [string, string, string]));
    const module = parseStablehlo(text, defaultRules().ops);
    const inputs = module.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
    const want = interpret(module, defaultRules().ops, inputs) as Tensor[];
    using program = compile(text, { libraries: ['openblas'], cache: false });
    expect(relativeError(program.runSync(inputs)[0]!, want[0]!)).toBeLessThan(1e-6);
  });
});
