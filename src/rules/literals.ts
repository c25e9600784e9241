/** Constants as rules see them. */
import {
  ELEMENT,
  type ElementType,
  isComplex,
  Literal,
  partsOf,
  storageOf,
  type TensorType,
  type TypedArray,
} from '../hlo/index.js';
import { reader, writer } from '../hlo/numeric/access.js';
import type { Scalar } from '../hlo/registry.js';

/** `n` everywhere, rounded to the element type; n + 0i for complex types. */
export const literalOf = (type: TensorType, n: number): Literal => Literal.splat(type, stored(type.element, [n]));

/** One number an element, each rounded like that. */
export const literalOfList = (type: TensorType, values: readonly number[]): Literal =>
  Literal.dense(type, stored(type.element, values));

function stored(element: ElementType, values: readonly number[]): TypedArray {
  const data = new (storageOf(element))(values.length * partsOf(element));
  const big = ELEMENT[element].bits === 64 && !isComplex(element) && ELEMENT[element].class !== 'float';
  const write = writer(element);
  values.forEach((n, i) => {
    write(data, i, isComplex(element) ? [n, 0] : big ? BigInt(n) : n);
  });
  return data;
}

/** The element of a splat. */
export const splatValue = (l: Literal): Scalar => reader(l.type.element)(l.scalar(), 0);

/** Whether every element is `n`, bit for bit where zeros differ in sign. Complex literals never are. */
export function isEverywhere(l: Literal, n: number): boolean {
  if (!l.isSplat || isComplex(l.type.element)) return false;
  const x = splatValue(l);
  return typeof x === 'bigint' ? Number.isInteger(n) && x === BigInt(n) : Object.is(x, n);
}

/** Equal types and equal bits. */
export function sameLiteral(a: Literal, b: Literal): boolean {
  if (a === b) return true;
  if (a.isSplat !== b.isSplat || a.type.element !== b.type.element) return false;
  if (a.type.dims.length !== b.type.dims.length || a.type.dims.some((d, i) => d !== b.type.dims[i])) return false;
  const x = a.isSplat ? a.scalar() : a.tensor().data;
  const y = b.isSplat ? b.scalar() : b.tensor().data;
  const bytes = (t: ArrayBufferView) => Buffer.from(t.buffer, t.byteOffset, t.byteLength);
  return bytes(x).equals(bytes(y));
}

/** All elements as numbers; 64-bit integers beyond 2^53 lose bits. */
export function numbersOf(l: Literal): number[] {
  const { data } = l.tensor();
  const read = reader(l.type.element);
  return Array.from({ length: data.length }, (_, i) => Number(read(data, i) as number | bigint));
}
