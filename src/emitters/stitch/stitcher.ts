/**
 * The stitcher: "the value of v at index i" → loop IR.
 *
 * Members of the fusion are inlined by their emission rules, index maps composed on the way; everything else is loaded
 * from its buffer. A template opens scopes (loops), binds variables to them, and binds the values that its roles make
 * (reductions, products). Each distinct (value, index) is emitted once a scope; the kernel builder hoists what the
 * loop does not change.
 */

import { isSplatConstant, sourceOf, type ValueSource, valueKey } from '../../fusion/accesses.js';
import { NotCompiled, viewOf } from '../../fusion/facts.js';
import {
  ELEMENT,
  type Instruction,
  isComplex,
  isFloat,
  type Literal,
  type TensorType,
  type Value,
} from '../../hlo/index.js';
import { reader } from '../../hlo/numeric/access.js';
import { decide, type IndexExpr, linearize, type Predicate, range } from '../../rules/index/index.js';
import type { Access, EmitRule, IndexSource, OpView, Parts, RuleSet } from '../../rules/index.js';
import type { KernelBuilder } from '../loop/builder.js';
import { type LaneType, laneTypeOf, type ValueId } from '../loop/ir.js';
import { type Axis, IndexCode } from './index-code.js';
import { Lane, LoopScalars } from './loop-scalars.js';
import { loadStrided, MAX_STRIDE } from './strided-load.js';

/** Real and imaginary part, or the one part of a real value. */
export type PartIds = readonly ValueId[];

/** What is done to every load and choice made in a scope. */
interface Scope {
  readonly memo: Map<string, PartIds>;
  /** Values that a template has computed, by value and index. */
  readonly bound: Map<string, PartIds>;
}

export interface StitchOptions {
  readonly builder: KernelBuilder;
  readonly rules: RuleSet;
  /** Instructions computed inside this kernel. */
  readonly members: ReadonlySet<Instruction>;
  /** The kernel's buffer for a value from outside. */
  readonly bufferOf: (v: Value) => number;
  /** May the product and sum of neighbouring ops become an fma? */
  readonly contract: boolean;
}

export class Stitcher {
  readonly index: IndexCode;
  readonly scalars: LoopScalars;
  private readonly builder: KernelBuilder;
  private readonly scopes: Scope[] = [{ memo: new Map(), bound: new Map() }];
  /** Lanes that exist (a tail's mask), and where the choices being stitched hold. */
  private exists: ValueId | undefined;
  private chosen: ValueId | undefined;

  constructor(private readonly options: StitchOptions) {
    this.builder = options.builder;
    this.index = new IndexCode(
      options.builder,
      (s, at) => this.boundSource(s) ?? this.value((s as ValueSource).value, at)[0]!,
    );
    this.scalars = new LoopScalars(options.builder, options.rules);
  }

  /** A loop's body: variables bound to its axes, a mask for the lanes that exist, memory of its own. */
  scope<T>(axes: ReadonlyMap<string, Axis>, body: () => T, exists?: ValueId): T {
    const outer = this.exists;
    if (exists !== undefined) this.exists = exists;
    this.scopes.push({ memo: new Map(), bound: new Map() });
    try {
      return this.index.with(axes, body);
    } finally {
      this.scopes.pop();
      this.exists = outer;
    }
  }

  /** Says what a role's value is at an index, in the running scope. */
  bind(v: Value, at: readonly IndexExpr[], parts: PartIds): void {
    this.scopes[this.scopes.length - 1]!.bound.set(this.keyOf(v, at), parts);
  }

  /** Says what a role's value is in the running scope, at whatever index it is read: there is but one. */
  bindPoint(v: Value, parts: PartIds): void {
    this.scopes[this.scopes.length - 1]!.bound.set(valueKey(v), parts);
  }

  /** Says what a source of indices that no value stands for gives in the running scope. */
  bindSource(source: IndexSource, index: ValueId): void {
    this.scopes[this.scopes.length - 1]!.bound.set(source.key, [index]);
  }

