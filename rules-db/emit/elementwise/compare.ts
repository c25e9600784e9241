/** Comparison, selection and classification. */
import { type EmitRule, emit, type OpView, type Scalars } from '../../../src/rules/index.js';
import { isFloat, layoutOf } from './types.js';

type Direction = 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE';

function ordered<V>(s: Scalars<V>, a: V, b: V, direction: Direction): V {
  switch (direction) {
    case 'EQ':
      return s.eq(a, b);
    case 'NE':
      return s.ne(a, b);
    case 'LT':
      return s.lt(a, b);
    case 'LE':
      return s.le(a, b);
    case 'GT':
      return s.gt(a, b);
    default:
      return s.ge(a, b);
  }
}

/** false < true, in logic. */
function logical<V>(s: Scalars<V>, a: V, b: V, direction: Direction): V {
  switch (direction) {
    case 'EQ':
      return s.not(s.xor(a, b));
    case 'NE':
      return s.xor(a, b);
    case 'LT':
      return s.and(s.not(a), b);
    case 'LE':
      return s.or(s.not(a), b);
    case 'GT':
      return s.and(a, s.not(b));
    default:
      return s.or(a, s.not(b));
  }
}

/** The bits as an integer that orders −NaN < −∞ < … < −0 < 0 < … < ∞ < NaN: below zero, the magnitude's bits flip. */
function totalOrderKey<V>(s: Scalars<V>, x: V): V {
  const { bits } = layoutOf(s.typeOf(x));
  const b = s.bitcast(x, bits);
  const top = bits === 's64' ? 63 : 31;
  const magnitude = bits === 's64' ? 0x7fffffffffffffffn : 0x7fffffff;
  return s.xor(b, s.and(s.shra(b, top), magnitude));
}

function compare<V>(s: Scalars<V>, a: V, b: V, op: OpView): V {
  const { direction, type } = op.attributes as { direction: Direction; type?: string };
  const t = s.typeOf(a);
  if (t === 'pred') return logical(s, a, b, direction);
  if (isFloat(t) && type === 'TOTALORDER') return ordered(s, totalOrderKey(s, a), totalOrderKey(s, b), direction);
  return ordered(s, a, b, direction);
}

/** Complex numbers are equal or they are not; they have no order. */
function comparePairs<V>(s: Scalars<V>, a: readonly V[], b: readonly V[], op: OpView): V {
  const equal = s.and(s.eq(a[0]!, b[0]!), s.eq(a[1]!, b[1]!));
  return (op.attributes as { direction: Direction }).direction === 'NE' ? s.not(equal) : equal;
}

const INFINITY = Number.POSITIVE_INFINITY;

export const COMPARE: readonly EmitRule[] = [
  emit('compare', {
    element: (s, [a, b], op) => compare(s, a!, b!, op),
    pair: (s, [a, b], op) => [comparePairs(s, a!, b!, op)],
  }),
  emit('select', {
    element: (s, [condition, a, b]) => s.select(condition!, a!, b!),
    pair: (s, [condition, a, b]) => [s.select(condition![0], a![0], b![0]), s.select(condition![0], a![1]!, b![1]!)],
  }),
  emit('is-finite', { element: (s, [x]) => s.lt(s.abs(x!), INFINITY) }),
  emit('is-inf', { element: (s, [x]) => s.eq(s.abs(x!), INFINITY) }),
  emit('is-pos-inf', { element: (s, [x]) => s.eq(x!, INFINITY) }),
  emit('is-neg-inf', { element: (s, [x]) => s.eq(x!, -INFINITY) }),
];
