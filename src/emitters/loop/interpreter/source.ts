/**
 * A kernel as JavaScript: a function of the task's number. Scalars become local constants in blocks that mirror the
 * kernel's; a vector has a typed array of its own, and operations on it a loop over its lanes.
 *
 * Of a kernel of blocks it is a generator function of task and thread: it yields the number of each barrier and
 * `fromThread` that it comes to, and goes on when the other threads are there too (blocks.ts).
 */
import { codec } from '../../../hlo/numeric/access.js';
import { ELEMENT, isFloat, partType } from '../../../hlo/types.js';
import type {
  Atomic,
  Buffer,
  Carried,
  For,
  If,
  Kernel,
  LaneType,
  Let,
  LoopType,
  Operation,
  Scatter,
  Stmt,
  Store,
  ValueId,
} from '../ir.js';
import { operandsOf } from '../operation.js';
import { type Range, rangesOf } from '../ranges.js';
import { typesOf } from '../walk.js';
import {
  binaryExpression,
  bitcastExpression,
  compareExpression,
  convertExpression,
  integerLimits,
  needsBig,
  unaryExpression,
} from './expressions.js';

export interface KernelSource {
  /** Gives the function that runs one task, once `Scope`'s names are bound. */
  readonly text: string;
  /** Statements by the number under which the code reports them. */
  readonly statements: readonly Stmt[];
}

export function kernelSource(kernel: Kernel, watched = false): KernelSource {
  const source = new Source(kernel, watched);
  return { text: source.text(), statements: source.statements };
}

/** How a value is read in the code: `lane` is the text of a lane's number. */
type Reference = (lane: string) => string;

const is64 = (element: LaneType): boolean => !isFloat(element) && ELEMENT[element].bits === 64;

class Source {
  readonly statements: Stmt[] = [];
  private readonly lines: string[] = [];
  /** Declarations of vectors, outside the task's function. */
  private readonly vectors: string[] = [];
  private readonly types: readonly LoopType[];
  private readonly references: Reference[] = [];
  /** The value whose storage a value shares, itself if it has its own. */
  private readonly storage: ValueId[] = [];
  private readonly ranges: readonly Range[];

  constructor(
    private readonly kernel: Kernel,
    /** Do accesses report themselves, so that races are found? */
    private readonly watched: boolean,
  ) {
    this.types = typesOf(kernel);
    this.ranges = rangesOf(kernel);
  }

  text(): string {
    const { kernel } = this;
    this.define(kernel.task, () => 'task');
    if (kernel.block) this.define(kernel.block.thread, () => 'thread');
    this.block(kernel.body);
    const resets = kernel.buffers.filter((b) => b.space === 'local').map((b) => `written${b.id}.fill(0);`);
    const head = kernel.block ? 'return function* (task, thread) {' : 'return (task) => {';
    return [...this.vectors, head, ...resets, ...this.lines, '};'].join('\n');
  }

  private define(v: ValueId, reference: Reference, storage = v): void {
    this.references[v] = reference;
    this.storage[v] = storage;
  }

  /** Gives a value storage: a name for a scalar, an array for a vector. */
  private allocate(v: ValueId): void {
    const { element, lanes } = this.types[v]!;
    if (lanes > 1) {
      this.vectors.push(`const v${v} = new ${this.vectorArray(v, element)}(${lanes});`);
      this.define(v, (lane) => `v${v}[${lane}]`);
    } else {
      this.define(v, () => `v${v}`);
    }
  }

  private vectorArray(v: ValueId, element: LaneType): string {
    if (element === 'f32') return 'Float32Array';
    if (element === 'f64') return 'Float64Array';
    if (element === 'pred') return 'Uint8Array';
    const { class: cls, bits } = ELEMENT[element];
    if (bits === 64 && !this.isBig(v)) return 'Float64Array';
    return `${bits === 64 ? 'Big' : ''}${cls === 'unsigned' ? 'Uint' : 'Int'}${bits}Array`;
  }

