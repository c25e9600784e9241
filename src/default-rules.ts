/** The default rule set: every op we know, and the rules of rules-db. */
import { RULES } from '../rules-db/index.js';
import { OpRegistry } from './hlo/index.js';
import { OPS } from './hlo/ops/index.js';
import { type RuleSet, ruleSet } from './rules/index.js';

let rules: RuleSet | undefined;

/** A value like any other rule set; made once, since linting and indexing it takes a while. */
export function defaultRules(): RuleSet {
  rules ??= ruleSet({ ops: new OpRegistry(OPS), rules: RULES });
  return rules;
}
