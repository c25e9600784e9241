/** Checks that a kernel is what ir.ts says: definitions before uses and in scope, types, buffers' access. */
import { ELEMENT, isElementType, isFloat, isInteger, isUnsigned } from '../../hlo/types.js';
import {
  type Buffer,
  type For,
  INDEX,
  type Kernel,
  type LaneType,
  type Let,
  type LoopType,
  laneTypeOf,
  type Operation,
  type Stmt,
  sameLoopType,
  showLoopType,
  type ValueId,
} from './ir.js';
import { statementLines } from './print.js';
import { operandsOfStatement } from './walk.js';

/** What is wrong with the kernel, a sentence each with the statement's text; empty for a correct one. */
export function verifyKernel(kernel: Kernel): string[] {
  const { problems } = new Verifier(kernel);
  if (problems.length === 0) return [];
  const lines = statementLines(kernel);
  return problems.map(({ what, where }) => {
    const text =
      where && (lines.get(where) ?? (where.kind === 'let' ? `${where.operation.op}, value ${where.id}` : ''));
    return text ? `kernel ${kernel.name}: ${what}, in: ${text}` : `kernel ${kernel.name}: ${what}`;
  });
}

const isLaneType = (t: LaneType): boolean => isElementType(t) && laneTypeOf(t) === t && ELEMENT[t].class !== 'complex';
const isNumeric = (t: LaneType): boolean => t !== 'pred';
const isPositiveInteger = (n: number): boolean => Number.isSafeInteger(n) && n > 0;

class Verifier {
  readonly problems: { what: string; where: Stmt | undefined }[] = [];
  private readonly types: (LoopType | undefined)[] = [];
  /** Values whose block is open. */
  private readonly inScope: boolean[] = [];
  private where: Stmt | undefined;

  constructor(private readonly kernel: Kernel) {
    kernel.buffers.forEach((b, i) => {
      this.buffer(b, i);
    });
    this.require(Number.isSafeInteger(kernel.tasks) && kernel.tasks >= 0, `${kernel.tasks} is no number of tasks`);
    const opened: ValueId[] = [];
    this.define(kernel.task, INDEX, opened);
    if (kernel.block) {
      this.require(isPositiveInteger(kernel.block.threads), `${kernel.block.threads} is no number of threads`);
      this.define(kernel.block.thread, INDEX, opened);
    }
    this.block(kernel.body, opened);
  }

  private require(holds: boolean, what: string): void {
    if (!holds) this.problems.push({ what, where: this.where });
  }

  private buffer(b: Buffer, i: number): void {
    this.require(b.id === i, `buffer ${b.name} has id ${b.id} at place ${i}`);
    this.require(Number.isSafeInteger(b.count) && b.count >= 0, `buffer ${b.name} cannot have ${b.count} elements`);
    this.require(
      b.space === 'global' || b.access === 'readwrite',
      `${b.space} buffer ${b.name} must be readwrite, not ${b.access}`,
    );
    this.require(
      b.space !== 'shared' || this.kernel.block !== undefined,
      `buffer ${b.name} is shared, but the kernel has no blocks of threads`,
    );
    this.require(
      b.space !== 'global' || this.kernel.buffers.slice(0, i).every((c) => c.space === 'global'),
      `buffer ${b.name} is a parameter but stands behind one of the kernel's own`,
    );
  }

  private define(v: ValueId, type: LoopType, block: ValueId[]): void {
    if (!Number.isInteger(v) || v < 0 || v >= this.kernel.valueCount) {
      this.require(false, `value ${v} is outside 0 … ${this.kernel.valueCount - 1}`);
      return;
    }
    this.require(this.types[v] === undefined, `value ${v} is defined twice`);
    this.require(isLaneType(type.element), `${type.element} is no type of values`);
    this.require(isPositiveInteger(type.lanes), `a value cannot have ${type.lanes} lanes`);
    this.types[v] = type;
    this.inScope[v] = true;
    block.push(v);
  }

  /** The type of a value that is read here, or undefined, with the problem told. */
  private read(v: ValueId): LoopType | undefined {
    const type = this.types[v];
    if (!type) this.require(false, `value ${v} is read before it is defined`);
    else if (!this.inScope[v]) this.require(false, `value ${v} is read outside the block that defines it`);
    return type;
  }

  private readAs(v: ValueId, expected: LoopType, role: string): void {
    const type = this.types[v];
    if (type && !sameLoopType(type, expected)) {
      this.require(false, `the ${role} is ${showLoopType(type)}, not ${showLoopType(expected)}`);
    }
  }

