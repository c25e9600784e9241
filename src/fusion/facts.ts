/** What planner and templates ask about instructions: the form of their emission rule, its cost, their bytes. */
import { byteSize, type Instruction, OpError, type Value } from '../hlo/index.js';
import type { ProducerForm, Role, RuleSet } from '../rules/index.js';
import { costOf as elementCost } from '../rules/scalar-cost.js';

/** Thrown where an instruction has no way to be compiled. */
export class NotCompiled extends OpError {
  override name = 'NotCompiled';

  constructor(
    readonly instruction: Instruction,
    why: string,
  ) {
    super(why);
  }
}

const roles = new WeakMap<Instruction, Role>();

/** The role an instruction's emission rule gives it; asked for roles alone. */
export function roleOf(rules: RuleSet, i: Instruction): Role {
  let role = roles.get(i);
  if (!role) {
    role = rules.emitRule(i.opcode)!.role!({
      operands: i.operands.map((o) => o.tensorType),
      results: i.results.map((r) => r.tensorType),
      attributes: i.attributes,
      called: i.called,
    });
    roles.set(i, role);
  }
  return role;
}

export function formOf(rules: RuleSet, i: Instruction): ProducerForm {
  const rule = rules.emitRule(i.opcode);
  if (!rule) throw new NotCompiled(i, `op ${i.opcode} has no emission rule, so it cannot be compiled`);
  if (rule.role) return roleOf(rules, i).template;
  return 'map';
}

/** It moves elements and computes nothing. */
export const movesOnly = (rules: RuleSet, i: Instruction): boolean => rules.emitRule(i.opcode)?.index !== undefined;

/** What an element of the result takes, in f32 additions. */
export function costOf(rules: RuleSet, i: Instruction): number {
  const rule = rules.emitRule(i.opcode);
  if (!rule || rule.role) return 0;
  const view = {
    operands: i.operands.map((o) => o.tensorType),
    results: i.results.map((r) => r.tensorType),
    attributes: i.attributes,
  };
  return elementCost(rule, view, (name) => rules.emitRule(rules.ops.opcode(name)));
}

export const tensorBytes = (values: readonly Value[]): number =>
  values.reduce((n, v) => n + (v.type.kind === 'tensor' ? byteSize(v.type) : 0), 0);

export const inputBytes = (i: Instruction): number => tensorBytes(i.operands);
