/** Rules and ops from a file of the user's, TypeScript or JavaScript. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultRules } from '../default-rules.js';
import * as templatesApi from '../emitters/templates/index.js';
import type { OpDefinition } from '../hlo/index.js';
import * as api from '../index.js';
import * as rulesApi from '../rules/index.js';
import { extendRuleSet, RuleSet, rulesIn } from '../rules/index.js';
import { refuseEndless } from '../rules/verify/verify.js';
import * as runtimeApi from '../runtime/index.js';
import { UsageError } from './errors.js';

/** What a rules file exports: rules, definitions of ops, lists of either. */
export interface RulesFile {
  readonly rules: readonly rulesApi.Rule[];
  readonly ops: readonly OpDefinition[];
}

const isOp = (x: unknown): x is OpDefinition =>
  typeof x === 'object' && x !== null && 'evaluate' in x && 'infer' in x && 'name' in x;

/** The file's exports; or, where its default export is a rule set, that. */
async function load(file: string): Promise<RulesFile | RuleSet> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`cannot read rules ${file}: there is no such file`);
  // The file's `thimble` is this very copy: rules and errors of another would not be known here.
  const virtualModules = {
    thimble: api,
    'thimble/rules': rulesApi,
    'thimble/runtime': runtimeApi,
    'thimble/templates': templatesApi,
  };
  // Only now: it takes longer to load than all of us.
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, { virtualModules, fsCache: false });
  let exports: { readonly [name: string]: unknown };
  try {
    exports = await jiti.import(path);
  } catch (e) {
    throw new UsageError(`${file} does not load: ${(e as Error).message.split('\n')[0]}`);
  }
  if (exports.default instanceof RuleSet) return exports.default;
  const named = Object.entries(exports).filter(([name]) => name !== 'default');
  const ops = named.flatMap(([, x]) => (Array.isArray(x) ? x.filter(isOp) : isOp(x) ? [x] : []));
  const rules = rulesIn(Object.fromEntries(named));
  if (rules.length + ops.length === 0) {
    throw new UsageError(`${file} exports no rules`, 'export each rule, and each op made with defineOp, by name');
  }
  return { rules: [...new Set(rules)], ops: [...new Set(ops)] };
}

/** The default rules and those of the files. Throws `RuleError` where a rule cannot be right. */
export async function rulesWith(files: readonly string[]): Promise<RuleSet> {
  let set = defaultRules();
  for (const file of files) {
    const found = await load(file);
    if (found instanceof RuleSet) {
      set = found;
      continue;
    }
    set = extendRuleSet(set, { ops: set.ops.extend(found.ops), rules: found.rules });
    refuseEndless(
      set,
      found.rules.filter((r) => r.kind === 'rewrite'),
    );
  }
  return set;
}

/** The rules of a file alone. */
export async function rulesOf(file: string): Promise<readonly rulesApi.Rule[]> {
  const found = await load(file);
  return found.rules;
}
