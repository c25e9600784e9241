/** Whether one pattern matches whatever another matches. */
import {
  type CalledPattern,
  isBind,
  isVariable,
  type OperandPattern,
  type OpPattern,
  type RestPattern,
} from './pattern.js';

/** True only where every instruction that `b` matches is certainly matched by `a`; operands in the order written. */
export function subsumes(a: OpPattern, b: OpPattern): boolean {
  return new Subsumption().op(a, b);
}

type Pattern = OperandPattern | RestPattern;

class Subsumption {
  /** What each variable of `a` stands for in `b`. */
  private readonly bound = new Map<string, unknown>();

  op(a: OpPattern, b: OpPattern): boolean {
    if (a.quantized !== b.quantized || !b.ops.every((name) => a.ops.includes(name))) return false;
    if (!this.called(a.called ?? [], b.called)) return false;
    const operands = this.operands(a.operands, b.operands);
    return operands && Object.entries(a.attributes).every(([name, p]) => this.attribute(p, b.attributes[name]));
  }

  private called(a: readonly CalledPattern[], b: readonly CalledPattern[] | undefined): boolean {
    return a.every((c, k) => c.kind === 'variable' && this.bind(c.name, b?.[k] ?? Symbol('any')));
  }

  private operands(a: readonly Pattern[], b: readonly Pattern[]): boolean {
    const tail = a.findIndex((p) => p.kind === 'rest');
    if (tail < 0) return a.length === b.length && a.every((p, k) => this.operand(p, b[k]!));
    return b.length >= tail && a.slice(0, tail).every((p, k) => this.operand(p, b[k]!));
  }

  private operand(a: Pattern, b: Pattern): boolean {
    if (a.kind === 'variable') return b.kind !== 'rest' && this.bind(a.name, b);
    if (b.kind === 'bind') return this.operand(a, b.of as OperandPattern);
    if (a.kind === 'bind') return this.bind(a.name, b) && this.operand(a.of as OperandPattern, b);
    if (a.kind === 'op' && b.kind === 'op') return this.op(a, b);
    if (a.kind === 'scalar' && b.kind === 'scalar') return Object.is(a.value, b.value);
    if (a.kind === 'literal' && b.kind === 'literal') return (!a.splat || b.splat) && this.bind(a.name, b);
    return false;
  }

  private attribute(a: unknown, b: unknown): boolean {
    if (isVariable(a)) return this.bind(a.name, b ?? Symbol('any'));
    if (b === undefined || isVariable(b)) return false;
    const inner = isBind(b) ? b.of : b;
    return (
      a === inner || (typeof inner !== 'object' && Object.is(a, inner)) || JSON.stringify(a) === JSON.stringify(inner)
    );
  }

  /** A variable that stands for two things is a condition of its own, unless both are one variable of `b`. */
  private bind(name: string, thing: unknown): boolean {
    const before = this.bound.get(name);
    if (before === undefined) {
      this.bound.set(name, thing);
      return true;
    }
    return isVariable(before) && isVariable(thing) && before.name === thing.name;
  }
}
