/**
 * Builds a kernel: types checked as it goes, equal operations emitted once, and every pure operation placed in the
 * outermost block that its operands allow (so loop invariants need no pass of their own).
 */
import type { ElementType } from '../../hlo/types.js';
import type { ForeignLibrary } from '../../rules/library.js';
import {
  type AtomicOp,
  type BinaryOp,
  type Buffer,
  type CallArgument,
  type Carried,
  type CompareOp,
  INDEX,
  type Kernel,
  type LaneType,
  type Let,
  type LoopType,
  laneTypeOf,
  type MmaElement,
  type Operation,
  type Stmt,
  sameLoopType,
  showLoopType,
  type UnaryOp,
  type ValueId,
  WARP,
} from './ir.js';

import { mayFault, operandsOf, operationKey } from './operation.js';
import { forEachStatement } from './walk.js';

interface Block {
  readonly depth: number;
  readonly statements: Stmt[];
  /** Operation text → value, for those placed in this block. */
  readonly known: Map<string, ValueId>;
  /** A branch of an `if`: what may fault must not be hoisted out of it. */
  readonly guarded: boolean;
}

interface Definition {
  readonly type: LoopType;
  readonly depth: number;
  readonly constant?: number | bigint;
  /** Absent for loop variables, carried values and the task. */
  statement?: Let;
}

export class KernelBuilder {
  private readonly definitions: Definition[] = [];
  private readonly buffers: Buffer[] = [];
  private readonly blocks: Block[] = [{ depth: 0, statements: [], known: new Map(), guarded: false }];
  readonly task: ValueId;
  private readonly ownThread: ValueId | undefined;

  constructor(
    readonly name: string,
    readonly tasks: number,
    /** Of a kernel of blocks: threads of each. */
    readonly threads?: number,
  ) {
    this.task = this.define(INDEX, 0);
    if (threads !== undefined) this.ownThread = this.define(INDEX, 0);
  }

  /** The running thread's number in its block, in a kernel of blocks. */
  get thread(): ValueId {
    if (this.ownThread === undefined) throw new Error('loop IR: this kernel has no blocks of threads');
    return this.ownThread;
  }

  /** The running thread's number in its warp. */
  get lane(): ValueId {
    return this.binary('and', this.thread, this.index(WARP - 1));
  }

  /** The number of the running thread's warp in its block. */
  get warp(): ValueId {
    return this.binary('shrl', this.thread, this.index(Math.log2(WARP)));
  }

  buffer(
    name: string,
    element: ElementType,
    count: number,
    access: Buffer['access'],
    space: Buffer['space'] = 'global',
  ): number {
    const id = this.buffers.length;
    this.buffers.push({ id, name, element, count, access, space });
    return id;
  }

  /** Size of a buffer in elements. */
  bufferCount(buffer: number): number {
    return this.buffers[buffer]!.count;
  }

  typeOf(v: ValueId): LoopType {
    return this.definitions[v]!.type;
  }

  /** The value of a constant index or number, where it is one. */
  constantOf(v: ValueId): number | bigint | undefined {
    return this.definitions[v]!.constant;
  }

  /** Number of blocks around the place where the value is defined. */
  depthOf(v: ValueId): number {
    return this.definitions[v]!.depth;
  }

  private get current(): Block {
    return this.blocks[this.blocks.length - 1]!;
  }

  private define(type: LoopType, depth: number, constant?: number | bigint): ValueId {
    this.definitions.push(constant === undefined ? { type, depth } : { type, depth, constant });
    return this.definitions.length - 1;
  }

  /** Outermost block where all of `operands` are defined and, if the operation may fault, no `if` is left. */
  private placeFor(operands: readonly ValueId[], mayFault: boolean): Block {
    let depth = 0;
    for (const v of operands) depth = Math.max(depth, this.definitions[v]!.depth);
    if (mayFault) for (const b of this.blocks) if (b.guarded) depth = Math.max(depth, b.depth);
    const block = this.blocks[depth];
    if (!block) throw new Error('loop IR: a value is used outside the block that defines it');
    return block;
  }

