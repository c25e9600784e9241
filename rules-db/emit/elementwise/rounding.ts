/** Rounding to integers and to fewer bits. */
import { type ElementType, type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
import { NARROW } from './convert.js';
import { layoutOf } from './types.js';

/** The largest number below one half: adding it and truncating rounds halves away from zero and nothing else. */
const BELOW_HALF = { f32: 0.5 - 2 ** -25, f64: 0.5 - 2 ** -54 };

function roundAwayFromZero<V>(s: Scalars<V>, x: V): V {
  const t = s.typeOf(x);
  const half = s.constant(t, t === 'f64' ? BELOW_HALF.f64 : BELOW_HALF.f32);
  return s.trunc(s.add(x, s.copysign(half, x)));
}

/**
 * The nearest number of a format with `exponentBits` and `mantissaBits`, ties to even. Beyond its largest number:
 * infinity; below its smallest normal one: zero, as XLA has no subnormals here; NaN stays. Numbers of a type narrower
 * than f32 keep, where that type has them subnormal, the bits that count from its smallest normal number.
 */
function reducePrecision<V>(s: Scalars<V>, x: V, exponentBits: number, mantissaBits: number, element: ElementType): V {
  const t = s.typeOf(x);
  const layout = layoutOf(t);
  const narrow = NARROW[element];
  const dropped = layout.mantissaBits - mantissaBits;
  let y = x;
  if (dropped > 0) {
    const bits = s.bitcast(x, layout.bits);
    const big = layout.bits === 's64';
    const unit = (n: bigint) => (big ? n : Number(n));
    const last = s.and(s.shrl(bits, dropped), 1);
    const rounded = s.add(bits, s.add(last, unit((1n << BigInt(dropped - 1)) - 1n)));
    const kept = s.and(rounded, unit(-(1n << BigInt(dropped))));
    y = s.select(s.ne(x, x), x, s.bitcast(kept, t));
  }
  if (narrow && mantissaBits < narrow.mantissaBits) {
    // Adding this number leaves no bits below the last one kept.
    const smallest = 2 ** (1 - narrow.bias);
    const shift = 1.5 * 2 ** layout.mantissaBits * smallest * 2 ** -mantissaBits;
    const kept = s.copysign(s.sub(s.add(x, shift), shift), x);
    y = s.select(s.lt(s.abs(x), smallest), kept, y);
  }
  const ownExponentBits = narrow ? narrow.bits - 1 - narrow.mantissaBits : t === 'f64' ? 11 : 8;
  const exponentRange = 2 ** (exponentBits - 1) - 1;
  if (exponentBits < ownExponentBits) {
    const magnitude = s.abs(y);
    const infinity = s.copysign(s.constant(t, Number.POSITIVE_INFINITY), x);
    const zero = s.copysign(s.constant(t, 0), x);
    y = s.select(s.ge(magnitude, 2 ** (exponentRange + 1)), infinity, y);
    y = s.select(s.lt(magnitude, 2 ** (1 - exponentRange)), zero, y);
  }
  return y;
}

export const ROUNDING: readonly EmitRule[] = [
  emit('floor', { element: (s, [x]) => s.floor(x!) }),
  emit('ceil', { element: (s, [x]) => s.ceil(x!) }),
  emit('round-nearest-even', { element: (s, [x]) => s.roundEven(x!) }),
  emit('round-nearest-afz', { element: (s, [x]) => roundAwayFromZero(s, x!) }),
  emit('reduce-precision', {
    element: (s, [x], op) => {
      const { exponentBits, mantissaBits } = op.attributes as { exponentBits: number; mantissaBits: number };
      return reducePrecision(s, x!, exponentBits, mantissaBits, op.operands[0]!.element);
    },
  }),
];
