/** Which computations a module holds, in an order in which each comes after those that it calls. */
import { type Computation, type Module, OpError } from '../../hlo/index.js';

export const reachableComputations = (module: Module): Computation[] => reachableFrom(module.computations.values());

/**
 * `starts` and all that they call, depth first, without recursion.
 * @throws OpError where a computation calls itself, through however many others
 */
export function reachableFrom(starts: Iterable<Computation>): Computation[] {
  const done = new Set<Computation>();
  const open = new Set<Computation>();
  const order: Computation[] = [];
  for (const start of starts) {
    if (done.has(start)) continue;
    const stack = [{ c: start, callees: calleesOf(start) }];
    open.add(start);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.callees.pop();
      if (!next) {
        stack.pop();
        open.delete(top.c);
        done.add(top.c);
        order.push(top.c);
      } else if (open.has(next)) {
        throw recursionError(next, stack.at(-1)!.c);
      } else if (!done.has(next)) {
        open.add(next);
        stack.push({ c: next, callees: calleesOf(next) });
      }
    }
  }
  return order;
}

const calleesOf = (c: Computation): Computation[] => [...c.instructions].flatMap((i) => i.called);

function recursionError(callee: Computation, caller: Computation): OpError {
  const e = new OpError(`@${callee.name} calls itself, which no program may`);
  e.location = [...caller.instructions].find((i) => i.called.includes(callee))?.location;
  return e;
}
