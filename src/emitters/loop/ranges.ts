/** Ranges of integer values that follow from constants, the number of tasks and loop bounds. */
import { ELEMENT, isFloat, isUnsigned } from '../../hlo/types.js';
import type { BinaryOp, Kernel, LaneType, LoopType, Operation, Stmt, ValueId } from './ir.js';
import { typesOf } from './walk.js';

/** Every lane is within lo … hi, ends included; infinite where nothing is known. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Ranges by value id; floats have the range −∞ … ∞. Linear in the kernel's size. */
export function rangesOf(kernel: Kernel): Range[] {
  const ranges: Range[] = [];
  const types = typesOf(kernel);
  const define = (v: ValueId, range: Range) => {
    ranges[v] = typed(range, types[v]!.element);
  };
  const visit = (body: readonly Stmt[]) => {
    for (const s of body) {
      if (s.kind === 'let') {
        define(s.id, isFloat(s.type.element) ? ANY : transfer(s.operation, s.type, ranges, types));
      } else if (s.kind === 'for') {
        const { lo } = ranges[s.lo]!;
        define(s.iv, { lo, hi: Math.max(lo, ranges[s.hi]!.hi - 1) });
        for (const c of s.carried) define(c.param, ANY);
        visit(s.body);
        for (const c of s.carried) define(c.result, ANY);
      } else if (s.kind === 'if') {
        visit(s.then);
        visit(s.else);
      }
    }
  };
  define(kernel.task, { lo: 0, hi: Math.max(0, kernel.tasks - 1) });
  if (kernel.block) define(kernel.block.thread, { lo: 0, hi: kernel.block.threads - 1 });
  visit(kernel.body);
  return ranges;
}

const ANY: Range = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };
const range = (lo: number, hi: number): Range => ({ lo, hi });

/** Values of the type. Of 64-bit integers: infinite, for the ends are no safe numbers. */
function natural(element: LaneType): Range {
  if (element === 'pred') return range(0, 1);
  const { bits } = ELEMENT[element];
  if (isUnsigned(element)) return range(0, bits === 64 ? Number.POSITIVE_INFINITY : 2 ** bits - 1);
  return isFloat(element) || bits === 64 ? ANY : range(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
}

/** The range, or all of the type where values may wrap or JavaScript could not count them exactly. */
function typed(r: Range, element: LaneType): Range {
  const all = natural(element);
  const within = r.lo >= all.lo && r.hi <= all.hi && Math.max(-r.lo, r.hi) <= Number.MAX_SAFE_INTEGER;
  return within ? r : all;
}

function transfer(o: Operation, type: LoopType, ranges: readonly Range[], types: readonly LoopType[]): Range {
  const of = (v: ValueId): Range => ranges[v]!;
  switch (o.op) {
    case 'const':
      return range(Number(o.value), Number(o.value));
    case 'lanes':
      return range(0, type.lanes - 1);
    case 'cmp':
    case 'any':
      return range(0, 1);
    case 'popcnt':
    case 'clz':
      return range(0, 64);
    case 'neg':
      return range(-of(o.a).hi, -of(o.a).lo);
    case 'abs': {
      const { lo, hi } = of(o.a);
      return range(Math.max(0, lo, -hi), Math.max(-lo, hi));
    }
    case 'convert':
      return type.element === 'pred' ? range(0, 1) : isFloat(types[o.a]!.element) ? ANY : of(o.a);
    case 'splat':
    case 'part':
    case 'fromThread':
      return of(o.a);
    case 'select':
    case 'shuffle':
      return range(Math.min(of(o.a).lo, of(o.b).lo), Math.max(of(o.a).hi, of(o.b).hi));
    case 'fma':
    case 'loadWords':
    case 'mma':
    case 'load':
    case 'gather':
    case 'bitcast':
    case 'roundTo':
      return ANY;
    default:
      return 'b' in o ? binary(o.op, of(o.a), of(o.b)) : ANY;
  }
}

function binary(op: BinaryOp, a: Range, b: Range): Range {
  switch (op) {
    case 'add':
      return range(a.lo + b.lo, a.hi + b.hi);
    case 'sub':
      return range(a.lo - b.hi, a.hi - b.lo);
    case 'mul': {
      const ends = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
      return range(Math.min(...ends), Math.max(...ends));
    }
    case 'div': {
      if (b.lo === b.hi && b.lo > 0) return range(Math.trunc(a.lo / b.lo), Math.trunc(a.hi / b.lo));
      const most = Math.max(-a.lo, a.hi);
      return range(-most, most);
    }
    case 'rem': {
      const most = Math.max(-b.lo, b.hi) - 1;
      return range(a.lo >= 0 ? 0 : Math.max(a.lo, -most), a.hi <= 0 ? 0 : Math.min(a.hi, most));
    }
    case 'min':
      return range(Math.min(a.lo, b.lo), Math.min(a.hi, b.hi));
    case 'max':
      return range(Math.max(a.lo, b.lo), Math.max(a.hi, b.hi));
    case 'and':
      return a.lo >= 0 || b.lo >= 0 ? range(0, Math.min(a.lo >= 0 ? a.hi : ANY.hi, b.lo >= 0 ? b.hi : ANY.hi)) : ANY;
    case 'shl':
      return b.lo === b.hi && b.lo >= 0 ? range(a.lo * 2 ** b.lo, a.hi * 2 ** b.lo) : ANY;
    case 'shrl':
    case 'shra':
      return a.lo >= 0 && b.lo >= 0 ? range(Math.floor(a.lo / 2 ** b.hi), Math.floor(a.hi / 2 ** b.lo)) : ANY;
    default:
      return ANY;
  }
}
