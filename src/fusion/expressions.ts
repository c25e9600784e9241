/** Every index expression that a kernel computes: where it loads and stores, and what its choices and positions ask. */
import type { Value } from '../hlo/index.js';
import { type IndexExpr, linearize } from '../rules/index/index.js';
import type { Access, RuleSet } from '../rules/index.js';
import { isSplatConstant, sourceOf } from './accesses.js';
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
  const stores = [...g.outputs].map((v) => linearize(g.outputIndex(v)!, v.tensorType.dims));
  return { loads, stores, others };
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
