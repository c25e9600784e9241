/** Conversions of values and of bits. */
import {
  ELEMENT,
  type ElementType,
  type EmitRule,
  emit,
  type Scalars,
  type ScalarType,
} from '../../../src/rules/index.js';
import { isFloat, isSigned, limits } from './types.js';

/** The type that elements of a type are computed in. */
function computeType(element: ElementType): ScalarType {
  if (element === 'c128') return 'f64';
  if (element === 's2' || element === 's4') return 's8';
  if (element === 'u2' || element === 'u4') return 'u8';
  return /^(pred|[su](8|16|32|64)|f32|f64)$/.test(element) ? (element as ScalarType) : 'f32';
}

function convert<V>(s: Scalars<V>, x: V, element: ElementType): V {
  const from = s.typeOf(x);
  const to = computeType(element);
  if (isFloat(to)) {
    const narrow = element !== to && !element.startsWith('c');
    // Rounded once: through f32 the value could be rounded twice. (All that are rounded to narrower types fit f32.)
    if (narrow && /64|32/.test(from) && from !== 'f32')
      return s.convert(s.roundTo(s.convert(x, 'f64'), element), 'f32');
    return s.convert(x, to);
  }
  const y = s.convert(x, to);
  // s4 and its like saturate at their own ends, not at those of the type they are computed in.
  if (!isFloat(from) || element === to) return y;
  const [low, high] = limits(element)!;
  return s.min(s.max(y, Number(low)), Number(high));
}

/** |x| rounded up where the random bits, as a fraction, lie below its own. */
function stochasticConvert<V>(s: Scalars<V>, x: V, random: V, bits: number, to: ElementType): V {
  const whole = s.trunc(s.abs(x));
  const fraction = s.convert(s.sub(s.abs(x), whole), 'f64');
  const isUp = s.lt(s.mul(s.convert(random, 'f64'), 2 ** -bits), fraction);
  return convert(s, s.copysign(s.select(isUp, s.add(whole, 1), whole), x), to);
}

/** How the bits of a float narrower than f32 lie in an f32: like f32's own, but for bias, mantissa width and specials. */
interface NarrowLayout {
  readonly bits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** Bit pattern of infinity (its larger neighbours are NaN), where there is one. */
  readonly infinity?: number;
  readonly nan?: number;
}
export const NARROW: { readonly [T in ElementType]?: NarrowLayout } = {
  f16: { bits: 16, mantissaBits: 10, bias: 15, infinity: 0x7c00, nan: 0x7e00 },
  bf16: { bits: 16, mantissaBits: 7, bias: 127, infinity: 0x7f80, nan: 0x7fc0 },
  f8e5m2: { bits: 8, mantissaBits: 2, bias: 15, infinity: 0x7c, nan: 0x7e },
  f8e4m3: { bits: 8, mantissaBits: 3, bias: 7, infinity: 0x78, nan: 0x7c },
  f8e3m4: { bits: 8, mantissaBits: 4, bias: 3, infinity: 0x70, nan: 0x78 },
  f8e4m3fn: { bits: 8, mantissaBits: 3, bias: 7, nan: 0x7f },
  f8e4m3fnuz: { bits: 8, mantissaBits: 3, bias: 8, nan: 0x80 },
  f8e5m2fnuz: { bits: 8, mantissaBits: 2, bias: 16, nan: 0x80 },
  f8e4m3b11fnuz: { bits: 8, mantissaBits: 3, bias: 11, nan: 0x80 },
  f6e2m3fn: { bits: 6, mantissaBits: 3, bias: 1 },
  f6e3m2fn: { bits: 6, mantissaBits: 2, bias: 3 },
  f4e2m1fn: { bits: 4, mantissaBits: 1, bias: 1 },
  // Powers of two: neither sign nor mantissa nor zero.
  f8e8m0fnu: { bits: 8, mantissaBits: 0, bias: 127, nan: 0xff },
};

/**
 * The pattern of a narrow float that an f32 holds, as u32. Scaling by 2^(bias − 127) makes its exponent field the
 * narrow one (its subnormal numbers become f32's), so that its pattern is the upper part of the f32's.
 */
