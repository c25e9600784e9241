/** A fusion plan as a program: each kernel a function, `main` calls them. */
import type { Compilation } from '../compiler.js';
import { isSplatConstant } from '../fusion/accesses.js';
import type { Group } from '../fusion/group.js';
import type { FusionPlan } from '../fusion/planner.js';
import { Computation, type Instruction, Module, type OpRegistry, type Value } from '../hlo/index.js';

/** Equal to the program it comes from, and readable by the same parser. */
export function fusedModule({ module, fusions, options }: Compilation): Module {
  const fused = new Module(module.name, module.file);
  fused.add(new FusedFunctions(fused, options.rules.ops).of(fusions!, 'main'));
  return fused;
}

class FusedFunctions {
  private kernels = 0;

  constructor(
    private readonly into: Module,
    private readonly ops: OpRegistry,
  ) {}

  /** A computation whose kernels are functions of the module. */
  of(plan: FusionPlan, name: string): Computation {
    const { computation: from } = plan;
    const main = new Computation(name);
    const copies = new Map<Value, Value>();
    for (const p of from.parameters) copies.set(p.result, main.addParameter(p.opcode, p.result.type, p.location));
    const placed = new Set(plan.groups.flatMap((g) => [...g.members]));
    // What is there when the program begins: constants, and numbers of the process.
    const isThere = (i: Instruction) =>
      this.ops.kind(i) === 'constant' ||
      (this.ops.kind(i) !== 'parameter' && i.operands.length === 0 && !placed.has(i));
    for (const i of from.instructions) if (isThere(i)) copy(i, main, copies);
    const place = new Map(from.topological().map((i, k) => [i, k]));
    for (const group of plan.groups) {
      if (group.space.kind === 'control') {
        const { instruction } = group.space;
        const inside = plan.called.get(instruction)!.map((p, k) => this.of(p, `${name}_${instruction.id}_${k}`));
        copy(instruction, main, copies, inside);
      } else if (group.space.kind === 'exchange') {
        copy(group.space.instruction, main, copies);
      } else if (group.members.size > 0) {
        // Members, each after those whose results it reads.
        this.call(
          group,
          [...group.members].sort((a, b) => place.get(a)! - place.get(b)!),
          main,
          copies,
        );
      }
    }
    main.setResults(from.results.map((v) => copies.get(v)!));
    return main;
  }

  private call(group: Group, members: readonly Instruction[], main: Computation, copies: Map<Value, Value>): void {
    const kernel = kernelFunction(group, members, `kernel${this.kernels++}_${group.template}`, this.ops);
    this.into.add(kernel.computation);
    const results = [...group.outputs];
    const call = this.ops.definitions.find((d) => d.kind === 'call')!;
    const called = main.append(
      this.ops.opcode(call.name),
      results.map((v) => v.type),
      { operands: kernel.inputs.map((v) => copies.get(v)!), called: [kernel.computation] },
    );
    results.forEach((v, r) => {
      copies.set(v, called.results[r]!);
    });
  }
}

function kernelFunction(group: Group, members: readonly Instruction[], name: string, ops: OpRegistry) {
  const computation = new Computation(name);
  const parameterOpcode = ops.opcode(ops.definitions.find((d) => d.kind === 'parameter')!.name);
  const copies = new Map<Value, Value>();
  const inputs: Value[] = [];
  for (const v of members.flatMap((i) => i.operands)) {
    if (copies.has(v) || group.members.has(v.producer)) continue;
    if (isSplatConstant(ops, v.producer)) {
      copy(v.producer, computation, copies);
      continue;
    }
    inputs.push(v);
    copies.set(v, computation.addParameter(parameterOpcode, v.type));
  }
  for (const i of members) copy(i, computation, copies);
  computation.setResults([...group.outputs].map((v) => copies.get(v)!));
  return { computation, inputs };
}

function copy(
  i: Instruction,
  into: Computation,
  copies: Map<Value, Value>,
  called: readonly Computation[] = i.called,
): void {
  const { opcode, attributes, location } = i;
  const operands = i.operands.map((v) => copies.get(v)!);
  const types = i.results.map((r) => r.type);
  const made = into.append(opcode, types, { operands, attributes, called, location });
  i.results.forEach((r, k) => {
    copies.set(r, made.results[k]!);
  });
}
