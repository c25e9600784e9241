/** Kernels → plan: steps in order, buffers given homes, equal kernels merged. */

import type { Group } from '../fusion/group.js';
import type { FusionPlan } from '../fusion/planner.js';
import { byteSize, bytesOf, type Computation, type Literal, type TensorType, type Value } from '../hlo/index.js';
import type { RuleSet } from '../rules/index.js';
import type { Plan, PlanBuffer, PlanKernel, Step, StepCost } from '../runtime/plan.js';
import { kernelCost } from './loop/cost.js';
import type { Kernel } from './loop/ir.js';
import { kernelHash } from './loop/print.js';
import { type Interval, placeIntervals } from './memory-plan.js';
import { type EmittedKernel, Scratch } from './templates/kernel-context.js';

export interface KernelStep {
  readonly group: Group;
  /** Launched one after the other. */
  readonly emitted: readonly EmittedKernel[];
}

export interface Assembled {
  readonly plan: Plan;
  /** Loop IR of each of the plan's kernels, named as its symbol. */
  readonly kernels: readonly Kernel[];
}

const sizeOf = (v: Value | Scratch): number => (v instanceof Scratch ? v.bytes : byteSize(v.tensorType));

export class Assembler {
  private readonly buffers: PlanBuffer[] = [];
  private readonly bufferOf = new Map<Value | Scratch, number>();
  private readonly constants: { type: TensorType; bytes: () => Uint8Array }[] = [];
  private readonly kernels: PlanKernel[] = [];
  private readonly loops: Kernel[] = [];
  private readonly kernelOf = new Map<string, number>();
  private readonly steps: Step[] = [];

  constructor(
    private readonly rules: RuleSet,
    private readonly computation: Computation,
    private readonly fusions: FusionPlan,
  ) {}

  run(kernels: readonly KernelStep[]): Assembled {
    const { parameters, results } = this.computation;
    parameters.forEach((p, index) => {
      this.bufferOf.set(p.result, this.newBuffer(p.result, { kind: 'input', index }));
    });
    const made = new Set([...this.fusions.groups].flatMap((g) => [...g.outputs]));
    results.forEach((v, index) => {
      if (made.has(v) && !this.bufferOf.has(v)) this.bufferOf.set(v, this.newBuffer(v, { kind: 'output', index }));
    });
    const workspaceBytes = this.placeTemporaries(kernels);
    for (const k of kernels) this.launch(k);
    results.forEach((v, index) => {
      this.copyResult(v, index);
    });
    return {
      plan: {
        inputs: parameters.map((p) => p.result.tensorType),
        outputs: results.map((v) => v.tensorType),
        constants: this.constants,
        buffers: this.buffers,
        kernels: this.kernels,
        steps: this.steps,
        workspaceBytes,
      },
      kernels: this.loops,
    };
  }

  private newBuffer(v: Value | Scratch, home: PlanBuffer['home']): number {
    const id = this.buffers.length;
    this.buffers.push({ id, home, bytes: sizeOf(v) });
    return id;
  }

  /** Values that only kernels see live from the step that makes them to the last that reads them; scratch in one. */
  private placeTemporaries(kernels: readonly KernelStep[]): number {
    const intervals = new Map<Value | Scratch, Interval>();
    kernels.forEach(({ emitted }, step) => {
      for (const v of emitted.flatMap((k) => k.params)) {
        if (this.bufferOf.has(v) || this.isConstant(v)) continue;
        const known = intervals.get(v);
        intervals.set(v, { bytes: sizeOf(v), from: known?.from ?? step, to: step });
      }
    });
    const values = [...intervals.keys()];
    const { offsets, bytes } = placeIntervals([...intervals.values()]);
    values.forEach((v, k) => {
      this.bufferOf.set(v, this.newBuffer(v, { kind: 'workspace', offset: offsets[k]! }));
    });
    return bytes;
  }

  private isConstant(v: Value | Scratch): boolean {
    return !(v instanceof Scratch) && this.rules.ops.kind(v.producer) === 'constant';
  }

  private buffer(v: Value | Scratch): number {
    const known = this.bufferOf.get(v);
    if (known !== undefined) return known;
    if (v instanceof Scratch) throw new Error('a kernel uses scratch memory that has no place');
    const literal = v.producer.attributes.value as Literal;
    const index = this.constants.length;
    this.constants.push({ type: v.tensorType, bytes: () => bytesOf(literal.tensor()) });
    const id = this.newBuffer(v, { kind: 'constant', index });
    this.bufferOf.set(v, id);
    return id;
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

  private launch({ group, emitted }: KernelStep): void {
    this.steps.push({
      kind: 'launch',
      launches: emitted.map(({ kernel, params }) => ({
        kernel: this.kernel(kernel),
        args: params.map((v) => this.buffer(v)),
        tasks: kernel.tasks,
      })),
      cost: this.cost(emitted, group),
      label: `${group.template}: ${[...group.members]
        .map((i) => i.opcode)
        .reverse()
        .join(' ')}`,
    });
  }

  /** Each buffer counts once: what a kernel reads again comes from the cache. */
  private cost(emitted: readonly EmittedKernel[], group: Group): StepCost {
    let bytesRead = 0;
    let bytesWritten = 0;
    for (const v of new Set(emitted.flatMap((k) => k.params))) {
      if (v instanceof Scratch) continue;
      if (group.outputs.has(v)) bytesWritten += byteSize(v.tensorType);
      else bytesRead += byteSize(v.tensorType);
    }
    const flops = emitted.reduce((n, { kernel }) => n + kernelCost(kernel).flops, 0);
    return { bytesRead, bytesWritten, flops };
  }

  /** A result that no kernel stores in its own place: an input, a constant, or another result again. */
  private copyResult(v: Value, index: number): void {
    const from = this.buffer(v);
    const { home, bytes } = this.buffers[from]!;
    if (home.kind === 'output' && home.index === index) return;
    const to = this.newBuffer(v, { kind: 'output', index });
    this.steps.push({
      kind: 'copy',
      from,
      to,
      cost: { bytesRead: bytes, bytesWritten: bytes, flops: 0 },
      label: `copy to result ${index}`,
    });
  }
}
