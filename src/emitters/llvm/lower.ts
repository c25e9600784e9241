/**
 * The body of a kernel in LLVM: values, statements, loops, accesses. How it is entered and where its buffers lie is the
 * machine's (lower-processor.ts, lower-gpu.ts). That buffers do not overlap is not told: loads come in a good order as
 * they are.
 */
import type llvm from 'llvm-bindings';
import {
  type Atomic,
  type BinaryOp,
  type Buffer,
  type Call,
  type For,
  type If,
  INDEX,
  type Kernel,
  type Let,
  type LoopType,
  type MmaElement,
  type Operation,
  type Scatter,
  type Stmt,
  type Store,
  type ValueId,
} from '../loop/ir.js';
import type { Ir, Pointer, Value } from './ir.js';
import { VIOLATE } from './leaves.js';
import * as memory from './memory.js';
import * as operations from './operations.js';

/** Buffers that the caller hands in, by parameter number. */
export const parameters = (kernel: Kernel): Buffer[] => kernel.buffers.filter((b) => b.space === 'global');

/** What a value of the loop IR is here: `value`, or, for an index, `value + plus`. */
interface Defined {
  readonly type: LoopType;
  readonly value: Value;
  /** Kept apart so that accesses a constant apart share the rest of their addresses. */
  readonly plus: number;
}

type Offset = Pick<Defined, 'value' | 'plus'>;

const isIndex = (t: LoopType): boolean => t.element === INDEX.element && t.lanes === 1;

export abstract class KernelLowering {
  private readonly defined: (Defined | undefined)[];
  private readonly constants = new Map<ValueId, number | bigint>();
  protected readonly pointers: Pointer[] = [];
  /** Where a checked kernel reports, and the block that ends it. */
  protected violation: { readonly record: llvm.Value; readonly end: llvm.BasicBlock } | undefined;
  protected streams = false;

  constructor(
    protected readonly ir: Ir,
    protected readonly kernel: Kernel,
  ) {
    this.defined = new Array(kernel.valueCount);
  }

  /** Adds the kernel, which the loop IR's verifier has passed, to the module under construction. */
  abstract run(): void;

  /** What only threads of a block can do. */
  protected abstract fromThread(type: LoopType, value: Value, lane: Value): Value;
  protected abstract loadWords(at: Pointer, lanes: number, index: ValueId): Value;
  protected abstract mma(element: MmaElement, a: Value, b: Value, c: Value): Value;
  protected abstract barrier(): void;
  protected abstract atomic(s: Atomic, at: Pointer): void;

  // Values

  protected define(id: ValueId, type: LoopType, value: Value, plus = 0): void {
    this.defined[id] = { type, value, plus };
  }

  protected value(id: ValueId): Value {
    return this.whole(this.defined[id]!);
  }

  /** The sum is made anew for each use, where it is sure to be defined; LLVM merges those that can be. */
  private whole({ value, plus }: Offset): Value {
    return plus === 0 ? value : this.ir.arithmetic('Add', value, this.ir.index(plus));
  }

  private typeOf(id: ValueId): LoopType {
    return this.defined[id]!.type;
  }

  private isConstant(id: ValueId): boolean {
    return this.constants.has(id);
  }

  protected mask(id: ValueId | undefined): Value | undefined {
    return id === undefined ? undefined : this.value(id);
  }

  // Statements

  protected block(statements: readonly Stmt[]): void {
    for (const s of statements) {
      switch (s.kind) {
        case 'let':
          this.let(s);
          break;
        case 'for':
          this.for(s);
          break;
        case 'if':
          this.if(s);
          break;
        case 'store':
          this.store(s);
          break;
        case 'scatter':
          this.scatter(s);
          break;
        case 'call':
          this.call(s);
          break;
        case 'atomic':
          this.atomic(s, this.contiguous(s.buffer, s.index, 1, this.mask(s.mask)));
          break;
        case 'barrier':
          this.barrier();
          break;
      }
    }
  }

  private let({ id, type, operation }: Let): void {
    const sum = isIndex(type) ? this.offsetOf(operation) : undefined;
    if (sum) this.define(id, type, sum.value, sum.plus);
    else this.define(id, type, this.operation(type, operation));
    if (operation.op === 'const') this.constants.set(id, operation.value);
  }

