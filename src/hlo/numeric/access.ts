/**
 * Elements as JavaScript scalars: numbers for floats, pred (0 or 1) and integers to 32 bits, bigints for 64-bit
 * integers, [re, im] pairs for complex types.
 */
import type { Scalar } from '../registry.js';
import type { TypedArray } from '../tensor.js';
import { ELEMENT, type ElementType, partType, type RealType } from '../types.js';
import { decodeTable, encodeFunction, type NarrowFloat } from './float-formats.js';

/** How the numbers of a typed array stand for elements of a real type. */
export interface Codec {
  /** Values by bit pattern; absent where the array holds the values themselves. */
  readonly table: Float32Array | undefined;
  /** Value to what the array stores, rounded or wrapped; absent where storing into the array does so itself. */
  readonly encode: ((x: number) => number) | undefined;
  /** The value that storing `x` and loading it again gives. */
  round(x: Scalar): Scalar;
}

const real = (round: (x: number) => number, encode?: (x: number) => number, table?: Float32Array): Codec => ({
  table,
  encode,
  round: round as (x: Scalar) => Scalar,
});

/** Two's complement of `bits` bits. A double beyond ±2^53 wraps by its exact value, as ToInt32 does. */
function integerCodec(signed: boolean, bits: number): Codec {
  if (bits === 64) {
    const wrap = signed
      ? (x: Scalar) => BigInt.asIntN(64, x as bigint)
      : (x: Scalar) => BigInt.asUintN(64, x as bigint);
    return { table: undefined, encode: undefined, round: wrap };
  }
  const shift = 32 - bits;
  const wrap = signed ? (x: number) => (x << shift) >> shift : (x: number) => (x << shift) >>> shift;
  return real(wrap, bits < 8 ? wrap : undefined);
}

function makeCodec(element: RealType): Codec {
  const { class: cls, bits } = ELEMENT[element];
  if (cls === 'signed' || cls === 'unsigned') return integerCodec(cls === 'signed', bits);
  if (cls === 'pred') return real((x) => (x ? 1 : 0));
  if (element === 'f64') return real((x) => x);
  if (element === 'f32') return real(Math.fround);
  const table = decodeTable(element as NarrowFloat);
  const encode = encodeFunction(element as NarrowFloat);
  return real((x) => table[encode(x)]!, encode, table);
}

const codecs = new Map<RealType, Codec>();

export function codec(element: RealType): Codec {
  let c = codecs.get(element);
  if (!c) codecs.set(element, (c = makeCodec(element)));
  return c;
}

export type Reader = (data: TypedArray, i: number) => Scalar;
export type Writer = (data: TypedArray, i: number, x: Scalar) => void;

/** Element `i` of an array that stores elements of this type. */
export function reader(element: ElementType): Reader {
  if (ELEMENT[element].class === 'complex') return (data, i) => [data[2 * i] as number, data[2 * i + 1] as number];
  const { table } = codec(element as RealType);
  return table ? (data, i) => table[data[i] as number]! : (data, i) => data[i]!;
}

/** Stores an element, rounded to nearest even (floats) or wrapped (integers) to the type. */
export function writer(element: ElementType): Writer {
  if (ELEMENT[element].class === 'complex') {
    return (data, i, x) => {
      const [re, im] = x as readonly [number, number];
      data[2 * i] = re;
      data[2 * i + 1] = im;
    };
  }
  const { encode } = codec(element as RealType);
  return encode
    ? (data, i, x) => {
        data[i] = encode(x as number);
      }
    : (data, i, x) => {
        data[i] = x as number;
      };
}

/** The element of the type that is nearest to `x` (floats, ties to even) or congruent to it (integers). */
export function roundTo(element: ElementType, x: Scalar): Scalar {
  return rounder(element)(x);
}

/** `roundTo` of one type. */
export function rounder(element: ElementType): (x: Scalar) => Scalar {
  const { round } = codec(partType(element));
  if (ELEMENT[element].class !== 'complex') return round;
  return (x) => {
    const [re, im] = x as readonly [number, number];
    return [round(re) as number, round(im) as number];
  };
}
