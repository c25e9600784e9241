/**
 * `dense<…>` payloads: found, checked and counted when the text is read, decoded when the values are first needed.
 * Payloads of up to `EAGER` bytes are decoded at once, so that what is wrong in them is reported with the rest.
 */
import { Literal } from '../literal.js';
import { encodeFunction, type NarrowFloat } from '../numeric/float-formats.js';
import { partsOf, storageOf, type TypedArray } from '../tensor.js';
import {
  DYNAMIC,
  ELEMENT,
  elementCount,
  type FloatType,
  isFloat,
  partType,
  showType,
  type TensorType,
} from '../types.js';
import type { Scanner } from './scanner.js';

const EAGER = 4096;
const [COMMA, PAREN, QUOTE, MINUS] = [44, 40, 34, 45];

/** How a text writes lists of elements. */
export interface Notation {
  /** The brackets of a list, as bytes. */
  readonly open: number;
  readonly close: number;
  /** A float that is no decimal number (`inf`), or its bits; undefined where the word is none. */
  special?(word: string, type: FloatType): number | bigint | undefined;
}

const MLIR: Notation = { open: 91, close: 93 };
const isSpace = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9;

/** The payload of `dense<…>`: skips to its end. `dense<` is read. */
export function skipPayload(s: Scanner): { from: number; to: number } {
  s.skip();
  const from = s.pos;
  const quoted = s.bytes[from] === QUOTE ? s.bytes.indexOf(QUOTE, from + 1) : from;
  const to = quoted < 0 ? -1 : s.bytes.indexOf(62, quoted);
  if (to < 0) s.fail("this constant is never closed with '>'", from);
  s.pos = to + 1;
  return { from, to };
}

/** The literal that bytes `from` to `to` stand for. Throws `SourceError`. */
export function literalOf(s: Scanner, from: number, end: number, type: TensorType, notation = MLIR): Literal {
  let to = end;
  while (to > from && isSpace(s.bytes[to - 1]!)) to--;
  if (type.dims.includes(DYNAMIC)) s.fail(`a constant needs static sizes, but its type is ${showType(type)}`, from);
  const count = elementCount(type.dims);
  const first = s.bytes[from];
  if (first === QUOTE) return hexLiteral(s, from + 1, to - 1, type, count);
  if (from === to) {
    if (count !== 0) s.fail(`this constant holds no elements, but ${showType(type)} has ${count}`, from);
    return Literal.dense(type, new (storageOf(type.element))(0));
  }
  const decode = (n: number) => () => decodeTokens(s, from, to, type, n, notation);
  if (first !== notation.open) {
    const scalar = decode(1)();
    return Literal.splat(type, scalar);
  }
  checkList(s, from, to, type, notation);
  if (to - from > EAGER) return Literal.lazy(type, decode(count));
  return Literal.dense(type, decode(count)());
}

/** Checks that the brackets nest as the type's dimensions say. */
function checkList(s: Scanner, from: number, to: number, type: TensorType, { open, close }: Notation): void {
  const { bytes } = s;
  const [opening, closing] = [open, close].map((c) => `'${String.fromCharCode(c)}'`);
  const { dims } = type;
  const rank = dims.length;
  const counts: number[] = [0];
  const wrong = (at: number, what: string): never => s.fail(`${what} in a constant of type ${showType(type)}`, at);
  let depth = 0;
  let wantsValue = true;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (isSpace(c)) continue;
    if (c === COMMA) {
      if (wantsValue || depth === 0) wrong(i, "unexpected ','");
      wantsValue = true;
    } else if (c === close) {
      const size = dims[depth - 1];
      if (depth === 0 || (wantsValue && counts[depth]! > 0)) wrong(i, `unexpected ${closing}`);
      if (counts[depth] !== size) wrong(i, `a list of ${counts[depth]} where dimension ${depth - 1} has size ${size}`);
      depth--;
      wantsValue = false;
    } else {
      if (!wantsValue) wrong(i, `expected ',' or ${closing}`);
      counts[depth]!++;
      if (c === open) {
        if (++depth > rank) wrong(i, `more than ${rank} nested lists`);
        counts[depth] = 0;
        continue;
      }
      if (depth !== rank) wrong(i, `expected ${opening} of dimension ${depth}`);
      wantsValue = false;
      i = tokenEnd(bytes, i, to, close) - 1;
    }
  }
  if (depth !== 0) wrong(to, `expected ${closing}`);
}

/** The end of the number or pair of numbers at `i`. */
function tokenEnd(bytes: Buffer, i: number, to: number, close: number): number {
  if (bytes[i] === PAREN) {
    const end = bytes.indexOf(41, i);
    return end < 0 || end >= to ? to : end + 1;
  }
  let e = i;
  for (; e < to; e++) {
    const c = bytes[e]!;
    if (c === COMMA || c === close || c <= 32) break;
  }
  return e;
}

