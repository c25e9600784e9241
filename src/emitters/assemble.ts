/** Kernels → plan: steps in order, buffers given homes, equal kernels merged, loops and branches unfolded. */

import { formOf, roleOf } from '../fusion/facts.js';
import type { Group } from '../fusion/group.js';
import type { FusionPlan } from '../fusion/planner.js';
import type { AloneSpace } from '../fusion/space.js';
import { rootOf } from '../fusion/storage.js';
import type { Donation } from '../hlo/donation.js';
import { byteSize, elementCount, Literal, type Value } from '../hlo/index.js';
import type { ExchangeRole, ProcessRole, RuleSet } from '../rules/index.js';
import type { Plan, PlanKernel, Step, StepCost } from '../runtime/plan.js';
import { branchStep, loopSteps } from './assemble-control.js';
import { kernelCost } from './loop/cost.js';
import type { Kernel } from './loop/ir.js';
import { kernelHash } from './loop/print.js';
import { PlanBuffers } from './plan-buffers.js';
import { type EmittedKernel, type Param, Scratch } from './templates/kernel-context.js';

export interface Assembled {
  readonly plan: Plan;
  /** Loop IR of each of the plan's kernels, named as its symbol. */
  readonly kernels: readonly Kernel[];
  /** Of each step that launches kernels, what they compute. */
  readonly groupOf: ReadonlyMap<Step, Group>;
}

/** The steps of a computation, and the buffers of its results behind them. */
export interface Sequence {
  readonly steps: Step[];
  readonly results: readonly number[];
}

const sizeOf = (v: Value): number => byteSize(v.tensorType);

export class Assembler {
  readonly buffers = new PlanBuffers();
  private readonly kernels: PlanKernel[] = [];
  private readonly loops: Kernel[] = [];
  private readonly kernelOf = new Map<string, number>();
  private readonly groupOf = new Map<Step, Group>();
  private processes: number | undefined;

  constructor(
    private readonly rules: RuleSet,
    private readonly emitted: ReadonlyMap<Group, readonly EmittedKernel[]>,
  ) {}

  /** `donated`: arguments that may be overwritten, with the result that is to lie in their memory where it can. */
  run(fusions: FusionPlan, donated: readonly Donation[] = []): Assembled {
    const { parameters, results } = fusions.computation;
    const donations = donated.filter((d) => isInPlace(fusions, d));
    const inputs = parameters.map((p, index) => this.buffers.add(sizeOf(p.result), { kind: 'input', index }));
    const outputs = results.map((v, index) => {
      const donation = donations.find((d) => d.output === index);
      return donation ? inputs[donation.input]! : this.buffers.add(sizeOf(v), { kind: 'output', index });
    });
    const sequence = this.sequence(fusions, inputs, outputs);
    // A result that no kernel stores in its own place: an input, a constant, or another result again.
    const steps = [
      ...sequence.steps,
      ...sequence.results.flatMap((from, index) => this.copy(from, outputs[index]!, `copy to result ${index}`)),
    ];
    return {
      plan: {
        inputs: parameters.map((p) => p.result.tensorType),
        outputs: results.map((v) => v.tensorType),
        donations,
        kernels: this.kernels,
        steps,
        ...(this.processes === undefined ? {} : { processes: this.processes }),
        ...this.buffers.finish(steps),
      },
      kernels: this.loops,
      groupOf: this.groupOf,
    };
  }

  /** A computation on the given buffers; results are made in `targets` where there is one and nothing speaks against. */
  sequence(plan: FusionPlan, parameters: readonly number[], targets: readonly (number | undefined)[]): Sequence {
    const scope = new Scope(this, this.rules, plan, parameters);
    scope.aim(targets);
    const steps = plan.groups.flatMap((g) => {
      if (g.space.kind === 'control') return this.control(g, scope);
      if (g.space.kind === 'exchange') return [this.exchange(g.space as AloneSpace<ExchangeRole>, scope)];
      return [...this.targetCopies(g, scope), this.launch(g, scope)];
    });
    return { steps, results: plan.computation.results.map((v) => scope.buffer(v)) };
  }

  copy(from: number, to: number, label: string): Step[] {
    const bytes = this.buffers.bytes(to);
    if (from === to || bytes === 0) return [];
    return [{ kind: 'copy', from, to, cost: { bytesRead: bytes, bytesWritten: bytes, flops: 0 }, label }];
  }

  private control(g: Group, scope: Scope): Step[] {
    if (g.space.kind !== 'control') return [];
    const { instruction } = g.space;
    return this.rules.ops.kind(instruction) === 'loop'
      ? loopSteps(this, instruction, scope)
      : [branchStep(this, instruction, scope)];
  }

  private exchange({ instruction: i, role }: AloneSpace<ExchangeRole>, scope: Scope): Step {
    const [given, taken] = [i.operands[0]!, i.result];
    const { sources, parts } = role;
    this.meets(sources.length);
    const bytes = sizeOf(taken);
    return {
      kind: 'exchange',
      from: scope.buffer(given),
      to: scope.buffer(taken),
      blockBytes: sources[0]!.length === 0 ? 0 : bytes / sources[0]!.length,
      sources,
      parts,
      cost: { bytesRead: bytes, bytesWritten: bytes, flops: 0 },
      label: `${i.opcode} among ${sources.length} processes`,
    };
  }