  emit(type: LoopType, operation: Operation, options: { pinned?: boolean } = {}): ValueId {
    const operands = operandsOf(operation);
    const block = options.pinned ? this.current : this.placeFor(operands, mayFault(operation));
    const key = `${type.element}*${type.lanes} ${operationKey(operation)}`;
    const known = options.pinned ? undefined : block.known.get(key);
    if (known !== undefined) return known;
    const constant = operation.op === 'const' ? operation.value : undefined;
    const id = this.define(type, block.depth, constant);
    const statement: Let = { kind: 'let', id, type, operation };
    block.statements.push(statement);
    this.definitions[id]!.statement = statement;
    if (!options.pinned) block.known.set(key, id);
    return id;
  }

  /** The operation that defines a value, where one does. */
  operationOf(v: ValueId): Operation | undefined {
    return this.definitions[v]!.statement?.operation;
  }

  /** Allows `v`, an add, sub or mul, to join a neighbour that allows it too in an fma. */
  allowContraction(v: ValueId): void {
    const statement = this.definitions[v]!.statement;
    if (statement) statement.contract = true;
  }

  constant(type: LoopType, value: number | bigint): ValueId {
    return this.emit(type, { op: 'const', value });
  }

  index(value: number): ValueId {
    return this.constant(INDEX, value);
  }

  unary(op: UnaryOp, a: ValueId): ValueId {
    return this.emit(this.typeOf(a), { op, a });
  }

  binary(op: BinaryOp, a: ValueId, b: ValueId): ValueId {
    this.requireSame(op, a, b);
    const folded = this.foldIndex(op, a, b);
    if (folded !== undefined) return folded;
    return this.emit(this.typeOf(a), { op, a, b });
  }

  /** Index arithmetic on constants, and by 0 and 1, is done here: it dominates the text of a kernel otherwise. */
  private foldIndex(op: BinaryOp, a: ValueId, b: ValueId): ValueId | undefined {
    if (!sameLoopType(this.typeOf(a), INDEX)) return undefined;
    const x = this.constantOf(a);
    const y = this.constantOf(b);
    if (op === 'add') {
      if (x === 0) return b;
      if (y === 0) return a;
    } else if (op === 'mul') {
      if (x === 1) return b;
      if (y === 1) return a;
      if (x === 0 || y === 0) return this.index(0);
    } else if (op === 'sub') {
      if (y === 0) return a;
    } else {
      return undefined;
    }
    if (x === undefined || y === undefined) return undefined;
    const [p, q] = [Number(x), Number(y)];
    const result = op === 'add' ? p + q : op === 'mul' ? p * q : p - q;
    // Beyond 2^53 doubles are no longer exact; such numbers are data, not indices.
    return [p, q, result].every(Number.isSafeInteger) ? this.index(result) : undefined;
  }

  fma(a: ValueId, b: ValueId, c: ValueId): ValueId {
    this.requireSame('fma', a, b);
    this.requireSame('fma', a, c);
    return this.emit(this.typeOf(a), { op: 'fma', a, b, c });
  }

  compare(how: CompareOp, a: ValueId, b: ValueId): ValueId {
    this.requireSame(how, a, b);
    return this.emit({ element: 'pred', lanes: this.typeOf(a).lanes }, { op: 'cmp', how, a, b });
  }

  select(cond: ValueId, a: ValueId, b: ValueId): ValueId {
    this.requireSame('select', a, b);
    if (a === b) return a;
    return this.emit(this.typeOf(a), { op: 'select', cond, a, b });
  }

  convert(a: ValueId, element: LaneType): ValueId {
    const t = this.typeOf(a);
    return t.element === element ? a : this.emit({ element, lanes: t.lanes }, { op: 'convert', a });
  }

