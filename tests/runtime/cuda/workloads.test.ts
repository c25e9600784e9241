/** Every kind of program through the runtime for graphics processors, on the driver's double. */
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../../src/default-rules.js';
import type { Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { randomInput } from '../../../src/hlo/recipe.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { relativeError } from '../../support/compare.js';
import { onDouble } from '../../support/cuda.js';
import { REDUCED, reducedText } from '../../support/reduced.js';
import { ABSENT, WORKLOADS } from '../../support/workloads.js';

describe.skipIf(ABSENT)(`workloads at reduced sizes${ABSENT}`, () => {
  test('are all of them', () => {
    expect(WORKLOADS.filter((name) => !REDUCED.includes(name))).toEqual([]);
  });

  test.each(REDUCED.filter((name) => WORKLOADS.includes(name)))('%s', (name) => {
    const source = reducedText(name);
    const { ops } = defaultRules();
    const module = parseStablehlo(source, ops);
    const inputs = module.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
    const want = interpret(module, ops, inputs) as Tensor[];
    const { double, device, program } = onDouble(source);
    program.runSync(inputs).forEach((got, k) => {
      expect(relativeError(got, want[k]!), `result ${k}`).toBeLessThanOrEqual(1e-4);
    });
    program.dispose();
    device.close();
    expect(double.leftovers()).toEqual([]);
  });
});
