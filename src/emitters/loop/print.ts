/**
 * The text of a kernel: for readers, and as its identity.
 *
 * Values are numbered where the text defines them, so it does not depend on gaps in the ids. Constants stand where they
 * are used, and so does index arithmetic that is read once, by a statement of the same block. Every use tells or
 * implies its type: kernels with equal text behave alike.
 */
import { createHash } from 'node:crypto';
import { isFloat } from '../../hlo/types.js';
import {
  type Atomic,
  type Call,
  type For,
  INDEX,
  type Kernel,
  type LaneType,
  type Let,
  type LoopType,
  type Operation,
  type Scatter,
  type Stmt,
  type Store,
  sameLoopType,
  showLoopType,
  type ValueId,
} from './ir.js';
import { nextValues, operandsOfStatement } from './walk.js';

/** The kernel as text, with its name, its buffers' names and its loops' labels. */
export const printKernel = (kernel: Kernel): string => new Printer(kernel, true).text();

const hashes = new WeakMap<Kernel, string>();

/** SHA-256 (hex) of the text without names: kernels that differ in nothing but names have the same. */
export function kernelHash(kernel: Kernel): string {
  let hash = hashes.get(kernel);
  if (hash === undefined) {
    hash = createHash('sha256').update(new Printer(kernel, false).text()).digest('hex');
    hashes.set(kernel, hash);
  }
  return hash;
}

/** The line of every statement that has one (inlined arithmetic has none), as `printKernel` shows it. */
export function statementLines(kernel: Kernel): Map<Stmt, string> {
  const lines = new Map<Stmt, string>();
  new Printer(kernel, true, (s, line) => lines.set(s, line)).text();
  return lines;
}

/** Inlined arithmetic longer than this gets a line of its own. */
const LONGEST_INLINE = 60;

/** How tightly an expression binds: names and constants, products, sums. */
type Binding = 0 | 1 | 2;

class Printer {
  private readonly lines: string[] = [];
  private readonly names: string[] = [];
  private readonly bindings: Binding[] = [];
  private readonly types: LoopType[] = [];
  private readonly buffers: readonly string[];
  /** Of values read once: the block that does. Else 0 (never) or −1 (several). */
  private readonly readingBlock: Int32Array;
  private count = 0;
  private indent = '';

  constructor(
    private readonly kernel: Kernel,
    private readonly named: boolean,
    private readonly onLine: (s: Stmt, line: string) => void = () => {},
  ) {
    this.buffers = bufferNames(kernel, named);
    this.readingBlock = readingBlocks(kernel);
  }

  text(): string {
    const { kernel } = this;
    this.line(
      `kernel${this.named ? ` ${plainName(kernel.name)}` : ''}: ${kernel.tasks} tasks ${this.define(kernel.task, INDEX)}${this.threads()}`,
    );
    kernel.buffers.forEach((b, i) => {
      this.line(
        `  ${this.buffers[i]}: ${b.space === 'global' ? '' : `${b.space} `}${b.access} ${b.element}[${b.count}]`,
      );
    });
    this.line('{');
    this.block(kernel.body, 1);
    this.line('}');
    return `${this.lines.join('\n')}\n`;
  }

  private threads(): string {
    const { block } = this.kernel;
    return block ? ` of ${block.threads} threads ${this.define(block.thread, INDEX)}` : '';
  }

  private line(text: string): void {
    this.lines.push(this.indent + text);
  }

  private statementLine(s: Stmt, text: string): void {
    this.line(text);
    this.onLine(s, text);
  }

  private define(v: ValueId, type: LoopType, label = ''): string {
    const name = `%${label}${this.count++}`;
    this.names[v] = name;
    this.bindings[v] = 0;
    this.types[v] = type;
    return name;
  }

  /** The text of a value where it is read. */
  private use = (v: ValueId): string => this.names[v] ?? `%undefined(${v})`;

  private typed(v: ValueId): string {
    const type = this.types[v];
    return type ? `${showLoopType(type)} ${this.use(v)}` : this.use(v);
  }

