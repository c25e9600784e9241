/** Ops on the bits of integers and on pred. */
import type { OpDefinition, ScalarFunction } from '../registry.js';
import { ELEMENT } from '../types.js';
import { elementwise, integers, type Kernel, numbers } from './elementwise.js';

const MASK64 = 0xffff_ffff_ffff_ffffn;

function popcount32(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const low = (x: bigint): number => Number(x & 0xffff_ffffn);
const high = (x: bigint): number => Number((x >> 32n) & 0xffff_ffffn);

/** A kernel of an integer type's width: `small` for 32 bits and fewer, handed the width and the mask of its bits. */
const byWidth =
  (small: (bits: number, mask: number) => (...x: number[]) => number, big: (...x: bigint[]) => bigint): Kernel =>
  (element) => {
    const { bits } = ELEMENT[element];
    return (bits === 64 ? big : small(bits, -1 >>> (32 - bits))) as unknown as ScalarFunction;
  };

const both = (kernel: Kernel) => ({ signed: kernel, unsigned: kernel });

/** A shift by the width or more, negative amounts read as unsigned ones included, shifts every bit out. */
const shift = (name: string, doc: string, kernel: Kernel): OpDefinition =>
  elementwise({ name, doc, arity: 2, kernels: both(kernel) });

export const BIT_OPS: readonly OpDefinition[] = [
  elementwise({
    name: 'and',
    doc: 'bitwise and',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a & b),
      ...both(
        integers(
          (a, b) => a & b,
          (a, b) => a & b,
        ),
      ),
    },
  }),
  elementwise({
    name: 'or',
    doc: 'bitwise or',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a | b),
      ...both(
        integers(
          (a, b) => a | b,
          (a, b) => a | b,
        ),
      ),
    },
  }),
  elementwise({
    name: 'xor',
    doc: 'bitwise exclusive or',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a ^ b),
      ...both(
        integers(
          (a, b) => a ^ b,
          (a, b) => a ^ b,
        ),
      ),
    },
  }),
  elementwise({
    name: 'not',
    doc: 'bitwise not; logical not of pred',
    arity: 1,
    kernels: {
      pred: numbers((a) => 1 - a),
      ...both(
        integers(
          (a) => ~a,
          (a) => ~a,
        ),
      ),
    },
  }),
  shift(
    'shift-left',
    'x × 2^y, wrapped; 0 where y is the width or more',
    byWidth(
      (bits) => (a, s) => (s >= 0 && s < bits ? a << s : 0),
      (a, s) => (s >= 0n && s < 64n ? a << s : 0n),
    ),
  ),
  shift(
    'shift-right-logical',
    'the bits of x moved down, zeros coming in; 0 where y is the width or more',
    byWidth(
      (bits, mask) => (a, s) => (s >= 0 && s < bits ? (a & mask) >>> s : 0),
      (a, s) => (s >= 0n && s < 64n ? (a & MASK64) >> s : 0n),
    ),
  ),
  shift(
    'shift-right-arithmetic',
    'the bits of x moved down, the sign bit coming in; all sign where y is the width or more',
    byWidth(
      (bits) => (a, s) => ((a << (32 - bits)) >> (32 - bits)) >> (s >= 0 && s < bits ? s : bits - 1),
      (a, s) => BigInt.asIntN(64, a) >> (s >= 0n && s < 64n ? s : 63n),
    ),
  ),
  elementwise({
    name: 'popcnt',
    doc: 'how many bits are 1',
    arity: 1,
    kernels: both(
      byWidth(
        (_, mask) => (a) => popcount32(a & mask),
        (a) => BigInt(popcount32(low(a)) + popcount32(high(a))),
      ),
    ),
  }),
  elementwise({
    name: 'count-leading-zeros',
    doc: 'how many bits above the highest 1 are 0',
    arity: 1,
    hlo: ['count-leading-zeros'],
    kernels: both(
      byWidth(
        (bits, mask) => (a) => Math.clz32(a & mask) - (32 - bits),
        (a) => BigInt(high(a) ? Math.clz32(high(a)) : 32 + Math.clz32(low(a))),
      ),
    ),
  }),
];
