/** Dead code: what no result and no side effect needs. */
import type { Computation, Instruction, Module, OpRegistry, Value } from '../../hlo/index.js';
import { reachableComputations, reachableFrom } from './computations.js';
import { hasEffect } from './effects.js';

const isKept = (c: Computation, i: Instruction, ops: OpRegistry): boolean =>
  ops.kind(i) === 'parameter' || i.results.some((v) => c.isResult(v)) || hasEffect(i, ops);

/**
 * Removes those of `candidates` that nobody reads, and whatever only they read. `lost` is told of each value that has
 * lost a reader and still has others.
 */
export function removeDead(
  c: Computation,
  candidates: readonly Instruction[],
  ops: OpRegistry,
  lost: (v: Value) => void = () => {},
): number {
  const stack = [...candidates];
  let removed = 0;
  for (let i = stack.pop(); i; i = stack.pop()) {
    if (!c.instructions.has(i) || i.results.some((r) => r.users.size > 0) || isKept(c, i, ops)) continue;
    const operands = new Set(i.operands);
    c.remove(i);
    removed++;
    for (const v of operands) {
      if (v.users.size === 0) stack.push(v.producer);
      else lost(v);
    }
  }
  return removed;
}

/** Removes dead instructions everywhere, then functions that nothing calls. Returns how many instructions went. */
export function eliminateDeadCode(module: Module, ops: OpRegistry): number {
  let removed = 0;
  for (const c of reachableComputations(module)) removed += removeDead(c, [...c.instructions], ops);
  const called = new Set(reachableFrom([module.entry]));
  for (const [name, c] of module.computations) if (!called.has(c)) module.computations.delete(name);
  return removed;
}