  bitcast(a: ValueId, element: LaneType): ValueId {
    const t = this.typeOf(a);
    return t.element === element ? a : this.emit({ element, lanes: t.lanes }, { op: 'bitcast', a });
  }

  roundTo(a: ValueId, to: ElementType): ValueId {
    return this.emit(this.typeOf(a), { op: 'roundTo', a, to });
  }

  /** The value in `lanes` lanes: as it is, or a one-lane value spread. */
  splat(a: ValueId, lanes: number): ValueId {
    const t = this.typeOf(a);
    if (t.lanes === lanes) return a;
    if (t.lanes !== 1) throw new Error(`loop IR: cannot spread ${showLoopType(t)} over ${lanes} lanes`);
    const c = this.constantOf(a);
    if (c !== undefined) return this.constant({ element: t.element, lanes }, c);
    return this.emit({ element: t.element, lanes }, { op: 'splat', a });
  }

  lanes(type: LoopType): ValueId {
    return this.emit(type, { op: 'lanes' });
  }

  part(a: ValueId, from: number, lanes: number): ValueId {
    return this.emit({ element: this.typeOf(a).element, lanes }, { op: 'part', a, from });
  }

  /** Whether some lane is set. */
  any(a: ValueId): ValueId {
    return this.typeOf(a).lanes === 1 ? a : this.emit({ element: 'pred', lanes: 1 }, { op: 'any', a });
  }

  shuffle(a: ValueId, b: ValueId, pattern: readonly number[]): ValueId {
    this.requireSame('shuffle', a, b);
    return this.emit({ element: this.typeOf(a).element, lanes: pattern.length }, { op: 'shuffle', a, b, pattern });
  }

  /** Loads from buffers that the kernel writes stay where they are; the others are hoisted like any pure operation. */
  load(buffer: number, index: ValueId, lanes = 1, mask?: ValueId): ValueId {
    const b = this.buffers[buffer]!;
    const operation: Operation =
      mask === undefined ? { op: 'load', buffer, index } : { op: 'load', buffer, index, mask };
    return this.emit({ element: laneTypeOf(b.element), lanes }, operation, { pinned: b.access !== 'read' });
  }

  gather(buffer: number, index: ValueId, mask?: ValueId): ValueId {
    const b = this.buffers[buffer]!;
    const type = { element: laneTypeOf(b.element), lanes: this.typeOf(index).lanes };
    const operation: Operation =
      mask === undefined ? { op: 'gather', buffer, index } : { op: 'gather', buffer, index, mask };
    return this.emit(type, operation, { pinned: b.access !== 'read' });
  }

  fromThread(a: ValueId, lane: ValueId): ValueId {
    return this.emit(this.typeOf(a), { op: 'fromThread', a, lane }, { pinned: true });
  }

  loadWords(buffer: number, index: ValueId, lanes: number): ValueId {
    return this.emit({ element: 'u32', lanes }, { op: 'loadWords', buffer, index }, { pinned: true });
  }

  mma(element: MmaElement, a: ValueId, b: ValueId, c: ValueId): ValueId {
    return this.emit(this.typeOf(c), { op: 'mma', element, a, b, c }, { pinned: true });
  }

  barrier(): void {
    this.current.statements.push({ kind: 'barrier' });
  }

  atomic(how: AtomicOp, buffer: number, index: ValueId, value: ValueId, mask?: ValueId): void {
    const where = mask === undefined ? {} : { mask };
    this.current.statements.push({ kind: 'atomic', how, buffer, index, value, ...where });
  }

  store(buffer: number, index: ValueId, value: ValueId, options: { mask?: ValueId; nontemporal?: boolean } = {}): void {
    this.current.statements.push({ kind: 'store', buffer, index, value, ...options });
  }

  scatter(buffer: number, index: ValueId, value: ValueId, mask?: ValueId): void {
    this.current.statements.push(
      mask === undefined ? { kind: 'scatter', buffer, index, value } : { kind: 'scatter', buffer, index, value, mask },
    );
  }

