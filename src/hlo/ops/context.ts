/** What every op entry asks of its operands and attributes, with messages that name what does not fit. */
import { type EvaluateContext, type InferContext, OpError, type RuntimeValue, TOKEN_VALUE } from '../registry.js';
import type { Tensor } from '../tensor.js';
import { ELEMENT, type ElementType, showType, type TensorType, type ValueType } from '../types.js';

/** Throws `OpError` with `message` where `condition` does not hold. */
export function check(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new OpError(typeof message === 'string' ? message : message());
}

/** The type of operand `i`, which must be a tensor. */
export function operandType(c: InferContext, i: number): TensorType {
  const t = c.operands[i];
  check(t !== undefined, `operand ${i} is missing`);
  check(t.kind === 'tensor', () => `operand ${i} must be a tensor, but is ${showType(t)}`);
  return t;
}

/** The declared type of result `i`: for ops whose operands do not determine it. */
export function declaredType(c: InferContext, i = 0): TensorType {
  const t = c.declared?.[i];
  check(t !== undefined, 'the result type does not follow from the operands: declare it');
  check(t.kind === 'tensor', () => `the result must be a tensor, but ${showType(t)} is declared`);
  return t;
}

/** Attributes as the op's own type; the shape rule checks what it relies on. */
export const attributesOf = <T>(c: { readonly attributes: unknown }): T => c.attributes as T;

/** Operand `i`, which the shape rule has made sure is a tensor. */
export function operandTensor(c: EvaluateContext, i: number): Tensor {
  return asTensor(c.operands[i]);
}

export function asTensor(v: RuntimeValue | undefined): Tensor {
  if (v === undefined || v === TOKEN_VALUE) throw new OpError('expected a tensor, found a token');
  return v;
}

/**
 * The type of result `i` of an evaluation. Where it has dynamic dimensions, the op computes them itself from its
 * operands' sizes; ops that cannot call this refuse.
 */
export function resultType(c: EvaluateContext, i = 0): TensorType {
  const t = c.results[i];
  if (t?.kind !== 'tensor') throw new OpError(`result ${i} is not a tensor`);
  return t;
}

export function checkRank(t: TensorType, rank: number, what: string): void {
  check(t.dims.length === rank, () => `${what} must have rank ${rank}, but is ${showType(t)}`);
}

/** One number for each of `rank` dimensions. */
export function checkLength(list: readonly unknown[], rank: number, what: string): void {
  check(list.length === rank, () => `${what} must have ${rank} entries, but has ${list.length}`);
}

/** Each entry is a dimension of a tensor of rank `rank`, none twice. */
export function checkDimensions(list: readonly number[], rank: number, what: string): void {
  for (const d of list) checkDimension(d, rank, what);
  check(new Set(list).size === list.length, () => `${what} [${list}] names a dimension twice`);
}

export function checkDimension(d: number, rank: number, what: string): void {
  check(Number.isInteger(d) && d >= 0 && d < rank, () => `${what} ${d} is not a dimension of a tensor of rank ${rank}`);
}

export function checkInteger(t: TensorType, what: string): void {
  const cls = ELEMENT[t.element].class;
  check(cls === 'signed' || cls === 'unsigned', () => `${what} must hold integers, but is ${showType(t)}`);
}

export function checkElement(a: TensorType, element: ElementType, what: string): void {
  check(a.element === element, () => `${what} must hold ${element}, but is ${showType(a)}`);
}

/** Equal sizes, a dynamic one fitting any. */
export const sizesAgree = (a: number, b: number): boolean => a === b || a < 0 || b < 0;

export function dimsAgree(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => sizesAgree(d, b[i]!));
}

export const isToken = (t: ValueType): boolean => t.kind === 'token';

/** A tensor's integers as JavaScript numbers, clamped to the range in which they are exact: for indices and sizes. */
export function integersOf(t: Tensor): number[] {
  return Array.from(t.data as ArrayLike<number | bigint>, toIndex);
}

/** The integers in operand `i`, where its value is known already. */
export function knownIntegers(c: InferContext, i: number): number[] | undefined {
  const value = c.known?.(i);
  return value && integersOf(value);
}

/** An index or a size as a number: beyond 2^53 it is out of every range alike. */
export function toIndex(v: number | bigint): number {
  if (typeof v === 'number') return v;
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(v > limit ? limit : v < -limit ? -limit : v);
}
