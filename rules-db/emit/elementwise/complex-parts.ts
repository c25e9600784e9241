/**
 * Complex numbers as pairs, and what their rules share. c64 is computed in double and rounded once, as the interpreter
 * does: its products are exact there, nothing overflows on the way, and what cancels is not lost. c128 has to be scaled
 * by powers of two where squares would overflow or underflow.
 */
import type { EmitRule, Parts, Scalars } from '../../../src/rules/index.js';
import { sine } from './trigonometric.js';

export type Pair<V> = readonly [re: V, im: V];
export type PairRule = NonNullable<EmitRule['pair']>;

export const INFINITY = Number.POSITIVE_INFINITY;

/** A rule from one pair or two to a pair in double, of c64 (`single`) and c128; real operands have no imaginary part. */
export const inDouble =
  (f: <V>(s: Scalars<V>, z: Pair<V>, w: Pair<V>, single: boolean) => Parts<V>): PairRule =>
  <V>(s: Scalars<V>, args: readonly Parts<V>[]): Parts<V> => {
    const t = s.typeOf(args[0]![0]);
    const wide = args.map(([re, im]): Pair<V> => {
      const a = s.convert(re, 'f64');
      return [a, im === undefined ? s.constant('f64', 0) : s.convert(im, 'f64')];
    });
    return f(s, wide[0]!, wide[1] ?? wide[0]!, t === 'f32').map((v) => s.convert(v, t)) as unknown as Parts<V>;
  };

/** Of one operand. */
export const ofOne = (f: <V>(s: Scalars<V>, z: Pair<V>, single: boolean) => Parts<V>): PairRule =>
  inDouble((s, z, _, single) => f(s, z, single));

export const either = <V>(s: Scalars<V>, condition: V, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> => [
  s.select(condition, a, c),
  s.select(condition, b, d),
];

/** −i f(i z): how the circular functions and the hyperbolic ones come from each other. */
export const rotated =
  (f: <V>(s: Scalars<V>, z: Pair<V>, single: boolean) => Pair<V>) =>
  <V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> => {
    const [p, q] = f(s, [s.neg(im), re], single);
    return [q, s.neg(p)];
  };

/** sin x and cos x of a double; `single`: of one that is an f32 number. */
export const sinAndCos = <V>(s: Scalars<V>, x: V, single: boolean): readonly [sin: V, cos: V] => [
  s.select(s.eq(x, 0), x, sine(s, x, 0, single)),
  sine(s, x, 1, single),
];

/** A complex number and its modulus, both times the same power of two. */
interface Scaled<V> {
  readonly z: Pair<V>;
  readonly modulus: V;
  /** x 2^power where that power of two is 2^600, x 2^−power where it is 2^−600. */
  shift(x: V, power: number): V;
}

/**
 * √(re² + im²), corrected by half of what its square lacks (Borges, An improved algorithm for hypot(a, b), 2019); squares
 * of c64 are exact, and of the root a half of the last place does not matter. NaN beside infinity is NaN here.
 */
export function scaled<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Scaled<V> {
  if (single) {
    return { z: [re, im], modulus: s.sqrt(s.fma(re, re, s.mul(im, im))), shift: (x) => x };
  }
  const size = s.max(s.abs(re), s.abs(im));
  const [huge, tiny] = [s.gt(size, 2 ** 500), s.lt(size, 2 ** -400)];
  const shift = (v: V, power: number): V =>
    s.mul(v, s.select(huge, 2 ** -power, s.select(tiny, 2 ** power, s.constant('f64', 1))));
  const [x, y] = [shift(re, 600), shift(im, 600)];
  const [a, b] = [s.max(s.abs(x), s.abs(y)), s.min(s.abs(x), s.abs(y))];
  const h = s.sqrt(s.fma(a, a, s.mul(b, b)));
  const [hh, aa] = [s.mul(h, h), s.mul(a, a)];
  const lost = s.sub(s.fma(h, h, s.neg(hh)), s.fma(a, a, s.neg(aa)));
  const excess = s.add(s.fma(s.neg(b), b, s.sub(hh, aa)), lost);
  const modulus = s.sub(h, s.div(excess, s.add(h, h)));
  const plain = s.or(s.eq(h, 0), s.eq(h, INFINITY));
  return { z: [x, y], modulus: s.select(plain, h, modulus), shift };
}

/** |z|; infinite where one part is, even beside a NaN. */
export function modulus<V>(s: Scalars<V>, z: Pair<V>, single: boolean): V {
  const { modulus, shift } = scaled(s, z, single);
  return s.select(isInfinite(s, z), INFINITY, shift(modulus, -600));
}

/** Whether a part is infinite. */
export const isInfinite = <V>(s: Scalars<V>, [re, im]: Pair<V>): V =>
  s.or(s.eq(s.abs(re), INFINITY), s.eq(s.abs(im), INFINITY));

/** a b − c d */
const difference = <V>(s: Scalars<V>, a: V, b: V, c: V, d: V): V => s.sub(s.mul(a, b), s.mul(c, d));

export const multiply = <V>(s: Scalars<V>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> => [
  difference(s, a, c, b, d),
  s.add(s.mul(a, d), s.mul(b, c)),
];

/**
 * Smith's division (Communications of the ACM 5, 1962): the divisor scaled by its larger part. A real divisor divides
 * both parts, 0 among them; by an infinite one what is finite is 0.
 */
export function divide<V>(s: Scalars<V>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> {
  const wide = s.ge(s.abs(c), s.abs(d));
  const larger = s.select(wide, c, d);
  const smaller = s.select(wide, d, c);
  const r = s.div(smaller, larger);
  const divisor = s.add(larger, s.mul(smaller, r));
  const [p, q] = [s.select(wide, a, b), s.select(wide, b, a)];
  const [cross, straight] = [s.mul(p, r), q];
  const re = s.div(s.add(p, s.mul(q, r)), divisor);
  const im = s.div(s.sub(s.select(wide, straight, cross), s.select(wide, cross, straight)), divisor);
  const real = s.eq(d, 0);
  const unit = (v: V) => s.select(s.eq(s.abs(v), INFINITY), s.copysign(s.constant('f64', 1), v), 0);
  const [u, v] = [unit(c), unit(d)];
  const infinite = s.and(s.or(s.ne(u, 0), s.ne(v, 0)), s.and(s.lt(s.abs(a), INFINITY), s.lt(s.abs(b), INFINITY)));
  const finish = (quotient: V, byReal: V, limit: V) =>
    s.select(real, byReal, s.select(infinite, s.mul(limit, 0), quotient));
  return [finish(re, s.div(a, c), s.add(s.mul(a, u), s.mul(b, v))), finish(im, s.div(b, c), difference(s, b, u, a, v))];
}
