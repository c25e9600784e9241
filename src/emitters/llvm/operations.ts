/** The loop IR's pure operations in LLVM's. What each means stands in loop/ir.ts. */
import { ELEMENT, type FloatType, isFloat } from '../../hlo/types.js';
import { type BinaryOp, type CompareOp, type LaneType, type LoopType, showLoopType, type UnaryOp } from '../loop/ir.js';
import type { Arithmetic, FloatArithmetic, FloatTest, IntegerTest, Ir, Value } from './ir.js';
import { extremeLeaf } from './leaves.js';
import { KIND_BITS, type Kind } from './llvm14.js';
import { roundTo } from './narrow.js';

type Class = 'pred' | 'signed' | 'unsigned' | 'float';

export const classOf = (t: LaneType): Class => ELEMENT[t].class as Class;

const KIND: Readonly<Record<LaneType, Kind>> = {
  pred: 'i1',
  s8: 'i8',
  s16: 'i16',
  s32: 'i32',
  s64: 'i64',
  u8: 'i8',
  u16: 'i16',
  u32: 'i32',
  u64: 'i64',
  f32: 'float',
  f64: 'double',
};
export const kindOf = (t: LaneType): Kind => KIND[t];

const refuse = (what: string, type: LoopType): never => {
  throw new Error(`loop IR: ${what} of ${showLoopType(type)} has no meaning`);
};

export function constant(ir: Ir, type: LoopType, value: number | bigint): Value {
  const kind = kindOf(type.element);
  switch (classOf(type.element)) {
    case 'float':
      return ir.float(kind, type.lanes, type.element === 'f32' ? Math.fround(Number(value)) : Number(value));
    case 'pred':
      return ir.boolean(Boolean(value), type.lanes);
    default:
      return ir.integer(kind, type.lanes, value);
  }
}

const FLOAT_UNARY: Partial<Record<UnaryOp, string>> = {
  abs: 'fabs',
  sqrt: 'sqrt',
  floor: 'floor',
  ceil: 'ceil',
  trunc: 'trunc',
  roundEven: 'roundeven',
};

export function unary(ir: Ir, op: UnaryOp, type: LoopType, a: Value): Value {
  const cls = classOf(type.element);
  if (cls === 'float') {
    if (op === 'neg') return ir.negate(a);
    const name = FLOAT_UNARY[op];
    return name ? ir.intrinsic(name, [a]) : refuse(op, type);
  }
  switch (op) {
    case 'not':
      return ir.arithmetic('Xor', a, ir.integer(a.kind, a.lanes, -1));
    case 'neg':
      return cls === 'pred' ? refuse(op, type) : ir.arithmetic('Sub', ir.zero(a.kind, a.lanes), a);
    case 'abs':
      if (cls === 'pred') return refuse(op, type);
      return cls === 'unsigned' ? a : ir.intrinsic('abs', [a], [false]);
    case 'popcnt':
      return cls === 'pred' ? refuse(op, type) : ir.intrinsic('ctpop', [a]);
    case 'clz':
      return cls === 'pred' ? refuse(op, type) : ir.intrinsic('ctlz', [a], [false]);
    default:
      return refuse(op, type);
  }
}

const FLOAT_BINARY: Partial<Record<BinaryOp, FloatArithmetic>> = {
  add: 'FAdd',
  sub: 'FSub',
  mul: 'FMul',
  div: 'FDiv',
  rem: 'FRem',
};
const INTEGER_BINARY: Partial<Record<BinaryOp, readonly [signed: Arithmetic, unsigned: Arithmetic]>> = {
  add: ['Add', 'Add'],
  sub: ['Sub', 'Sub'],
  mul: ['Mul', 'Mul'],
  div: ['SDiv', 'UDiv'],
  rem: ['SRem', 'URem'],
  and: ['And', 'And'],
  or: ['Or', 'Or'],
  xor: ['Xor', 'Xor'],
  shl: ['Shl', 'Shl'],
  shrl: ['LShr', 'LShr'],
  shra: ['AShr', 'AShr'],
};

const PRED_BINARY: Partial<Record<BinaryOp, Arithmetic>> = {
  and: 'And',
  min: 'And',
  or: 'Or',
  max: 'Or',
  xor: 'Xor',
};

/** A constant settles the questions of NaN and zero, and LLVM's intrinsic is then one instruction. */
function extreme(ir: Ir, op: 'min' | 'max', a: Value, b: Value, someConstant: boolean): Value {
  const name = op === 'min' ? 'minimum' : 'maximum';
  if (someConstant) return ir.intrinsic(name, [a, b]);
  if (ir.hasRange(a.kind, a.lanes))
    return ir.select(ir.unordered(a, b), ir.float(a.kind, a.lanes, NaN), ir.range(op, a, b));
  return ir.callLeaf(extremeLeaf(name, a.kind as 'float' | 'double', a.lanes), [a.it, b.it])!;
}

