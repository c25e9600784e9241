/**
 * Complex numbers as pairs. c64 is computed in double and rounded once, as the interpreter does: its products are exact
 * there, nothing overflows on the way, and what cancels is not lost.
 */
import { type EmitRule, emit, type Parts, type Scalars } from '../../../src/rules/index.js';
import { exp } from './exponential.js';
import { atan2 } from './inverse.js';
import { log, log1p } from './logarithm.js';
import { sine } from './trigonometric.js';

type Pair<V> = readonly [re: V, im: V];
type PairRule = NonNullable<EmitRule['pair']>;

/** A rule from one pair or two to a pair in double, of c64 (`single`) and c128; real operands have no imaginary part. */
const inDouble =
  (f: <V>(s: Scalars<V>, z: Pair<V>, w: Pair<V>, single: boolean) => Parts<V>): PairRule =>
  <V>(s: Scalars<V>, args: readonly Parts<V>[]): Parts<V> => {
    const t = s.typeOf(args[0]![0]);
    const wide = args.map(([re, im]): Pair<V> => {
      const a = s.convert(re, 'f64');
      return [a, im === undefined ? s.constant('f64', 0) : s.convert(im, 'f64')];
    });
    return f(s, wide[0]!, wide[1] ?? wide[0]!, t === 'f32').map((v) => s.convert(v, t)) as unknown as Parts<V>;
  };

const INFINITY = Number.POSITIVE_INFINITY;

/** a b − c d with one rounding less. */
const difference = <V>(s: Scalars<V>, a: V, b: V, c: V, d: V): V => s.sub(s.mul(a, b), s.mul(c, d));

