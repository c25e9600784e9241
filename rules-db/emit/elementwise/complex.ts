/** Complex arithmetic, order and parts, and the list of all rules for complex numbers. */
import { type EmitRule, emit, type Parts, type Scalars } from '../../../src/rules/index.js';
import { FUNCTION_PAIRS } from './complex-functions.js';
import { INVERSE_PAIRS } from './complex-inverse.js';
import { divide, either, inDouble, modulus, multiply, ofOne, type Pair, type PairRule } from './complex-parts.js';

/** In lexicographic order, as StableHLO has it. */
const less = <V>(s: Scalars<V>, [a, b]: Pair<V>, [c, d]: Pair<V>): V => s.or(s.lt(a, c), s.and(s.eq(a, c), s.lt(b, d)));
const hasNaN = <V>(s: Scalars<V>, [re, im]: Pair<V>): V => s.or(s.ne(re, re), s.ne(im, im));

/** The first that has a NaN, else the larger; the first of equals. */
const maximum = <V>(s: Scalars<V>, z: Pair<V>, w: Pair<V>): Pair<V> =>
  either(s, s.or(hasNaN(s, z), s.not(s.or(hasNaN(s, w), less(s, z, w)))), z, w);
const minimum = <V>(s: Scalars<V>, z: Pair<V>, w: Pair<V>): Pair<V> =>
  either(s, s.or(hasNaN(s, z), s.not(s.or(hasNaN(s, w), less(s, w, z)))), z, w);

/** z / |z|, both times a power of two where |z| has not all its bits or is too large; 0 stays what it is. */
function sign<V>(s: Scalars<V>, z: Pair<V>, single: boolean): Pair<V> {
  const size = s.max(s.abs(z[0]), s.abs(z[1]));
  const unit = s.select(s.gt(size, 2 ** 1000), 0.25, s.select(s.lt(size, 2 ** -900), 2 ** 200, s.constant('f64', 1)));
  const [re, im]: Pair<V> = single ? z : [s.mul(z[0], unit), s.mul(z[1], unit)];
  const r = modulus(s, [re, im], single);
  const zero = s.eq(r, 0);
  return [s.select(zero, z[0], s.div(re, r)), s.select(zero, z[1], s.div(im, r))];
}

const each = <V>(parts: Parts<V>, f: (v: V) => V): Parts<V> => parts.map(f) as unknown as Parts<V>;
const pairOf = <V>(parts: Parts<V> | undefined): Pair<V> => parts as Pair<V>;

/** Real numbers taken apart like complex ones. */
export const PARTS_OF_REAL: readonly EmitRule[] = [
  emit('real', { element: (_s, [x]) => x! }),
  emit('imag', { element: (s, [x]) => s.constant(s.typeOf(x!), 0) }),
  emit('conj', { element: (_s, [x]) => x! }),
];

/** Rules for complex operands or results, by op; the index joins them with those for real numbers. */
export const PAIR_RULES: { readonly [op: string]: PairRule } = {
  add: (s, [z, w]) => [s.add(z![0], w![0]), s.add(z![1]!, w![1]!)],
  subtract: (s, [z, w]) => [s.sub(z![0], w![0]), s.sub(z![1]!, w![1]!)],
  multiply: inDouble(multiply),
  divide: inDouble(divide),
  maximum: (s, [z, w]) => maximum(s, pairOf(z), pairOf(w)),
  minimum: (s, [z, w]) => minimum(s, pairOf(z), pairOf(w)),
  clamp: (s, [low, z, high]) => minimum(s, maximum(s, pairOf(z), pairOf(low)), pairOf(high)),
  negate: (s, [z]) => each(z!, (v) => s.neg(v)),
  square: ofOne((s, z) => multiply(s, z, z)),
  complex: (_s, [re, im]) => [re![0], im![0]],
  real: (_s, [z]) => [z![0]],
  imag: (_s, [z]) => [z![1]!],
  conj: (s, [z]) => [z![0], s.neg(z![1]!)],
  abs: ofOne((s, z, single) => [modulus(s, z, single)]),
  sign: ofOne(sign),
  ...FUNCTION_PAIRS,
  ...INVERSE_PAIRS,
};
