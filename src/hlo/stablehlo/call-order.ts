/** Functions, each after those it calls. */
import type { Scanner } from './scanner.js';
import type { Attr, FunctionSyntax, OperationSyntax } from './syntax.js';

export const RETURNS: ReadonlySet<string> = new Set([
  'return',
  'func.return',
  'stablehlo.return',
  'chlo.return',
  'sdy.return',
]);

interface Call {
  readonly name: string;
  readonly offset: number;
}

/** Throws `SourceError` where two functions have one name, or functions call each other in a circle. */
export function callOrder(functions: readonly FunctionSyntax[], s: Scanner): FunctionSyntax[] {
  const byName = new Map<string, FunctionSyntax>();
  for (const f of functions) {
    if (byName.has(f.name)) {
      s.fail(
        `two functions are named @${f.name}`,
        f.offset,
        'programs separated by `// -----` are read by parseStablehloPrograms',
      );
    }
    byName.set(f.name, f);
  }
  const order: FunctionSyntax[] = [];
  const state = new Map<FunctionSyntax, 'open' | 'done'>();
  for (const start of functions) {
    if (state.has(start)) continue;
    const stack = [{ f: start, calls: callsOf(start), next: 0 }];
    state.set(start, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const call = top.calls[top.next++];
      const callee = call && byName.get(call.name);
      if (!call) {
        order.push(top.f);
        state.set(top.f, 'done');
        stack.pop();
      } else if (callee && state.get(callee) === 'open') {
        s.fail(
          `@${callee.name} calls itself${callee === top.f ? '' : ` through @${top.f.name}`}`,
          call.offset,
          'recursion is not supported; use stablehlo.while',
        );
      } else if (callee && !state.has(callee)) {
        state.set(callee, 'open');
        stack.push({ f: callee, calls: callsOf(callee), next: 0 });
      }
    }
  }
  return order;
}

/** Functions that the attributes of a function's operations name. */
function callsOf(f: FunctionSyntax): Call[] {
  const calls: Call[] = [];
  const visit = (a: Attr): void => {
    if (a.kind === 'symbol') calls.push(a);
    else if (a.kind === 'list') a.items.forEach(visit);
    else if (a.kind === 'dictionary') a.entries.forEach(visit);
  };
  const operations = (ops: readonly OperationSyntax[]): void => {
    for (const op of ops) {
      if (op.attributes.size > 0) op.attributes.forEach(visit);
      for (const r of op.regions) operations(r.operations);
    }
  };
  operations(f.body.operations);
  return calls;
}
