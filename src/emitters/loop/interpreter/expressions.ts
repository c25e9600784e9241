/**
 * One lane of an operation as a JavaScript expression.
 *
 * Lanes are numbers: floats, pred as 0 or 1, integers at their value. 64-bit integers are numbers where their range
 * stays within ±2^53 (index arithmetic does), else bigints; in a bigint expression all operands and the result are.
 */
import { ELEMENT, isFloat, isUnsigned } from '../../../hlo/types.js';
import type { BinaryOp, CompareOp, LaneType, UnaryOp } from '../ir.js';

/** An integer expression wrapped to its type. Numbers of 64-bit types are in range already, but may be −0. */
export function wrap(x: string, element: LaneType, big: boolean): string {
  const { bits } = ELEMENT[element];
  const unsigned = isUnsigned(element);
  if (big) return `BigInt.as${unsigned ? 'Uint' : 'Int'}N(64, ${x})`;
  if (bits === 64) return `(${x} + 0)`;
  if (bits === 32) return unsigned ? `((${x}) >>> 0)` : `((${x}) | 0)`;
  return unsigned ? `((${x}) & ${2 ** bits - 1})` : `(((${x}) << ${32 - bits}) >> ${32 - bits})`;
}

/** The bits of an integer as a non-negative number or bigint. */
const pattern = (x: string, element: LaneType, big: boolean): string =>
  big
    ? `BigInt.asUintN(64, ${x})`
    : ELEMENT[element].bits === 32
      ? `(${x} >>> 0)`
      : `(${x} & ${2 ** ELEMENT[element].bits - 1})`;

/** The bits of an integer read as two's complement. */
const signed = (x: string, element: LaneType, big: boolean): string =>
  big ? `BigInt.asIntN(64, ${x})` : `((${x} << ${32 - ELEMENT[element].bits}) >> ${32 - ELEMENT[element].bits})`;

export function unaryExpression(op: UnaryOp, element: LaneType, big: boolean, a: string): string {
  const float = isFloat(element);
  const { bits } = ELEMENT[element];
  switch (op) {
    case 'neg':
      return float ? `(-${a})` : wrap(big ? `-${a}` : `0 - ${a}`, element, big);
    case 'abs':
      return float ? `Math.abs(${a})` : wrap(`${a} < 0 ? -${a} : ${a}`, element, big);
    case 'sqrt':
      return element === 'f32' ? `fround(Math.sqrt(${a}))` : `Math.sqrt(${a})`;
    case 'floor':
    case 'ceil':
    case 'trunc':
      return `Math.${op}(${a})`;
    case 'roundEven':
      return `roundNearestEven(${a})`;
    case 'not':
      return element === 'pred' ? `(${a} ^ 1)` : wrap(`~${a}`, element, big);
    case 'popcnt':
      return big ? `countOnesBig(${a})` : `countOnes(${pattern(a, element, big)})`;
    case 'clz':
      return big ? `leadingZerosBig(${a})` : `(Math.clz32(${pattern(a, element, big)}) - ${32 - bits})`;
  }
}

/** Operations that only bigints do exactly on 64-bit integers, whatever the range. */
const BIT_OPERATIONS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'xor',
  'shl',
  'shrl',
  'shra',
  'not',
  'popcnt',
  'clz',
]);
export const needsBig = (op: string, element: LaneType): boolean =>
  !isFloat(element) && ELEMENT[element].bits === 64 && BIT_OPERATIONS.has(op);

/** `b` of a division or shift has been checked by the caller. */
export function binaryExpression(op: BinaryOp, element: LaneType, big: boolean, a: string, b: string): string {
  return isFloat(element) ? floatBinary(op, element, a, b) : integerBinary(op, element, big, a, b);
}

const SYMBOL: { readonly [op in BinaryOp]?: string } = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  rem: '%',
  and: '&',
  or: '|',
  xor: '^',
};

