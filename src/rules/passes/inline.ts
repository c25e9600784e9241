/** Calls replaced by what they call. */
import type { Computation, Instruction, Module, OpRegistry, Value } from '../../hlo/index.js';
import { reachableComputations } from './computations.js';
import { removeDead } from './dce.js';

/**
 * Inlines every call, called functions first, so that each body is copied without calls of its own. Functions that are
 * then called no more stay until dead code goes. Returns how many calls were inlined.
 * @throws OpError where a function calls itself
 */
export function inlineCalls(module: Module, ops: OpRegistry): number {
  let inlined = 0;
  for (const c of reachableComputations(module)) {
    const calls = c.topological().filter((i) => ops.kind(i) === 'call');
    if (calls.length === 0) continue;
    const substitutes = new Map<Value, Value>();
    const replaced = (v: Value): Value => substitutes.get(v) ?? v;
    for (const call of calls) {
      call.operands.forEach((v, k) => {
        if (substitutes.has(v)) call.setOperand(k, replaced(v));
      });
      const results = copyBody(call.called[0]!, c, call.operands, ops);
      call.results.forEach((r, k) => {
        substitutes.set(r, results[k]!);
      });
      inlined++;
    }
    replaceAll(c, substitutes);
    for (const call of calls) c.remove(call);
    removeDead(c, [], ops);
  }
  return inlined;
}

/** One pass over the computation for all calls together: calls by the thousand must not cost a pass each. */
function replaceAll(c: Computation, substitutes: ReadonlyMap<Value, Value>): void {
  for (const [from] of substitutes) {
    for (const user of [...from.users.keys()]) {
      user.operands.forEach((v, k) => {
        const to = substitutes.get(v);
        if (to) user.setOperand(k, to);
      });
    }
  }
  c.setResults(c.results.map((v) => substitutes.get(v) ?? v));
}

/** Copies the instructions of a computation into another, its parameters replaced. Returns its results there. */
export function copyBody(
  from: Computation,
  into: Computation,
  args: readonly Value[],
  ops: OpRegistry,
  made: (copy: Instruction) => void = () => {},
): Value[] {
  const copies = new Map<Value, Value>();
  from.parameters.forEach((p, k) => {
    copies.set(p.result, args[k]!);
  });
  for (const i of from.topological()) {
    if (ops.kind(i) === 'parameter') continue;
    const { opcode, attributes, called } = i;
    const operands = i.operands.map((v) => copies.get(v)!);
    const types = i.results.map((r) => r.type);
    const copy = into.append(opcode, types, { operands, attributes, called, location: i.location });
    made(copy);
    i.results.forEach((r, k) => {
      copies.set(r, copy.results[k]!);
    });
  }
  return from.results.map((v) => copies.get(v)!);
}
