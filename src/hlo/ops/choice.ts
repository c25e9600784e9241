/** Comparisons, and choosing between values. */
import type { CompareAttributes } from '../attributes.js';
import type { Complex } from '../numeric/complex.js';
import * as complex from '../numeric/complex.js';
import { maxBigInt, minBigInt } from '../numeric/integers.js';
import type { OpDefinition, ScalarFunction } from '../registry.js';
import { ELEMENT } from '../types.js';
import { attributesOf, check } from './context.js';
import { elementwise, integers, type Kernel, numbers, pairs } from './elementwise.js';

type Direction = CompareAttributes['direction'];
type Comparison = (a: never, b: never) => boolean;

const f64 = new Float64Array(1);
const words = new Int32Array(f64.buffer);
const isNegative = (x: number): boolean => {
  f64[0] = x;
  return words[1]! < 0;
};

/** −1, 0 or 1: IEEE 754's totalOrder, −NaN < −∞ < … < −0 < +0 < … < +∞ < +NaN. */
export function totalOrder(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b && a !== 0) return 0;
  const rank = (x: number) =>
    Number.isNaN(x) ? (isNegative(x) ? -2 : 2) : x === 0 ? (isNegative(x) ? -0.25 : 0.25) : Math.sign(x);
  return Math.sign(rank(a) - rank(b));
}

const ORDERED: { readonly [D in Direction]: Comparison } = {
  EQ: (a, b) => a === b,
  NE: (a, b) => a !== b,
  LT: (a, b) => a < b,
  LE: (a, b) => a <= b,
  GT: (a, b) => a > b,
  GE: (a, b) => a >= b,
};

const TOTAL: { readonly [D in Direction]: Comparison } = {
  EQ: (a, b) => totalOrder(a, b) === 0,
  NE: (a, b) => totalOrder(a, b) !== 0,
  LT: (a, b) => totalOrder(a, b) < 0,
  LE: (a, b) => totalOrder(a, b) <= 0,
  GT: (a, b) => totalOrder(a, b) > 0,
  GE: (a, b) => totalOrder(a, b) >= 0,
};

const COMPLEX = {
  EQ: complex.equal,
  NE: (a: Complex, b: Complex) => !complex.equal(a, b),
};

const asScalar = (f: unknown): ScalarFunction => f as ScalarFunction;
const direction = (a: unknown): Direction => (a as CompareAttributes).direction;
const ordered: Kernel = (_, a) => asScalar(ORDERED[direction(a)]);

/** One kernel for every class: the op moves values, whatever they are. */
const anyClass = (kernel: Kernel) => ({
  pred: kernel,
  signed: kernel,
  unsigned: kernel,
  float: kernel,
  complex: kernel,
});

const clampIntegers = integers(
  (low, x, high) => Math.min(Math.max(x, low), high),
  (low, x, high) => minBigInt(maxBigInt(x, low), high),
);

export const CHOICE_OPS: readonly OpDefinition[] = [
  elementwise({
    name: 'compare',
    doc: 'whether x and y are as the direction says; comparisons with NaN are false, but NE, and but for TOTALORDER',
    arity: 2,
    kernels: {
      pred: ordered,
      signed: ordered,
      unsigned: ordered,
      float: (_, a) =>
        asScalar(
          (attributesOf<CompareAttributes>({ attributes: a }).type === 'TOTALORDER' ? TOTAL : ORDERED)[direction(a)],
        ),
      complex: (_, a) => asScalar(COMPLEX[direction(a) as 'EQ' | 'NE']),
    },
    result: () => 'pred',
    key: (a) => `${a.direction}${a.type}`,
    check: (c, subject) => {
      const d = direction(c.attributes);
      check(Object.hasOwn(ORDERED, d), `compare has no direction ${d}; there are EQ, NE, LT, LE, GT and GE`);
      check(
        ELEMENT[subject.element].class !== 'complex' || Object.hasOwn(COMPLEX, d),
        `complex numbers have no order: compare takes them with EQ or NE, but the direction is ${d}`,
      );
    },
  }),
  elementwise({
    name: 'select',
    doc: 'the element of operand 1 where operand 0 is true, else that of operand 2',
    arity: 3,
    subject: 1,
    predicates: [0],
    scalars: [0],
    kernels: anyClass(() => (p, a, b) => (p ? a! : b!)),
  }),
  elementwise({
    name: 'clamp',
    doc: 'min(max(x, low), high); NaN where one of them is',
    arity: 3,
    subject: 1,
    scalars: [0, 2],
    kernels: {
      pred: clampIntegers,
      signed: clampIntegers,
      unsigned: clampIntegers,
      float: numbers((low, x, high) => Math.min(Math.max(x, low), high)),
      complex: pairs((low, x, high) => complex.minimum(complex.maximum(x, low), high)),
    },
  }),
  elementwise({
    name: 'is-finite',
    doc: 'whether x is neither infinite nor NaN',
    arity: 1,
    kernels: { float: numbers(Number.isFinite) },
    result: () => 'pred',
  }),
  elementwise({
    name: 'is-inf',
    doc: 'whether x is infinite',
    arity: 1,
    stablehlo: ['chlo.is_inf'],
    hlo: [],
    kernels: { float: numbers((x) => Math.abs(x) === Number.POSITIVE_INFINITY) },
    result: () => 'pred',
  }),
  elementwise({
    name: 'is-pos-inf',
    doc: 'whether x is +∞',
    arity: 1,
    stablehlo: ['chlo.is_pos_inf'],
    hlo: [],
    kernels: { float: numbers((x) => x === Number.POSITIVE_INFINITY) },
    result: () => 'pred',
  }),
  elementwise({
    name: 'is-neg-inf',
    doc: 'whether x is −∞',
    arity: 1,
    stablehlo: ['chlo.is_neg_inf'],
    hlo: [],
    kernels: { float: numbers((x) => x === Number.NEGATIVE_INFINITY) },
    result: () => 'pred',
  }),
];
