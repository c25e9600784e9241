/** The scalar language, emitting loop IR: operands of one lane are spread where a vector meets them. */
import { type ElementType, type TensorType, tensorType } from '../../hlo/index.js';
import type { Operand, RuleSet, Scalars, ScalarType } from '../../rules/index.js';
import type { KernelBuilder } from '../loop/builder.js';
import type { BinaryOp, CompareOp, UnaryOp, ValueId } from '../loop/ir.js';

/** A loop-IR value as rules hold it: an object, so that a number in a rule is always a constant. */
export class Lane {
  constructor(readonly id: ValueId) {}
}

type In = Operand<Lane>;

export class LoopScalars implements Scalars<Lane> {
  constructor(
    private readonly builder: KernelBuilder,
    private readonly rules: RuleSet,
  ) {}

  typeOf(v: Lane): ScalarType {
    return this.builder.typeOf(v.id).element;
  }

  constant(type: ScalarType, value: number | bigint): Lane {
    return new Lane(this.builder.constant({ element: type, lanes: 1 }, value));
  }

  /** Operands as values of one lane count; a number takes the element type of the first value beside it. */
  private level(operands: readonly In[]): ValueId[] {
    const first = operands.find((o) => o instanceof Lane);
    if (!first) throw new TypeError('a rule computes with numbers alone; fold them, or use constant()');
    const element = this.typeOf(first);
    const ids = operands.map((o) => (o instanceof Lane ? o.id : this.builder.constant({ element, lanes: 1 }, o)));
    const lanes = Math.max(...ids.map((id) => this.builder.typeOf(id).lanes));
    return ids.map((id) => this.builder.splat(id, lanes));
  }

  private unary(op: UnaryOp, a: Lane): Lane {
    return new Lane(this.builder.unary(op, a.id));
  }

  private binary(op: BinaryOp, a: In, b: In): Lane {
    const [x, y] = this.level([a, b]);
    return new Lane(this.builder.binary(op, x!, y!));
  }

  private compare(how: CompareOp, a: In, b: In): Lane {
    const [x, y] = this.level([a, b]);
    return new Lane(this.builder.compare(how, x!, y!));
  }

  add = (a: In, b: In) => this.binary('add', a, b);
  sub = (a: In, b: In) => this.binary('sub', a, b);
  mul = (a: In, b: In) => this.binary('mul', a, b);
  div = (a: In, b: In) => this.binary('div', a, b);
  rem = (a: In, b: In) => this.binary('rem', a, b);
  min = (a: In, b: In) => this.binary('min', a, b);
  max = (a: In, b: In) => this.binary('max', a, b);
  copysign = (a: Lane, b: Lane) => this.binary('copysign', a, b);
  and = (a: In, b: In) => this.binary('and', a, b);
  or = (a: In, b: In) => this.binary('or', a, b);
  xor = (a: In, b: In) => this.binary('xor', a, b);
  shl = (a: In, b: In) => this.binary('shl', a, b);
  shrl = (a: In, b: In) => this.binary('shrl', a, b);
  shra = (a: In, b: In) => this.binary('shra', a, b);
  neg = (a: Lane) => this.unary('neg', a);
  abs = (a: Lane) => this.unary('abs', a);
  sqrt = (a: Lane) => this.unary('sqrt', a);
  floor = (a: Lane) => this.unary('floor', a);
  ceil = (a: Lane) => this.unary('ceil', a);
  trunc = (a: Lane) => this.unary('trunc', a);
  roundEven = (a: Lane) => this.unary('roundEven', a);
  not = (a: Lane) => this.unary('not', a);
  popcnt = (a: Lane) => this.unary('popcnt', a);
  clz = (a: Lane) => this.unary('clz', a);
  eq = (a: In, b: In) => this.compare('eq', a, b);
  ne = (a: In, b: In) => this.compare('ne', a, b);
  lt = (a: In, b: In) => this.compare('lt', a, b);
  le = (a: In, b: In) => this.compare('le', a, b);
  gt = (a: In, b: In) => this.compare('gt', a, b);
  ge = (a: In, b: In) => this.compare('ge', a, b);

  fma(a: In, b: In, c: In): Lane {
    const [x, y, z] = this.level([a, b, c]);
    return new Lane(this.builder.fma(x!, y!, z!));
  }

  select(condition: Lane, a: In, b: In): Lane {
    const [x, y] = this.level([a, b]);
    const lanes = Math.max(this.builder.typeOf(condition.id).lanes, this.builder.typeOf(x!).lanes);
    const spread = (v: ValueId) => this.builder.splat(v, lanes);
    return new Lane(this.builder.select(spread(condition.id), spread(x!), spread(y!)));
  }

  convert = (a: Lane, type: ScalarType) => new Lane(this.builder.convert(a.id, type));
  bitcast = (a: Lane, type: ScalarType) => new Lane(this.builder.bitcast(a.id, type));
  roundTo = (a: Lane, type: ElementType) => new Lane(this.builder.roundTo(a.id, type));

  call(op: string, ...args: Lane[]): Lane {
    const rule = this.rules.emitRule(this.rules.ops.opcode(op));
    if (!rule?.element) throw new Error(`a rule calls ${op}, which has no element rule in this rule set`);
    const operands: TensorType[] = args.map((a) => tensorType(this.typeOf(a)));
    return rule.element(this, args, { operands, results: [operands[0]!], attributes: {} });
  }
}
