/** Conditions and arithmetic that rewrites of several ops share. */
import {
  ELEMENT,
  type ElementType,
  guard,
  isComplex,
  isFloat,
  isInteger,
  isUnsigned,
  Literal,
  numbersOf,
  P,
  splatValue,
  type Value,
} from '../../src/rules/index.js';

export type Numbers = readonly number[];

type ElementPattern = ReturnType<typeof P.when<unknown, (e: unknown) => boolean>>;
const element = (test: (e: ElementType) => boolean): ElementPattern => P.when(test as (e: unknown) => boolean);

/** Predicates for `typed(x, { element: … })`. */
export const integer: ElementPattern = element(isInteger);
export const float: ElementPattern = element(isFloat);
export const unsigned: ElementPattern = element(isUnsigned);
export const integral: ElementPattern = element((e) => e === 'pred' || isInteger(e));

/** Complex numbers have no order to speak of. */
export const real: ElementPattern = element((e) => !isComplex(e));

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const isIdentity = (p: Numbers): boolean => p.every((d, i) => d === i);
export const compose = (p: Numbers, q: Numbers): number[] => q.map((d) => p[d]!);
export const inverse = (p: Numbers): number[] => range(p.length).map((d) => p.indexOf(d));
export const isIncreasing = (list: Numbers): boolean => list.every((d, k) => k === 0 || list[k - 1]! < d);
export const allZero = (list: Numbers): boolean => list.every((n) => n === 0);
export const allOne = (list: Numbers): boolean => list.every((n) => n === 1);
export const dimsOf = (v: Value): Numbers => v.tensorType.dims;
export const elementOf = (v: Value): ElementType => v.tensorType.element;
export const count = (dims: Numbers): number => dims.reduce((n, d) => n * d, 1);
export const sameNumbers = (a: Numbers, b: Numbers): boolean => a.length === b.length && a.every((n, k) => n === b[k]);

/** How many operands, the last ones, a called computation has captured. */
export const capturesOf = (attributes: object): number => (attributes as { captures?: number }).captures ?? 0;

/** The literal of a constant. */
export function constantOf(v: Value): Literal | undefined {
  const { value } = v.producer.attributes;
  return v.producer.operands.length === 0 && value instanceof Literal ? value : undefined;
}

/** Sums of constants alone are folded: to put them in another order would never end. */
export const notConstant = guard('x is no constant', ({ x }: { x: Value }) => constantOf(x) === undefined);

/** A constant scalar's integer, or a small list's. */
export const integersOf = (v: Value): number[] => numbersOf(constantOf(v)!);

/** The smallest or largest value of a type, infinities included. */
export function extreme(element: ElementType, which: 'least' | 'greatest'): number | bigint {
  const { class: cls, bits } = ELEMENT[element];
  if (cls === 'float') return which === 'least' ? -Infinity : Infinity;
  if (cls === 'pred') return which === 'least' ? 0 : 1;
  const signed = cls === 'signed';
  const n =
    which === 'least' ? (signed ? -(1n << BigInt(bits - 1)) : 0n) : (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  return bits === 64 ? n : Number(n);
}

export const isExtreme = (l: Literal, which: 'least' | 'greatest'): boolean =>
  l.isSplat && ELEMENT[l.type.element].class !== 'complex' && splatValue(l) === extreme(l.type.element, which);

/**
 * Where each dimension of `from` is in `to`, when the two differ by dimensions of size 1 alone; those of `from` that have
 * no place are −1.
 */
export function unitsAside(from: Numbers, to: Numbers): number[] | undefined {
  const places: number[] = [];
  let t = 0;
  for (const n of from) {
    if (n === 1) {
      places.push(-1);
      continue;
    }
    while (t < to.length && to[t] === 1) t++;
    if (to[t] !== n) return undefined;
    places.push(t++);
  }
  return to.slice(t).every((n) => n === 1) ? places : undefined;
}
