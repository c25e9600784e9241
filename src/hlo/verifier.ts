/** What a well-formed module is: found problems are returned, all of them, each with its place. */
import { donationsOf } from './donation.js';
import type { Computation, Instruction, Location, Module, Value } from './graph.js';
import { OpError, type OpRegistry } from './registry.js';
import { DYNAMIC, showType, type ValueType } from './types.js';

export interface Problem {
  /** A sentence: what is wrong with which instruction. */
  readonly message: string;
  readonly computation: string;
  readonly location: Location | undefined;
}

/** Checks every computation of the module and those that its instructions call. An empty list: it is well-formed. */
export function verify(module: Module, registry: OpRegistry): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<Computation>();
  for (const [name, c] of module.computations) {
    if (c.name !== name) problems.push(problem(c, undefined, `@${c.name} is registered as @${name}`));
    seen.add(c);
  }
  const queue = [...seen];
  for (let k = 0; k < queue.length; k++) {
    const c = queue[k]!;
    verifyComputation(c, registry, problems);
    for (const i of c.instructions) {
      for (const callee of i.called) {
        if (seen.has(callee)) continue;
        seen.add(callee);
        queue.push(callee);
      }
    }
  }
  const cycle = findRecursion(queue);
  if (cycle) problems.push(problem(cycle, undefined, `@${cycle.name} calls itself`));
  return problems;
}

function problem(c: Computation, location: Location | undefined, message: string): Problem {
  return { message, computation: c.name, location };
}

function verifyComputation(c: Computation, registry: OpRegistry, problems: Problem[]): void {
  const report = (i: Instruction | undefined, message: string) => {
    problems.push(problem(c, i?.location, message));
  };
  c.parameters.forEach((p, k) => {
    if (!c.instructions.has(p)) report(p, `parameter ${k} is not one of the instructions`);
    if (p.attributes.index !== k) report(p, `parameter ${k} has index ${String(p.attributes.index)}`);
  });
  for (const i of c.instructions) {
    if (i.parent !== c) report(i, `${i.opcode} belongs to @${i.parent.name}`);
    const closed = i.operands.every((v, k) => {
      const here = c.instructions.has(v.producer);
      if (!here) report(i, `operand ${k} of ${i.opcode} is not defined in @${c.name}`);
      return here;
    });
    if (closed) verifyTypes(i, registry, report);
    verifyUsers(i, report);
    if (registry.find(i.opcode)?.kind === 'parameter' && !c.parameters.includes(i))
      report(i, 'a parameter that is not listed');
  }
  c.results.forEach((v, k) => {
    if (!c.instructions.has(v.producer)) report(undefined, `result ${k} is not defined in @${c.name}`);
  });
  try {
    donationsOf(c);
  } catch (e) {
    if (!(e instanceof OpError)) throw e;
    report(c.parameters[0], e.message);
  }
  const cyclic = findCycle(c);
  if (cyclic) report(cyclic, `${cyclic.opcode} depends on its own result`);
}

type Report = (i: Instruction, message: string) => void;

function verifyTypes(i: Instruction, registry: OpRegistry, report: Report): void {
  for (const r of i.results) checkType(r.type, (message) => report(i, `${i.opcode}: ${message}`));
  try {
    registry.inferTypes(i.opcode, {
      operands: i.operands.map((v) => v.type),
      attributes: i.attributes,
      called: i.called,
      declared: i.results.map((r) => r.type),
      known: registry.constants(i.operands),
    });
  } catch (e) {
    if (!(e instanceof OpError)) throw e;
    report(i, `${i.opcode}: ${e.message}`);
  }
}

function checkType(t: ValueType, report: (message: string) => void): void {
  if (t.kind === 'tuple') report(`${showType(t)} is a tuple; inside the graph several results stand for it`);
  if (t.kind !== 'tensor') return;
  let count = 1;
  for (const n of t.dims) {
    if (!Number.isSafeInteger(n) || (n < 0 && n !== DYNAMIC)) report(`${n} is not a size`);
    else if (n > 0) count *= n;
  }
  if (count > Number.MAX_SAFE_INTEGER) report(`${showType(t)} has more than 2^53 elements`);
}

function verifyUsers(i: Instruction, report: Report): void {
  const used = new Map<Value, number>();
  for (const v of i.operands) used.set(v, (used.get(v) ?? 0) + 1);
  for (const [v, n] of used) {
    if (v.users.get(i) !== n) report(i, `${i.opcode} is not counted as a user of its operand`);
  }
}

/** An instruction on a cycle of operands, if there is one. */
function findCycle(c: Computation): Instruction | undefined {
  return onCycle([...c.instructions], (i) => i.operands.map((v) => v.producer));
}

function findRecursion(all: readonly Computation[]): Computation | undefined {
  return onCycle(all, (c) => [...c.instructions].flatMap((i) => i.called));
}

/** A node on a cycle of a graph, by depth-first search without recursion. */
function onCycle<Node>(nodes: readonly Node[], next: (n: Node) => readonly Node[]): Node | undefined {
  const open = new Set<Node>();
  const done = new Set<Node>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const stack: { node: Node; rest: Node[] }[] = [{ node: start, rest: [...next(start)] }];
    open.add(start);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const n = top.rest.pop();
      if (n === undefined) {
        open.delete(top.node);
        done.add(top.node);
        stack.pop();
      } else if (open.has(n)) return n;
      else if (!done.has(n)) {
        open.add(n);
        stack.push({ node: n, rest: [...next(n)] });
      }
    }
  }
  return undefined;
}
