/** Logic, bits and shifts: logical on pred, bitwise on integers. */
import { type EmitRule, emit, type OpView, type ReducerFacts, type Scalars } from '../../../src/rules/index.js';
import { integer, isSigned, limits, logicalWidth, widthOf } from './types.js';

const noBits: ReducerFacts = { associative: 'exact', identity: (element) => integer(element, 0n) };
const allBits: ReducerFacts = {
  associative: 'exact',
  identity: (element) => {
    const range = limits(element);
    return range && integer(element, range[0] < 0n ? -1n : range[1]);
  },
};

/** The operand's bits above its own width cleared (s4 arrives as s8 with its sign repeated). */
const ownBits = <V>(s: Scalars<V>, x: V, op: OpView): V =>
  logicalWidth(op) === widthOf(s.typeOf(x)) ? x : s.and(x, 2 ** logicalWidth(op) - 1);

/** The operand with its own top bit repeated above its width, whatever its type. */
function signRepeated<V>(s: Scalars<V>, x: V, op: OpView): V {
  const t = s.typeOf(x);
  const spare = widthOf(t) - logicalWidth(op);
  return isSigned(t) || spare === 0 ? x : s.shra(s.shl(x, spare), spare);
}

/** Shift amounts are unsigned; at the width or above it, every bit is shifted out. */
function shift<V>(s: Scalars<V>, by: V, op: OpView, shifted: (by: V) => V, past: V): V {
  const t = s.typeOf(by);
  const width = logicalWidth(op);
  const inside = isSigned(t) ? s.and(s.ge(by, 0), s.lt(by, width)) : s.lt(by, width);
  return s.select(inside, shifted(s.select(inside, by, 0)), past);
}

export const LOGIC: readonly EmitRule[] = [
  emit('and', { element: (s, [a, b]) => s.and(a!, b!), reducer: { ...allBits, atomic: 'and' } }),
  emit('or', { element: (s, [a, b]) => s.or(a!, b!), reducer: { ...noBits, atomic: 'or' } }),
  emit('xor', { element: (s, [a, b]) => s.xor(a!, b!), reducer: { ...noBits, atomic: 'xor' } }),
  emit('not', { element: (s, [x]) => s.not(x!) }),
  emit('shift-left', {
    element: (s, [x, by], op) => shift(s, by!, op, (n) => s.shl(x!, n), s.constant(s.typeOf(x!), 0)),
  }),
  emit('shift-right-logical', {
    element: (s, [x, by], op) => shift(s, by!, op, (n) => s.shrl(ownBits(s, x!, op), n), s.constant(s.typeOf(x!), 0)),
  }),
  emit('shift-right-arithmetic', {
    element: (s, [x, by], op) => {
      const top = logicalWidth(op) - 1;
      return shift(s, by!, op, (n) => s.shra(signRepeated(s, x!, op), n), s.shra(signRepeated(s, x!, op), top));
    },
  }),
  emit('popcnt', { element: (s, [x], op) => s.popcnt(ownBits(s, x!, op)) }),
  emit('count-leading-zeros', {
    element: (s, [x], op) => s.sub(s.clz(ownBits(s, x!, op)), widthOf(s.typeOf(x!)) - logicalWidth(op)),
  }),
];
