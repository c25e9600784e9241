/** What implementations of the scalar language share: each primitive becomes one `apply` of its function to values. */
import { type ElementType, type TensorType, tensorType } from '../hlo/index.js';
import type { EmitRule } from './emit.js';
import type { BinaryName, ComparisonName, UnaryName, Value } from './primitives.js';
import * as primitives from './primitives.js';
import type { Operand, Scalars, ScalarType } from './scalar.js';

/** Finds the emission rule of an op, by canonical name. */
export type Functions = (op: string) => EmitRule | undefined;

type Computes = (...args: never[]) => Value;

export abstract class ScalarsOver<V extends object> implements Scalars<V> {
  constructor(private readonly functions: Functions = () => undefined) {}

  abstract typeOf(v: V): ScalarType;
  abstract constant(type: ScalarType, value: Value): V;
  abstract select(condition: V, a: Operand<V>, b: Operand<V>): V;
  /** A primitive's result, of type `type`; `f` is the function on values that it stands for. */
  protected abstract apply(type: ScalarType, op: string, f: Computes, args: readonly V[]): V;

  /** Operands as values of one type: a number is a constant of the type of those beside it. */
  protected level(...operands: readonly Operand<V>[]): readonly V[] {
    const first = operands.find((o) => typeof o === 'object') as V | undefined;
    if (!first) throw new TypeError('a rule computes with numbers alone: fold them, or use constant()');
    const type = this.typeOf(first);
    return operands.map((o) => {
      if (typeof o !== 'object') return this.constant(type, o);
      if (this.typeOf(o) !== type) throw new TypeError(`a rule mixes ${type} and ${this.typeOf(o)}; convert one`);
      return o;
    });
  }

  private unary(op: UnaryName, a: V): V {
    const t = this.typeOf(a);
    return this.apply(t, op, primitives.unary(op, t), [a]);
  }

  private binary(op: BinaryName, a: Operand<V>, b: Operand<V>): V {
    const args = this.level(a, b);
    const t = this.typeOf(args[0]!);
    return this.apply(t, op, primitives.binary(op, t), args);
  }

  private compare(how: ComparisonName, a: Operand<V>, b: Operand<V>): V {
    return this.apply('pred', how, primitives.comparison(how), this.level(a, b));
  }

  add = (a: Operand<V>, b: Operand<V>): V => this.binary('add', a, b);
  sub = (a: Operand<V>, b: Operand<V>): V => this.binary('sub', a, b);
  mul = (a: Operand<V>, b: Operand<V>): V => this.binary('mul', a, b);
  div = (a: Operand<V>, b: Operand<V>): V => this.binary('div', a, b);
  rem = (a: Operand<V>, b: Operand<V>): V => this.binary('rem', a, b);
  min = (a: Operand<V>, b: Operand<V>): V => this.binary('min', a, b);
  max = (a: Operand<V>, b: Operand<V>): V => this.binary('max', a, b);
  copysign = (a: V, b: V): V => this.binary('copysign', a, b);
  and = (a: Operand<V>, b: Operand<V>): V => this.binary('and', a, b);
  or = (a: Operand<V>, b: Operand<V>): V => this.binary('or', a, b);
  xor = (a: Operand<V>, b: Operand<V>): V => this.binary('xor', a, b);
  shl = (a: Operand<V>, b: Operand<V>): V => this.binary('shl', a, b);
  shrl = (a: Operand<V>, b: Operand<V>): V => this.binary('shrl', a, b);
  shra = (a: Operand<V>, b: Operand<V>): V => this.binary('shra', a, b);
  neg = (a: V): V => this.unary('neg', a);
  abs = (a: V): V => this.unary('abs', a);
  sqrt = (a: V): V => this.unary('sqrt', a);
  floor = (a: V): V => this.unary('floor', a);
  ceil = (a: V): V => this.unary('ceil', a);
  trunc = (a: V): V => this.unary('trunc', a);
  roundEven = (a: V): V => this.unary('roundEven', a);
  not = (a: V): V => this.unary('not', a);
  popcnt = (a: V): V => this.unary('popcnt', a);
  clz = (a: V): V => this.unary('clz', a);
  eq = (a: Operand<V>, b: Operand<V>): V => this.compare('eq', a, b);
  ne = (a: Operand<V>, b: Operand<V>): V => this.compare('ne', a, b);
  lt = (a: Operand<V>, b: Operand<V>): V => this.compare('lt', a, b);
  le = (a: Operand<V>, b: Operand<V>): V => this.compare('le', a, b);
  gt = (a: Operand<V>, b: Operand<V>): V => this.compare('gt', a, b);
  ge = (a: Operand<V>, b: Operand<V>): V => this.compare('ge', a, b);

  fma(a: Operand<V>, b: Operand<V>, c: Operand<V>): V {
    const args = this.level(a, b, c);
    const t = this.typeOf(args[0]!);
    return this.apply(t, 'fma', primitives.fma(t), args);
  }

  convert(a: V, type: ScalarType): V {
    const from = this.typeOf(a);
    return from === type ? a : this.apply(type, 'convert', primitives.conversion(from, type), [a]);
  }

  bitcast(a: V, type: ScalarType): V {
    const from = this.typeOf(a);
    return from === type ? a : this.apply(type, 'bitcast', primitives.bitcast(from, type), [a]);
  }

  roundTo(a: V, type: ElementType): V {
    return this.apply(this.typeOf(a), 'roundTo', primitives.narrowing(type), [a]);
  }

  call(op: string, ...args: V[]): V {
    const rule = this.functions(op);
    if (!rule?.element) throw new TypeError(`a rule calls ${op}, which has no element rule in this rule set`);
    const operands: TensorType[] = args.map((a) => tensorType(this.typeOf(a)));
    return rule.element(this, args, { operands, results: [operands[0]!], attributes: {} });
  }
}
