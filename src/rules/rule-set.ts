/** A rule set is a value: the ops, and everything that is known about them. */
import type { Opcode, OpRegistry, Value } from '../hlo/index.js';
import type { EmitRule } from './emit.js';
import type { LibraryRule } from './library.js';
import { lint } from './lint.js';
import { compileMatcher, type Matcher, matchValue } from './match.js';
import type { OperandPattern } from './pattern.js';
import type { Bindings, RewriteRule, Stage } from './rewrite.js';
import { type Rule, type RuleKind, type RuleKinds, ruleName } from './rule.js';
import type { SampleRule } from './sample.js';
import type { OpView } from './scalar.js';

export interface CompiledRewrite {
  readonly rule: RewriteRule;
  readonly matcher: Matcher;
}

export class RuleSet {
  private readonly byKind = new Map<RuleKind, readonly Rule[]>();
  private readonly emitByOpcode = new Map<Opcode, EmitRule>();
  private readonly sampleByOpcode = new Map<Opcode, SampleRule>();
  private readonly libraryByOpcode = new Map<Opcode, LibraryRule[]>();
  private readonly compiled = new Map<Stage, ReadonlyMap<Opcode, readonly CompiledRewrite[]>>();

  constructor(
    readonly ops: OpRegistry,
    readonly rules: readonly Rule[],
    /**
     * Groups of ops by canonical name, light to heavy: with it, verification proves that rewriting ends. An op that is
     * not listed is heavier than all that are.
     */
    readonly order: readonly (readonly string[])[],
    /** Names of the foreign libraries that library rules may call. */
    readonly allowed: ReadonlySet<string> = new Set(),
  ) {
    for (const r of rules) {
      if (r.kind === 'emit') this.emitByOpcode.set(ops.opcode(r.op), r);
      if (r.kind === 'sample') this.sampleByOpcode.set(ops.opcode(r.op), r);
      if (r.kind === 'library') {
        const opcode = ops.opcode(r.op);
        this.libraryByOpcode.set(opcode, [...(this.libraryByOpcode.get(opcode) ?? []), r]);
      }
    }
  }

  ofKind<K extends RuleKind>(kind: K): readonly RuleKinds[K][] {
    let found = this.byKind.get(kind);
    if (!found) this.byKind.set(kind, (found = this.rules.filter((r) => r.kind === kind)));
    return found as readonly RuleKinds[K][];
  }

  /** The library rule that applies to an op, of a library that is allowed or that the program itself asks for. */
  libraryRule(opcode: Opcode, op: () => OpView): LibraryRule | undefined {
    return this.libraryByOpcode
      .get(opcode)
      ?.find((r) => (r.askedByProgram || this.allowed.has(r.library.name)) && r.applies(op()));
  }

  /** The same rules, with these libraries allowed. Throws where no rule calls a library of that name. */
  allowing(libraries: readonly string[]): RuleSet {
    if (libraries.length === 0) return this;
    const known = new Set(this.ofKind('library').map((r) => r.library.name));
    const unknown = libraries.find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw new TypeError(`no rule calls a library '${unknown}'; there are rules for: ${[...known].join(', ')}`);
    }
    return new RuleSet(this.ops, this.rules, this.order, new Set(libraries));
  }

  emitRule = (opcode: Opcode): EmitRule | undefined => this.emitByOpcode.get(opcode);
  sampleRule = (opcode: Opcode): SampleRule | undefined => this.sampleByOpcode.get(opcode);

  /** What a pattern binds where a value matches it. */
  match = (pattern: OperandPattern, v: Value): Bindings | undefined => matchValue(pattern, v, this.ops);

  /** The rewrites of a stage by the opcode of their root, in the order of the rule set. */
  rewrites(stage: Stage): ReadonlyMap<Opcode, readonly CompiledRewrite[]> {
    let index = this.compiled.get(stage);
    if (!index) this.compiled.set(stage, (index = this.compile(stage)));
    return index;
  }

  private compile(stage: Stage): Map<Opcode, CompiledRewrite[]> {
    const index = new Map<Opcode, CompiledRewrite[]>();
    for (const rule of this.ofKind('rewrite')) {
      if (rule.stage !== stage) continue;
      const matcher = compileMatcher(rule.match, this.ops);
      for (const opcode of new Set(matcher.opcodes)) {
        const list = index.get(opcode);
        if (list) list.push({ rule, matcher });
        else index.set(opcode, [{ rule, matcher }]);
      }
    }
    return index;
  }
}

export interface RuleSetParts {
  readonly ops: OpRegistry;
  readonly rules: readonly Rule[];
  readonly order?: readonly (readonly string[])[];
}

/** Throws `RuleError` where a rule cannot be right whatever it is applied to. */
export function ruleSet({ ops, rules, order = [] }: RuleSetParts): RuleSet {
  lint(ops, rules);
  return new RuleSet(ops, rules, order);
}

/**
 * A rule set with more: a rule takes the place of the one of its kind and name; new ones come first, and so before those
 * of the base that match the same. Throws `RuleError`.
 */
export function extendRuleSet(base: RuleSet, more: Partial<RuleSetParts>): RuleSet {
  const { ops = base.ops, rules = [], order = base.order } = more;
  const key = (r: Rule) => `${r.kind} ${ruleName(r)}`;
  const replaced = new Set(rules.map(key));
  const all = [...rules, ...base.rules.filter((r) => !replaced.has(key(r)))];
  lint(ops, all, rules);
  return new RuleSet(ops, all, order);
}
