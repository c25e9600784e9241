import { ORDER } from '../../rules-db/rewrites/index.js';
import { SAMPLE_RULES } from '../../rules-db/samples/index.js';
import { OpRegistry } from '../../src/hlo/index.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { parseStablehlo, printStablehlo } from '../../src/hlo/stablehlo/index.js';
import { type RewriteRule, type Rule, type RuleSet, ruleSet } from '../../src/rules/index.js';

export const ops = new OpRegistry(OPS);

/** A rule set of these rules, each named by its key. */
export function setOf(
  rules: { readonly [name: string]: RewriteRule },
  others: readonly Rule[] = SAMPLE_RULES,
): RuleSet {
  const named = Object.entries(rules).map(([name, r]) => ({ ...r, name }));
  return ruleSet({ ops, rules: [...named, ...others], order: ORDER });
}

/** `body` is the body of a function of this signature, without braces. */
export const parse = (signature: string, body: string) =>
  parseStablehlo(`func.func @main${signature} {\n${body}\n}`, ops);

/** The instructions of `main` in order, by op name. */
export const opsOf = (m: ReturnType<typeof parse>): string[] =>
  m.entry
    .topological()
    .filter((i) => ops.kind(i) !== 'parameter')
    .map((i) => i.opcode);

export { printStablehlo };
