/** Every index expression that a kernel computes: where it loads and stores, and what its choices and positions ask. */
import type { Instruction, Value } from '../hlo/index.js';
import { type IndexExpr, linearize } from '../rules/index/index.js';
import type { Access, RuleSet } from '../rules/index.js';
import { indexKey, isSplatConstant, readsAt, sourceOf, valueKey } from './accesses.js';
import type { Group } from './group.js';

export interface KernelExpressions {
  /** Linear offsets into buffers that are read, with the bytes of their tensors. */
  readonly loads: readonly { readonly offset: IndexExpr; readonly elements: number }[];
  readonly stores: readonly IndexExpr[];
  /** Asked by choices and positions (pad, concatenate, iota). */
  readonly others: readonly IndexExpr[];
}

export function expressionsOf(rules: RuleSet, g: Group): KernelExpressions {
  const loads: { offset: IndexExpr; elements: number }[] = [];
  const others: IndexExpr[] = [];
  for (const [v, indices] of g.accesses) {
    const { dims } = v.tensorType;
    const inside = g.members.has(v.producer);
    for (const at of indices.values()) {
      if (inside) asked(rules, v, at, others);
      else if (!isSplatConstant(rules.ops, v.producer)) {
        loads.push({ offset: linearize(at, dims), elements: dims.reduce((n, d) => n * d, 1) });
      }
    }
  }
  if (g.space.kind === 'rows') {
    for (const r of g.space.reduces.values()) for (const b of r.when) others.push(b.expr);
  }
  const stores = [...g.outputs].map((v) => linearize(g.outputIndex(v)!, v.tensorType.dims));
  return { loads, stores, others };
}

/** What computing `v` at `at` takes inside a kernel with these members: where it loads, and what it asks of indices. */
export function expressionsUnder(
  rules: RuleSet,
  members: ReadonlySet<Instruction>,
  v: Value,
  at: readonly IndexExpr[],
): {
  readonly loads: readonly IndexExpr[];
  readonly others: readonly IndexExpr[];
  readonly reached: ReadonlySet<Instruction>;
} {
  const loads: IndexExpr[] = [];
  const others: IndexExpr[] = [];
  const reached = new Set<Instruction>();
  const seen = new Set<string>();
  const visit = (value: Value, index: readonly IndexExpr[]): void => {
    const key = `${valueKey(value)}@${indexKey(index)}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (!members.has(value.producer)) {
      if (!isSplatConstant(rules.ops, value.producer)) loads.push(linearize(index, value.tensorType.dims));
      return;
    }
    reached.add(value.producer);
    asked(rules, value, index, others);
    for (const r of readsAt(rules, value.producer, index)) visit(r.value, r.at);
  };
  visit(v, at);
  return { loads, others, reached };
}

function asked(rules: RuleSet, v: Value, at: readonly IndexExpr[], out: IndexExpr[]): void {
  const i = v.producer;
  const rule = rules.emitRule(i.opcode);
  if (!rule?.index) return;
  const access = rule.index(at, {
    operands: i.operands.map((o) => o.tensorType),
    results: i.results.map((r) => r.tensorType),
    attributes: i.attributes,
    source: (k) => sourceOf(i.operands[k]!),
  });
  walk(access, out);
}

function walk(a: Access, out: IndexExpr[]): void {
  if (a.kind === 'position') out.push(a.value);
  else if (a.kind === 'choose') {
    for (const b of a.when) out.push(b.expr);
    walk(a.then, out);
    walk(a.else, out);
  }
}
