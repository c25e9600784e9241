/** The rule set that programs are compiled with unless they bring their own. */
import { ORDER, RULES } from '../rules-db/index.js';
import { TEMPLATES } from './emitters/emit-group.js';
import { OpRegistry } from './hlo/index.js';
import { OPS } from './hlo/ops/index.js';
import { type RuleSet, ruleSet } from './rules/index.js';

let rules: RuleSet | undefined;

/** A value like any other rule set, made once. `extendRuleSet` makes a new one from it. */
export function defaultRules(): RuleSet {
  rules ??= ruleSet({ ops: new OpRegistry(OPS), rules: [...RULES, ...TEMPLATES], order: ORDER });
  return rules;
}
