/** What can be wrong with a rule that shows before any graph does. */
import { isElementType, type OpDefinition, type OpRegistry } from '../hlo/index.js';
import { boundBy, type OperandPattern, type OpPattern, opNames, type RestPattern } from './pattern.js';
import type { RewriteRule } from './rewrite.js';
import { type Rule, ruleName } from './rule.js';
import { RuleError } from './rule-error.js';
import { subsumes } from './subsume.js';

/** Throws `RuleError` for the first rule that is wrong. Of `own` none may hide another; they may hide the rest. */
export function lint(ops: OpRegistry, rules: readonly Rule[], own: readonly Rule[] = rules): void {
  const seen = new Set<string>();
  for (const r of rules) {
    const name = ruleName(r);
    if (name === '') throw new RuleError('(nameless)', 'has no name: export it, or give it one');
    const key = `${r.kind} ${name}`;
    if (seen.has(key)) throw new RuleError(name, `there are two ${r.kind} rules of this name`);
    seen.add(key);
    if (r.kind === 'emit' || r.kind === 'sample') known(r.op, name, ops);
    if (r.kind === 'rewrite') lintRewrite(r, ops);
  }
  lintShadowing(own.filter((r) => r.kind === 'rewrite'));
}

function known(op: string, rule: string, ops: OpRegistry): OpDefinition {
  const d = ops.find(ops.opcode(op));
  if (!d) throw new RuleError(rule, `op '${op}' is not in the rule set`);
  return d;
}

function lintRewrite(r: RewriteRule, ops: OpRegistry): void {
  if (r.equation.trim() === '') throw new RuleError(r.name, 'has no equation');
  lintPattern(r.match, r, ops);
  const bound = boundBy(r.match);
  for (const g of r.when) {
    if (g.sentence.trim() === '') throw new RuleError(r.name, 'has a guard without a sentence');
    checkBound(
      bound,
      r,
      `the guard "${g.sentence}"`,
      (b) => void g.test(b as never, undefined as never, undefined as never),
    );
    for (const variable of Object.keys(g.generate ?? {})) {
      if (!bound.has(variable)) throw new RuleError(r.name, `a generator is for ${variable}, which nothing binds`);
    }
  }
  checkBound(bound, r, 'the right side', (b) => void r.to(b as never, undefined as never));
}

function lintPattern(p: OperandPattern | RestPattern, r: RewriteRule, ops: OpRegistry): void {
  if (p.kind === 'bind') lintPattern(p.of as OperandPattern, r, ops);
  if (p.kind === 'result') lintPattern(p.of, r, ops);
  if (p.kind === 'typed') {
    if (typeof p.element === 'string' && !isElementType(p.element)) never(r, `there is no element type '${p.element}'`);
    lintPattern(p.of, r, ops);
  }
  if (p.kind === 'op') lintOp(p, r, ops);
}

function lintOp(p: OpPattern, r: RewriteRule, ops: OpRegistry): void {
  const names = opNames(p, ops);
  if (names.length === 0) never(r, 'it names no op');
  // Of ops by a trait some may take other numbers of operands than the pattern.
  for (const name of p.ops) {
    const d = known(name, r.name, ops);
    const rest = p.operands.findIndex((o) => o.kind === 'rest');
    if (rest >= 0 && rest < p.operands.length - 1) never(r, `in ${name}, rest(…) must come last`);
    const n = p.operands.length - (rest >= 0 ? 1 : 0);
    const { min, max = Infinity } = typeof d.operands === 'number' ? { min: d.operands, max: d.operands } : d.operands;
    if (n > max || (rest < 0 && n < min)) never(r, `${name} has not ${n} operand${n === 1 ? '' : 's'}`);
    const regions = p.called?.length;
    if (regions !== undefined && typeof d.regions === 'number' && regions !== d.regions) {
      never(r, `${name} calls ${d.regions} computations, not ${regions}`);
    }
  }
  for (const o of p.operands) lintPattern(o, r, ops);
  for (const c of p.called ?? []) if (c.kind === 'region') for (const o of c.results) lintPattern(o, r, ops);
}

function never(r: RewriteRule, why: string): never {
  throw new RuleError(r.name, `the pattern can never match: ${why}`);
}

/** Runs `f` on bindings that only note which names are asked for. What else goes wrong there says nothing. */
function checkBound(bound: ReadonlySet<string>, r: RewriteRule, where: string, f: (b: unknown) => void): void {
  const asked = new Set<string>();
  const recorder = new Proxy(
    {},
    {
      get: (_, name) => {
        if (typeof name === 'string') asked.add(name);
        return undefined;
      },
    },
  );
  try {
    f(recorder);
  } catch {
    // It was given nothing to work with.
  }
  const unbound = [...asked].find((name) => !bound.has(name));
  if (unbound !== undefined) {
    throw new RuleError(
      r.name,
      `${where} uses '${unbound}', which the pattern does not bind (it binds ${[...bound].join(', ')})`,
    );
  }
}

/** A rule without guards hides every later one whose pattern is a case of its own. */
function lintShadowing(rules: readonly RewriteRule[]): void {
  const byRoot = new Map<string, RewriteRule[]>();
  for (const later of rules) {
    for (const root of later.match.ops) {
      const earlier = byRoot.get(root) ?? [];
      for (const e of earlier) {
        if (e.stage !== later.stage || e.when.length > 0 || (e.fp !== 'exact' && later.fp === 'exact')) continue;
        if (subsumes(e.match, later.match)) {
          const how = subsumes(later.match, e.match)
            ? 'it has the same pattern as'
            : 'its pattern is a case of that of';
          throw new RuleError(later.name, `can never fire: ${how} ${e.name}, which comes first and has no guards`);
        }
      }
      byRoot.set(root, [...earlier, later]);
    }
  }
}
