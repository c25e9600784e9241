/** What a template works with: the builder, the stitcher, and the kernel's buffers as the stitcher asks for them. */

import { isSplatConstant } from '../../fusion/accesses.js';
import type { Group } from '../../fusion/group.js';
import type { Computation, ElementType, Literal, Value } from '../../hlo/index.js';
import { ELEMENT, elementCount, partsOf, partType } from '../../hlo/index.js';
import { type IndexExpr, linearize } from '../../rules/index/index.js';
import type { ProblemOf, RuleSet, ScheduleOf, ScheduleRule, Template } from '../../rules/index.js';
import type { Target } from '../../rules/target.js';
import { KernelBuilder } from '../loop/builder.js';
import { removeDeadCode } from '../loop/dead-code.js';
import { formFma } from '../loop/form-fma.js';
import type { Buffer, Kernel, LaneType, ValueId } from '../loop/ir.js';
import { inlineComputation } from '../stitch/inline.js';
import { type PartIds, Stitcher } from '../stitch/stitcher.js';

export type Precision = 'default' | 'strict';

export interface EmitOptions {
  readonly rules: RuleSet;
  readonly target: Target;
  readonly precision: Precision;
}

/** Memory that the kernels of one step share and nobody else sees. */
export class Scratch {
  constructor(readonly bytes: number) {}
}

/** What a kernel's buffer stands for: a value, memory of the step, or a table that the template has made. */
export type Param = Value | Scratch | Literal;

/** A kernel and what its global buffers are, in order: those it reads, then those it writes. */
export interface EmittedKernel {
  readonly kernel: Kernel;
  readonly params: readonly Param[];
}

/** Memory of a task: a buffer, and where in it the task's own elements start. */
export interface TaskMemory {
  readonly buffer: number;
  readonly base: ValueId;
}

/** Bytes that a task may keep on its stack, or in memory that lies apart for each thread. */
const MAX_OWN_BYTES = { 'x86-64': 192 * 1024, nvptx: 4 * 1024 } as const;

export class KernelContext {
  readonly builder: KernelBuilder;
  readonly stitch: Stitcher;
  private readonly inputs = new Map<Value, number>();
  private readonly outputs = new Map<Value, number>();
  private readonly shared = new Map<Scratch, number>();
  private readonly tables = new Map<Literal, number>();

  constructor(
    readonly group: Group,
    readonly options: EmitOptions,
    tasks: number,
    /** Results that this kernel stores: all of the group's, unless it prepares another kernel. */
    outputs: Iterable<Value> = group.outputs,
    /** `readwrite`: the kernel reads what it has stored. */
    access: 'write' | 'readwrite' = 'write',
    /** Of a kernel of blocks: threads of each task. */
    threads?: number,
  ) {
    this.builder = new KernelBuilder(group.template, tasks, threads);
    for (const v of outputs) {
      const old = group.inPlace.get(v);
      const id = this.newBuffer('out', v, old ? 'readwrite' : access, this.outputs.size);
      this.outputs.set(v, id);
      if (old) this.inputs.set(old, id);
    }
    for (const v of group.accesses.keys()) {
      if (this.inputs.has(v)) continue;
      if (!group.members.has(v.producer) && !isSplatConstant(options.rules.ops, v.producer)) {
        this.inputs.set(v, this.newBuffer('in', v, 'read', this.inputs.size));
      }
    }
    this.stitch = new Stitcher({
      builder: this.builder,
      rules: options.rules,
      members: group.members,
      bufferOf: (v) => this.inputs.get(v)!,
      contract: options.precision === 'default',
    });
  }

  private newBuffer(prefix: string, v: Value, access: Buffer['access'], k: number): number {
    const { element, dims } = v.tensorType;
    const name = `${prefix}${k}`;
    return this.builder.buffer(name, partType(element), elementCount(dims) * partsOf(element), access);
  }

  /** `count` elements of the step's scratch memory. */
  scratch(memory: Scratch, element: ElementType, count: number, access: Buffer['access']): number {
    const id = this.builder.buffer(`scratch${this.shared.size}`, element, count, access);
    this.shared.set(memory, id);
    return id;
  }

  /** Numbers that the template has computed, as a buffer. */
  table(literal: Literal): number {
    let id = this.tables.get(literal);
    if (id === undefined) {
      const { element, dims } = literal.type;
      id = this.builder.buffer(`table${this.tables.size}`, element, elementCount(dims), 'read');
      this.tables.set(literal, id);
    }
    return id;
  }

  /** The buffer of a value that is loaded as it lies in memory; parts of complex elements are elements of it. */
  input(v: Value): number | undefined {
    return this.inputs.get(v);
  }

  output(v: Value): number {
    return this.outputs.get(v)!;
  }

  /** Memory of each task's own, `count` elements of each type: on its stack where all of it fits. */
  own(count: number, ...elements: readonly LaneType[]): TaskMemory[] {
    const b = this.builder;
    const bytesOf = (element: LaneType) => count * ELEMENT[element].bytes;
    const local = elements.reduce((n, e) => n + bytesOf(e), 0) <= MAX_OWN_BYTES[this.options.target.arch];
    return elements.map((element, k) => {
      if (local) return { buffer: this.local(`own${k}`, element, count), base: b.index(0) };
      const memory = new Scratch(bytesOf(element) * b.tasks);
      const buffer = this.scratch(memory, element, count * b.tasks, 'readwrite');
      return { buffer, base: b.binary('mul', b.task, b.index(count)) };
    });
  }

  /** The kernel's buffer of a value that it reads or writes whole. */
  bufferOf(v: Value): number {
    return this.outputs.get(v) ?? this.inputs.get(v)!;
  }

