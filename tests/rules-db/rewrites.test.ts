import { expect, test } from 'vitest';
import { ORDER, REWRITE_RULES } from '../../rules-db/rewrites/index.js';
import { SAMPLE_RULES } from '../../rules-db/samples/index.js';
import { OpRegistry } from '../../src/hlo/index.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { ruleSet } from '../../src/rules/index.js';
import { verifyRule } from '../../src/rules/verify/verify.js';

const rules = ruleSet({ ops: new OpRegistry(OPS), rules: [...REWRITE_RULES, ...SAMPLE_RULES], order: ORDER });
const CASES = process.env.THIMBLE_TEST_ALL ? 1000 : 200;
const SEED = Number(process.env.THIMBLE_SEED ?? 20_261_122);

test.each(rules.ofKind('rewrite').map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
  const report = verifyRule(rule, rules, { cases: CASES, seed: SEED });
  expect(report.failure).toBeUndefined();
  expect(report.ascent).toBeUndefined();
  expect(report.fired).toBe(CASES);
});
