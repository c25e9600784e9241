/** Test values of every element type, and comparison of buffers up to the bits of NaNs. */
import { codec } from '../../../src/hlo/numeric/access.js';
import { decodeTable, type NarrowFloat } from '../../../src/hlo/numeric/float-formats.js';
import { storageOf, type TypedArray } from '../../../src/hlo/tensor.js';
import { ELEMENT, type ElementType, partType, type RealType } from '../../../src/hlo/types.js';

/** xorshift32: the same numbers on every machine. */
export function randomBits(seed: number): () => number {
  let x = seed >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x;
  };
}

const HALVES = [
  0,
  0.5,
  1,
  1.5,
  2.5,
  3.5,
  127.5,
  255.4,
  256,
  32767.5,
  65504,
  65519,
  65520,
  0.1,
  1 / 3,
  8388609,
  16777217,
];
const EDGES = [31, 32, 63, 64].flatMap((e) => [2 ** e, 2 ** e * (1 - 2 ** -24), 2 ** e * (1 + 2 ** -23)]);
const TINY = [2 ** -149, 2 ** -126, 2 ** -126 - 2 ** -149, 2 ** -24, 2 ** -25];
const LARGE = [(2 - 2 ** -23) * 2 ** 127, Number.POSITIVE_INFINITY];
const FLOATS = [...HALVES, ...EDGES, ...TINY, ...LARGE].flatMap((x) => [x, -x]).concat(Number.NaN);
const DOUBLES = [
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  1e300,
  -1e-300,
  (2 - 2 ** -24) * 2 ** 127,
  2 ** -150,
  1 + 2 ** -24,
  1 + 2 ** -24 + 2 ** -50,
  1 + 2 ** -8 + 2 ** -40,
  65520 - 2 ** -36,
  2 ** 52 + 0.5,
  2 ** 53 + 2,
];

/** `count` elements of the type: its special values, then random ones. */
export function samples(element: ElementType, count: number, seed: number): TypedArray {
  const data = new (storageOf(element))(count) as TypedArray & { [i: number]: number | bigint };
  const random = randomBits(seed);
  const { class: cls } = ELEMENT[partType(element)];
  const special = specials(element);
  // Rotated by the seed, so that two operands meet in other pairs.
  for (let i = 0; i < count; i++) {
    const chosen = special[(i * (1 + 2 * (seed % 7)) + seed) % special.length]!;
    if (i % 3 === 2 && cls !== 'pred') data[i] = fromBits(element, random, i);
    else data[i] = chosen;
  }
  if (cls === 'pred') for (let i = 0; i < count; i++) data[i] = random() & 1;
  return data;
}

function specials(element: ElementType): (number | bigint)[] {
  const { class: cls, bits } = ELEMENT[partType(element)];
  if (cls === 'float') {
    const { encode } = codec(partType(element) as RealType);
    const values = element === 'f64' ? [...FLOATS, ...DOUBLES] : FLOATS;
    return encode ? values.map((x) => encode(x)) : values;
  }
  if (cls === 'pred') return [0, 1];
  const wrap = cls === 'signed' ? BigInt.asIntN : BigInt.asUintN;
  const top = 1n << BigInt(bits - 1);
  const all = [0n, 1n, -1n, top, top - 1n, -top, 2n, 3n, -7n, 100n].map((n) => wrap(bits, n));
  return bits === 64 ? all : all.map(Number);
}

/** A random value; for floats half of them near 1, half anywhere. */
function fromBits(element: ElementType, random: () => number, i: number): number | bigint {
  const { class: cls, bits } = ELEMENT[partType(element)];
  const word = random();
  if (cls !== 'float') {
    const wrap = cls === 'signed' ? BigInt.asIntN : BigInt.asUintN;
    const n = wrap(bits, (BigInt(word) << 32n) | BigInt(random()));
    return bits === 64 ? n : Number(n);
  }
  if (bits < 32) return word & ((1 << bits) - 1);
  if (i % 2) return (word / 2 ** 31 - 1) * 8;
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, word);
  view.setUint32(4, random());
  return element === 'f64' ? view.getFloat64(0) : view.getFloat32(0);
}

/** The first place where two buffers differ, told in words; NaNs are alike. */
export function difference(element: ElementType, actual: TypedArray, expected: TypedArray): string | undefined {
  const part = partType(element);
  const narrow = ELEMENT[part].class === 'float' && ELEMENT[part].bits < 32;
  const table = narrow ? decodeTable(part as NarrowFloat) : undefined;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    if (Object.is(a, e)) continue;
    if (table && Number.isNaN(table[Number(a)]) && Number.isNaN(table[Number(e)])) continue;
    return `element ${i}: ${a} instead of ${e}`;
  }
  return undefined;
}