  /** Notes that results depend on there being so many processes. */
  meets(processes: number): void {
    this.processes = processes;
  }

  /** An update whose target must stay changes a copy of it. */
  private targetCopies(g: Group, scope: Scope): Step[] {
    return [...g.updates].flatMap(([v, { target }]) =>
      this.copy(scope.buffer(target), scope.buffer(v), 'copy what is changed in place'),
    );
  }

  private kernel(k: Kernel): number {
    const hash = kernelHash(k);
    let index = this.kernelOf.get(hash);
    if (index === undefined) {
      index = this.kernels.length;
      const symbol = `thimble_${hash.slice(0, 24)}`;
      this.kernels.push({ symbol, hash });
      this.loops.push({ ...k, name: symbol });
      this.kernelOf.set(hash, index);
    }
    return index;
  }

  private launch(group: Group, scope: Scope): Step {
    const emitted = this.emitted.get(group)!;
    const made = group.members.size > 0 ? group.members : new Set([...group.outputs].map((v) => v.producer));
    const step: Step = {
      kind: 'launch',
      launches: emitted.map(({ kernel, params }) => ({
        kernel: this.kernel(kernel),
        args: params.map((v) => scope.buffer(v)),
        tasks: kernel.tasks,
      })),
      cost: costOf(emitted, group),
      label: `${group.template}: ${[...made]
        .map((i) => i.opcode)
        .reverse()
        .join(' ')}`,
    };
    this.groupOf.set(step, group);
    return step;
  }
}

/** Is the result made in the argument's memory, without a copy? */
function isInPlace({ storage, computation }: FusionPlan, { input, output }: Donation): boolean {
  const root = rootOf(storage, computation.results[output]!);
  return storage.direct.has(output) || root === computation.parameters[input]!.result;
}

/** The values of a computation in one place where it runs, and their buffers. */
export class Scope {
  private readonly bufferOf = new Map<Param, number>();
  private readonly made: ReadonlySet<Value>;

  constructor(
    private readonly assembler: Assembler,
    private readonly rules: RuleSet,
    readonly plan: FusionPlan,
    parameters: readonly number[],
  ) {
    plan.computation.parameters.forEach((p, k) => {
      this.bufferOf.set(p.result, parameters[k]!);
    });
    this.made = new Set(plan.groups.flatMap((g) => [...g.outputs]));
  }

  /** Results of steps shall be made in these buffers, each at most one. */
  aim(targets: readonly (number | undefined)[]): void {
    this.plan.computation.results.forEach((v, k) => {
      const root = rootOf(this.plan.storage, v);
      const target = targets[k];
      if (target !== undefined && this.made.has(root) && !this.bufferOf.has(root)) this.bufferOf.set(root, target);
    });
  }

  buffer(v: Param): number {
    let id = this.bufferOf.get(v);
    if (id === undefined) {
      id = this.newBuffer(v);
      this.bufferOf.set(v, id);
    }
    return id;
  }

  private newBuffer(v: Param): number {
    const { buffers } = this.assembler;
    if (v instanceof Scratch) return buffers.add(v.bytes);
    if (v instanceof Literal) return buffers.constant(v);
    const taken = this.plan.storage.takes.get(v);
    if (taken) return this.buffer(taken);
    if (!this.made.has(v)) {
      if (this.rules.ops.kind(v.producer) === 'constant') {
        return buffers.constant(v.producer.attributes.value as Literal);
      }
      if (formOf(this.rules, v.producer) === 'process') {
        this.assembler.meets((roleOf(this.rules, v.producer) as ProcessRole).processes);
        return buffers.add(byteSize(v.tensorType), { kind: 'process' });
      }
    }
    return buffers.add(byteSize(v.tensorType));
  }
}

/** Each buffer counts once: what a kernel reads again comes from the cache. Of an update, its window counts. */
function costOf(emitted: readonly EmittedKernel[], group: Group): StepCost {
  let bytesRead = 0;
  let bytesWritten = 0;
  for (const v of new Set(emitted.flatMap((k) => k.params))) {
    if (v instanceof Scratch) continue;
    if (v instanceof Literal) {
      bytesRead += byteSize(v.type);
      continue;
    }
    const bytes = byteSize(v.tensorType);
    if (!group.outputs.has(v)) bytesRead += bytes;
    else if (group.updates.has(v)) bytesWritten += windowBytes(group, v);
    else bytesWritten += bytes;
    if (group.inPlace.has(v)) bytesRead += group.updates.has(v) ? windowBytes(group, v) : bytes;
  }
  const flops = emitted.reduce((n, { kernel }) => n + kernelCost(kernel).flops, 0);
  return { bytesRead, bytesWritten, flops };
}

function windowBytes(group: Group, v: Value): number {
  const { window } = group.updates.get(v)!;
  return byteSize({ ...v.tensorType, dims: [elementCount(window)] });
}