/** Reads `count` elements, wherever brackets, commas and parentheses stand. */
function decodeTokens(
  s: Scanner,
  from: number,
  to: number,
  type: TensorType,
  count: number,
  notation: Notation,
): TypedArray {
  const { bytes } = s;
  const parts = partsOf(type.element);
  const data = new (storageOf(type.element))(count * parts);
  const put = tokenReader(s, type, data, notation);
  const { open, close } = notation;
  let n = 0;
  for (let i = from; i < to; ) {
    const c = bytes[i]!;
    if (c === COMMA || c === open || c === close || isSpace(c)) {
      i++;
      continue;
    }
    const end = tokenEnd(bytes, i, to, close);
    if (n >= data.length) s.fail(`expected one number, found more`, i);
    if (parts === 2) {
      const [re, im] = pairAt(s, i, end);
      put(n++, re[0], re[1]);
      put(n++, im[0], im[1]);
    } else put(n++, i, end);
    i = end;
  }
  return data;
}

/** The two numbers of `(re, im)`, as ranges. */
function pairAt(s: Scanner, from: number, to: number): [[number, number], [number, number]] {
  const comma = s.bytes.indexOf(COMMA, from);
  if (s.bytes[from] !== PAREN || s.bytes[to - 1] !== 41 || comma < 0 || comma >= to) {
    s.fail('a complex number is written (re, im)', from);
  }
  const trim = (a: number, b: number): [number, number] => {
    while (a < b && isSpace(s.bytes[a]!)) a++;
    while (b > a && isSpace(s.bytes[b - 1]!)) b--;
    return [a, b];
  };
  return [trim(from + 1, comma), trim(comma + 1, to - 1)];
}

type TokenReader = (index: number, from: number, to: number) => void;

/** Stores the number written in a range of bytes as element `index` of `data`. */
function tokenReader(s: Scanner, type: TensorType, data: TypedArray, notation: Notation): TokenReader {
  const part = partType(type.element);
  const { bits, class: cls } = ELEMENT[part];
  const wrong = (from: number, to: number): never =>
    s.fail(`'${s.text(from, Math.min(to, from + 40))}' is not a number of type ${part}`, from);
  if (cls === 'pred') {
    return (i, from, to) => {
      const text = s.text(from, to);
      if (text === 'true' || text === 'false') data[i] = text === 'true' ? 1 : 0;
      else if (text === '0' || text === '1' || text === '-1') data[i] = text === '0' ? 0 : 1;
      else wrong(from, to);
    };
  }
  if (isFloat(part)) {
    const encode = bits < 32 ? encodeFunction(part as NarrowFloat) : undefined;
    const patterns = patternsOf(data);
    const putBits = (i: number, pattern: bigint): void => {
      patterns[i] = patterns instanceof BigUint64Array ? pattern : Number(pattern);
    };
    return (i, from, to) => {
      if (isHex(s.bytes, from, to)) {
        const pattern = BigInt(s.text(from, to));
        if (pattern >> BigInt(bits) !== 0n) wrong(from, to);
        putBits(i, pattern);
        return;
      }
      let x: number | bigint | undefined = decimal(s.bytes, from, to);
      if (Number.isNaN(x)) {
        x = notation.special?.(s.text(from, Math.min(to, from + 40)), part);
        if (x === undefined) return wrong(from, to);
        if (typeof x === 'bigint') return putBits(i, x);
      }
      data[i] = encode ? encode(x) : x;
    };
  }
  const [low, high] =
    cls === 'signed' ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
  const [lowest, highest] = [Number(low), Number(high)];
  return (i, from, to) => {
    if (bits < 64 || to - from < 16) {
      const x = integer(s.bytes, from, to);
      if (!Number.isNaN(x)) {
        if (x < lowest || x > highest) s.fail(`${x} is out of the range of ${part}`, from);
        data[i] = bits === 64 ? (BigInt(x) as unknown as number) : x;
        return;
      }
    }
    const text = s.text(from, to);
    if (!/^-?\d{1,40}$|^0x[0-9a-fA-F]{1,40}$/.test(text)) wrong(from, to);
    const x = text[0] === '-' ? -BigInt(text.slice(1)) : BigInt(text);
    if (x < low || x > high) s.fail(`${x} is out of the range of ${part}`, from);
    data[i] = (bits === 64 ? x : Number(x)) as number;
  };
}

/** The same memory as unsigned integers. */
export function patternsOf({ buffer, byteOffset, length, BYTES_PER_ELEMENT: width }: TypedArray): TypedArray {
  if (width === 8) return new BigUint64Array(buffer, byteOffset, length);
  const Patterns = width === 4 ? Uint32Array : width === 2 ? Uint16Array : Uint8Array;
  return new Patterns(buffer as ArrayBuffer, byteOffset, length);
}

