/** Machine code against its loop IR, bit for bit, and against the reference interpreter. */
import { describe, expect, test } from 'vitest';
import { runPasses } from '../../src/compiler.js';
import { defaultRules } from '../../src/default-rules.js';
import { bytesOf, OpRegistry, type Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compilerOptions, executableOf } from '../../src/program.js';
import { RuleSet } from '../../src/rules/index.js';
import { relativeError } from '../support/compare.js';
import { runInterpreted } from '../support/plan-runner.js';
import { REDUCED, reducedText } from '../support/reduced.js';
import { ABSENT, WORKLOADS } from '../support/workloads.js';

const programs = REDUCED.filter((name) => WORKLOADS.includes(name));
const inputsOf = (name: string): Tensor[] =>
  parseStablehlo(reducedText(name), defaultRules().ops).entry.parameters.map((p, k) =>
    randomInput(p.result.tensorType, k + 1),
  );

/** Values without the sign and payload of NaN, which JavaScript does not keep. */
const comparable = (t: Tensor): unknown => (t.data.some((x) => Number.isNaN(x)) ? [...t.data] : [...bytesOf(t)]);

describe(`native code agrees with its loop IR bit for bit${ABSENT}`, () => {
  describe.each(['cpu', 'cpu:avx2'] as const)('%s', (target) => {
    test.each(programs)('%s', (name) => {
      const { ops } = defaultRules();
      const inputs = inputsOf(name);
      const c = runPasses(parseStablehlo(reducedText(name), ops), compilerOptions({ target }));
      using program = executableOf(c, target, 2);
      const native = program.runSync(inputs);
      const loops = runInterpreted(c, inputs);
      const want = interpret(parseStablehlo(reducedText(name), ops), ops, inputs) as Tensor[];
      for (const [k, got] of native.entries()) {
        expect(comparable(got), `result ${k} against loop IR`).toEqual(comparable(loops[k]!));
        expect(relativeError(got, want[k]!, 1e-3), `result ${k} against the interpreter`).toBeLessThan(2e-3);
      }
    });
  });
});

describe(`native code does the work${ABSENT}`, () => {
  const fail = (): never => {
    throw new Error('the reference evaluation of an op was called');
  };
  const base = defaultRules();
  const withoutEvaluation = new RuleSet(
    new OpRegistry(OPS.map((d) => ({ ...d, evaluate: fail, scalar: fail }))),
    base.rules,
    base.order,
  );

  test.each(programs)('%s runs with evaluation functions that throw', (name) => {
    const module = parseStablehlo(reducedText(name), withoutEvaluation.ops);
    const c = runPasses(module, compilerOptions({ rules: withoutEvaluation, fold: false }));
    using program = executableOf(c, 'cpu', 1);
    const want = interpret(parseStablehlo(reducedText(name), base.ops), base.ops, inputsOf(name)) as Tensor[];
    for (const [k, got] of program.runSync(inputsOf(name)).entries()) {
      expect(relativeError(got, want[k]!, 1e-3), `result ${k}`).toBeLessThan(2e-3);
    }
  });
});