  private boundSource(source: IndexSource): ValueId | undefined {
    for (let s = this.scopes.length - 1; s >= 0; s--) {
      const bound = this.scopes[s]!.bound.get(source.key);
      if (bound) return bound[0];
    }
    return undefined;
  }

  private keyOf(v: Value, at: readonly IndexExpr[]): string {
    let key = valueKey(v);
    for (const e of at) key += `,${e.key}`;
    return key;
  }

  /** The value of `v` at `at`: one lane where it does not vary with the vectorised axis. */
  value(v: Value, at: readonly IndexExpr[]): PartIds {
    const key = this.keyOf(v, at);
    for (let s = this.scopes.length - 1; s >= 0; s--) {
      const bound = this.scopes[s]!.bound.get(key) ?? this.scopes[s]!.bound.get(valueKey(v));
      if (bound) return bound;
    }
    const memoKey = this.chosen === undefined ? key : `${key}?${this.chosen}`;
    for (let s = this.scopes.length - 1; s >= 0; s--) {
      const known = this.scopes[s]!.memo.get(memoKey);
      if (known) return known;
    }
    const inside = this.options.members.has(v.producer) || isSplatConstant(this.options.rules.ops, v.producer);
    const parts = inside ? this.inline(v, at) : this.load(v, at);
    this.scopes[this.scopes.length - 1]!.memo.set(memoKey, parts);
    return parts;
  }

  private ruleOf(i: Instruction): EmitRule {
    const rule = this.options.rules.emitRule(i.opcode);
    if (!rule) throw new Error(`${i.opcode} has no emission rule`);
    return rule;
  }

  private inline(v: Value, at: readonly IndexExpr[]): PartIds {
    const i = v.producer;
    if (this.options.rules.ops.kind(i) === 'constant')
      return this.constant(v.tensorType, i.attributes.value as Literal);
    const { index } = this.ruleOf(i);
    if (index) {
      const view = { ...viewOf(i), source: (k: number) => sourceOf(i.operands[k]!) };
      return this.access(i, index(at, view), v.tensorType);
    }
    const args = i.operands.map((o) => this.value(o, o.tensorType.dims.length === 0 ? [] : at));
    return this.apply(i, args).map((r) => this.rounded(r, v.tensorType));
  }

  /** An instruction of a called computation on scalars: floats as they are computed, or in `wide`. */
  unrounded(i: Instruction, args: readonly PartIds[], wide: LaneType | undefined): PartIds {
    const { element } = i.result.tensorType;
    if (!isFloat(element)) return this.apply(i, args).map((r) => this.builder.convert(r, laneTypeOf(element)));
    return this.apply(i, args).map((r) => (wide ? this.builder.convert(r, wide) : r));
  }

  /** What the element rule makes of the operands' values, before any rounding to the result's type. */
  private apply(i: Instruction, args: readonly PartIds[]): PartIds {
    const type = i.result.tensorType;
    if (this.options.rules.ops.kind(i) === 'constant') return this.constant(type, i.attributes.value as Literal);
    const rule = this.ruleOf(i);
    const complex = isComplex(type.element) || args.some((a) => a.length > 1);
    if (!(complex ? rule.pair : rule.element)) {
      const what = complex ? 'complex numbers' : 'real numbers';
      throw new NotCompiled(i, `the emission rule of ${i.opcode} does not cover ${what}, so it cannot be compiled`);
    }
    return complex ? this.pair(rule, args, viewOf(i)) : [this.element(rule, args, viewOf(i))];
  }

  private element(rule: EmitRule, args: readonly PartIds[], view: OpView): ValueId {
    const lanes = args.map((a) => new Lane(a[0]!));
    const { id } = rule.element!(this.scalars, lanes, view);
    if (this.options.contract) this.allowContraction(id, args);
    return id;
  }