  /** Index arithmetic with its constant parts gathered. Sums and products wrap, so their order does not matter. */
  private offsetOf(o: Operation): Offset | undefined {
    if (o.op !== 'add' && o.op !== 'sub' && o.op !== 'mul') return undefined;
    const { ir } = this;
    const a = this.offset(o.a);
    const b = this.offset(o.b);
    const make = (): Offset | undefined => {
      if (o.op === 'mul') {
        if (!b.value)
          return a.value && { value: ir.arithmetic('Mul', a.value, ir.index(b.plus)), plus: a.plus * b.plus };
        if (!a.value) return { value: ir.arithmetic('Mul', b.value, ir.index(a.plus)), plus: a.plus * b.plus };
        return undefined;
      }
      const plus = o.op === 'add' ? a.plus + b.plus : a.plus - b.plus;
      if (!b.value) return a.value && { value: a.value, plus };
      if (!a.value) return o.op === 'add' ? { value: b.value, plus } : undefined;
      return { value: ir.arithmetic(o.op === 'add' ? 'Add' : 'Sub', a.value, b.value), plus };
    };
    const sum = make();
    return sum && Number.isSafeInteger(sum.plus) ? sum : undefined;
  }

  /** A constant is all `plus`. */
  private offset(id: ValueId): { readonly value: Value | undefined; readonly plus: number } {
    const constant = Number(this.constants.get(id));
    return Number.isSafeInteger(constant) ? { value: undefined, plus: constant } : this.defined[id]!;
  }

  private operation(type: LoopType, o: Operation): Value {
    const { ir } = this;
    switch (o.op) {
      case 'const':
        return operations.constant(ir, type, o.value);
      case 'fma':
        return ir.intrinsic('fma', [this.value(o.a), this.value(o.b), this.value(o.c)]);
      case 'select':
        return ir.select(this.value(o.cond), this.value(o.a), this.value(o.b));
      case 'cmp':
        return operations.compare(ir, o.how, this.typeOf(o.a), this.value(o.a), this.value(o.b));
      case 'convert':
        return operations.convert(ir, this.value(o.a), this.typeOf(o.a).element, type.element);
      case 'bitcast':
        return ir.bitcast(this.value(o.a), operations.kindOf(type.element));
      case 'roundTo':
        return operations.round(ir, this.value(o.a), type, o.to);
      case 'splat':
        return ir.splat(this.value(o.a), type.lanes);
      case 'lanes':
        return ir.lanes(operations.kindOf(type.element), type.lanes);
      case 'part':
        return ir.part(this.value(o.a), o.from, type.lanes);
      case 'any':
        return ir.reduce('or', this.value(o.a));
      case 'shuffle':
        return ir.shuffle(this.value(o.a), this.value(o.b), o.pattern);
      case 'load': {
        const mask = this.mask(o.mask);
        const at = this.contiguous(o.buffer, o.index, type.lanes, mask);
        return memory.load(ir, this.buffer(o.buffer).element, at, type.lanes, mask);
      }
      case 'gather': {
        const mask = this.mask(o.mask);
        const index = this.scattered(o.buffer, o.index, type.lanes, mask);
        return memory.gather(ir, this.buffer(o.buffer).element, this.pointers[o.buffer]!, index, mask);
      }
      case 'fromThread':
        return this.fromThread(type, this.value(o.a), this.value(o.lane));
      case 'loadWords':
        return this.loadWords(this.contiguous(o.buffer, o.index, 1, undefined), type.lanes, o.index);
      case 'mma':
        return this.mma(o.element, this.value(o.a), this.value(o.b), this.value(o.c));
      case 'neg':
      case 'abs':
      case 'sqrt':
      case 'floor':
      case 'ceil':
      case 'trunc':
      case 'roundEven':
      case 'not':
      case 'popcnt':
      case 'clz':
        return operations.unary(ir, o.op, type, this.value(o.a));
      default:
        return this.binary(type, o.op, o.a, o.b);
    }
  }

