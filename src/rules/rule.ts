/** The kinds of rules. */
import type { EmitRule } from './emit.js';
import type { FuseRule } from './fuse.js';
import type { LibraryRule } from './library.js';
import type { RewriteRule } from './rewrite.js';
import type { SampleRule } from './sample.js';
import type { ScheduleRule } from './schedule.js';
import type { TemplateRule } from './template.js';

export interface RuleKinds {
  rewrite: RewriteRule;
  emit: EmitRule;
  fuse: FuseRule;
  schedule: ScheduleRule;
  sample: SampleRule;
  template: TemplateRule;
  library: LibraryRule;
}

export type RuleKind = keyof RuleKinds;
export type Rule = RuleKinds[RuleKind];

/** What a rule is called in messages, unique among the rules of its kind. */
export const ruleName = (r: Rule): string => (r.kind === 'emit' || r.kind === 'sample' ? r.op : r.name);

/**
 * The rules that a module exports, each named as it is exported there, in the order of the names; lists of rules are
 * taken as they are. A module's own object has that order too, but what tools make of modules need not.
 */
export function rulesIn(...modules: readonly { readonly [name: string]: unknown }[]): Rule[] {
  return modules.flatMap((m) =>
    Object.keys(m)
      .sort()
      .flatMap((name) => namedRules(name, m[name])),
  );
}

function namedRules(name: string, thing: unknown): Rule[] {
  if (Array.isArray(thing)) return thing.filter(isRule);
  if (!isRule(thing)) return [];
  return 'name' in thing && thing.name === '' ? [{ ...thing, name }] : [thing];
}

const KINDS: { readonly [K in RuleKind]: true } = {
  rewrite: true,
  emit: true,
  fuse: true,
  schedule: true,
  sample: true,
  template: true,
  library: true,
};

const isRule = (thing: unknown): thing is Rule =>
  typeof thing === 'object' && thing !== null && 'kind' in thing && Object.hasOwn(KINDS, thing.kind as string);
