/**
 * Rewriting to a fixpoint: a worklist, rules found by root opcode, users of what changed looked at again. Every firing is
 * recorded; the run says why it stopped.
 */
import {
  type Computation,
  type Instruction,
  type Module,
  OpError,
  sameType,
  showType,
  type Value,
} from '../hlo/index.js';
import { Builder } from './builder.js';
import { type Precision, permits } from './contract.js';
import { reachableComputations } from './passes/computations.js';
import { removeDead } from './passes/dce.js';
import { depthOf } from './pattern.js';
import type { Bindings, RewriteRule, Stage } from './rewrite.js';
import { RuleError } from './rule-error.js';
import type { CompiledRewrite, RuleSet } from './rule-set.js';

export interface Firing {
  readonly stage: Stage;
  readonly rule: string;
  readonly computation: string;
  readonly before: string;
  readonly after: string;
  readonly location: Instruction['location'];
  readonly milliseconds: number;
}

export interface RewriteReport {
  readonly stop: 'fixpoint' | 'limit';
  /** Why it stopped, as a sentence. */
  readonly reason: string;
  readonly fired: ReadonlyMap<string, number>;
  /** How often each guard kept a rule, whose pattern matched, from firing: rule → sentence → count. */
  readonly refused: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly trace: readonly Firing[];
}

export interface RewriteOptions {
  readonly stage: Stage;
  readonly precision: Precision;
}

/** A decomposition is the way in which an op is compiled, whatever it costs. */
const mayRun = (rule: RewriteRule, precision: Precision): boolean =>
  rule.stage === 'decompose' || permits(precision, rule.fp);

/** Firings per instruction after which rules are taken to undo each other. */
const FIRINGS_PER_INSTRUCTION = 32;

export function rewriteModule(module: Module, rules: RuleSet, options: RewriteOptions): RewriteReport {
  const computations = reachableComputations(module);
  const size = computations.reduce((n, c) => n + c.instructions.size, 0);
  const run = new Run(rules, options, 1000 + size * FIRINGS_PER_INSTRUCTION);
  const seen = new Set<Computation>();
  // A right side may make computations, and bring them ops that rules know.
  for (let todo = computations; todo.length > 0; todo = reachableComputations(module).filter((c) => !seen.has(c))) {
    for (const c of todo) {
      seen.add(c);
      if (!run.rewrite(c)) return run.report();
    }
  }
  return run.report();
}

class Run {
  private readonly trace: Firing[] = [];
  private readonly fired = new Map<string, number>();
  private readonly refused = new Map<string, Map<string, number>>();
  private readonly index: ReadonlyMap<string, readonly CompiledRewrite[]>;
  private readonly reach: number;

  constructor(
    private readonly rules: RuleSet,
    private readonly options: RewriteOptions,
    private readonly limit: number,
  ) {
    const all = rules.rewrites(options.stage);
    this.index = new Map(
      [...all].map(([opcode, list]) => [opcode, list.filter(({ rule }) => mayRun(rule, options.precision))]),
    );
    this.reach = Math.max(1, ...[...all.values()].flat().map(({ rule }) => depthOf(rule.match)));
  }

  /** False where the limit is reached. */
  rewrite(c: Computation): boolean {
    const work = new Worklist(c.topological());
    for (let i = work.next(); i; i = work.next()) {
      if (!c.instructions.has(i)) continue;
      if (this.trace.length >= this.limit) return false;
      this.tryRules(c, i, work);
    }
    return true;
  }

  private tryRules(c: Computation, i: Instruction, work: Worklist): void {
    for (const { rule, matcher } of this.index.get(i.opcode) ?? []) {
      if (matcher.each(i, (bindings) => this.guardsHold(rule, bindings, i) && this.fire(c, i, rule, bindings, work)))
        return;
    }
  }

  private guardsHold(rule: RewriteRule, bindings: Bindings, root: Instruction): boolean {
    for (const g of rule.when) {
      if (g.test(bindings, root, this.rules.match)) continue;
      let counts = this.refused.get(rule.name);
      if (!counts) this.refused.set(rule.name, (counts = new Map()));
      counts.set(g.sentence, (counts.get(g.sentence) ?? 0) + 1);
      return false;
    }
    return true;
  }

