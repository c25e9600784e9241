/**
 * The reference interpreter: runs a module instruction by instruction with the registry's evaluation functions. It
 * knows no rule and no op, and is the judge of everything that is compiled.
 *
 * Everything runs in steps (steps.ts), so that the processes of a program on several devices can wait for each other.
 */
import type { Computation, Instruction, Module, Value } from './graph.js';
import type { Width } from './numeric/wide.js';
import { ALONE, type Process } from './process-groups.js';
import { type Host, runProcesses } from './processes.js';
import { compileRegion } from './region.js';
import {
  type EvaluateContext,
  type OpDefinition,
  OpError,
  type OpRegistry,
  type Programs,
  type RunParallel,
  type RuntimeValue,
  type ScalarRegion,
  TOKEN_VALUE,
} from './registry.js';
import { finish, type Steps } from './steps.js';
import { DYNAMIC, showType, type ValueType } from './types.js';

export interface InterpreterHooks {
  /** After each instruction of every computation that runs, with its results; regions over scalars excepted. */
  onInstruction?(instruction: Instruction, results: readonly RuntimeValue[]): void;
  /** Runs programs side by side in another way than this interpreter. */
  readonly parallel?: RunParallel;
}

/**
 * Runs the module's entry.
 * @throws OpError, with `location` set where the source is known, on inputs that do not fit and on what ops refuse
 */
export function interpret(
  module: Module,
  registry: OpRegistry,
  inputs: readonly RuntimeValue[],
  hooks: InterpreterHooks = {},
): RuntimeValue[] {
  return runComputation(module.entry, registry, inputs, hooks);
}

export function runComputation(
  computation: Computation,
  registry: OpRegistry,
  args: readonly RuntimeValue[],
  hooks: InterpreterHooks = {},
): RuntimeValue[] {
  return new Interpreter(registry, hooks).run(computation, args);
}

/**
 * Runs a grid of programs, one a process (replicas outside, partitions inside), and returns the results of each in the
 * order of their numbers.
 * @throws OpError where an op refuses its operands, and where processes wait for each other in vain
 */
export function runGrid(
  programs: Programs,
  registry: OpRegistry,
  args: readonly (readonly RuntimeValue[])[],
  hooks: InterpreterHooks = {},
  host: Host = {},
): readonly (readonly RuntimeValue[])[] {
  const all = programs.flat();
  const grid = { replicas: programs.length, partitions: programs[0]?.length ?? 0 };
  const start = (process: Process): Steps =>
    new Interpreter(registry, hooks, process).steps(all[process.number]!, args[process.number]!);
  return runProcesses(grid, start, host);
}

/** An instruction with the places of its values, and the places that nobody reads after it. */
interface Step {
  readonly instruction: Instruction;
  readonly definition: OpDefinition;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly dead: readonly number[];
  readonly dynamic: boolean;
}

interface Program {
  readonly steps: readonly Step[];
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  readonly size: number;
}

class Interpreter {
  private readonly programs = new Map<Computation, Program>();
  private readonly regions = new Map<string, Map<Computation, ScalarRegion>>();
  private readonly running = new Set<Computation>();

  constructor(
    private readonly registry: OpRegistry,
    private readonly hooks: InterpreterHooks,
    private readonly process = ALONE,
  ) {}

  run = (computation: Computation, args: readonly RuntimeValue[]): RuntimeValue[] => [
    ...finish(this.steps(computation, args)),
  ];

  steps = (computation: Computation, args: readonly RuntimeValue[]): Steps => this.enter(computation, args);

  private *enter(computation: Computation, args: readonly RuntimeValue[]): Steps {
    checkArguments(computation, args);
    if (this.running.has(computation)) throw new OpError(`@${computation.name} calls itself, which no program may`);
    this.running.add(computation);
    try {
      return yield* this.execute(this.program(computation), args);
    } finally {
      this.running.delete(computation);
    }
  }

  private *execute(program: Program, args: readonly RuntimeValue[]): Steps {
    const values = new Array<RuntimeValue | undefined>(program.size);
    program.parameters.forEach((slot, k) => {
      values[slot] = args[k];
    });
    for (const step of program.steps) {
      const results = step.definition.steps ? yield* this.inSteps(step, values) : this.evaluate(step, values);
      step.outputs.forEach((slot, k) => {
        values[slot] = results[k];
      });
      this.hooks.onInstruction?.(step.instruction, results);
      for (const slot of step.dead) values[slot] = undefined;
    }
    return program.results.map((slot) => values[slot]!);
  }