  /** Whether a value is a bigint in the code (see expressions.ts). */
  private isBig(v: ValueId): boolean {
    const { lo, hi } = this.ranges[v]!;
    return is64(this.types[v]!.element) && !(Number.isFinite(lo) && Number.isFinite(hi));
  }

  /** A lane of a value; as a bigint or as a number, where its type has both. */
  private read(v: ValueId, lane: string, big = this.isBig(v)): string {
    const text = this.references[v]!(lane);
    if (big === this.isBig(v)) return text;
    return big ? `BigInt(${text})` : `Number(${text})`;
  }

  private number(s: Stmt): number {
    return this.statements.push(s) - 1;
  }

  private block(body: readonly Stmt[]): void {
    for (const s of body) {
      if (s.kind === 'let') this.let(s);
      else if (s.kind === 'for') this.for(s);
      else if (s.kind === 'if') this.if(s);
      else if (s.kind === 'call')
        this.lines.push(`throw new Error('${s.symbol} is a foreign function: it runs natively only');`);
      else if (s.kind === 'barrier') this.lines.push(`yield ${this.number(s)};`);
      else if (s.kind === 'atomic') this.atomic(s);
      else this.store(s);
    }
  }

  private if(s: If): void {
    this.lines.push(`if (${this.read(s.cond, '0')}) {`);
    this.block(s.then);
    this.lines.push('} else {');
    this.block(s.else);
    this.lines.push('}');
  }

  private let(s: Let): void {
    const { id, type, operation: o } = s;
    if (o.op === 'const') {
      const text = this.literal(o.value, type.element, this.isBig(id));
      this.define(id, () => text);
    } else if (o.op === 'lanes') {
      this.define(id, type.lanes === 1 ? () => '0' : (lane) => lane);
    } else if (o.op === 'splat') {
      this.define(id, () => this.references[o.a]!('0'), this.storage[o.a]!);
    } else {
      this.allocate(id);
      this.assign(s);
    }
  }

  private assign(s: Let): void {
    const { id, type, operation: o } = s;
    const n = mayFail(o) ? this.number(s) : -1;
    if (o.op === 'fromThread') {
      this.lines.push(`offer(thread, ${this.read(o.a, '0', this.isBig(id))}, ${this.read(o.lane, '0', false)});`);
      this.lines.push(`yield ${n};`, `const v${id} = taken(thread);`);
    } else if (o.op === 'mma') {
      const all = (v: ValueId, lanes: number) =>
        `[${Array.from({ length: lanes }, (_, l) => this.read(v, `${l}`)).join(', ')}]`;
      this.lines.push(`offer(thread, { a: ${all(o.a, 4)}, b: ${all(o.b, 2)}, c: ${all(o.c, 4)} }, 0);`);
      this.lines.push(`yield ${n};`, `v${id}.set(taken(thread));`);
    } else if (o.op === 'loadWords') {
      for (let l = 0; l < type.lanes; l++) {
        this.lines.push(`${type.lanes === 1 ? `const v${id}` : `v${id}[${l}]`} = ${this.word(o, l, n)};`);
      }
    } else if (type.lanes === 1) {
      this.lines.push(`const v${id} = ${this.lane(s, n, '0')};`);
    } else if (o.op === 'load' && o.mask === undefined) {
      const at = this.bounded(o.buffer, this.read(o.index, '0', false), n, type.lanes);
      this.lines.push(
        `{ const at = ${at};`,
        this.eachLane(type.lanes, `v${id}[l] = ${this.element(o.buffer, 'at + l', n)};`),
        '}',
      );
    } else if (o.op === 'shuffle') {
      o.pattern.forEach((_, l) => {
        this.lines.push(`v${id}[${l}] = ${this.shuffledLane(o, l, id)};`);
      });
    } else {
      this.lines.push(this.eachLane(type.lanes, `v${id}[l] = ${this.lane(s, n, 'l')};`));
    }
  }