  /** Prints the statements of a block; `number` counts blocks as `readingBlocks` does. Gives the next block's number. */
  private block(body: readonly Stmt[], number: number): number {
    const outer = this.indent;
    this.indent += '  ';
    let next = number + 1;
    for (const s of body) {
      switch (s.kind) {
        case 'let':
          this.let(s, number);
          break;
        case 'for':
          next = this.for(s, next);
          break;
        case 'if':
          this.statementLine(s, `if ${this.use(s.cond)} {`);
          next = this.block(s.then, next);
          if (s.else.length > 0) this.line('} else {');
          next = this.block(s.else, next);
          this.line('}');
          break;
        case 'call':
          this.statementLine(s, this.call(s));
          break;
        case 'barrier':
          this.statementLine(s, 'barrier');
          break;
        case 'atomic':
          this.statementLine(s, this.atomic(s));
          break;
        default:
          this.statementLine(s, this.store(s));
      }
    }
    this.indent = outer;
    return next;
  }

  private let(s: Let, block: number): void {
    const { id, type, operation } = s;
    this.types[id] = type;
    if (operation.op === 'const') {
      this.names[id] = showConstant(type.element, operation.value);
      this.bindings[id] = 0;
      return;
    }
    if (this.readingBlock[id] === block && sameLoopType(type, INDEX) && this.inline(id, operation)) return;
    const how = `${this.operation(operation)}${s.contract ? ' contract' : ''}`;
    this.statementLine(s, `${this.define(id, type)} ${showLoopType(type)} = ${how}`);
  }

  /** Gives the value an expression for a name. Wrapping sums and products need no brackets among themselves. */
  private inline(id: ValueId, o: Operation): boolean {
    if (o.op !== 'add' && o.op !== 'sub' && o.op !== 'mul') return false;
    const [a, b] = [this.use(o.a), this.use(o.b)];
    if (a.length + b.length > LONGEST_INLINE) return false;
    const bracket = (v: ValueId, text: string, atMost: Binding) =>
      (this.bindings[v] ?? 0) > atMost ? `(${text})` : text;
    if (o.op === 'mul') {
      this.names[id] = `${bracket(o.a, a, 1)}*${bracket(o.b, b, 1)}`;
      this.bindings[id] = 1;
    } else {
      const plus = b.startsWith('-') ? `${a} - ${b.slice(1)}` : `${a} + ${b}`;
      this.names[id] = o.op === 'add' ? plus : `${a} - ${bracket(o.b, b, 1)}`;
      this.bindings[id] = 2;
    }
    return true;
  }

  private operation(o: Operation): string {
    const { use } = this;
    switch (o.op) {
      case 'const':
      case 'lanes':
        return o.op;
      case 'fma':
        return `fma ${use(o.a)}, ${use(o.b)}, ${use(o.c)}`;
      case 'select':
        return `select ${use(o.cond)}, ${use(o.a)}, ${use(o.b)}`;
      case 'cmp':
        return `${o.how} ${this.typed(o.a)}, ${use(o.b)}`;
      case 'convert':
      case 'bitcast':
      case 'any':
        return `${o.op} ${this.typed(o.a)}`;
      case 'roundTo':
        return `roundTo ${o.to} ${use(o.a)}`;
      case 'part':
        return `part ${this.typed(o.a)} from ${o.from}`;
      case 'shuffle':
        return `shuffle ${this.typed(o.a)}, ${use(o.b)} [${o.pattern.join(' ')}]`;
      case 'load':
        return `load ${this.element(o.buffer, use(o.index))}${this.where(o.mask)}${o.nontemporal ? ' nontemporal' : ''}`;
      case 'loadWords':
        return `loadWords ${this.element(o.buffer, use(o.index))}`;
      case 'mma':
        return `mma ${o.element} ${use(o.a)}, ${use(o.b)}, ${use(o.c)}`;
      case 'fromThread':
        return `fromThread ${use(o.lane)} of ${use(o.a)}`;
      case 'gather':
        return `gather ${this.element(o.buffer, this.typed(o.index))}${this.where(o.mask)}`;
      default:
        return 'b' in o ? `${o.op} ${use(o.a)}, ${use(o.b)}` : `${o.op} ${use(o.a)}`;
    }
  }