  private evaluate(step: Step, values: readonly (RuntimeValue | undefined)[]): readonly RuntimeValue[] {
    try {
      return step.definition.evaluate(this.context(step, values));
    } catch (e) {
      throw placed(e, step);
    }
  }

  private *inSteps(step: Step, values: readonly (RuntimeValue | undefined)[]): Steps {
    try {
      return yield* step.definition.steps!({ ...this.context(step, values), process: this.process, call: this.steps });
    } catch (e) {
      throw placed(e, step);
    }
  }

  private context(
    { instruction: i, definition, inputs, dynamic }: Step,
    values: readonly (RuntimeValue | undefined)[],
  ): EvaluateContext {
    const { run, region, process, parallel } = this;
    const operands = inputs.map((slot) => values[slot]!);
    const results = dynamic ? this.runtimeTypes(i, definition, operands) : i.results.map((r) => r.type);
    return { operands, attributes: i.attributes, called: i.called, results, run, region, process, parallel };
  }

  private parallel: RunParallel = (programs, args, infeed) => {
    const { registry, hooks, run } = this;
    if (hooks.parallel) return hooks.parallel(programs, args, infeed);
    const fed = (function* () {
      for (const c of infeed) yield run(c, []);
    })();
    return runGrid(programs, registry, args, hooks, { infeed: fed, outfeed: () => {} });
  };

  /** Result types where sizes are known only now: inferred again, from the operands as they are. */
  private runtimeTypes(
    i: Instruction,
    definition: OpDefinition,
    operands: readonly RuntimeValue[],
  ): readonly ValueType[] {
    const types = operands.map((v, k): ValueType => (v === TOKEN_VALUE ? i.operands[k]!.type : v.type));
    const declared = i.results.map((r) => r.type);
    return definition.infer({ operands: types, attributes: i.attributes, called: i.called, declared });
  }

  private region = (c: Computation, width: Width = 'own'): ScalarRegion => {
    let known = this.regions.get(width);
    if (!known) this.regions.set(width, (known = new Map()));
    let region = known.get(c);
    if (!region) known.set(c, (region = compileRegion(c, this.registry, this.run, width)));
    return region;
  };

  private program(computation: Computation): Program {
    let p = this.programs.get(computation);
    if (!p) this.programs.set(computation, (p = programOf(computation, this.registry)));
    return p;
  }
}

function placed(e: unknown, { instruction }: Step): unknown {
  if (e instanceof OpError) e.location ??= instruction.location;
  return e;
}

function programOf(computation: Computation, registry: OpRegistry): Program {
  const slots = new Map<Value, number>();
  const slot = (v: Value): number => {
    let s = slots.get(v);
    if (s === undefined) slots.set(v, (s = slots.size));
    return s;
  };
  const order = computation.topological().filter((i) => registry.kind(i) !== 'parameter');
  const lastUse = new Map<Value, Instruction>();
  for (const i of order) {
    for (const v of i.operands) lastUse.set(v, i);
    for (const v of i.results) lastUse.set(v, i);
  }
  for (const v of computation.results) lastUse.delete(v);
  const dying = new Map<Instruction, Value[]>();
  for (const [v, i] of lastUse) {
    const list = dying.get(i);
    if (list) list.push(v);
    else dying.set(i, [v]);
  }
  return {
    parameters: computation.parameters.map((p) => slot(p.result)),
    steps: order.map((instruction) => ({
      instruction,
      definition: registry.get(instruction.opcode),
      inputs: instruction.operands.map(slot),
      outputs: instruction.results.map(slot),
      dead: (dying.get(instruction) ?? []).map(slot),
      dynamic: instruction.results.some((r) => r.type.kind === 'tensor' && r.type.dims.includes(DYNAMIC)),
    })),
    results: computation.results.map(slot),
    size: slots.size,
  };
}

function checkArguments(computation: Computation, args: readonly RuntimeValue[]): void {
  const { parameters, name } = computation;
  if (args.length !== parameters.length) {
    throw new OpError(`@${name} takes ${parameters.length} arguments, but ${args.length} are given`);
  }
  parameters.forEach((p, k) => {
    const want = p.result.type;
    const value = args[k]!;
    if (want.kind !== 'tensor' || value === TOKEN_VALUE) {
      if ((want.kind === 'token') !== (value === TOKEN_VALUE)) {
        throw new OpError(`argument ${k} of @${name} must be ${showType(want)}`);
      }
      return;
    }
    const { element, dims } = value.type;
    const fits = element === want.element && dims.length === want.dims.length;
    if (!fits || want.dims.some((n, d) => n !== DYNAMIC && n !== dims[d])) {
      throw new OpError(`argument ${k} of @${name} must be ${showType(want)}, but is ${showType(value.type)}`);
    }
  });
}