/** `someConstant`: whether a or b is one. */
export function binary(ir: Ir, op: BinaryOp, type: LoopType, a: Value, b: Value, someConstant: boolean): Value {
  const cls = classOf(type.element);
  if (cls === 'float') {
    const arithmetic = FLOAT_BINARY[op];
    if (arithmetic) return ir.floatArithmetic(arithmetic, a, b);
    if (op === 'copysign') return ir.intrinsic('copysign', [a, b]);
    return op === 'min' || op === 'max' ? extreme(ir, op, a, b, someConstant) : refuse(op, type);
  }
  if (cls === 'pred') {
    const logical = PRED_BINARY[op];
    return logical ? ir.arithmetic(logical, a, b) : refuse(op, type);
  }
  if (op === 'min' || op === 'max') return ir.intrinsic(`${cls === 'signed' ? 's' : 'u'}${op}`, [a, b]);
  const both = INTEGER_BINARY[op];
  return both ? ir.arithmetic(both[cls === 'signed' ? 0 : 1], a, b) : refuse(op, type);
}

const FLOAT_COMPARE: Readonly<Record<CompareOp, FloatTest>> = {
  eq: 'OEQ',
  ne: 'UNE',
  lt: 'OLT',
  le: 'OLE',
  gt: 'OGT',
  ge: 'OGE',
};

/** `type` is the operands'. */
export function compare(ir: Ir, how: CompareOp, type: LoopType, a: Value, b: Value): Value {
  const cls = classOf(type.element);
  if (cls === 'float') return ir.floatTest(FLOAT_COMPARE[how], a, b);
  if (how === 'eq') return ir.test('EQ', a, b);
  if (how === 'ne') return ir.test('NE', a, b);
  const sign = cls === 'signed' ? 'S' : 'U';
  return ir.test(`${sign}${how.toUpperCase() as 'LT' | 'LE' | 'GT' | 'GE'}` satisfies IntegerTest, a, b);
}

export function convert(ir: Ir, a: Value, from: LaneType, to: LaneType): Value {
  const source = classOf(from);
  const target = classOf(to);
  const kind = kindOf(to);
  if (target === 'pred') {
    if (source === 'pred') return a;
    if (source === 'float') return ir.floatTest('UNE', a, ir.float(a.kind, a.lanes, 0));
    return ir.test('NE', a, ir.zero(a.kind, a.lanes));
  }
  if (target === 'float') {
    if (source !== 'float') return ir.cast(source === 'signed' ? 'SIToFP' : 'UIToFP', a, kind);
    if (kind === a.kind) return a;
    return ir.cast(kind === 'double' ? 'FPExt' : 'FPTrunc', a, kind);
  }
  if (source === 'float') return saturate(ir, a, kind, target === 'signed');
  if (kind === a.kind) return a;
  if (KIND_BITS[kind] < KIND_BITS[a.kind]) return ir.cast('Trunc', a, kind);
  return ir.cast(source === 'signed' ? 'SExt' : 'ZExt', a, kind);
}

/**
 * Float to integer: truncates, saturates, NaN becomes 0. What LLVM's conversion gives out of range is undefined, but
 * the selects never pick it. (llvm.fptosi.sat means the same and is slower: it works lane by lane.)
 */
function saturate(ir: Ir, a: Value, kind: Kind, signed: boolean): Value {
  const bits = KIND_BITS[kind];
  const { lanes } = a;
  const limit = (x: number): Value => ir.float(a.kind, lanes, x);
  const integer = (n: bigint): Value => ir.integer(kind, lanes, n);
  const zero = ir.zero(kind, lanes);
  if (!signed) {
    const inside = ir.select(ir.floatTest('OGT', a, limit(0)), ir.cast('FPToUI', a, kind), zero);
    return ir.select(ir.floatTest('OGE', a, limit(2 ** bits)), integer(-1n), inside);
  }
  const low = -(2n ** BigInt(bits - 1));
  const below = ir.select(ir.isNaN(a), zero, integer(low));
  const inside = ir.select(ir.floatTest('OGE', a, limit(Number(low))), ir.cast('FPToSI', a, kind), below);
  return ir.select(ir.floatTest('OGE', a, limit(2 ** (bits - 1))), integer(-low - 1n), inside);
}

export function round(ir: Ir, a: Value, type: LoopType, to: string): Value {
  if (classOf(type.element) !== 'float' || !isFloat(to as FloatType)) {
    throw new Error(`loop IR: ${showLoopType(type)} cannot be rounded to ${to}: both must be floats`);
  }
  return roundTo(ir, a, to as FloatType);
}