  /**
   * A rule that is one primitive relies on no rounding of its own parts, so its neighbours may join it. Not in f64: there a
   * result that agrees with every other implementation's, op by op, is worth more than an addition.
   */
  private allowContraction(id: ValueId, args: readonly PartIds[]): void {
    if (this.builder.typeOf(id).element === 'f64') return;
    const o = this.builder.operationOf(id);
    if (o?.op !== 'add' && o?.op !== 'sub' && o?.op !== 'mul') return;
    const isArgument = (v: ValueId) => args.some(([a]) => a === v || this.isSplatOf(v, a!));
    if (isArgument(o.a) && isArgument(o.b)) this.builder.allowContraction(id);
  }

  private isSplatOf(v: ValueId, a: ValueId): boolean {
    const o = this.builder.operationOf(v);
    if (o?.op === 'splat') return o.a === a;
    const c = this.builder.constantOf(a);
    return c !== undefined && this.builder.constantOf(v) === c;
  }

  private pair(rule: EmitRule, args: readonly PartIds[], view: OpView): ValueId[] {
    const parts = args.map((a) => a.map((id) => new Lane(id)) as unknown as Parts<Lane>);
    return rule.pair!(this.scalars, parts, view).map((l) => l.id);
  }

  /** Every op's result is rounded to its type; the types of values are wider for narrow floats. */
  private rounded(id: ValueId, type: TensorType): ValueId {
    const wide = laneTypeOf(type.element);
    const value = this.builder.convert(id, wide);
    return ELEMENT[type.element].class === 'float' && wide !== type.element
      ? this.builder.roundTo(value, type.element)
      : value;
  }

  private constant(type: TensorType, literal: Literal): PartIds {
    if (!literal.isSplat) throw new Error('stitching: a constant with many values must be a buffer');
    const data = literal.scalar();
    const read = isComplex(type.element)
      ? (k: number) => data[k] as number
      : (k: number) => reader(type.element)(data, k);
    const element = laneTypeOf(type.element);
    return Array.from({ length: data.length }, (_, k) =>
      this.builder.constant({ element, lanes: 1 }, read(k) as number | bigint),
    );
  }

  private access(i: Instruction, a: Access, result: TensorType): PartIds {
    if (a.kind === 'operand') return this.value(i.operands[a.operand]!, a.at);
    if (a.kind === 'position') {
      const vector = this.index.varies(a.value) ? this.index.vector!.lanes : 1;
      const raw = vector > 1 ? this.index.lanes(a.value, vector) : this.index.scalar(a.value);
      const re = this.rounded(raw, result);
      return isComplex(result.element)
        ? [re, this.builder.splat(this.builder.constant({ element: laneTypeOf(result.element), lanes: 1 }, 0), vector)]
        : [re];
    }
    const decided = decide(a.when);
    if (decided !== undefined) return this.access(i, decided ? a.then : a.else, result);
    const holds = this.index.predicate(a.when);
    const no = this.builder.unary('not', holds);
    const then = this.choosing(holds, () => this.access(i, a.then, result));
    const otherwise = this.choosing(no, () => this.access(i, a.else, result));
    return then.map((t, k) => this.scalars.select(new Lane(holds), new Lane(t), new Lane(otherwise[k]!)).id);
  }

  /** The value of `v` at `at` where `when` holds, else zero; `v` is not touched there. */
  valueOrZero(v: Value, at: readonly IndexExpr[], when: Predicate): PartIds {
    const decided = decide(when);
    if (decided === true) return this.value(v, at);
    const { element } = v.tensorType;
    const zero = this.builder.constant({ element: laneTypeOf(element), lanes: 1 }, 0);
    if (decided === false) return isComplex(element) ? [zero, zero] : [zero];
    const holds = this.index.predicate(when);
    const parts = this.choosing(holds, () => this.value(v, at));
    return parts.map((p) => this.scalars.select(new Lane(holds), new Lane(p), new Lane(zero)).id);
  }

