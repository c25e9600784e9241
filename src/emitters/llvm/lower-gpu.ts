/**
 * A kernel for a graphics processor: a function of its buffers' addresses, each at the start of 16 bytes at least. The
 * grid has a block for each task; or, where tasks are single threads, as many blocks of `TASK_THREADS` as it takes.
 */
import { ELEMENT, isFloat } from '../../hlo/types.js';
import {
  type Atomic,
  type BinaryOp,
  INDEX,
  type Kernel,
  type LoopType,
  type MmaElement,
  type ValueId,
  WARP,
} from '../loop/ir.js';
import { sharedLayout, TASK_THREADS } from '../loop/launch.js';
import { multiplesOf } from '../loop/multiples.js';
import { type Range, rangesOf } from '../loop/ranges.js';
import type { Ir, Pointer, Value } from './ir.js';
import { atomicLeaves, mmaLeaf, remainderLeaf, SHARED } from './leaves-gpu.js';
import { KIND_BITS, type Kind } from './llvm14.js';
import { KernelLowering, parameters } from './lower.js';
import { memoryKind, when } from './memory.js';
import { kindOf } from './operations.js';

/** Adds a kernel, which the loop IR's verifier has passed, to the module under construction. */
export function lowerGpuKernel(ir: Ir, kernel: Kernel): void {
  new GpuKernel(ir, kernel).run();
}

class GpuKernel extends KernelLowering {
  private readonly multiples: readonly number[];
  private readonly ranges: readonly Range[];

  constructor(ir: Ir, kernel: Kernel) {
    super(ir, kernel);
    this.multiples = multiplesOf(kernel);
    this.ranges = rangesOf(kernel);
  }

  run(): void {
    const { ir, kernel } = this;
    const globals = parameters(kernel);
    const addresses = ir.begin(
      kernel.name,
      globals.map((b) => ir.lib.pointer(memoryKind(b.element))),
    );
    for (const [p, b] of globals.entries()) this.pointers[b.id] = { it: addresses[p]!, kind: memoryKind(b.element) };
    this.ownBuffers();
    const end = ir.block('end');
    const block = this.special('ctaid');
    const thread = this.special('tid');
    if (kernel.block) {
      this.define(kernel.task, INDEX, block);
      this.define(kernel.block.thread, INDEX, thread);
    } else {
      const first = ir.arithmetic('Mul', block, ir.index(TASK_THREADS));
      const task = ir.arithmetic('Add', first, thread);
      const inside = ir.block('task');
      ir.branch(ir.test('SLT', task, ir.index(kernel.tasks)), inside, end);
      ir.at(inside);
      this.define(kernel.task, INDEX, task);
    }
    this.block(kernel.body);
    ir.go(end);
    ir.at(end);
    ir.ret();
  }

  private ownBuffers(): void {
    const { ir, kernel } = this;
    const { offsets } = sharedLayout(kernel);
    for (const b of kernel.buffers) {
      const kind = memoryKind(b.element);
      if (b.space === 'local') this.pointers[b.id] = ir.stack(kind, (b.count * KIND_BITS[kind]) / 8);
      if (b.space !== 'shared') continue;
      this.pointers[b.id] = ir.callAddress(SHARED, [ir.index(offsets.get(b.id)!).it], kind);
    }
  }

  /** A special register's x, as an index. */
  private special(name: string): Value {
    const { ir } = this;
    return ir.cast('ZExt', ir.call(`llvm.nvvm.read.ptx.sreg.${name}.x`, 'i32', 1, []), 'i64');
  }

  protected override binary(type: LoopType, op: BinaryOp, a: ValueId, b: ValueId): Value {
    if (op === 'rem' && isFloat(type.element)) return this.floatRemainder(this.value(a), this.value(b));
    const isQuotient = (op === 'div' || op === 'rem') && type.element === 's64' && type.lanes === 1;
    return isQuotient && this.isSmall(a) && this.isSmall(b)
      ? this.smallQuotient(op, this.value(a), this.value(b))
      : super.binary(type, op, a, b);
  }

  private isSmall(v: ValueId): boolean {
    const { lo, hi } = this.ranges[v]!;
    return lo >= 0 && hi < 2 ** 31;
  }