  /**
   * `for label in lo, lo + step … < hi` with values carried through; `body` gives their next values, the call their
   * last. Values that `body` defines are out of scope afterwards.
   */
  loop(
    label: string,
    lo: ValueId,
    hi: ValueId,
    step: number,
    inits: readonly ValueId[],
    body: (iv: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
    unroll?: number,
  ): ValueId[] {
    const outer = this.current;
    const block: Block = { depth: outer.depth + 1, statements: [], known: new Map(), guarded: false };
    this.blocks.push(block);
    const iv = this.define(INDEX, block.depth);
    const params = inits.map((v) => this.define(this.typeOf(v), block.depth));
    const nexts = body(iv, params);
    this.blocks.pop();
    const carried: Carried[] = inits.map((init, i) => {
      const next = nexts[i]!;
      const type = this.typeOf(init);
      if (!sameLoopType(type, this.typeOf(next))) {
        throw new Error(
          `loop IR: ${label} carries ${showLoopType(type)} but goes on with ${showLoopType(this.typeOf(next))}`,
        );
      }
      return { init, param: params[i]!, next, result: this.define(type, outer.depth), type };
    });
    outer.statements.push({
      kind: 'for',
      iv,
      label,
      lo,
      hi,
      step,
      carried,
      body: block.statements,
      ...(unroll === undefined ? {} : { unroll }),
    });
    return carried.map((c) => c.result);
  }

  if(cond: ValueId, then: () => void, otherwise: () => void = () => {}): void {
    const branch = (f: () => void): Stmt[] => {
      const block: Block = { depth: this.current.depth + 1, statements: [], known: new Map(), guarded: true };
      this.blocks.push(block);
      f();
      this.blocks.pop();
      return block.statements;
    };
    const outer = this.current;
    outer.statements.push({ kind: 'if', cond, then: branch(then), else: branch(otherwise) });
  }

  finish(): Kernel {
    if (this.blocks.length !== 1) throw new Error('loop IR: a block is still open');
    const body = this.blocks[0]!.statements;
    const buffers = this.buffers.map((b) => ({ ...b, id: this.finalBuffer(b.id) })).sort((p, q) => p.id - q.id);
    if (buffers.some((b, k) => b.name !== this.buffers[k]!.name)) this.renumberBuffers(body);
    return {
      name: this.name,
      buffers,
      tasks: this.tasks,
      task: this.task,
      ...(this.threads === undefined ? {} : { block: { threads: this.threads, thread: this.thread } }),
      body,
      valueCount: this.definitions.length,
    };
  }

  /** The number that a buffer has in the finished kernel: parameters first, locals behind them. */
  finalBuffer(buffer: number): number {
    const { space } = this.buffers[buffer]!;
    const before = (b: Buffer) =>
      (b.space === 'global') === (space === 'global') ? b.id < buffer : b.space === 'global';
    return this.buffers.filter(before).length;
  }

  call(library: ForeignLibrary, symbol: string, args: readonly CallArgument[]): void {
    this.current.statements.push({ kind: 'call', library, symbol, args });
  }

  private renumberBuffers(body: readonly Stmt[]): void {
    const renumber = (o: { buffer: number }): void => {
      o.buffer = this.finalBuffer(o.buffer);
    };
    forEachStatement(body, (s) => {
      if (s.kind === 'store' || s.kind === 'scatter' || s.kind === 'atomic') renumber(s);
      else if (s.kind === 'let' && 'buffer' in s.operation) renumber(s.operation);
      else if (s.kind === 'call') for (const a of s.args) if (a.kind === 'buffer') renumber(a);
    });
  }

  private requireSame(op: string, a: ValueId, b: ValueId): void {
    if (sameLoopType(this.typeOf(a), this.typeOf(b))) return;
    throw new Error(`loop IR: ${op} of ${showLoopType(this.typeOf(a))} and ${showLoopType(this.typeOf(b))}`);
  }
}