  private eachLane(lanes: number, statement: string): string {
    return `for (let l = 0; l < ${lanes}; l++) ${statement}`;
  }

  private literal(value: number | bigint, element: LaneType, big: boolean): string {
    if (big) return value < 0 ? `(${value}n)` : `${value}n`;
    const x = element === 'f32' ? Math.fround(Number(value)) : Number(value);
    if (Number.isNaN(x)) return 'NaN';
    return Object.is(x, -0) ? '(-0)' : x < 0 ? `(${x})` : `${x}`;
  }

  /** One lane of an operation's result. `n` is the statement's number, for errors. */
  private lane(s: Let, n: number, lane: string): string {
    const { id, operation: o } = s;
    const { element } = s.type;
    switch (o.op) {
      case 'fma':
        return `${element === 'f32' ? 'fmaF32' : 'fmaF64'}(${this.read(o.a, lane)}, ${this.read(o.b, lane)}, ${this.read(o.c, lane)})`;
      case 'select':
        return `(${this.read(o.cond, lane)} ? ${this.read(o.a, lane, this.isBig(id))} : ${this.read(o.b, lane, this.isBig(id))})`;
      case 'cmp': {
        const big = this.isBig(o.a) || this.isBig(o.b);
        return compareExpression(o.how, this.read(o.a, lane, big), this.read(o.b, lane, big));
      }
      case 'convert':
        return convertExpression(
          this.types[o.a]!.element,
          element,
          this.read(o.a, lane),
          this.isBig(o.a),
          this.isBig(id),
        );
      case 'bitcast': {
        const from = this.types[o.a]!.element;
        return bitcastExpression(from, element, this.read(o.a, lane, is64(from)));
      }
      case 'roundTo':
        return `roundTo_${o.to}(${this.read(o.a, lane)})`;
      case 'part':
        return this.read(o.a, lane === '0' ? `${o.from}` : `${o.from} + ${lane}`);
      case 'any':
        return `(${Array.from({ length: this.types[o.a]!.lanes }, (_, l) => this.read(o.a, `${l}`)).join(' | ')})`;
      case 'shuffle':
        return this.shuffledLane(o, 0, id);
      case 'load':
      case 'gather':
        return this.loadedLane(o, n, lane, this.isBig(id));
      case 'const':
      case 'lanes':
      case 'splat':
      case 'fromThread':
      case 'loadWords':
      case 'mma':
        throw new Error(`loop IR: ${o.op} has no code of its own`);
      default:
        return this.arithmetic(s, o, n, lane);
    }
  }

  private shuffledLane(o: Extract<Operation, { op: 'shuffle' }>, l: number, id: ValueId): string {
    const { lanes } = this.types[o.a]!;
    const from = o.pattern[l]!;
    return from < lanes ? this.read(o.a, `${from}`, this.isBig(id)) : this.read(o.b, `${from - lanes}`, this.isBig(id));
  }

  private arithmetic(s: Let, o: Operation, n: number, lane: string): string {
    const { element } = s.type;
    const operands = operandsOf(o);
    const big = needsBig(o.op, element) || this.isBig(s.id) || operands.some((v) => this.isBig(v));
    const [a, b] = operands.map((v) => this.read(v, lane, big && is64(element)));
    let text: string;
    if (b === undefined) {
      text = unaryExpression(o.op as Parameters<typeof unaryExpression>[0], element, big, a!);
    } else {
      const op = o.op as Parameters<typeof binaryExpression>[0];
      text = binaryExpression(op, element, big, a!, this.checkedOperand(op, element, big, a!, b, n));
    }
    return big && !this.isBig(s.id) ? `Number(${text})` : text;
  }