  /** 64-bit quotients are whole subroutines; those of small numbers are made of 32 bits. */
  private smallQuotient(op: 'div' | 'rem', a: Value, b: Value): Value {
    const { ir } = this;
    const quotient = ir.arithmetic(op === 'div' ? 'UDiv' : 'URem', ir.resize(a, 'i32'), ir.resize(b, 'i32'));
    return ir.resize(quotient, 'i64');
  }

  /** Lane by lane. */
  private floatRemainder(a: Value, b: Value): Value {
    const { ir } = this;
    const leaf = remainderLeaf(a.kind as 'float' | 'double');
    const lanes = Array.from(
      { length: a.lanes },
      (_, l) => ir.callLeaf(leaf, [ir.part(a, l, 1).it, ir.part(b, l, 1).it])!,
    );
    let all = lanes;
    while (all.length > 1) {
      const pattern = Array.from({ length: 2 * all[0]!.lanes }, (_, l) => l);
      all = Array.from({ length: all.length / 2 }, (_, k) => ir.shuffle(all[2 * k]!, all[2 * k + 1]!, pattern));
    }
    return all[0]!;
  }

  protected override multipleOf(index: ValueId): number {
    return this.multiples[index]!;
  }

  protected barrier(): void {
    this.ir.callVoid('llvm.nvvm.barrier0', []);
  }

  protected loadWords(at: Pointer, lanes: number, index: ValueId): Value {
    const { ir } = this;
    const each = 32 / KIND_BITS[at.kind];
    const it = ir.builder.CreateBitCast(at.it, ir.lib.pointer('i32'));
    return ir.load({ it, kind: 'i32', multiple: this.multipleOf(index) / each }, lanes);
  }

  protected mma(element: MmaElement, a: Value, b: Value, c: Value): Value {
    return this.ir.callLeaf(mmaLeaf(element), [a.it, b.it, c.it])!;
  }

  protected fromThread({ element }: LoopType, value: Value, lane: Value): Value {
    const { ir, kernel } = this;
    const kind = kindOf(element);
    const bits = KIND_BITS[kind];
    const whole: Kind = bits === 64 ? 'i64' : 'i32';
    const pattern = isFloat(element) ? ir.bitcast(value, whole) : ir.resize(value, whole);
    const low = this.exchange(bits === 64 ? ir.resize(pattern, 'i32') : pattern, lane, kernel.block!.threads);
    let taken = low;
    if (bits === 64) {
      const high = ir.resize(ir.arithmetic('LShr', pattern, ir.index(32)), 'i32');
      const shifted = ir.arithmetic(
        'Shl',
        ir.resize(this.exchange(high, lane, kernel.block!.threads), 'i64'),
        ir.index(32),
      );
      taken = ir.arithmetic('Or', ir.resize(low, 'i64'), shifted);
    }
    if (isFloat(element)) return ir.bitcast(taken, kind);
    return kind === 'i1' ? ir.test('NE', taken, ir.zero('i32', 1)) : ir.resize(taken, kind);
  }

  private exchange(word: Value, lane: Value, threads: number): Value {
    const { ir } = this;
    const members = ir.integer('i32', 1, threads >= WARP ? -1 : 2 ** threads - 1);
    const from = ir.resize(lane, 'i32');
    const args = [members, word, from, ir.integer('i32', 1, WARP - 1)].map((v) => v.it);
    return ir.call('llvm.nvvm.shfl.sync.idx.i32', 'i32', 1, args);
  }

  protected atomic(s: Atomic, at: Pointer): void {
    const { ir } = this;
    const { element } = this.kernel.buffers[s.buffer]!;
    const sort = ELEMENT[element].class as 'float' | 'signed' | 'unsigned';
    const [leaf, ...callees] = atomicLeaves(s.how, at.kind, sort);
    for (const callee of callees) ir.leaves.set(callee.name, callee);
    const update = () => ir.callLeaf(leaf, [at.it, this.value(s.value).it]);
    const mask = this.mask(s.mask);
    if (mask) when(ir, mask, update);
    else update();
  }
}