  private element(buffer: number, index: string): string {
    return `${this.buffers[buffer] ?? `undefined(${buffer})`}[${index}]`;
  }

  private where(mask: ValueId | undefined): string {
    return mask === undefined ? '' : ` where ${this.use(mask)}`;
  }

  private call(s: Call): string {
    const args = s.args.map((a) =>
      a.kind === 'buffer' ? `&${this.element(a.buffer, this.use(a.index))}` : `${a.kind} ${a.value}`,
    );
    return `call ${s.library.file} ${s.symbol}(${args.join(', ')})`;
  }

  private atomic(s: Atomic): string {
    return `atomic ${s.how} ${this.element(s.buffer, this.use(s.index))}, ${this.typed(s.value)}${this.where(s.mask)}`;
  }

  private store(s: Store | Scatter): string {
    const end = `= ${this.typed(s.value)}${this.where(s.mask)}`;
    if (s.kind === 'scatter') return `scatter ${this.element(s.buffer, this.typed(s.index))} ${end}`;
    return `store ${this.element(s.buffer, this.use(s.index))} ${end}${s.nontemporal ? ' nontemporal' : ''}`;
  }

  private for(s: For, number: number): number {
    const bounds = `${this.use(s.lo)} to ${this.use(s.hi)}`;
    const inits = s.carried.map((c) => this.use(c.init));
    const iv = this.define(s.iv, INDEX, this.named ? `${plainName(s.label)}.` : '');
    const params = s.carried.map((c, i) => `${this.define(c.param, c.type)} ${showLoopType(c.type)} = ${inits[i]}`);
    const hints = `${s.step === 1 ? '' : ` step ${s.step}`}${s.unroll === undefined ? '' : ` unroll ${s.unroll}`}`;
    this.statementLine(s, `for ${iv} in ${bounds}${hints}${params.length > 0 ? ` with ${params.join(', ')}` : ''} {`);
    const next = this.block(s.body, number);
    if (s.carried.length === 0) {
      this.line('}');
    } else {
      const nexts = s.carried.map((c) => this.use(c.next));
      const results = s.carried.map((c) => this.define(c.result, c.type));
      this.line(`  next ${nexts.join(', ')}`);
      this.line(`} gives ${results.join(', ')}`);
    }
    return next;
  }
}

/** A name on one line and without the text's own punctuation. */
const plainName = (name: string): string => name.replace(/[^\w.-]/g, '_');

function bufferNames(kernel: Kernel, named: boolean): string[] {
  if (!named) return kernel.buffers.map((_, i) => `b${i}`);
  const taken = new Set<string>();
  return kernel.buffers.map((b, i) => {
    const name = plainName(b.name);
    const unique = taken.has(name) ? `${name}#${i}` : name;
    taken.add(unique);
    return unique;
  });
}

/** By value: the number of the block that reads it, if it is read once; blocks count from 1 as they open. */
function readingBlocks(kernel: Kernel): Int32Array {
  const reading = new Int32Array(kernel.valueCount);
  const visit = (body: readonly Stmt[], number: number): number => {
    const read = (block: number) => (v: ValueId) => {
      reading[v] = reading[v] === 0 ? block : -1;
    };
    const readHere = read(number);
    let next = number + 1;
    for (const s of body) {
      operandsOfStatement(s).forEach(readHere);
      nextValues(s).forEach(read(next));
      if (s.kind === 'for') next = visit(s.body, next);
      else if (s.kind === 'if') next = visit(s.else, visit(s.then, next));
    }
    return next;
  };
  visit(kernel.body, 1);
  return reading;
}

/** Exact: reading it back gives the same number, the sign of zero included. */
export function showConstant(element: LaneType, value: number | bigint): string {
  if (element === 'pred') return value ? 'true' : 'false';
  if (!isFloat(element)) return String(value);
  if (Number.isNaN(value)) return 'nan';
  if (Object.is(value, -0)) return '-0.0';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