function encode<V>(s: Scalars<V>, x: V, n: NarrowLayout): V {
  if (n.mantissaBits === 0) return s.select(s.ne(x, x), n.nan!, s.shrl(s.bitcast(x, 'u32'), 23));
  const bits = s.bitcast(s.mul(s.abs(x), 2 ** (n.bias - 127)), 'u32');
  let pattern = s.shrl(bits, 23 - n.mantissaBits);
  if (n.infinity !== undefined) pattern = s.select(s.eq(s.abs(x), Number.POSITIVE_INFINITY), n.infinity, pattern);
  const sign = s.shl(s.shrl(s.bitcast(x, 'u32'), 31), n.bits - 1);
  const signed = s.or(pattern, sign);
  return n.nan === undefined ? signed : s.select(s.ne(x, x), n.nan, signed);
}

/** The inverse: the f32 that a pattern (u32) stands for. */
function decode<V>(s: Scalars<V>, pattern: V, n: NarrowLayout): V {
  if (n.mantissaBits === 0) {
    const power = s.select(s.eq(pattern, 0), 2 ** -127, s.bitcast(s.shl(pattern, 23), 'f32'));
    return s.select(s.eq(pattern, n.nan!), Number.NaN, power);
  }
  const magnitude = s.and(pattern, 2 ** (n.bits - 1) - 1);
  const scaled = s.bitcast(s.shl(magnitude, 23 - n.mantissaBits), 'f32');
  let x = s.mul(scaled, 2 ** (127 - n.bias));
  if (n.infinity !== undefined) {
    x = s.select(s.eq(magnitude, n.infinity), Number.POSITIVE_INFINITY, x);
    x = s.select(s.gt(magnitude, n.infinity), Number.NaN, x);
  }
  const sign = s.bitcast(s.shl(s.shrl(pattern, n.bits - 1), 31), 'f32');
  x = s.copysign(x, sign);
  if (n.infinity !== undefined || n.nan === undefined) return x;
  return s.select(s.eq(n.nan > 0x7f ? pattern : magnitude, n.nan), Number.NaN, x);
}

/** Same bits, read as another type of the same width. */
export function bitcastConvert<V>(s: Scalars<V>, x: V, from: ElementType, to: ElementType): V {
  const source = NARROW[from];
  const target = NARROW[to];
  if (from === to) return x;
  const t = s.typeOf(x);
  if (!source && !target) return inRange(s, s.bitcast(x, computeType(to)), to);
  const unsigned: ScalarType = isSigned(t) && !source ? (`u${t.slice(1)}` as ScalarType) : t;
  const pattern = source
    ? encode(s, x, source)
    : s.and(s.convert(unsigned === t ? x : s.bitcast(x, unsigned), 'u32'), 2 ** (target!.bits - 1) * 2 - 1);
  return target ? decode(s, pattern, target) : inRange(s, s.convert(pattern, computeType(to)), to);
}

/** The low bits as an integer of fewer than 8 bits, in the type that it is computed in. */
function inRange<V>(s: Scalars<V>, x: V, element: ElementType): V {
  const bits = /^[su](\d)$/.exec(element)?.[1];
  if (bits === undefined || bits === '8') return x;
  const unused = 8 - Number(bits);
  return isSigned(s.typeOf(x)) ? s.shra(s.shl(x, unused), unused) : s.and(x, 2 ** Number(bits) - 1);
}

/** Two roundings, as the op says: being more than one primitive, it is not contracted with what follows. */
function dequantize<V>(s: Scalars<V>, [x, scale]: readonly V[], element: ElementType): V {
  const real = convert(s, x!, element);
  return s.mul(element === s.typeOf(real) ? real : s.roundTo(real, element), scale!);
}

export const CONVERT: readonly EmitRule[] = [
  emit('convert', {
    element: (s, [x], op) => convert(s, x!, op.results[0]!.element),
    pair: (s, [x], op) => {
      const { element } = op.results[0]!;
      const re = convert(s, x![0], element);
      if (!element.startsWith('c')) return [re];
      return [re, x!.length === 2 ? convert(s, x![1], element) : s.constant(computeType(element), 0)];
    },
  }),
  emit('dequantize', { element: (s, args, op) => dequantize(s, args, op.results[0]!.element) }),
  emit('stochastic-convert', {
    element: (s, [x, random], op) => {
      const { bits } = ELEMENT[op.operands[1]!.element];
      return stochasticConvert(s, x!, random!, bits, op.results[0]!.element);
    },
  }),
  emit('bitcast-convert', {
    element: (s, [x], op) => bitcastConvert(s, x!, op.operands[0]!.element, op.results[0]!.element),
  }),
];