  protected binary(type: LoopType, op: BinaryOp, a: ValueId, b: ValueId): Value {
    const someConstant = this.isConstant(a) || this.isConstant(b);
    return operations.binary(this.ir, op, type, this.value(a), this.value(b), someConstant);
  }

  private store(s: Store): void {
    const value = this.value(s.value);
    const mask = this.mask(s.mask);
    const at = this.contiguous(s.buffer, s.index, value.lanes, mask);
    if (s.nontemporal) this.streams = true;
    memory.store(this.ir, this.buffer(s.buffer).element, value, at, mask, s.nontemporal);
  }

  private call({ symbol, args }: Call): void {
    const { ir } = this;
    const passed = args.map((a) => {
      if (a.kind === 'buffer') return ir.address(ir.offset(this.pointers[a.buffer]!, this.value(a.index)));
      if (a.kind === 's32' || a.kind === 's64') return ir.integer(a.kind === 's32' ? 'i32' : 'i64', 1, a.value).it;
      return ir.float(a.kind === 'f32' ? 'float' : 'double', 1, a.value).it;
    });
    ir.callVoid(symbol, passed);
  }

  private scatter(s: Scatter): void {
    const value = this.value(s.value);
    const mask = this.mask(s.mask);
    const index = this.scattered(s.buffer, s.index, value.lanes, mask);
    memory.scatter(this.ir, this.buffer(s.buffer).element, value, this.pointers[s.buffer]!, index, mask);
  }

  private if(s: If): void {
    const { ir } = this;
    const then = ir.block('then');
    const otherwise = ir.block('else');
    const after = ir.block('endif');
    ir.branch(this.value(s.cond), then, otherwise);
    for (const [block, statements] of [
      [then, s.then],
      [otherwise, s.else],
    ] as const) {
      ir.at(block);
      this.block(statements);
      ir.go(after);
    }
    ir.at(after);
  }

  // Loops

  private for(s: For): void {
    const once = (iv: Value, carried: readonly Value[], plus = 0): Value[] => {
      this.define(s.iv, INDEX, iv, plus);
      for (const [i, c] of s.carried.entries()) this.define(c.param, c.type, carried[i]!);
      this.block(s.body);
      return s.carried.map((c) => this.value(c.next));
    };
    const inits = s.carried.map((c) => this.value(c.init));
    const results = this.unrolled(s, inits, once);
    for (const [i, c] of s.carried.entries()) this.define(c.result, c.type, results[i]!);
  }

  private unrolled(
    s: For,
    inits: Value[],
    once: (iv: Value, carried: readonly Value[], plus?: number) => Value[],
  ): Value[] {
    const { ir } = this;
    const lo = this.value(s.lo);
    const hi = this.value(s.hi);
    const from = this.constants.get(s.lo);
    const to = this.constants.get(s.hi);
    const known = from !== undefined && to !== undefined;
    const trips = known ? Math.max(0, Math.ceil((Number(to) - Number(from)) / s.step)) : undefined;
    const times = Math.max(1, Math.min(s.unroll ?? 1, trips ?? Number.POSITIVE_INFINITY));
    const several = (iv: Value, carried: readonly Value[]): Value[] => {
      let values = [...carried];
      for (let u = 0; u < times; u++) values = once(iv, values, u * s.step);
      return values;
    };
    if (trips !== undefined && trips === times) return several(lo, inits);
    if (trips === 0) return inits;
    if (times === 1) return this.repeat(lo, hi, s.step, inits, once, known, trips).carried;
    const stride = times * s.step;
    if (trips !== undefined && trips % times === 0) {
      return this.repeat(lo, hi, stride, inits, several, true, trips / times).carried;
    }
    // Whole groups first: one starts where its last iteration still lies below hi.
    const groupsEnd = ir.arithmetic('Sub', hi, ir.index(stride - s.step));
    const groups = this.repeat(lo, groupsEnd, stride, inits, several, known, trips && Math.floor(trips / times));
    return this.repeat(groups.iv, hi, s.step, groups.carried, once).carried;
  }

