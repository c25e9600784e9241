import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import type { Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compile, extendRuleSet, tensor } from '../../src/index.js';
import { schedule } from '../../src/rules/index.js';
import { relativeError } from '../support/compare.js';
import { compileToLoops } from '../support/plan-runner.js';

const parse = (text: string) => parseStablehlo(text, defaultRules().ops);

/** Cuts whatever may be cut. */
const always = (parts: number) =>
  extendRuleSet(defaultRules(), {
    rules: [
      schedule({
        name: 'Parts_Always',
        template: 'parts',
        when: 'always',
        applies: () => true,
        choose: () => ({ parts }),
      }),
    ],
  });

const reduction = (op: string, dims: string, result: string, element: string, over: string, init: string) => `
func.func @main(%x: tensor<${dims}x${element}>) -> tensor<${result}${element}> {
  %init = stablehlo.constant dense<${init}> : tensor<${element}>
  %y = stablehlo.add %x, %x : tensor<${dims}x${element}>
  %r = stablehlo.reduce(%y init: %init) applies stablehlo.${op} across dimensions = [${over}] : (tensor<${dims}x${element}>, tensor<${element}>) -> tensor<${result}${element}>
  return %r : tensor<${result}${element}>
}`;

describe('reductions in parts', () => {
  test.each([
    ['add', '60', '', 'f32', '0', '1.5', 4],
    ['add', '61', '', 'f32', '0', '-2.0', 4],
    ['add', '3x7x5', '7x', 'f32', '0, 2', '0.0', 4],
    ['add', '3x7x5', '3x', 'f32', '1, 2', '0.0', 8],
    ['maximum', '3x7x5', '7x5x', 'f32', '0', '0xFF800000', 2],
    ['minimum', '4x9', '4x', 'i32', '1', '2147483647', 3],
    ['add', '4x9', '9x', 'i64', '0', '7', 3],
    ['multiply', '2x1x5x3', '5x', 'f64', '0, 1, 3', '1.0', 2],
    ['and', '17', '', 'i8', '0', '-1', 5],
    ['add', '3', '', 'f32', '0', '0.0', 100],
  ] as const)('%s of %s to %s%s', (op, dims, result, element, over, init, parts) => {
    const text = reduction(op, dims, result, element, over, init);
    const inputs = parse(text).entry.parameters.map((p) => randomInput(p.result.tensorType, 1));
    const [want] = interpret(parse(text), defaultRules().ops, inputs) as Tensor[];
    using program = compile(text, { rules: always(parts), cache: false });
    expect(relativeError(program.runSync(inputs)[0]!, want!)).toBeLessThan(1e-6);
    expect(compileToLoops(parse(text), { rules: always(parts) }).plan!.steps.length).toBeGreaterThan(1);
  });

  test('what partial results would round, or order decides, stays whole', () => {
    const narrow = reduction('add', '60', '', 'bf16', '0', '0.0');
    expect(compileToLoops(parse(narrow), { rules: always(4) }).plan!.steps).toHaveLength(1);
    const strict = reduction('add', '60', '', 'f32', '0', '0.0');
    expect(compileToLoops(parse(strict), { rules: always(4), precision: 'strict' }).plan!.steps).toHaveLength(1);
  });

  test('a long sum has tasks for threads, and the same bits for any number of them', () => {
    const text = reduction('add', '2x1048579', '', 'f32', '0, 1', '0.0');
    using program = compile(text, { cache: false });
    const x = tensor(
      'f32',
      [2, 1048579],
      Float32Array.from({ length: 2 * 1048579 }, (_, k) => Math.sin(k)),
    );
    const bits = [1, 2, 3, 7].map((threads) => program.runSync([x], { threads })[0]!.data[0]);
    expect(new Set(bits).size).toBe(1);
    const [first] = compileToLoops(parse(text)).plan!.steps;
    expect(first!.kind === 'launch' && first!.launches[0]!.tasks).toBeGreaterThanOrEqual(32);
  });
});
