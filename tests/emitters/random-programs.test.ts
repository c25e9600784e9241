import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import type { Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { relativeError } from '../support/compare.js';
import { compileToLoops, runInterpreted } from '../support/plan-runner.js';
import { randomGraph, steps } from '../support/random-graph.js';

const RUNS = process.env.THIMBLE_TEST_ALL ? 2000 : 150;

test.each(['default', 'strict'] as const)('random programs: kernels agree with the interpreter (%s)', (precision) => {
  const { ops } = defaultRules();
  const shapes = fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(shapes, steps(14), (dims, all) => {
      const make = () => randomGraph(ops, dims, all);
      const inputs = [1, 2].map((seed) => randomInput({ kind: 'tensor', element: 'f32', dims }, seed));
      const want = interpret(make(), ops, inputs) as Tensor[];
      const got = runInterpreted(compileToLoops(make(), { precision }), inputs);
      for (const [k, g] of got.entries()) expect(relativeError(g, want[k]!, 1), `result ${k}`).toBeLessThan(1e-4);
    }),
    { numRuns: RUNS },
  );
});
