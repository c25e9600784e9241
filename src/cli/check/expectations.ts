/** Programs that carry what they expect: the computing is compiled, the expecting stays with the host. */
import {
  Computation,
  type Instruction,
  type Literal,
  type Module,
  OpError,
  type OpRegistry,
  type Tensor,
  type Value,
} from '../../hlo/index.js';
import { inlineCalls } from '../../rules/passes/inline.js';

export interface Split {
  /** The program, whose `main` now gives what the expectations look at. */
  readonly module: Module;
  /**
   * The expectations, and programs run side by side that they look at: takes the results of `main`, gives nothing, throws
   * where one does not hold.
   */
  readonly checks: Computation;
}

/** What has an effect, and so must run once and in order: in a program without arguments, its expectations. */
export const effectsOf = (c: Computation, ops: OpRegistry): Instruction[] =>
  c.topological().filter((i) => ops.has(i, 'side-effect'));

/** Changes the module. Throws `OpError` where the program computes on with what an effect gives. */
export function splitExpectations(module: Module, ops: OpRegistry): Split {
  inlineCalls(module, ops);
  const main = module.entry;
  const effects = effectsOf(main, ops);
  const checks = new Computation('checks');
  const parameter = ops.opcode(ops.definitions.find((d) => d.kind === 'parameter')!.name);
  const copies = new Map<Value, Value>();
  const results: Value[] = [];
  /** What puts effects in order is the host's, as they are. */
  const token = (v: Value): void => {
    for (const o of v.producer.operands) if (!copies.has(o)) token(o);
    copies.set(v, copy(v.producer, checks, copies).result);
  };
  for (const i of effects) {
    // What is expected is the host's; a constant that is itself the checked value goes through the program.
    const computed = i.operands.some((v) => ops.kind(v.producer) !== 'constant');
    for (const v of i.operands) {
      if (copies.has(v)) continue;
      if (v.type.kind === 'token') token(v);
      else if (computed && ops.kind(v.producer) === 'constant') copies.set(v, copy(v.producer, checks, copies).result);
      else {
        copies.set(v, checks.addParameter(parameter, v.type, i.location));
        results.push(v);
      }
    }
    const made = copy(i, checks, copies);
    i.results.forEach((r, k) => {
      copies.set(r, made.results[k]!);
    });
  }
  main.setResults(results);
  for (const i of effects.reverse()) {
    if (i.results.some((r) => r.users.size > 0)) throw inOrder(i);
    main.remove(i);
  }
  return { module, checks };
}

/**
 * Makes arguments of the constants of `main` that have rank 1 or more, and gives their values: a program without
 * arguments could be computed while it is compiled, and prove nothing of its kernels. A constant that decides a shape
 * stays where it does. Changes the module, whose `main` takes no arguments before.
 */
export function constantsAsArguments(module: Module, ops: OpRegistry): Tensor[] {
  const main = module.entry;
  const parameter = ops.opcode(ops.definitions.find((d) => d.kind === 'parameter')!.name);
  const constants = main.topological().filter((i) => ops.kind(i) === 'constant' && i.result.tensorType.dims.length > 0);
  return constants.map((c) => {
    const argument = main.addParameter(parameter, c.result.type, c.location);
    for (const user of [...c.result.users.keys()]) {
      const types = user.operands.map((v) => v.type);
      const decisive = ops.get(user.opcode).staticOperands?.({ operands: types, attributes: user.attributes }) ?? [];
      user.operands.forEach((v, k) => {
        if (v === c.result && !decisive.includes(k)) user.setOperand(k, argument);
      });
    }
    main.setResults(main.results.map((v) => (v === c.result ? argument : v)));
    if (c.result.users.size === 0) main.remove(c);
    return (c.attributes.value as Literal).tensor();
  });
}

function copy(i: Instruction, into: Computation, copies: ReadonlyMap<Value, Value>): Instruction {
  const { opcode, attributes, called, location } = i;
  const operands = i.operands.map((v) => copies.get(v)!);
  const types = i.results.map((r) => r.type);
  return into.append(opcode, types, { operands, attributes, called, location });
}

function inOrder(i: Instruction): OpError {
  const e = new OpError(`${i.opcode} has an effect in the middle of the program, which is not compiled yet`);
  e.location = i.location;
  return e;
}
