/** Prints constants: splats and small ones as numbers, others as hexadecimal bytes. Exact in either form. */
import type { Literal } from '../literal.js';
import { decodeTable, type NarrowFloat } from '../numeric/float-formats.js';
import { bytesOf, partsOf, type TypedArray } from '../tensor.js';
import { ELEMENT, elementCount, type FloatType, isFloat, partType, type RealType } from '../types.js';
import { patternsOf } from './dense.js';
import { floatToText, typeToText } from './types-text.js';

/** Up to this many elements are printed as numbers. */
const FEW = 32;
const MAX_RANK = 16;

/** `dense<…> : tensor<…>` */
export const literalToText = (l: Literal): string => `${payloadToText(l)} : ${typeToText(l.type)}`;

/** `dense<…>` without the type. */
export function payloadToText(l: Literal): string {
  const { element, dims } = l.type;
  const show = elementWriter(element === 'pred' ? 'pred' : partType(element), partsOf(element));
  if (l.isSplat) return `dense<${show(l.scalar(), 0)}>`;
  const count = elementCount(dims);
  if (count === 0) return 'dense<>';
  const { data } = l.tensor();
  if (count > FEW || dims.length > MAX_RANK) return `dense<"0x${hex(data, bytesOf(l.tensor()), element === 'pred')}">`;
  let next = 0;
  const list = (d: number): string =>
    d === dims.length ? show(data, next++) : `[${Array.from({ length: dims[d]! }, () => list(d + 1)).join(', ')}]`;
  return `dense<${list(0)}>`;
}

function hex(data: TypedArray, bytes: Uint8Array, isPred: boolean): string {
  if (!isPred) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase();
  // MLIR packs booleans: eight a byte, the first lowest.
  const packed = Buffer.alloc(Math.ceil(data.length / 8));
  for (let i = 0; i < data.length; i++) packed[i >> 3]! |= (data[i] as number) << (i & 7);
  return packed.toString('hex').toUpperCase();
}

export type ElementWriter = (data: TypedArray, index: number) => string;

/** How a text writes floats: finite ones by their shortest decimal form, others by their bits. */
export interface FloatWords {
  finite(x: number, shortest: string): string;
  special(pattern: number | bigint, type: FloatType): string;
}

/** The pattern itself: a NaN that passes through a JavaScript number may lose its payload. */
const MLIR: FloatWords = {
  finite: floatToText,
  special: (pattern, type) =>
    `0x${pattern
      .toString(16)
      .toUpperCase()
      .padStart(Math.ceil(ELEMENT[type].bits / 4), '0')}`,
};

/** Writes element `index` of the numbers of a literal. */
export function elementWriter(part: RealType, parts: 1 | 2, words = MLIR): ElementWriter {
  const show = numberWriter(part, words);
  return parts === 1 ? show : (data, i) => `(${show(data, 2 * i)}, ${show(data, 2 * i + 1)})`;
}

function numberWriter(part: RealType, words: FloatWords): ElementWriter {
  if (part === 'pred') return (data, i) => (data[i] ? 'true' : 'false');
  if (!isFloat(part)) return (data, i) => `${data[i]}`;
  const table = ELEMENT[part].bits < 32 ? decodeTable(part as NarrowFloat) : undefined;
  const shortest = part === 'f64' ? String : shortest32;
  return (data, i) => {
    const x = table ? table[data[i] as number]! : (data[i] as number);
    return Number.isFinite(x) ? words.finite(x, shortest(x)) : words.special(patternsOf(data)[i]!, part);
  };
}

/** The shortest decimal that reads back as the same f32. */
function shortest32(x: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(x.toPrecision(digits));
    if (Math.fround(text) === x) return `${text}`;
  }
  return `${Number(x.toPrecision(9))}`;
}