function isHex(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] !== 48 || bytes[from + 1] !== 120 || to - from < 3 || to - from > 34) return false;
  for (let i = from + 2; i < to; i++) {
    const c = bytes[i]! | 32;
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false;
  }
  return true;
}

/** A decimal integer of up to 15 digits; NaN for anything else. */
function integer(bytes: Buffer, from: number, to: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  if (start === to || to - start > 15) return Number.NaN;
  let x = 0;
  for (let i = start; i < to; i++) {
    const d = bytes[i]! - 48;
    if (d < 0 || d > 9) return Number.NaN;
    x = x * 10 + d;
  }
  return start === from ? x : 0 - x;
}

const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);

/** The double nearest to a decimal literal; NaN where it is none. Exact: up to 15 digits and 10^±22 divide or
 *  multiply two exact doubles (Clinger's fast path), the rest is left to `Number`. */
function decimal(bytes: Buffer, from: number, to: number): number {
  let i = bytes[from] === MINUS ? from + 1 : from;
  const negative = i > from;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let point = false;
  for (; i < to; i++) {
    const c = bytes[i]!;
    if (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      if (mantissa > 0) digits++;
      if (point) scale--;
    } else if (c === 46 && !point) point = true;
    else break;
  }
  if (i < to && (bytes[i]! | 32) === 101) {
    const sign = bytes[i + 1] === MINUS ? -1 : 1;
    const start = bytes[i + 1] === MINUS || bytes[i + 1] === 43 ? i + 2 : i + 1;
    const exponent = integer(bytes, start, to);
    if (Number.isNaN(exponent) || exponent < 0) return Number.NaN;
    scale += sign * exponent;
    i = to;
  }
  if (i !== to) return Number.NaN;
  if (digits <= 15 && scale >= -22 && scale <= 22) {
    const x = scale < 0 ? mantissa / POWERS[-scale]! : mantissa * POWERS[scale]!;
    return negative ? -x : x;
  }
  const text = bytes.toString('latin1', from, to);
  return /^-?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** `"0x…"`: little-endian bytes, row-major; one element's worth is a splat. Booleans are bytes or packed bits. */
function hexLiteral(s: Scanner, from: number, to: number, type: TensorType, count: number): Literal {
  if (s.bytes[from] !== 48 || s.bytes[from + 1] !== 120 || (to - from) % 2 !== 0) {
    s.fail('a constant in quotes is "0x" and an even number of hexadecimal digits', from);
  }
  return bytesLiteral(s, from, (to - from - 2) / 2, () => hexBytes(s, from + 2, to), type, count);
}

/** A literal of raw bytes, `size` of them. */
export function bytesLiteral(
  s: Scanner,
  at: number,
  size: number,
  read: () => Uint8Array,
  type: TensorType,
  count = elementCount(type.dims),
): Literal {
  const width = ELEMENT[type.element].bytes;
  const values = (n: number) => () => {
    const Storage = storageOf(type.element);
    const source = read();
    // A fresh array of bytes: typed arrays need alignment.
    const copy = new Uint8Array(source);
    return new Storage(copy.buffer, 0, n * partsOf(type.element));
  };
  const make = (n: number, decode: () => TypedArray): Literal => {
    if (n !== count) return Literal.splat(type, decode());
    if (size > EAGER) return Literal.lazy(type, decode);
    return Literal.dense(type, decode());
  };
  const packed = Math.ceil(count / 8);
  if (type.element === 'pred' && size === packed && size !== count) {
    return make(count, () => {
      const source = read();
      return Uint8Array.from({ length: count }, (_, i) => (source[i >> 3]! >> (i & 7)) & 1);
    });
  }
  if (size === width && count !== 1) return Literal.splat(type, normalize(type, values(1))());
  if (size !== count * width) {
    s.fail(`this constant holds ${size} bytes, but ${showType(type)} takes ${count * width}`, at);
  }
  return make(count, normalize(type, values(count)));
}

/** Booleans are 0 or 1, whatever byte stood for true. */
function normalize(type: TensorType, decode: () => TypedArray): () => TypedArray {
  if (type.element !== 'pred') return decode;
  return () => (decode() as Uint8Array).map((b) => (b ? 1 : 0));
}

const CHUNK = 1 << 26;

/** The bytes that hexadecimal digits stand for; in pieces, as a JavaScript string cannot hold them all. */
export function hexBytes(s: Scanner, from: number, to: number): Uint8Array {
  const out = Buffer.alloc((to - from) / 2);
  for (let at = from; at < to; at += CHUNK) {
    const end = Math.min(at + CHUNK, to);
    const written = out.write(s.bytes.toString('latin1', at, end), (at - from) / 2, 'hex');
    if (written * 2 !== end - at) s.fail('expected a hexadecimal digit', at + written * 2);
  }
  return out;
}
