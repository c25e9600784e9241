/** A fusion plan as a program: each kernel a function, `main` calls them. */
import type { Compilation } from '../compiler.js';
import { isSplatConstant } from '../fusion/accesses.js';
import type { Group } from '../fusion/group.js';
import { Computation, type Instruction, Module, type OpRegistry, type Value } from '../hlo/index.js';

/** Equal to the program it comes from, and readable by the same parser. */
export function fusedModule({ module, fusions, options }: Compilation): Module {
  const { ops } = options.rules;
  const fused = new Module(module.name, module.file);
  const main = new Computation('main');
  const copies = new Map<Value, Value>();
  for (const p of module.entry.parameters) copies.set(p.result, main.addParameter(p.opcode, p.result.type, p.location));
  for (const i of module.entry.instructions) {
    if (ops.kind(i) === 'constant') copy(i, main, copies);
  }
  const call = ops.definitions.find((d) => d.kind === 'call')!;
  const place = new Map(module.entry.topological().map((i, k) => [i, k]));
  fusions!.groups.forEach((group, k) => {
    // Members, each after those whose results it reads.
    const members = [...group.members].sort((a, b) => place.get(a)! - place.get(b)!);
    const kernel = kernelFunction(group, members, `kernel${k}_${group.template}`, ops);
    fused.add(kernel.computation);
    const results = [...group.outputs];
    const called = main.append(
      ops.opcode(call.name),
      results.map((v) => v.type),
      { operands: kernel.inputs.map((v) => copies.get(v)!), called: [kernel.computation] },
    );
    results.forEach((v, r) => {
      copies.set(v, called.results[r]!);
    });
  });
  main.setResults(module.entry.results.map((v) => copies.get(v)!));
  fused.add(main);
  return fused;
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

function copy(i: Instruction, into: Computation, copies: Map<Value, Value>): void {
  const { opcode, attributes, called, location } = i;
  const operands = i.operands.map((v) => copies.get(v)!);
  const types = i.results.map((r) => r.type);
  const made = into.append(opcode, types, { operands, attributes, called, location });
  i.results.forEach((r, k) => {
    copies.set(r, made.results[k]!);
  });
}
