import type { FloatType } from '../types.js';
import { decodeTable, encodeFunction } from './float-formats.js';

/** Bit patterns of one format. Patterns of one sign are in the order of their magnitudes. */
interface Patterns {
  toBits(x: number): bigint;
  fromBits(bits: bigint): number;
  readonly sign: bigint;
}

function patternsOf(element: FloatType): Patterns {
  if (element === 'f32' || element === 'f64') {
    const view = new DataView(new ArrayBuffer(8));
    const wide = element === 'f64';
    return {
      toBits: (x) => {
        if (wide) view.setFloat64(0, x);
        else view.setFloat32(0, x);
        return wide ? view.getBigUint64(0) : BigInt(view.getUint32(0));
      },
      fromBits: (bits) => {
        if (wide) view.setBigUint64(0, bits);
        else view.setUint32(0, Number(bits));
        return wide ? view.getFloat64(0) : view.getFloat32(0);
      },
      sign: wide ? 1n << 63n : 1n << 31n,
    };
  }
  const table = decodeTable(element);
  const encode = encodeFunction(element);
  return {
    toBits: (x) => BigInt(encode(x)),
    fromBits: (bits) => table[Number(bits)]!,
    sign: element === 'f8e8m0fnu' ? 0n : BigInt(table.length / 2),
  };
}

/** IEEE 754's nextAfter in a format: the neighbour of x in the direction of y; y where they are equal. */
export function nextAfter(element: FloatType): (x: number, y: number) => number {
  const { toBits, fromBits, sign } = patternsOf(element);
  return (x, y) => {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    if (x === y) return y;
    if (x === 0) return fromBits(y > 0 ? 1n : sign + 1n);
    return fromBits(toBits(x) + (y > x === x > 0 ? 1n : -1n));
  };
}