function floatBinary(op: BinaryOp, element: LaneType, a: string, b: string): string {
  if (op === 'min' || op === 'max') return `Math.${op}(${a}, ${b})`;
  if (op === 'copysign') return `copySign(${a}, ${b})`;
  // The double result of + − × ÷ on f32 operands, rounded to f32, is the correctly rounded one (Figueroa 1995).
  const exact = `(${a} ${SYMBOL[op]} ${b})`;
  return element === 'f32' && op !== 'rem' ? `fround${exact}` : exact;
}

function integerBinary(op: BinaryOp, element: LaneType, big: boolean, a: string, b: string): string {
  const narrow = !big && ELEMENT[element].bits <= 32;
  switch (op) {
    case 'min':
      return `(${a} < ${b} ? ${a} : ${b})`;
    case 'max':
      return `(${a} > ${b} ? ${a} : ${b})`;
    case 'mul':
      return wrap(narrow ? `Math.imul(${a}, ${b})` : `${a} * ${b}`, element, big);
    case 'div':
      return wrap(big ? `${a} / ${b}` : `Math.trunc(${a} / ${b})`, element, big);
    case 'and':
    case 'or':
    case 'xor':
      return element === 'pred' ? `(${a} ${SYMBOL[op]} ${b})` : wrap(`${a} ${SYMBOL[op]} ${b}`, element, big);
    case 'shl':
      return wrap(`${a} << ${b}`, element, big);
    case 'shrl':
      return wrap(`${pattern(a, element, big)} ${big ? '>>' : '>>>'} ${b}`, element, big);
    case 'shra':
      return wrap(`${signed(a, element, big)} >> ${b}`, element, big);
    default:
      return wrap(`${a} ${SYMBOL[op]} ${b}`, element, big);
  }
}

const COMPARISON: { readonly [how in CompareOp]: string } = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};
export const compareExpression = (how: CompareOp, a: string, b: string): string =>
  `(${a} ${COMPARISON[how]} ${b} ? 1 : 0)`;

/** Smallest and largest integer of a type. */
export function integerLimits(element: LaneType): readonly [bigint, bigint] {
  const bits = BigInt(ELEMENT[element].bits);
  return isUnsigned(element) ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

/** `bigA`, `bigResult`: whether the operand is, and the result must be, a bigint. */
export function convertExpression(from: LaneType, to: LaneType, a: string, bigA: boolean, bigResult: boolean): string {
  if (to === 'pred') return `(${a} != 0 ? 1 : 0)`;
  if (isFloat(from)) {
    if (isFloat(to)) return to === 'f32' ? `fround(${a})` : a;
    const [lo, hi] = integerLimits(to);
    return bigResult ? `floatToBig(${a}, ${lo}n, ${hi}n)` : `floatToInteger(${a}, ${lo}, ${hi})`;
  }
  if (isFloat(to)) {
    if (bigA) return to === 'f32' ? `bigToF32(${a})` : `Number(${a})`;
    return to === 'f32' ? `fround(${a})` : a;
  }
  if (bigResult) return wrap(bigA ? a : `BigInt(${a})`, to, true);
  if (!bigA) return wrap(a, to, false);
  const { bits } = ELEMENT[to];
  return `Number(BigInt.as${isUnsigned(to) ? 'Uint' : 'Int'}N(${bits}, ${a}))`;
}

/** Same bits, between types of one width; 64-bit integers are bigints on both sides. */
export function bitcastExpression(from: LaneType, to: LaneType, a: string): string {
  if (from === to) return a;
  const big = ELEMENT[to].bits === 64;
  const prefix = big ? 'f64' : 'f32';
  if (isFloat(from)) return wrap(`${prefix}Bits(${a})`, to, big);
  if (isFloat(to)) return `${prefix}FromBits(${big ? `BigInt.asIntN(64, ${a})` : a})`;
  return wrap(a, to, big);
}
