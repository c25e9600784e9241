import type { TypedArray } from '../tensor.js';
import { storageOf } from '../tensor.js';
import { ELEMENT, type ElementType } from '../types.js';

/** The bits of an array's elements without gaps, lowest first: elements under a byte wide take a byte each in memory. */
function packed(data: TypedArray, element: ElementType): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const { bits } = ELEMENT[element];
  if (bits >= 8) return bytes;
  const out = new Uint8Array(Math.ceil((bytes.length * bits) / 8));
  const mask = (1 << bits) - 1;
  bytes.forEach((b, i) => {
    const at = i * bits;
    const pair = (b & mask) << (at & 7);
    out[at >> 3]! |= pair & 0xff;
    if (pair > 0xff) out[(at >> 3) + 1]! |= pair >> 8;
  });
  return out;
}

/** The same bits read as `count` numbers of another type. */
export function reinterpret(data: TypedArray, from: ElementType, to: ElementType, count: number): TypedArray {
  const bytes = packed(data, from);
  const Storage = storageOf(to);
  const { bits, class: cls } = ELEMENT[to];
  if (bits >= 8) return new Storage(bytes.slice().buffer);
  const out = new Storage(count) as Int8Array;
  const shift = 32 - bits;
  for (let i = 0; i < count; i++) {
    const at = i * bits;
    const pair = bytes[at >> 3]! | ((bytes[(at >> 3) + 1] ?? 0) << 8);
    const field = (pair >> (at & 7)) << shift;
    out[i] = cls === 'signed' ? field >> shift : field >>> shift;
  }
  return out;
}
