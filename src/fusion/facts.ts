/** What planner and templates ask about instructions: the form of their emission rule, its cost, their bytes. */
import { byteSize, type Computation, type Instruction, OpError, type Value } from '../hlo/index.js';
import type { EmitRule, ForeignRole, OpView, ProducerForm, ReducerFacts, Role, RuleSet } from '../rules/index.js';
import { costOf as elementCost } from '../rules/scalar-cost.js';
import { isSplatConstant, sourceOf } from './accesses.js';

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

/** One instruction, reading exactly the two parameters: then facts about its op are facts about the computation. */
function soleInstruction(rules: RuleSet, c: Computation): Instruction | undefined {
  const work = [...c.instructions].filter((i) => rules.ops.kind(i) !== 'parameter');
  const [i] = work;
  if (!i || work.length !== 1 || c.results.length !== 1 || c.results[0] !== i.result) return undefined;
  const parameters = new Set<Value>(c.parameters.map((p) => p.result));
  return parameters.size === 2 && i.operands.length === 2 && i.operands.every((o) => parameters.delete(o))
    ? i
    : undefined;
}

/** What is known of a combiner, by the op that it is. */
export function reducerFacts(rules: RuleSet, combiner: Computation): ReducerFacts | undefined {
  const sole = soleInstruction(rules, combiner);
  return sole && rules.emitRule(sole.opcode)?.reducer;
}

function foreignRole(rules: RuleSet, i: Instruction): ForeignRole | undefined {
  const rule = rules.libraryRule(i.opcode, () => viewOf(i));
  return rule && { template: 'foreign', library: rule.library, ...rule.call(viewOf(i)) };
}

const roles = new WeakMap<Instruction, Role>();

/** The role an instruction's emission rule gives it; asked for roles alone. */
export function roleOf(rules: RuleSet, i: Instruction): Role {
  let role = roles.get(i);
  if (!role) {
    role =
      foreignRole(rules, i) ??
      rules.emitRule(i.opcode)!.role!({
        operands: i.operands.map((o) => o.tensorType),
        results: i.results.map((r) => r.tensorType),
        attributes: i.attributes,
        called: i.called,
        reducer: (c) => reducerFacts(rules, c),
        source: (k) => sourceOf(i.operands[k]!),
        match: rules.match,
      });
    roles.set(i, role);
  }
  return role;
}

export function formOf(rules: RuleSet, i: Instruction): ProducerForm {
  if (rules.libraryRule(i.opcode, () => viewOf(i))) return 'foreign';
  const rule = rules.emitRule(i.opcode);
  if (!rule) {
    const { remedy } = rules.ops.get(i.opcode);
    throw new NotCompiled(i, remedy?.(i.attributes) ?? `op ${i.opcode} has no emission rule, so it cannot be compiled`);
  }
  if (rule.role) return roleOf(rules, i).template;
  return 'map';
}

/** It moves elements and computes nothing. */
export const movesOnly = (rules: RuleSet, i: Instruction): boolean => rules.emitRule(i.opcode)?.index !== undefined;

const costs = new WeakMap<EmitRule, Map<string, number>>();

/** What an element of the result takes, in f32 additions. */
export function costOf(rules: RuleSet, i: Instruction): number {
  const rule = rules.emitRule(i.opcode);
  if (!rule?.element && !rule?.pair) return 0;
  let byTypes = costs.get(rule);
  if (!byTypes) costs.set(rule, (byTypes = new Map()));
  const key = [...i.operands.map((o) => o.tensorType.element), i.result.tensorType.element].join();
  let cost = byTypes.get(key);
  if (cost === undefined) {
    cost = elementCost(rule, viewOf(i), (name) => rules.emitRule(rules.ops.opcode(name)));
    byTypes.set(key, cost);
  }
  return cost;
}

/** What a rule may see of an instruction. */
export const viewOf = (i: Instruction): OpView => ({
  operands: i.operands.map((o) => o.tensorType),
  results: i.results.map((r) => r.tensorType),
  attributes: i.attributes,
});

export const tensorBytes = (values: readonly Value[]): number =>
  values.reduce((n, v) => n + (v.type.kind === 'tensor' ? byteSize(v.type) : 0), 0);

/** Bytes behind an operand: a broadcast, or another op that moves elements, reads no more than its own operands. */
function bytesBehind(rules: RuleSet, v: Value, depth: number): number {
  const own = tensorBytes([v]);
  const i = v.producer;
  if (depth === 0 || i.operands.length === 0 || !movesOnly(rules, i)) return isSplatConstant(rules.ops, i) ? 0 : own;
  return Math.min(
    own,
    i.operands.reduce((n, o) => n + bytesBehind(rules, o, depth - 1), 0),
  );
}

/** Bytes that computing an instruction by itself would read. */
export const inputBytes = (rules: RuleSet, i: Instruction): number =>
  i.operands.reduce((n, o) => n + bytesBehind(rules, o, 4), 0);
