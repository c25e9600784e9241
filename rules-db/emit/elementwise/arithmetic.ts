/** Arithmetic of one or few primitives, integers included. */
import { type ElementType, type EmitRule, emit, type ReducerFacts, type Scalars } from '../../../src/rules/index.js';
import { integer, isFloat, isSigned, limits, logicalWidth, lowest, ones } from './types.js';

/** Floats with infinities. */
const INFINITE = new Set<ElementType>(['f64', 'f32', 'bf16', 'f16', 'f8e5m2', 'f8e4m3', 'f8e3m4']);

const extreme = (side: 'lowest' | 'highest'): ReducerFacts => ({
  associative: 'exact',
  atomic: side === 'lowest' ? 'max' : 'min',
  identity(element) {
    const range = limits(element);
    if (range) return integer(element, range[side === 'lowest' ? 0 : 1]);
    return INFINITE.has(element) ? (side === 'lowest' ? -1 : 1) * Number.POSITIVE_INFINITY : undefined;
  },
});

/** x + −0 is x for every float, x + 0 is not: −0 + 0 = 0. */
const sum: ReducerFacts = {
  associative: 'rounding',
  atomic: 'add',
  identity: (element) => (limits(element) ? integer(element, 0n) : element.startsWith('c') ? undefined : -0),
};
const product: ReducerFacts = {
  associative: 'rounding',
  identity: (element) => (limits(element) ? integer(element, 1n) : element.startsWith('c') ? undefined : 1),
};

/** Truncates. x / 0 has all bits set, and the lowest number / −1 is itself. */
function divide<V>(s: Scalars<V>, a: V, b: V): V {
  const t = s.typeOf(a);
  if (isFloat(t)) return s.div(a, b);
  const zero = s.eq(b, 0);
  const overflow = isSigned(t) ? s.and(s.eq(a, integer(t, lowest(t))), s.eq(b, -1)) : undefined;
  const q = s.div(a, s.select(overflow ? s.or(zero, overflow) : zero, 1, b));
  return s.select(zero, integer(t, ones(t)), q);
}

/** Sign of the dividend. x % 0 = x, and the lowest number % −1 = 0. */
function remainder<V>(s: Scalars<V>, a: V, b: V): V {
  const t = s.typeOf(a);
  if (isFloat(t)) return s.rem(a, b);
  const zero = s.eq(b, 0);
  // Anything % −1 is 0, as is anything % 1.
  const one = isSigned(t) ? s.or(zero, s.eq(b, -1)) : zero;
  return s.select(zero, a, s.rem(a, s.select(one, 1, b)));
}

/** −1, 0 or 1; ±0 and NaN stay what they are. */
function sign<V>(s: Scalars<V>, x: V): V {
  const t = s.typeOf(x);
  if (t === 'pred') return x;
  if (isFloat(t)) return s.select(s.gt(s.abs(x), 0), s.copysign(s.constant(t, 1), x), x);
  return isSigned(t) ? s.max(s.min(x, 1), -1) : s.min(x, 1);
}

/** The upper half of the product of two integers, from products of half-width parts where no wider type exists. */
function highProduct<V>(s: Scalars<V>, a: V, b: V, bits: number): V {
  const t = s.typeOf(a);
  if (bits < 64) {
    const wide = isSigned(t) ? 's64' : 'u64';
    const p = s.mul(s.convert(a, wide), s.convert(b, wide));
    return s.convert(isSigned(t) ? s.shra(p, bits) : s.shrl(p, bits), t);
  }
  const low = (v: V) => s.and(v, 0xffffffffn);
  const high = (v: V) => (isSigned(t) ? s.shra(v, 32) : s.shrl(v, 32));
  const cross = s.add(s.mul(high(a), low(b)), s.shrl(s.mul(low(a), low(b)), 32));
  const middle = s.add(s.mul(low(a), high(b)), low(cross));
  return s.add(s.mul(high(a), high(b)), s.add(high(cross), high(middle)));
}

const minimum = <V>(s: Scalars<V>, a: V, b: V): V => (s.typeOf(a) === 'pred' ? s.and(a, b) : s.min(a, b));
const maximum = <V>(s: Scalars<V>, a: V, b: V): V => (s.typeOf(a) === 'pred' ? s.or(a, b) : s.max(a, b));

export const ARITHMETIC: readonly EmitRule[] = [
  emit('add', { element: (s, [a, b]) => (s.typeOf(a!) === 'pred' ? s.or(a!, b!) : s.add(a!, b!)), reducer: sum }),
  emit('subtract', { element: (s, [a, b]) => s.sub(a!, b!) }),
  emit('multiply', {
    element: (s, [a, b]) => (s.typeOf(a!) === 'pred' ? s.and(a!, b!) : s.mul(a!, b!)),
    reducer: product,
  }),
  emit('divide', { element: (s, [a, b]) => divide(s, a!, b!) }),
  emit('remainder', { element: (s, [a, b]) => remainder(s, a!, b!) }),
  emit('maximum', { element: (s, [a, b]) => maximum(s, a!, b!), reducer: extreme('lowest') }),
  emit('minimum', { element: (s, [a, b]) => minimum(s, a!, b!), reducer: extreme('highest') }),
  emit('clamp', { element: (s, [low, x, high]) => minimum(s, maximum(s, x!, low!), high!) }),
  emit('negate', { element: (s, [x]) => s.neg(x!) }),
  emit('abs', { element: (s, [x]) => (isFloat(s.typeOf(x!)) || isSigned(s.typeOf(x!)) ? s.abs(x!) : x!) }),
  emit('sign', { element: (s, [x]) => sign(s, x!) }),
  emit('square', { element: (s, [x]) => s.mul(x!, x!) }),
  emit('mulhi', { element: (s, [a, b], op) => highProduct(s, a!, b!, logicalWidth(op)) }),
];
