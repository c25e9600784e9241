/** Sums and products with what their rounding lost (Knuth's, Dekker's error-free transforms, by fma). */
import type { Scalars } from '../../../src/rules/index.js';

/** A number as the sum of two, the second below the rounding of the first. */
export type Sum<V> = readonly [high: V, low: V];

/** a b exactly, unless the lost part underflows. */
export function twoProduct<V>(s: Scalars<V>, a: V, b: V | number): Sum<V> {
  const p = s.mul(a, b);
  return [p, s.fma(a, b, s.neg(p))];
}

/** a + b exactly, whichever is larger. */
export function twoSum<V>(s: Scalars<V>, a: V, b: V): Sum<V> {
  const sum = s.add(a, b);
  const taken = s.sub(sum, a);
  return [sum, s.add(s.sub(a, s.sub(sum, taken)), s.sub(b, taken))];
}

/** a + b exactly, |a| ≥ |b|. */
export function fastTwoSum<V>(s: Scalars<V>, a: V, b: V): Sum<V> {
  const sum = s.add(a, b);
  return [sum, s.sub(b, s.sub(sum, a))];
}
