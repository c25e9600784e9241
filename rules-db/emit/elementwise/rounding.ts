/** Rounding to integers and to fewer bits. */
import { type EmitRule, emit, type Scalars } from '../../../src/rules/index.js';
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
 * infinity; below its smallest normal one: zero, as XLA has no subnormals here; NaN stays.
 */
function reducePrecision<V>(s: Scalars<V>, x: V, exponentBits: number, mantissaBits: number): V {
  const t = s.typeOf(x);
  const layout = layoutOf(t);
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
  const exponentRange = 2 ** (exponentBits - 1) - 1;
  if (exponentRange < layout.bias) {
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
      return reducePrecision(s, x!, exponentBits, mantissaBits);
    },
  }),
];