  /** What `body` stitches is touched only where the condition holds. */
  choosing<T>(condition: ValueId, body: () => T): T {
    const outer = this.chosen;
    this.chosen = outer === undefined ? condition : this.index.both(outer, condition);
    try {
      return body();
    } finally {
      this.chosen = outer;
    }
  }

  /** Is the index inside the tensor wherever the running variables may be? Then no choice need guard the load. */
  private isInside(at: readonly IndexExpr[], dims: readonly number[]): boolean {
    return at.every((e, d) => {
      const r = range(e);
      return r.min >= 0 && r.max < dims[d]!;
    });
  }

  private load(v: Value, at: readonly IndexExpr[]): PartIds {
    const type = v.tensorType;
    const buffer = this.options.bufferOf(v);
    const offset = linearize(at, type.dims);
    const guard = this.chosen !== undefined && !this.isInside(at, type.dims) ? this.chosen : undefined;
    if (isComplex(type.element)) return [0, 1].map((part) => this.loadAt(buffer, offset, guard, { scale: 2, part }));
    return [this.loadAt(buffer, offset, guard, { scale: 1, part: 0 })];
  }

  private loadAt(
    buffer: number,
    offset: IndexExpr,
    guard: ValueId | undefined,
    { scale, part }: { scale: number; part: number },
  ): ValueId {
    const b = this.builder;
    const position = (v: ValueId): ValueId => {
      if (scale === 1) return v;
      const t = b.typeOf(v);
      return b.binary('add', b.binary('mul', v, b.constant(t, scale)), b.constant(t, part));
    };
    const vector = this.index.vector;
    if (!vector || !this.index.varies(offset)) return this.loadOne(buffer, position(this.index.scalar(offset)), guard);
    const guards = [this.exists, guard].filter((g) => g !== undefined);
    const mask = guards.length === 0 ? undefined : guards.reduce((p, q) => this.index.both(p, q));
    const spread = mask === undefined ? undefined : b.splat(mask, vector.lanes);
    const stride = this.index.strideOf(offset);
    if (scale === 1 && stride === 1) return b.load(buffer, this.index.scalar(offset), vector.lanes, spread);
    if (scale === 1 && stride === -1) return this.loadReversed(buffer, offset, vector.lanes, spread);
    const step = stride === undefined ? 0 : stride * scale;
    if (step >= 2 && step <= MAX_STRIDE) {
      const first = b.binary('mul', this.index.scalar(offset), b.index(scale));
      const load = { lanes: vector.lanes, stride: step, phase: part, span: scale, mask: spread };
      return loadStrided(b, buffer, first, load);
    }
    return b.gather(buffer, position(this.index.lanes(offset, vector.lanes)), spread);
  }

  /** One element for all lanes. Where a choice that varies guards it, the index is made safe instead. */
  private loadOne(buffer: number, index: ValueId, guard: ValueId | undefined): ValueId {
    const b = this.builder;
    if (guard === undefined) return b.load(buffer, index);
    if (b.typeOf(guard).lanes === 1) return b.load(buffer, index, 1, guard);
    const zero = b.index(0);
    const last = b.index(b.bufferCount(buffer) - 1);
    return b.load(buffer, b.binary('min', b.binary('max', index, zero), last));
  }

  /** Lane l is at offset − l: the lanes of the last ones' contiguous load, turned round. */
  private loadReversed(buffer: number, offset: IndexExpr, lanes: number, mask: ValueId | undefined): ValueId {
    const b = this.builder;
    const backwards = Array.from({ length: lanes }, (_, l) => lanes - 1 - l);
    const first = b.binary('sub', this.index.scalar(offset), b.index(lanes - 1));
    const turned = mask === undefined ? undefined : b.shuffle(mask, mask, backwards);
    const loaded = b.load(buffer, first, lanes, turned);
    return b.shuffle(loaded, loaded, backwards);
  }
}