  /** `defined`: values that belong to the block from its start; all of its values leave scope at its end. */
  private block(body: readonly Stmt[], defined: ValueId[], atEnd: () => void = () => {}): void {
    for (const s of body) {
      this.where = s;
      for (const v of operandsOfStatement(s)) this.read(v);
      if (s.kind === 'let') {
        this.operation(s);
        this.define(s.id, s.type, defined);
      } else if (s.kind === 'for') {
        this.for(s);
        this.where = s;
        for (const c of s.carried) this.define(c.result, c.type, defined);
      } else if (s.kind === 'if') {
        this.readAs(s.cond, { element: 'pred', lanes: 1 }, 'condition');
        this.block(s.then, []);
        this.block(s.else, []);
      } else if (s.kind === 'barrier') {
        this.requireBlock('a barrier');
      } else if (s.kind !== 'call') {
        this.write(s);
      } else {
        const exist = s.args.every((a) => a.kind !== 'buffer' || this.kernel.buffers[a.buffer]);
        this.require(exist, `${s.symbol} is given a buffer that does not exist`);
        for (const v of operandsOfStatement(s)) this.readAs(v, INDEX, 'index of an address');
      }
    }
    atEnd();
    for (const v of defined) this.inScope[v] = false;
  }

  private for(s: For): void {
    this.readAs(s.lo, INDEX, 'lower bound');
    this.readAs(s.hi, INDEX, 'upper bound');
    this.require(isPositiveInteger(s.step), `a loop cannot step by ${s.step}`);
    this.require(s.unroll === undefined || isPositiveInteger(s.unroll), `a loop cannot be unrolled ${s.unroll} times`);
    const opened: ValueId[] = [];
    this.define(s.iv, INDEX, opened);
    for (const c of s.carried) {
      this.readAs(c.init, c.type, 'initial value');
      this.define(c.param, c.type, opened);
    }
    this.block(s.body, opened, () => {
      this.where = s;
      for (const c of s.carried) {
        this.read(c.next);
        this.readAs(c.next, c.type, 'next value');
      }
    });
  }

  private accessed(buffer: number, forbidden: 'read' | 'write'): LaneType | undefined {
    const b = this.kernel.buffers[buffer];
    if (!b) this.require(false, `there is no buffer ${buffer}`);
    else this.require(b.access !== forbidden, `${b.name} is for ${b.access === 'read' ? 'reading' : 'writing'} only`);
    return b && laneTypeOf(b.element);
  }

  private requireBlock(what: string): void {
    this.require(this.kernel.block !== undefined, `${what} needs a kernel of blocks of threads`);
  }

  private write(s: Extract<Stmt, { kind: 'store' | 'scatter' | 'atomic' }>): void {
    const element = this.accessed(s.buffer, 'read');
    if (s.kind === 'atomic') {
      const sound =
        element &&
        worksOn(s.how, element) &&
        ELEMENT[element].bits >= 32 &&
        this.kernel.buffers[s.buffer]!.element === element;
      this.require(
        sound === true,
        `atomic ${s.how} does not work on elements of ${this.kernel.buffers[s.buffer]?.element}`,
      );
      this.require((this.types[s.value]?.lanes ?? 1) === 1, 'an atomic has one lane');
    }
    const type = this.types[s.value];
    if (!type) return;
    if (element) this.readAs(s.value, { element, lanes: type.lanes }, 'stored value');
    if (s.mask !== undefined) this.readAs(s.mask, { element: 'pred', lanes: type.lanes }, 'mask');
    if (s.kind !== 'scatter') this.readAs(s.index, INDEX, 'index');
    else this.vectorIndex(s.index, type.lanes);
  }

  private vectorIndex(index: ValueId, lanes: number): void {
    this.readAs(index, { element: this.types[index]?.element === 's32' ? 's32' : 's64', lanes }, 'index');
  }

