/**
 * What loops and branches get from outside and do not change: constants, and what is made of less memory by moving its
 * elements (broadcasts), are made where they are read, so that kernels there see them; the rest is handed in once. What
 * a loop carries for nobody goes.
 */
import { byteSize, Computation, type Instruction, type Module, type OpRegistry, type Value } from '../../hlo/index.js';
import { reachableComputations } from './computations.js';
import { hasEffect } from './effects.js';

/** Returns how many loops and branches have changed. */
export function settleCaptures(module: Module, ops: OpRegistry): number {
  let changed = 0;
  for (const c of reachableComputations(module)) {
    for (const i of c.topological()) {
      const kind = ops.kind(i);
      if ((kind !== 'loop' && kind !== 'branch') || hasEffect(i, ops)) continue;
      if (i.operands.some((v) => v.type.kind !== 'tensor')) continue;
      if (kind === 'loop' ? settleLoop(c, i, ops) : settleBranch(c, i, ops)) changed++;
    }
  }
  return changed;
}

/** Values from outside, as few and as small as they can be. */
class Captures {
  /** What is handed in. */
  readonly leaves: Value[] = [];

  constructor(private readonly ops: OpRegistry) {}

  add(v: Value): void {
    if (this.isConstant(v)) return;
    if (this.isMadeOfLess(v)) for (const o of v.producer.operands) this.add(o);
    else if (!this.leaves.includes(v)) this.leaves.push(v);
  }

  areAmong(values: readonly Value[]): boolean {
    return this.leaves.every((v) => values.includes(v));
  }

  /** `v` again, inside `into`, where the leaves are `given`. */
  make(v: Value, into: Computation, given: Map<Value, Value>): Value {
    const known = given.get(v);
    if (known) return known;
    const { opcode, attributes, called, location } = v.producer;
    const operands = v.producer.operands.map((o) => this.make(o, into, given));
    const made = into.append(opcode, [v.type], { operands, attributes, called, location }).result;
    given.set(v, made);
    return made;
  }

  private isConstant(v: Value): boolean {
    return this.ops.kind(v.producer) === 'constant';
  }

  private isMadeOfLess(v: Value): boolean {
    const { producer } = v;
    if (!this.ops.has(producer, 'shape-only') || producer.results.length !== 1) return false;
    const bytes = producer.operands.reduce((n, o) => n + (this.isConstant(o) ? 0 : byteSize(o.tensorType)), 0);
    return 2 * bytes <= byteSize(v.tensorType);
  }
}

/** Its condition and body with other parameters: those of the values it goes on carrying, then what is handed in. */
function settleLoop(c: Computation, loop: Instruction, ops: OpRegistry): boolean {
  const [condition, body] = loop.called as [Computation, Computation];
  const all = [...loop.operands.keys()];
  const unchanged = all.filter((k) => body.results[k] === body.parameters[k]!.result);
  for (const k of unchanged) c.replaceAllUses(loop.results[k]!, loop.operands[k]!);
  const carried = neededOf(c, loop).filter((k) => !unchanged.includes(k));
  const captures = new Captures(ops);
  for (const k of unchanged.filter((u) => isRead(body, u, u) || isRead(condition, u))) captures.add(loop.operands[k]!);
  if (carried.length + captures.leaves.length === all.length && captures.areAmong(loop.operands)) return false;
  const settle = (from: Computation, results: readonly Value[]) => {
    const into = new Computation(from.name);
    const kept = carried.map((k) => addParameterLike(into, from.parameters[k]!));
    const given = new Map(captures.leaves.map((v) => [v, addParameter(into, from.parameters[0]!, v)]));
    const handedIn = [...given.values()];
    const args = all.map((k) => {
      if (carried.includes(k)) return () => kept[carried.indexOf(k)]!;
      return () => captures.make(loop.operands[k]!, into, given);
    });
    into.setResults(copyNeeded(from, into, args, results));
    return { into, handedIn };
  };
  const test = settle(condition, condition.results);
  const next = settle(
    body,
    carried.map((k) => body.results[k]!),
  );
  next.into.setResults([...next.into.results, ...next.handedIn]);
  const operands = [...carried.map((k) => loop.operands[k]!), ...captures.leaves];
  const { opcode, attributes, location } = loop;
  const types = operands.map((v) => v.type);
  const made = c.append(opcode, types, { operands, attributes, called: [test.into, next.into], location });
  carried.forEach((k, n) => {
    c.replaceAllUses(loop.results[k]!, made.results[n]!);
  });
  c.remove(loop);
  return true;
}