const multiply = <V>(s: Scalars<V>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> => [
  difference(s, a, c, b, d),
  s.add(s.mul(a, d), s.mul(b, c)),
];

/**
 * Smith's division (Communications of the ACM 5, 1962): the divisor scaled by its larger part. A real divisor divides
 * both parts, 0 among them; by an infinite one what is finite is 0.
 */
function divide<V>(s: Scalars<V>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> {
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

/** √(re² + im²), the larger part a factor of its own; infinite where one part is, even beside a NaN. */
function modulus<V>(s: Scalars<V>, [re, im]: Pair<V>): V {
  const [a, b] = [s.abs(re), s.abs(im)];
  const larger = s.max(a, b);
  const q = s.div(s.min(a, b), s.select(s.eq(larger, 0), 1, larger));
  const plain = s.mul(larger, s.sqrt(s.fma(q, q, 1)));
  return s.select(s.or(s.eq(a, INFINITY), s.eq(b, INFINITY)), INFINITY, plain);
}

/** e^re (cos im, sin im); a real argument keeps its imaginary part, and e^−∞ is 0 in any direction. */
function exponential<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  // In two factors, so that a product with a small cosine does not overflow on the way.
  const half = exp(s, s.mul(re, 0.5));
  const part = (turn: V) => s.mul(s.mul(half, turn), half);
  // Without a direction: 0 for e^−∞, infinite in its real part for e^∞, else NaN.
  const directed = s.lt(s.abs(im), INFINITY);
  const lost = (atInfinity: number) =>
    s.select(s.eq(re, -INFINITY), 0, s.select(s.eq(re, INFINITY), s.constant('f64', atInfinity), Number.NaN));
  const cosine = s.select(directed, part(sine(s, im, 1, single)), lost(INFINITY));
  const sined = s.select(directed, part(sine(s, im, 0, single)), lost(Number.NaN));
  return [s.select(s.eq(im, 0), exp(s, re), cosine), s.select(s.eq(im, 0), im, sined)];
}

/** (log |z|, arg z); near |z| = 1 as ½ log1p(|z|² − 1), where the squares of c64 are exact. */
function logarithm<V>(s: Scalars<V>, z: Pair<V>): Pair<V> {
  const [a, b] = [s.abs(z[0]), s.abs(z[1])];
  const [larger, smaller] = [s.max(a, b), s.min(a, b)];
  const beyond = s.add(s.sub(s.mul(larger, larger), 1), s.mul(smaller, smaller));
  const near = s.lt(s.abs(beyond), 0.5);
  const size = s.select(near, s.mul(log1p(s, s.select(near, beyond, 0)), 0.5), log(s, modulus(s, z)));
  return [size, atan2(s, z[1], z[0])];
}

/** √((|z| + |re|) / 2) and im / 2 of that; exchanged where re < 0. */
function squareRoot<V>(s: Scalars<V>, [re, im]: Pair<V>): Pair<V> {
  const scaled: Pair<V> = [s.mul(re, 0.25), s.mul(im, 0.25)];
  const root = s.mul(s.sqrt(s.mul(s.add(modulus(s, scaled), s.abs(scaled[0])), 0.5)), 2);
  const other = s.select(s.eq(root, 0), im, s.div(im, s.add(root, root)));
  const left = s.lt(re, 0);
  const infinite = s.eq(s.abs(im), INFINITY);
  return [
    s.select(infinite, INFINITY, s.select(left, s.abs(other), root)),
    s.select(infinite, im, s.select(left, s.copysign(root, im), other)),
  ];
}

/** sinh 2x and sin 2y over cosh 2x + cos 2y; (±1, ±0) where e^2x outgrows the rest. */
function hyperbolicTangent<V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> {
  const a = s.abs(re);
  const far = s.gt(a, 22);
  const x = s.select(far, 0, a);
  const sinh = s.call('sinh', x);
  const [sin, cos] = [sine(s, im, 0, single), sine(s, im, 1, single)];
  // |cosh z|² = sinh² x + cos² y
  const divisor = s.fma(sinh, sinh, s.mul(cos, cos));
  const cosh = s.sqrt(s.fma(sinh, sinh, 1));
  const real = s.select(far, 1, s.div(s.mul(sinh, cosh), divisor));
  const tail = s.mul(s.mul(s.mul(sin, cos), 4), exp(s, s.mul(a, -2)));
  const directed = s.select(s.lt(s.abs(im), INFINITY), tail, s.copysign(s.constant('f64', 0), im));
  const turned = s.select(far, directed, s.div(s.mul(sin, cos), divisor));
  return [s.copysign(real, re), s.select(s.eq(im, 0), im, turned)];
}

/** A sine or cosine times a hyperbolic one, 0 also where the latter is infinite. */
const times = <V>(s: Scalars<V>, circular: V, hyperbolic: V): V =>
  s.mul(circular, s.select(s.eq(circular, 0), s.copysign(s.constant('f64', 1), hyperbolic), hyperbolic));

/** (sinh re cos im, cosh re sin im) */
const hyperbolicSine = <V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> => [
  times(s, sine(s, im, 1, single), s.call('sinh', re)),
  times(s, sine(s, im, 0, single), s.call('cosh', re)),
];
/** (cosh re cos im, sinh re sin im) */
const hyperbolicCosine = <V>(s: Scalars<V>, [re, im]: Pair<V>, single: boolean): Pair<V> => [
  times(s, sine(s, im, 1, single), s.call('cosh', re)),
  times(s, sine(s, im, 0, single), s.call('sinh', re)),
];

const each = <V>(parts: Parts<V>, f: (v: V) => V): Parts<V> => parts.map(f) as unknown as Parts<V>;

/** Real numbers taken apart like complex ones. */
export const PARTS_OF_REAL: readonly EmitRule[] = [
  emit('real', { element: (_s, [x]) => x! }),
  emit('imag', { element: (s, [x]) => s.constant(s.typeOf(x!), 0) }),
];

/** Rules for complex operands or results, by op; the index joins them with those for real numbers. */
export const PAIR_RULES: { readonly [op: string]: PairRule } = {
  add: (s, [z, w]) => [s.add(z![0], w![0]), s.add(z![1]!, w![1]!)],
  subtract: (s, [z, w]) => [s.sub(z![0], w![0]), s.sub(z![1]!, w![1]!)],
  multiply: inDouble(multiply),
  divide: inDouble(divide),
  negate: (s, [z]) => each(z!, (v) => s.neg(v)),
  square: inDouble((s, z) => multiply(s, z, z)),
  complex: (_s, [re, im]) => [re![0], im![0]],
  real: (_s, [z]) => [z![0]],
  imag: (s, [z]) => [z!.length === 2 ? z![1] : s.constant(s.typeOf(z![0]), 0)],
  conj: (s, [z]) => [z![0], z!.length === 2 ? s.neg(z![1]) : s.constant(s.typeOf(z![0]), -0)],
  abs: inDouble((s, z) => [modulus(s, z)]),
  sqrt: inDouble(squareRoot),
  rsqrt: inDouble((s, z) => {
    const [re, im] = divide(s, [s.constant('f64', 1), s.constant('f64', 0)], squareRoot(s, z));
    const zero = s.and(s.eq(z[0], 0), s.eq(z[1], 0));
    // NaN in either part is NaN in both, beside infinity too.
    const sum = s.add(s.abs(z[0]), s.abs(z[1]));
    const orNaN = (v: typeof sum) => s.select(s.eq(sum, sum), v, Number.NaN);
    return [s.select(zero, INFINITY, orNaN(re)), s.select(zero, s.neg(z[1]), orNaN(im))];
  }),
  exponential: inDouble((s, z, _, single) => exponential(s, z, single)),
  log: inDouble(logarithm),
  tanh: inDouble((s, z, _, single) => hyperbolicTangent(s, z, single)),
  logistic: inDouble((s, [re, im], _, single) => {
    const [a, b] = exponential(s, [s.neg(re), s.neg(im)], single);
    return divide(s, [s.constant('f64', 1), s.constant('f64', 0)], [s.add(a, 1), b]);
  }),
  sinh: inDouble((s, z, _, single) => hyperbolicSine(s, z, single)),
  cosh: inDouble((s, z, _, single) => hyperbolicCosine(s, z, single)),
  // −i sinh(i z), cosh(i z)
  sine: inDouble((s, [re, im], _, single) => {
    const [p, q] = hyperbolicSine(s, [s.neg(im), re], single);
    return [q, s.neg(p)];
  }),
  cosine: inDouble((s, [re, im], _, single) => hyperbolicCosine(s, [s.neg(im), re], single)),
  // −i tanh(i z)
  tan: inDouble((s, [re, im], _, single) => {
    const [p, q] = hyperbolicTangent(s, [s.neg(im), re], single);
    return [q, s.neg(p)];
  }),
  sign: inDouble((s, [re, im]) => {
    const r = modulus(s, [re, im]);
    const zero = s.eq(r, 0);
    return [s.select(zero, re, s.div(re, r)), s.select(zero, im, s.div(im, r))];
  }),
};
