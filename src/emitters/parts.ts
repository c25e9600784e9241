/**
 * Reductions to few results, cut in parts that threads can share: partial results, and those combined. How many parts is
 * a schedule's matter, and depends on neither the number of threads nor the run; so results do not either.
 */
import { roleOf } from '../fusion/facts.js';
import { ELEMENT, elementCount, type Instruction, isFloat, type Module } from '../hlo/index.js';
import { Builder, type PartsProblem, type ReduceRole } from '../rules/index.js';
import { reachableComputations } from '../rules/passes/computations.js';
import { type EmitOptions, scheduleIfAny } from './templates/kernel-context.js';
import { knownOf } from './templates/reducer.js';

/** Returns how many reductions were cut. */
export function cutReductions(module: Module, options: EmitOptions): number {
  let cut = 0;
  for (const c of reachableComputations(module)) {
    for (const i of c.topological()) if (cutReduction(i, options)) cut++;
  }
  return cut;
}

function cutReduction(i: Instruction, options: EmitOptions): boolean {
  const rule = options.rules.emitRule(i.opcode);
  if (!rule?.inParts) return false;
  const role = roleOf(options.rules, i) as ReduceRole;
  const identity = identityOf(i, role, options);
  if (identity === undefined) return false;
  const parts = scheduleIfAny(options, 'parts', problemOf(i, role))?.parts ?? 1;
  if (parts <= 1) return false;
  const c = i.parent;
  c.replaceAllUses(i.result, rule.inParts(new Builder(options.rules.ops, c, i), parts, identity));
  c.remove(i);
  return true;
}

/** What parts begin with; undefined where parts may not be: order matters, or a partial result would be rounded coarsely. */
function identityOf(i: Instruction, role: ReduceRole, options: EmitOptions): number | undefined {
  if (role.inputs.length !== 1 || role.captures.length > 0 || role.window) return undefined;
  const { element } = i.result.tensorType;
  const { identity, reorder, exact } = knownOf(options, role.combiner, element);
  if (!reorder || identity === undefined) return undefined;
  if (!exact && isFloat(element) && ELEMENT[element].bits < 32) return undefined;
  // A 64-bit identity may be beyond what a number says exactly.
  return typeof identity === 'bigint' && BigInt(Number(identity)) !== identity ? undefined : Number(identity);
}

function problemOf(i: Instruction, { axes, inputs }: ReduceRole): PartsProblem {
  const { dims, element } = i.operands[inputs[0]!]!.tensorType;
  const last = dims.findLastIndex((n) => n > 1);
  return {
    template: 'parts',
    rows: elementCount(i.result.tensorType.dims),
    columns: elementCount(axes.map((d) => dims[d]!)),
    contiguous: axes.includes(last) ? 'row' : 'column',
    element,
  };
}
