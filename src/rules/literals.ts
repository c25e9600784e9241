/** Constants as rules see them. */
import { ELEMENT, isComplex, Literal, storageOf, type TensorType } from '../hlo/index.js';
import { reader, writer } from '../hlo/numeric/access.js';
import type { Scalar } from '../hlo/registry.js';

/** `n` everywhere, rounded to the element type; n + 0i for complex types. */
export function literalOf(type: TensorType, n: number): Literal {
  const data = new (storageOf(type.element))(isComplex(type.element) ? 2 : 1);
  const big = ELEMENT[type.element].bits === 64 && !isComplex(type.element) && ELEMENT[type.element].class !== 'float';
  writer(type.element)(data, 0, isComplex(type.element) ? [n, 0] : big ? BigInt(n) : n);
  return Literal.splat(type, data);
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