  /** A divisor or shift amount, with the check that the operation is defined for it. */
  private checkedOperand(op: string, element: LaneType, big: boolean, a: string, b: string, n: number): string {
    if (isFloat(element)) return b;
    if (op === 'div' || op === 'rem') {
      const [lo] = integerLimits(element);
      const least = lo === 0n || (is64(element) && !big) ? 'undefined' : this.literal(lo, element, big);
      return `divisor(${a}, ${b}, ${least}, ${n})`;
    }
    if (op === 'shl' || op === 'shrl' || op === 'shra') return `shiftAmount(${b}, ${ELEMENT[element].bits}, ${n})`;
    return b;
  }

  private bounded(buffer: number, index: string, n: number, lanes: number): string {
    return `inside(${index}, ${lanes}, ${this.kernel.buffers[buffer]!.count}, ${buffer}, ${n})`;
  }

  /** An element in bounds, widened. */
  private element(buffer: number, index: string, n: number): string {
    const b = this.kernel.buffers[buffer]!;
    const first = b.space === 'global' ? index : `initialised(written${b.id}, ${index}, ${b.id}, ${n})`;
    const at = this.isWatched(b) ? `reads(${b.id}, ${first}, ${n})` : first;
    return hasTable(b) ? `table${b.id}[data${b.id}[${at}]]` : `data${b.id}[${at}]`;
  }

  /** The bits of a word's elements, the first lowest. */
  private word(o: Extract<Operation, { op: 'loadWords' }>, lane: number, n: number): string {
    const { id, element } = this.kernel.buffers[o.buffer]!;
    const { bits } = ELEMENT[element];
    const each = 32 / bits;
    const first = `${this.read(o.index, '0', false)} + ${lane * each}`;
    const pieces = Array.from({ length: each }, (_, k) => {
      const at = `initialised(written${id}, ${this.bounded(id, `${first} + ${k}`, n, 1)}, ${id}, ${n})`;
      return `((data${id}[reads(${id}, ${at}, ${n})] & ${2 ** bits - 1}) << ${k * bits})`;
    });
    return `((${pieces.join(' | ')}) >>> 0)`;
  }

  private loadedLane(o: Extract<Operation, { op: 'load' | 'gather' }>, n: number, lane: string, big: boolean): string {
    const first = this.read(o.index, o.op === 'gather' ? lane : '0', false);
    const index = o.op === 'gather' || lane === '0' ? first : `${first} + ${lane}`;
    const text = this.element(o.buffer, this.bounded(o.buffer, index, n, 1), n);
    return o.mask === undefined ? text : `(${this.read(o.mask, lane)} ? ${text} : ${big ? '0n' : '0'})`;
  }

  private store(s: Store | Scatter): void {
    const n = this.number(s);
    const b = this.kernel.buffers[s.buffer]!;
    const { element, lanes } = this.types[s.value]!;
    const lane = lanes === 1 ? '0' : 'l';
    const value = this.read(s.value, lane, is64(element));
    const encoded = hasEncoder(b) ? `encode${b.id}(${value})` : value;
    const whole = s.kind === 'store' && s.mask === undefined;
    const first = this.read(s.index, s.kind === 'scatter' ? lane : '0', false);
    const index = s.kind === 'scatter' || lanes === 1 ? first : `${first} + l`;
    const at = whole ? this.bounded(b.id, first, n, lanes) : this.bounded(b.id, index, n, 1);
    const place = whole && lanes > 1 ? 'at + l' : 'at';
    const mark = b.space === 'global' ? '' : ` written${b.id}[${place}] = 1;`;
    const watch = this.isWatched(b)
      ? `writes(${b.id}, ${place}, ${n}, Object.is(data${b.id}[${place}], ${encoded})); `
      : '';
    const put = `${watch}data${b.id}[${place}] = ${encoded};${mark}`;
    if (whole) {
      this.lines.push(`{ const at = ${at}; ${lanes > 1 ? this.eachLane(lanes, `{ ${put} }`) : put} }`);
    } else {
      const condition = s.mask === undefined ? '' : `if (${this.read(s.mask, lane)}) `;
      const one = `${condition}{ const at = ${at}; ${put} }`;
      this.lines.push(lanes > 1 ? this.eachLane(lanes, one) : one);
    }
  }

