/** Arithmetic, order and rounding: results are exact or correctly rounded. */
import * as complex from '../numeric/complex.js';
import { roundNearestEven } from '../numeric/float-formats.js';
import { maxBigInt, minBigInt } from '../numeric/integers.js';
import { pow, roundAwayFromZero } from '../numeric/real.js';
import type { OpDefinition } from '../registry.js';
import { ELEMENT, partType } from '../types.js';
import { elementwise, integers, type Kernel, type Kernels, numbers, pairs } from './elementwise.js';

const both = (kernel: Kernel): Kernels => ({ signed: kernel, unsigned: kernel });

/** Integer division truncates; x / 0 has all bits set, and the smallest number over −1 wraps to itself. */
const divideIntegers = integers(
  (a, b) => (b === 0 ? -1 : Math.trunc(a / b)),
  (a, b) => (b === 0n ? -1n : a / b),
);

function powNumber(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let b = base, e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = Math.imul(result, b);
    b = Math.imul(b, b);
  }
  return result;
}

function powBigInt(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = BigInt.asUintN(64, result * b);
    b = BigInt.asUintN(64, b * b);
  }
  return result;
}

/** The upper half of the product of two n-bit integers; of 32 bits and more a double does not hold the product. */
const mulHigh: Kernel = (element, attributes, result) => {
  const { bits } = ELEMENT[element];
  const upper = bits < 32 ? (a: number, b: number) => Math.floor((a * b) / 2 ** bits) : mulHigh32;
  return integers(upper, (a, b) => (a * b) >> 64n)(element, attributes, result);
};
const mulHigh32 = (a: number, b: number): number => Number((BigInt(a) * BigInt(b)) >> 32n);

const BINARY: readonly OpDefinition[] = [
  elementwise({
    name: 'add',
    doc: 'x + y; or of pred',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a | b),
      ...both(
        integers(
          (a, b) => a + b,
          (a, b) => a + b,
        ),
      ),
      float: numbers((a, b) => a + b),
      complex: pairs(complex.add),
    },
  }),
  elementwise({
    name: 'subtract',
    doc: 'x − y',
    arity: 2,
    kernels: {
      ...both(
        integers(
          (a, b) => a - b,
          (a, b) => a - b,
        ),
      ),
      float: numbers((a, b) => a - b),
      complex: pairs(complex.subtract),
    },
  }),
  elementwise({
    name: 'multiply',
    doc: 'x × y; and of pred',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a & b),
      ...both(integers(Math.imul, (a, b) => a * b)),
      float: numbers((a, b) => a * b),
      complex: pairs(complex.multiply),
    },
  }),
  elementwise({
    name: 'divide',
    doc: 'x / y; of integers truncated, x / 0 having all bits set',
    arity: 2,
    kernels: { ...both(divideIntegers), float: numbers((a, b) => a / b), complex: pairs(complex.divide) },
  }),
  elementwise({
    name: 'remainder',
    doc: 'x − y × trunc(x / y), exact, with the sign of x; x for integers where y = 0',
    arity: 2,
    kernels: {
      ...both(
        integers(
          (a, b) => (b === 0 ? a : a % b),
          (a, b) => (b === 0n ? a : a % b),
        ),
      ),
      float: numbers((a, b) => a % b),
    },
  }),
  elementwise({
    name: 'maximum',
    doc: 'the larger; NaN where either is; +0 over −0; or of pred; complex numbers lexicographically',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a | b),
      ...both(integers(Math.max, maxBigInt)),
      float: numbers(Math.max),
      complex: pairs(complex.maximum),
    },
  }),
  elementwise({
    name: 'minimum',
    doc: 'the smaller; NaN where either is; −0 under +0; and of pred; complex numbers lexicographically',
    arity: 2,
    traits: ['commutative'],
    kernels: {
      pred: numbers((a, b) => a & b),
      ...both(integers(Math.min, minBigInt)),
      float: numbers(Math.min),
      complex: pairs(complex.minimum),
    },
  }),
  elementwise({
    name: 'power',
    doc: 'x^y; of integers wrapped, and truncated where y < 0',
    arity: 2,
    kernels: { ...both(integers(powNumber, powBigInt)), float: numbers(pow), complex: pairs(complex.pow) },
  }),
  elementwise({
    name: 'mulhi',
    doc: 'the upper half of the bits of the full product',
    arity: 2,
    traits: ['commutative'],
    stablehlo: ['chlo.mulhi'],
    kernels: both(mulHigh),
  }),
];

const UNARY: readonly OpDefinition[] = [
  elementwise({
    name: 'abs',
    doc: '|x|, a real number for complex x; the smallest integer is its own',
    arity: 1,
    kernels: {
      signed: integers(Math.abs, (a) => (a < 0n ? -a : a)),
      float: numbers(Math.abs),
      complex: pairs(complex.abs),
    },
    result: (element) => partType(element),
  }),
  elementwise({
    name: 'negate',
    doc: '−x; integers wrap',
    arity: 1,
    kernels: {
      ...both(
        integers(
          (a) => -a,
          (a) => -a,
        ),
      ),
      float: numbers((a) => -a),
      complex: pairs(complex.negate),
    },
  }),
  elementwise({
    name: 'sign',
    doc: '−1, 0 or 1; NaN and ±0 stay; x / |x| for complex x',
    arity: 1,
    kernels: {
      signed: integers(Math.sign, (a) => (a > 0n ? 1n : a < 0n ? -1n : 0n)),
      float: numbers(Math.sign),
      complex: pairs(complex.sign),
    },
  }),
  elementwise({
    name: 'square',
    doc: 'x × x',
    arity: 1,
    stablehlo: ['chlo.square'],
    hlo: [],
    kernels: {
      ...both(
        integers(
          (a) => Math.imul(a, a),
          (a) => a * a,
        ),
      ),
      float: numbers((a) => a * a),
      complex: pairs((a) => complex.multiply(a, a)),
    },
  }),
  elementwise({ name: 'ceil', doc: 'the least integer not below x', arity: 1, kernels: { float: numbers(Math.ceil) } }),
  elementwise({
    name: 'floor',
    doc: 'the greatest integer not above x',
    arity: 1,
    kernels: { float: numbers(Math.floor) },
  }),
  elementwise({
    name: 'round-nearest-even',
    doc: 'the nearest integer, ties to the even one',
    arity: 1,
    kernels: { float: numbers(roundNearestEven) },
  }),
  elementwise({
    name: 'round-nearest-afz',
    doc: 'the nearest integer, ties away from zero',
    arity: 1,
    kernels: { float: numbers(roundAwayFromZero) },
  }),
];

export const ARITHMETIC_OPS: readonly OpDefinition[] = [...UNARY, ...BINARY];
