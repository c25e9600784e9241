/** Computations by name, each after those it calls, and which of them are functions. */
import type { HloScanner } from './scanner.js';
import type { ComputationSyntax, InstructionSyntax, ModuleSyntax, Use } from './syntax.js';

export interface CallGraph {
  readonly entry: ComputationSyntax;
  readonly byName: ReadonlyMap<string, ComputationSyntax>;
  /** Computations that stay functions, each after those it calls; others become regions of who calls them, or part of it. */
  readonly functions: readonly ComputationSyntax[];
}

/** Whether an instruction calls a function: an operation of its own at run time. */
export const callsFunction = (i: InstructionSyntax): boolean => i.op === 'call';

/** Throws `SourceError` where names are missing or given twice, or computations call each other in a circle. */
export function callGraph(module: ModuleSyntax, s: HloScanner): CallGraph {
  const byName = new Map<string, ComputationSyntax>();
  for (const c of module.computations) {
    if (byName.has(c.name)) s.fail(`two computations are named ${c.name}`, c.offset);
    byName.set(c.name, c);
  }
  const called = new Set<string>();
  const functions = new Set<string>();
  for (const c of module.computations) {
    for (const i of c.instructions) {
      for (const uses of i.callees.values()) {
        for (const { name, offset } of uses) {
          if (!byName.has(name)) s.fail(`the computation ${name} is not defined`, offset);
          called.add(name);
          if (callsFunction(i)) functions.add(name);
        }
      }
    }
  }
  const entry = entryOf(module, called, s);
  const order = calleesFirst(module.computations, byName, s);
  return {
    entry,
    byName,
    functions: order.filter((c) => c === entry || functions.has(c.name) || !called.has(c.name)),
  };
}

function entryOf({ computations }: ModuleSyntax, called: ReadonlySet<string>, s: HloScanner): ComputationSyntax {
  const marked = computations.filter((c) => c.isEntry);
  if (marked.length > 1) s.fail('two computations are marked ENTRY', marked[1]!.offset);
  const free = computations.filter((c) => !called.has(c.name));
  const entry = marked[0] ?? (free.length === 1 ? free[0] : undefined);
  return entry ?? s.fail('no computation is marked ENTRY', computations[0]?.offset ?? s.pos);
}

function calleesFirst(
  computations: readonly ComputationSyntax[],
  byName: ReadonlyMap<string, ComputationSyntax>,
  s: HloScanner,
): ComputationSyntax[] {
  const order: ComputationSyntax[] = [];
  const state = new Map<ComputationSyntax, 'open' | 'done'>();
  for (const start of computations) {
    if (state.has(start)) continue;
    const stack = [{ c: start, calls: callsOf(start), next: 0 }];
    state.set(start, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const call = top.calls[top.next++];
      if (!call) {
        order.push(top.c);
        state.set(top.c, 'done');
        stack.pop();
        continue;
      }
      const callee = byName.get(call.name)!;
      if (state.get(callee) === 'open') {
        s.fail(
          `${callee.name} calls itself${callee === top.c ? '' : ` through ${top.c.name}`}`,
          call.offset,
          'recursion is not supported; use while',
        );
      }
      if (state.has(callee)) continue;
      state.set(callee, 'open');
      stack.push({ c: callee, calls: callsOf(callee), next: 0 });
    }
  }
  return order;
}

const callsOf = (c: ComputationSyntax): Use[] => c.instructions.flatMap((i) => [...i.callees.values()].flat());