  private isWatched(b: Buffer): boolean {
    return this.watched && b.space !== 'local';
  }

  private atomic(s: Atomic): void {
    const n = this.number(s);
    const b = this.kernel.buffers[s.buffer]!;
    const { element } = this.types[s.value]!;
    const at = this.bounded(b.id, this.read(s.index, '0', false), n, 1);
    const old = `data${b.id}[${b.space === 'global' ? 'at' : `initialised(written${b.id}, at, ${b.id}, ${n})`}]`;
    const next = binaryExpression(s.how, element, is64(element), old, this.read(s.value, '0', is64(element)));
    const watch = this.watched ? `updates(${b.id}, at, ${n}); ` : '';
    const condition = s.mask === undefined ? '' : `if (${this.read(s.mask, '0')}) `;
    this.lines.push(`${condition}{ const at = ${at}; ${watch}data${b.id}[at] = ${next}; }`);
  }

  private for(s: For): void {
    const params = new Set(s.carried.map((c) => c.param));
    for (const c of s.carried) {
      this.allocate(c.param);
      this.lines.push(this.copy(c, c.init, c.type.lanes > 1 ? '' : 'let '));
    }
    this.define(s.iv, () => `v${s.iv}`);
    const big = this.isBig(s.iv);
    const [lo, hi] = [this.read(s.lo, '0', big), this.read(s.hi, '0', big)];
    this.lines.push(`for (let v${s.iv} = ${lo}; v${s.iv} < ${hi}; v${s.iv} += ${s.step}${big ? 'n' : ''}) {`);
    this.block(s.body);
    const crosses = s.carried.some((c) => params.has(this.storage[c.next]!) && this.storage[c.next] !== c.param);
    if (crosses) this.advanceAtOnce(s.carried);
    else for (const c of s.carried) if (c.next !== c.param) this.lines.push(this.copy(c, c.next, ''));
    this.lines.push('}');
    for (const c of s.carried) this.define(c.result, this.references[c.param]!, c.param);
  }

  /** `param = from`, lane by lane. */
  private copy(c: Carried, from: ValueId, declare: string): string {
    const big = this.isBig(c.param);
    if (c.type.lanes === 1) return `${declare}v${c.param} = ${this.read(from, '0', big)};`;
    return this.eachLane(c.type.lanes, `v${c.param}[l] = ${this.read(from, 'l', big)};`);
  }

  /** Next values that read other carried values: all are read before any is replaced. */
  private advanceAtOnce(carried: readonly Carried[]): void {
    for (const c of carried) {
      const big = this.isBig(c.param);
      const read = (lane: string) => this.read(c.next, lane, big);
      const text = c.type.lanes === 1 ? read('0') : `v${c.param}.map((_, l) => ${read('l')})`;
      this.lines.push(`const next${c.param} = ${text};`);
    }
    for (const c of carried) {
      this.lines.push(c.type.lanes === 1 ? `v${c.param} = next${c.param};` : `v${c.param}.set(next${c.param});`);
    }
  }
}

/** Whether stored numbers are bit patterns, not values. */
export const hasTable = (b: Buffer): boolean => codec(partType(b.element)).table !== undefined;
/** Whether a value must be narrowed before it is stored. */
export const hasEncoder = (b: Buffer): boolean => codec(partType(b.element)).encode !== undefined;

/** Whether the code of an operation may report an error. */
const mayFail = (o: Operation): boolean => MAY_FAIL.has(o.op);
const MAY_FAIL: ReadonlySet<string> = new Set([
  ...['load', 'gather', 'div', 'rem', 'shl', 'shrl', 'shra'],
  ...['fromThread', 'loadWords', 'mma'],
]);