/** Does anybody ask for parameter `k`, result number `own` apart? */
function isRead(c: Computation, k: number, own?: number): boolean {
  const v = c.parameters[k]!.result;
  return v.users.size > 0 || c.results.some((r, n) => r === v && n !== own);
}

/** Carried values that the condition, or somebody behind the loop, asks for, and those that their next values need. */
function neededOf(c: Computation, loop: Instruction): number[] {
  const [condition, body] = loop.called as [Computation, Computation];
  const needed = new Set<number>();
  const ask = (from: Computation, values: readonly Value[]): void => {
    const found = reachedFrom(values);
    from.parameters.forEach((p, k) => {
      if (found.has(p)) needed.add(k);
    });
  };
  ask(condition, condition.results);
  loop.results.forEach((v, k) => {
    if (v.users.size > 0 || c.isResult(v)) needed.add(k);
  });
  for (const k of needed) ask(body, [body.results[k]!]);
  return [...needed].sort((a, b) => a - b);
}

function settleBranch(c: Computation, branch: Instruction, ops: OpRegistry): boolean {
  const [selector, ...captured] = branch.operands as [Value, ...Value[]];
  const captures = new Captures(ops);
  captured.forEach((v, k) => {
    if (branch.called.some((b) => isRead(b, k))) captures.add(v);
  });
  if (captures.leaves.length === captured.length && captures.areAmong(captured)) return false;
  const called = branch.called.map((from) => {
    const into = new Computation(from.name);
    const given = new Map(captures.leaves.map((v) => [v, addParameter(into, from.parameters[0]!, v)]));
    const args = captured.map((v) => () => captures.make(v, into, given));
    into.setResults(copyNeeded(from, into, args, from.results));
    return into;
  });
  const { opcode, attributes, location } = branch;
  const types = branch.results.map((v) => v.type);
  const made = c.append(opcode, types, { operands: [selector, ...captures.leaves], attributes, called, location });
  branch.results.forEach((v, k) => {
    c.replaceAllUses(v, made.results[k]!);
  });
  c.remove(branch);
  return true;
}

const addParameterLike = (into: Computation, p: Instruction): Value =>
  into.addParameter(p.opcode, p.result.type, p.location);

/** `like`: a parameter, for its opcode. */
const addParameter = (into: Computation, like: Instruction, v: Value): Value => into.addParameter(like.opcode, v.type);

/** Instructions that values need, themselves included. */
function reachedFrom(values: readonly Value[]): Set<Instruction> {
  const found = new Set(values.map((v) => v.producer));
  for (const i of found) for (const v of i.operands) found.add(v.producer);
  return found;
}

/** Copies what `results` need from one computation into another; its parameters are what `args` give when asked. */
function copyNeeded(
  from: Computation,
  into: Computation,
  args: readonly (() => Value)[],
  results: readonly Value[],
): Value[] {
  const needed = reachedFrom(results);
  const copies = new Map<Value, Value>();
  from.parameters.forEach((p, k) => {
    if (needed.has(p)) copies.set(p.result, args[k]!());
  });
  for (const i of from.topological()) {
    if (!needed.has(i) || copies.has(i.results[0]!)) continue;
    const { opcode, attributes, called, location } = i;
    const operands = i.operands.map((v) => copies.get(v)!);
    const types = i.results.map((r) => r.type);
    const made = into.append(opcode, types, { operands, attributes, called, location });
    i.results.forEach((r, k) => {
      copies.set(r, made.results[k]!);
    });
  }
  return results.map((v) => copies.get(v)!);
}
