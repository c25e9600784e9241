/** Powers of two that index values are multiples of, whatever the loops do: what alignment follows from. */
import type { Kernel, Operation, Stmt, ValueId } from './ir.js';

/** What 0 counts as a multiple of; more is never asked. */
const MOST = 2 ** 20;

/** By value id; 1 where nothing is known. Linear in the kernel's size. */
export function multiplesOf(kernel: Kernel): number[] {
  const multiples: number[] = new Array(kernel.valueCount).fill(1);
  const constants = new Map<ValueId, number>();
  const visit = (body: readonly Stmt[]): void => {
    for (const s of body) {
      if (s.kind === 'let') {
        if (s.operation.op === 'const') constants.set(s.id, Number(s.operation.value));
        multiples[s.id] = transfer(s.operation, multiples, constants);
      } else if (s.kind === 'for') {
        multiples[s.iv] = Math.min(multiples[s.lo]!, factor(s.step));
        visit(s.body);
      } else if (s.kind === 'if') {
        visit(s.then);
        visit(s.else);
      }
    }
  };
  visit(kernel.body);
  return multiples;
}

/** The largest power of two that divides a number. */
function factor(n: number): number {
  if (!Number.isSafeInteger(n)) return 1;
  let power = 1;
  while (power < MOST && n % (2 * power) === 0) power *= 2;
  return power;
}

function transfer(o: Operation, multiples: readonly number[], constants: ReadonlyMap<ValueId, number>): number {
  const of = (v: ValueId): number => multiples[v]!;
  switch (o.op) {
    case 'const':
      return factor(Number(o.value));
    case 'convert':
    case 'neg':
      return of(o.a);
    case 'add':
    case 'sub':
    case 'min':
    case 'max':
    case 'select':
      return Math.min(of(o.a), of(o.b));
    case 'mul':
      return Math.min(MOST, of(o.a) * of(o.b));
    case 'and':
      return Math.max(of(o.a), of(o.b));
    case 'rem':
      return Math.min(of(o.a), of(o.b));
    case 'div':
    case 'shrl': {
      const by = constants.get(o.b);
      if (by === undefined) return 1;
      const divisor = o.op === 'div' ? by : 2 ** by;
      return factor(divisor) === divisor && of(o.a) >= divisor ? of(o.a) / divisor : 1;
    }
    default:
      return 1;
  }
}