  private operation({ type, operation: o }: Let): void {
    const { element, lanes } = type;
    const numbersOnly = (holds: boolean) => this.require(holds, `${o.op} does not work on ${element}`);
    const same = (...operands: ValueId[]) => {
      for (const v of operands) this.readAs(v, type, 'operand');
    };
    switch (o.op) {
      case 'const':
        this.require(isConstant(element, o.value), `${o.value} is no ${element}`);
        break;
      case 'fma':
        numbersOnly(isFloat(element));
        same(o.a, o.b, o.c);
        break;
      case 'select':
        this.readAs(o.cond, { element: 'pred', lanes }, 'condition');
        same(o.a, o.b);
        break;
      case 'cmp':
        this.compare(o, type);
        break;
      case 'convert':
        this.requireLanes(o.a, lanes);
        break;
      case 'bitcast': {
        this.requireLanes(o.a, lanes);
        const from = this.types[o.a]?.element;
        const castable =
          !from || (isNumeric(from) && isNumeric(element) && ELEMENT[from].bits === ELEMENT[element].bits);
        this.require(castable, `${from} and ${element} differ in width, or one is pred`);
        break;
      }
      case 'roundTo':
        numbersOnly(isFloat(element));
        this.require(
          isFloat(o.to) && ELEMENT[o.to].bits < ELEMENT[element].bits,
          `${o.to} is no float type narrower than ${element}`,
        );
        same(o.a);
        break;
      case 'splat':
        this.readAs(o.a, { element, lanes: 1 }, 'operand');
        break;
      case 'lanes':
        numbersOnly(isNumeric(element));
        break;
      case 'any':
        this.require(
          sameLoopType(type, { element: 'pred', lanes: 1 }),
          `the result is ${showLoopType(type)}, not pred`,
        );
        this.readAs(o.a, { element: 'pred', lanes: this.types[o.a]?.lanes ?? 1 }, 'operand');
        break;
      case 'fromThread':
        this.requireBlock('fromThread');
        this.require(lanes === 1, 'threads hand each other values of one lane');
        same(o.a);
        this.readAs(o.lane, INDEX, 'lane');
        break;
      case 'loadWords':
        this.requireBlock('loadWords');
        this.require(element === 'u32', `words are u32, not ${element}`);
        this.require(this.kernel.buffers[o.buffer]?.space === 'shared', 'words are loaded from shared memory');
        this.readAs(o.index, INDEX, 'index');
        break;
      case 'mma':
        this.requireBlock('mma');
        this.require(
          sameLoopType(type, { element: o.element === 's8' ? 's32' : 'f32', lanes: 4 }),
          `mma of ${o.element} does not give ${showLoopType(type)}`,
        );
        this.readAs(o.a, { element: 'u32', lanes: 4 }, 'first factor');
        this.readAs(o.b, { element: 'u32', lanes: 2 }, 'second factor');
        same(o.c);
        break;
      case 'part':
      case 'shuffle':
        this.rearrangement(o, type);
        break;
      case 'load':
      case 'gather':
        this.load(o, type);
        break;
      default:
        numbersOnly(worksOn(o.op, element));
        if ('b' in o) same(o.a, o.b);
        else same(o.a);
    }
  }

  private requireLanes(v: ValueId, lanes: number): void {
    const type = this.types[v];
    if (type) this.require(type.lanes === lanes, `the operand has ${type.lanes} lanes, the result ${lanes}`);
  }

  private compare(o: Extract<Operation, { op: 'cmp' }>, type: LoopType): void {
    const operand = this.types[o.a];
    if (!operand) return;
    this.readAs(o.b, operand, 'second operand');
    const result: LoopType = { element: 'pred', lanes: operand.lanes };
    this.require(sameLoopType(type, result), `the result is ${showLoopType(type)}, not ${showLoopType(result)}`);
  }

  private rearrangement(o: Extract<Operation, { op: 'part' | 'shuffle' }>, { element, lanes }: LoopType): void {
    const from = this.types[o.a];
    if (!from) return;
    this.require(from.element === element, `the operand holds ${from.element}, the result ${element}`);
    const isLane = (l: number, end: number) => Number.isInteger(l) && l >= 0 && l < end;
    if (o.op === 'part') {
      this.require(
        isLane(o.from, from.lanes) && o.from + lanes <= from.lanes,
        `the operand has only ${from.lanes} lanes`,
      );
      return;
    }
    this.readAs(o.b, from, 'second operand');
    this.require(o.pattern.length === lanes, `the pattern gives ${o.pattern.length} lanes, the type has ${lanes}`);
    this.require(
      o.pattern.every((l) => isLane(l, 2 * from.lanes)),
      `the pattern leaves lanes 0 … ${2 * from.lanes - 1}`,
    );
  }

  private load(o: Extract<Operation, { op: 'load' | 'gather' }>, type: LoopType): void {
    const element = this.accessed(o.buffer, 'write');
    this.require(!element || element === type.element, `the buffer's elements load as ${element}, not ${type.element}`);
    if (o.mask !== undefined) this.readAs(o.mask, { element: 'pred', lanes: type.lanes }, 'mask');
    if (o.op === 'load') this.readAs(o.index, INDEX, 'index');
    else this.vectorIndex(o.index, type.lanes);
  }
}

/** Whether a unary or binary operation is defined on an element type. */
function worksOn(op: string, element: LaneType): boolean {
  switch (op) {
    case 'sqrt':
    case 'floor':
    case 'ceil':
    case 'trunc':
    case 'roundEven':
    case 'copysign':
      return isFloat(element);
    case 'abs':
      return isNumeric(element) && !isUnsigned(element);
    case 'popcnt':
    case 'clz':
    case 'shl':
    case 'shrl':
    case 'shra':
      return isInteger(element);
    case 'not':
    case 'and':
    case 'or':
    case 'xor':
      return !isFloat(element);
    case 'neg':
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'rem':
      return isNumeric(element);
    case 'min':
    case 'max':
      return true;
    default:
      return false;
  }
}

/** Whether the value is one of the type: floats may be any number (rounded to the type), integers must be in range. */
function isConstant(element: LaneType, value: number | bigint): boolean {
  if (isFloat(element)) return typeof value === 'number';
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return false;
  const { bits } = ELEMENT[element];
  const v = BigInt(value);
  return element === 'pred' || isUnsigned(element) ? BigInt.asUintN(bits, v) === v : BigInt.asIntN(bits, v) === v;
}