  /**
   * for iv in lo … < hi by step, with carried values; says where iv ended. `runs`: known to run at least once. `trips`,
   * where known, tell the register allocator which loops are hot.
   */
  protected repeat(
    lo: Value,
    hi: Value,
    step: number,
    inits: readonly Value[],
    body: (iv: Value, carried: readonly Value[]) => readonly Value[],
    runs = false,
    trips?: number,
  ): { iv: Value; carried: Value[] } {
    const { ir } = this;
    const inside = ir.block('loop');
    const after = ir.block('done');
    const before = ir.here();
    if (runs) ir.go(inside);
    else ir.branch(ir.test('SLT', lo, hi), inside, after);

    ir.at(inside);
    const phis = [lo, ...inits].map((v) => ir.phi(v.kind, v.lanes));
    for (const [i, init] of [lo, ...inits].entries()) ir.incoming(phis[i]!, init, before);
    const [iv, ...params] = phis as [(typeof phis)[0], ...typeof phis];
    const carried = body(iv, params);
    const next = [ir.arithmetic('Add', iv, ir.index(step)), ...carried];
    const latch = ir.here();
    const goesOn = ir.test('SLT', next[0]!, hi);
    ir.branch(trips === undefined ? goesOn : ir.likely(goesOn, 1 - 1 / trips), inside, after);
    for (const [i, v] of next.entries()) ir.incoming(phis[i]!, v, latch);

    ir.at(after);
    const last = next.map((v, i) => {
      const phi = ir.phi(v.kind, v.lanes);
      if (!runs) ir.incoming(phi, [lo, ...inits][i]!, before);
      ir.incoming(phi, v, latch);
      return phi;
    });
    return { iv: last[0]!, carried: last.slice(1) };
  }

  // Accesses

  /** What an index is known to be a multiple of, where that matters. */
  protected multipleOf(_index: ValueId): number {
    return 1;
  }

  private buffer(id: number): Buffer {
    return this.kernel.buffers[id]!;
  }

  private contiguous(buffer: number, index: ValueId, lanes: number, mask: Value | undefined): Pointer {
    const { count } = this.buffer(buffer);
    const { value, plus } = this.defined[index]!;
    if (this.violation) {
      const i = this.whole({ value, plus });
      if (mask) this.checkLanes(buffer, this.laneIndices(i, lanes), mask);
      else if (count < lanes) this.check(buffer, this.ir.boolean(true), i);
      else this.check(buffer, this.ir.test('UGT', i, this.ir.index(count - lanes)), i);
    }
    const start = this.ir.offset(this.pointers[buffer]!, value);
    const at = plus === 0 ? start : this.ir.offset(start, this.ir.index(plus));
    return { ...at, multiple: this.multipleOf(index) };
  }

  private scattered(buffer: number, index: ValueId, lanes: number, mask: Value | undefined): Value {
    const value = this.value(index);
    if (this.violation) {
      const wide = value.kind === 'i32' ? this.ir.cast('SExt', value, 'i64') : value;
      this.checkLanes(buffer, wide, mask ?? this.ir.boolean(true, lanes));
    }
    return value;
  }

  private laneIndices(first: Value, lanes: number): Value {
    const { ir } = this;
    return ir.arithmetic('Add', ir.splat(first, lanes), ir.lanes('i64', lanes));
  }

  private checkLanes(buffer: number, indices: Value, mask: Value): void {
    const { ir } = this;
    const outside = ir.test('UGE', indices, ir.integer('i64', indices.lanes, this.buffer(buffer).count));
    const bad = ir.arithmetic('And', outside, mask);
    const shown = ir.reduce('umax', ir.select(bad, indices, ir.zero('i64', indices.lanes)));
    this.check(buffer, ir.reduce('or', bad), shown);
  }

  /** Where `bad`: reports the access and leaves the kernel. */
  private check(buffer: number, bad: Value, index: Value): void {
    const { ir } = this;
    const { record, end } = this.violation!;
    const report = ir.block('violation');
    const fine = ir.block('inside');
    ir.branch(bad, report, fine);
    ir.at(report);
    ir.callLeaf(VIOLATE, [record, ir.index(buffer).it, index.it, this.value(this.kernel.task).it]);
    ir.go(end);
    ir.at(fine);
  }
}