  /** Scratch memory of a task. */
  local(name: string, element: ElementType, count: number): number {
    return this.builder.buffer(name, element, count, 'readwrite', 'local');
  }

  /** Stores the value of `v` at `at`, a point of its own shape, for the lanes that exist. */
  store(v: Value, at: readonly IndexExpr[], parts: PartIds, exists: ValueId | undefined, nontemporal: boolean): void {
    const buffer = this.outputs.get(v)!;
    const offset = linearize(at, v.tensorType.dims);
    if (parts.length === 2 && this.stitch.index.varies(offset) && this.stitch.index.strideOf(offset) === 1) {
      this.storePairs(buffer, offset, parts, exists, nontemporal);
      return;
    }
    for (const [part, value] of parts.entries()) {
      this.storePart(buffer, offset, value, { part, of: parts.length, exists, nontemporal });
    }
  }

  /** Real and imaginary parts of neighbours, interleaved as they lie in memory. */
  private storePairs(
    buffer: number,
    offset: IndexExpr,
    parts: PartIds,
    exists: ValueId | undefined,
    nontemporal: boolean,
  ): void {
    const b = this.builder;
    const { lanes } = this.stitch.index.vector!;
    const [re, im] = parts.map((p) => b.splat(p, lanes)) as [ValueId, ValueId];
    const both = Array.from({ length: 2 * lanes }, (_, l) => (l % 2) * lanes + Math.floor(l / 2));
    const twice = Array.from({ length: 2 * lanes }, (_, l) => Math.floor(l / 2));
    const mask = exists === undefined ? {} : { mask: b.shuffle(exists, exists, twice) };
    b.store(buffer, this.place(this.stitch.index.scalar(offset), 0, 2), b.shuffle(re, im, both), {
      ...mask,
      ...(nontemporal ? { nontemporal: true } : {}),
    });
  }

  /** What is stored at `at` so far, of an output that the kernel reads too. */
  stored(v: Value, at: readonly IndexExpr[], exists: ValueId | undefined): PartIds {
    const b = this.builder;
    const { index } = this.stitch;
    const buffer = this.outputs.get(v)!;
    const offset = linearize(at, v.tensorType.dims);
    const of = partsOf(v.tensorType.element);
    const vector = index.vector && index.varies(offset) ? index.vector : undefined;
    return Array.from({ length: of }, (_, part) => {
      if (!vector) return b.load(buffer, this.place(index.scalar(offset), part, of));
      if (of === 1 && index.strideOf(offset) === 1) return b.load(buffer, index.scalar(offset), vector.lanes, exists);
      return b.gather(buffer, this.place(index.lanes(offset, vector.lanes), part, of), exists);
    });
  }

  /** Where a part of the element at an offset is. */
  private place(offset: ValueId, part: number, of: number): ValueId {
    if (of === 1) return offset;
    const b = this.builder;
    const t = b.typeOf(offset);
    return b.binary('add', b.binary('mul', offset, b.constant(t, of)), b.constant(t, part));
  }

  private storePart(
    buffer: number,
    offset: IndexExpr,
    value: ValueId,
    o: { part: number; of: number; exists: ValueId | undefined; nontemporal: boolean },
  ): void {
    const b = this.builder;
    const { index } = this.stitch;
    const vector = index.vector;
    if (!vector || !index.varies(offset)) {
      b.store(buffer, this.place(index.scalar(offset), o.part, o.of), value);
      return;
    }
    const lanes = b.splat(value, vector.lanes);
    const mask = o.exists === undefined ? {} : { mask: o.exists };
    if (o.of === 1 && index.strideOf(offset) === 1) {
      b.store(buffer, index.scalar(offset), lanes, { ...mask, ...(o.nontemporal ? { nontemporal: true } : {}) });
    } else b.scatter(buffer, this.place(index.lanes(offset, vector.lanes), o.part, o.of), lanes, o.exists);
  }

  /** A called computation on scalars, floats in the type they are computed in, or in `wide`. */
  call(computation: Computation, args: readonly PartIds[], wide?: LaneType): PartIds[] {
    return inlineComputation(this.stitch, computation, args, wide);
  }

  finish(): EmittedKernel {
    const kernel = removeDeadCode(
      this.options.precision === 'default' ? formFma(this.builder.finish()) : this.builder.finish(),
    );
    const byBuffer = new Map<number, Param>();
    for (const map of [this.inputs, this.outputs, this.shared, this.tables])
      for (const [v, id] of map) byBuffer.set(this.builder.finalBuffer(id), v);
    const params = kernel.buffers.filter((x) => x.space === 'global').map((x) => byBuffer.get(x.id)!);
    return { kernel, params };
  }
}

/** What the first schedule rule of the template that applies chooses; undefined: there is none. */
export function scheduleIfAny<T extends Template>(
  { rules, target }: EmitOptions,
  template: T,
  problem: ProblemOf[T],
): ScheduleOf[T] | undefined {
  for (const rule of rules.ofKind('schedule') as ScheduleRule[]) {
    if (rule.template !== template || rule.arch !== target.arch) continue;
    const typed = rule as unknown as ScheduleRule<T, typeof target.arch>;
    if (typed.applies(problem, target as never)) return typed.choose(problem, target as never);
  }
  return undefined;
}

/** The same, of a template that needs one. */
export function scheduleFor<T extends Template>(
  options: EmitOptions,
  template: T,
  problem: ProblemOf[T],
): ScheduleOf[T] {
  const chosen = scheduleIfAny(options, template, problem);
  if (!chosen) throw new Error(`no schedule rule applies to a ${template} kernel on this target`);
  return chosen;
}
