/** At which indices an instruction reads its operands, given the index of its result: from its emission rule. */
import type { Instruction, OpRegistry, Value } from '../hlo/index.js';
import { decide, type IndexExpr, type IndexSource, type Predicate, range } from '../rules/index/index.js';
import type { Access, EmitRule, RuleSet } from '../rules/index.js';

export interface Read {
  readonly value: Value;
  readonly at: readonly IndexExpr[];
}

/** An index source that knows which value it reads. */
export interface ValueSource extends IndexSource {
  readonly value: Value;
}

export const valueKey = (v: Value): string => `${v.producer.id}.${v.index}`;
export const sourceOf = (value: Value): ValueSource => ({ key: valueKey(value), value });

export const indexKey = (at: readonly IndexExpr[]): string => {
  let key = '';
  for (const e of at) key += `${e.key},`;
  return key;
};

/** Is the index inside the tensor wherever the variables may be? Reads that only a choice makes legal are not. */
export const isInside = (at: readonly IndexExpr[], dims: readonly number[]): boolean =>
  at.every((e, d) => {
    const { min, max } = range(e);
    return min >= 0 && max < dims[d]!;
  });

export const isSplatConstant = (ops: OpRegistry, i: Instruction): boolean =>
  ops.kind(i) === 'constant' && (i.attributes.value as { isSplat?: boolean } | undefined)?.isSplat === true;

/** Reads hidden in index expressions: the integers that gathers and dynamic slices are placed by. */
export function readsOf(at: readonly IndexExpr[]): Read[] {
  const out: Read[] = [];
  readsOfIndex(at, out);
  return out;
}

function readsOfIndex(at: readonly IndexExpr[], out: Read[]): void {
  for (const e of at) {
    for (const { atom } of e.terms) {
      if (atom.kind === 'div' || atom.kind === 'mod') readsOfIndex([atom.of], out);
      else if (atom.kind === 'read') {
        out.push({ value: (atom.source as ValueSource).value, at: atom.at });
        readsOfIndex(atom.at, out);
      }
    }
  }
}

const readsOfPredicate = (p: Predicate, out: Read[]): void =>
  readsOfIndex(
    p.map((b) => b.expr),
    out,
  );

function readsOfAccess(i: Instruction, a: Access, out: Read[]): void {
  if (a.kind === 'operand') {
    out.push({ value: i.operands[a.operand]!, at: a.at });
    readsOfIndex(a.at, out);
  } else if (a.kind === 'position') readsOfIndex([a.value], out);
  else if (decide(a.when) !== undefined) readsOfAccess(i, decide(a.when) ? a.then : a.else, out);
  else {
    readsOfPredicate(a.when, out);
    readsOfAccess(i, a.then, out);
    readsOfAccess(i, a.else, out);
  }
}

/** What computing the result's element at `at` reads, for an instruction with an element or index form. */
export function readsAt(rules: RuleSet, i: Instruction, at: readonly IndexExpr[]): Read[] {
  const rule = rules.emitRule(i.opcode) as EmitRule;
  const out: Read[] = [];
  if (rule.index) {
    const view = {
      operands: i.operands.map((o) => o.tensorType),
      results: i.results.map((r) => r.tensorType),
      attributes: i.attributes,
      source: (k: number) => sourceOf(i.operands[k]!),
    };
    readsOfAccess(i, rule.index(at, view), out);
  } else {
    for (const value of i.operands) out.push({ value, at: value.tensorType.dims.length === 0 ? [] : at });
  }
  return out;
}