  private fire(c: Computation, root: Instruction, rule: RewriteRule, bindings: Bindings, work: Worklist): boolean {
    const started = performance.now();
    const before = describe(root);
    const { replacements, made } = applyRule(c, root, rule, bindings, this.rules);
    for (const m of made) work.add(m);
    // The users that now read something else; what they read may have many more, for which nothing has changed.
    for (const r of root.results) this.addUsers(r, work);
    root.results.forEach((r, k) => {
      c.replaceAllUses(r, replacements[k]!);
    });
    removeDead(c, [root, ...made], this.rules.ops, (v) => {
      // A value that has one reader left may satisfy a guard that asks for just that.
      if (v.users.size === 1) this.addUsers(v, work);
    });
    this.fired.set(rule.name, (this.fired.get(rule.name) ?? 0) + 1);
    this.trace.push({
      stage: this.options.stage,
      rule: rule.name,
      computation: c.name,
      before,
      after: replacements.map((v) => describe(v.producer)).join(', '),
      location: root.location,
      milliseconds: performance.now() - started,
    });
    return true;
  }

  /** Instructions whose patterns may reach down to this value: at most `reach` deep. */
  private addUsers(v: Value, work: Worklist, level = 1): void {
    if (level >= this.reach) return;
    for (const user of v.users.keys()) {
      work.add(user);
      for (const r of user.results) this.addUsers(r, work, level + 1);
    }
  }

  report(): RewriteReport {
    const { trace, fired, refused, limit } = this;
    if (trace.length < limit) {
      return {
        stop: 'fixpoint',
        reason: `no rule of stage ${this.options.stage} applies any more`,
        fired,
        refused,
        trace,
      };
    }
    const often = [...fired].sort((a, b) => b[1] - a[1]).slice(0, 2);
    const culprits = often.map(([name, n]) => `${name} (${n} times)`).join(' and ');
    const reason = `stopped after ${limit} firings, most often of ${culprits}: rules that undo each other`;
    return { stop: 'limit', reason, fired, refused, trace };
  }
}

/** Instructions to look at, each at most once at a time, first in, first out. */
class Worklist {
  private readonly queue: Instruction[];
  private readonly waiting: Set<Instruction>;
  private head = 0;

  constructor(start: readonly Instruction[]) {
    this.queue = [...start];
    this.waiting = new Set(start);
  }

  add(i: Instruction): void {
    if (this.waiting.has(i)) return;
    this.waiting.add(i);
    this.queue.push(i);
  }

  next(): Instruction | undefined {
    const i = this.queue[this.head++];
    if (i) this.waiting.delete(i);
    return i;
  }
}

/**
 * Builds a rule's right side. The root stays; its results are for the caller to replace.
 * @throws RuleError where the right side cannot be built, or has other types than the root
 */
export function applyRule(
  c: Computation,
  root: Instruction,
  rule: RewriteRule,
  bindings: Bindings,
  rules: RuleSet,
): { readonly replacements: readonly Value[]; readonly made: readonly Instruction[] } {
  const build = new Builder(rules.ops, c, root);
  const replacements = rightSide(rule, bindings, build);
  if (replacements.length !== root.results.length) {
    throw new RuleError(
      rule.name,
      `gives ${replacements.length} values for the ${root.results.length} of ${describe(root)}`,
    );
  }
  root.results.forEach((r, k) => {
    const given = replacements[k]!.type;
    if (!sameType(r.type, given)) {
      throw new RuleError(rule.name, `gives ${showType(given)} for ${showType(r.type)} (${describe(root)})`);
    }
  });
  return { replacements, made: build.made };
}

function rightSide(rule: RewriteRule, bindings: Bindings, build: Builder): Value[] {
  try {
    return [rule.to(bindings, build)].flat() as Value[];
  } catch (e) {
    if (!(e instanceof OpError)) throw e;
    throw new RuleError(rule.name, `the right side cannot be built for ${describe(build.root)}: ${e.message}`);
  }
}

/** `transpose f32[2,3] of (f32[3,2])`: an instruction in a trace. */
export function describe(i: Instruction): string {
  const operands = i.operands.map((v) => showType(v.type)).join(', ');
  return `${i.opcode} ${i.results.map((r) => showType(r.type)).join(', ')}${operands ? ` of (${operands})` : ''}`;
}
