/**
 * Floats narrower than f32, by integer arithmetic on the bits of an f32: bit for bit what float-formats.ts computes,
 * which says what the formats are. f16 is the hardware's (F16C).
 */
import type { FloatType } from '../../hlo/types.js';
import type { Ir, Value } from './ir.js';

export type NarrowFloat = Exclude<FloatType, 'f32' | 'f64'>;
type Small = Exclude<NarrowFloat, 'f16' | 'bf16' | 'f8e8m0fnu'>;

interface Format {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /** As in float-formats.ts. */
  readonly specials: 'ieee' | 'fn' | 'fnuz' | 'finite';
}

const format = (exponent: number, mantissa: number, bias: number, specials: Format['specials']): Format => ({
  exponent,
  mantissa,
  bias,
  specials,
});

const FORMATS: { readonly [F in Small]: Format } = {
  f4e2m1fn: format(2, 1, 1, 'finite'),
  f6e2m3fn: format(2, 3, 1, 'finite'),
  f6e3m2fn: format(3, 2, 3, 'finite'),
  f8e3m4: format(3, 4, 3, 'ieee'),
  f8e4m3: format(4, 3, 7, 'ieee'),
  f8e4m3b11fnuz: format(4, 3, 11, 'fnuz'),
  f8e4m3fn: format(4, 3, 7, 'fn'),
  f8e4m3fnuz: format(4, 3, 8, 'fnuz'),
  f8e5m2: format(5, 2, 15, 'ieee'),
  f8e5m2fnuz: format(5, 2, 16, 'fnuz'),
};

const F32_NAN = 0x7fc00000;
const F32_INFINITY = 0x7f800000;

/** Bit patterns (i8 or i16) to the f32 they stand for. */
export function decode(ir: Ir, element: NarrowFloat, bits: Value): Value {
  const { lanes } = bits;
  const word = (n: number): Value => ir.integer('i32', lanes, n);
  if (element === 'f16') return ir.cast('FPExt', ir.bitcast(bits, 'half'), 'float');
  const b = ir.resize(bits, 'i32');
  if (element === 'bf16') return ir.bitcast(ir.arithmetic('Shl', b, word(16)), 'float');
  if (element === 'f8e8m0fnu') {
    // 2^-127 alone is subnormal in f32.
    const normal = ir.arithmetic('Shl', b, word(23));
    const finite = ir.select(ir.test('EQ', b, word(0)), word(0x00400000), normal);
    return ir.bitcast(ir.select(ir.test('EQ', b, word(0xff)), word(F32_NAN), finite), 'float');
  }
  const { exponent, mantissa, bias, specials } = FORMATS[element];
  const signBit = 1 << (exponent + mantissa);
  const magnitude = ir.arithmetic('And', b, word(signBit - 1));
  // As the fields of an f32 the exponent is too small by a constant, for subnormal numbers too: scaling mends both.
  const fields = ir.bitcast(ir.arithmetic('Shl', magnitude, word(23 - mantissa)), 'float');
  const scaled = ir.floatArithmetic('FMul', fields, ir.float('float', lanes, 2 ** (127 - bias)));
  let result = ir.bitcast(scaled, 'i32');
  if (specials === 'ieee') {
    const infinity = word(((1 << exponent) - 1) << mantissa);
    result = ir.select(ir.test('EQ', magnitude, infinity), word(F32_INFINITY), result);
    result = ir.select(ir.test('UGT', magnitude, infinity), word(F32_NAN), result);
  } else if (specials === 'fn') {
    result = ir.select(ir.test('EQ', magnitude, word(signBit - 1)), word(F32_NAN), result);
  }
  const sign = ir.arithmetic('Shl', ir.arithmetic('And', b, word(signBit)), word(31 - exponent - mantissa));
  result = ir.arithmetic('Or', result, sign);
  if (specials === 'fnuz') result = ir.select(ir.test('EQ', b, word(signBit)), word(F32_NAN), result);
  return ir.bitcast(result, 'float');
}

/** f32 to the bit pattern (i8 or i16) of the nearest number, ties to even. */
export function encode(ir: Ir, element: NarrowFloat, x: Value): Value {
  const { lanes } = x;
  if (element === 'f16') return ir.bitcast(ir.cast('FPTrunc', x, 'half'), 'i16');
  if (element === 'bf16') return ir.cast('Trunc', encodeBf16(ir, x), 'i16');
  if (element === 'f8e8m0fnu') return ir.cast('Trunc', encodeScale(ir, x), 'i8');
  const word = (n: number): Value => ir.integer('i32', lanes, n);
  const { exponent, mantissa, bias, specials } = FORMATS[element];
  const bits = ir.bitcast(x, 'i32');
  const a = ir.arithmetic('And', bits, word(0x7fffffff));
  const shift = 23 - mantissa;
  // Normal results: round off the low mantissa bits, a carry going into the exponent; then the other bias.
  const normal = ir.arithmetic('Sub', roundOff(ir, a, shift), word((127 - bias) << mantissa));
  // Subnormal results: the sum with a number whose last place is the format's smallest step is rounded to that step.
  const magic = ir.float('float', lanes, 2 ** (24 - bias - mantissa));
  const sum = ir.floatArithmetic('FAdd', ir.bitcast(a, 'float'), magic);
  const subnormal = ir.arithmetic('Sub', ir.bitcast(sum, 'i32'), ir.bitcast(magic, 'i32'));
  const tiny = ir.test('ULT', a, word((127 + 1 - bias) << 23));
  let magnitude = ir.select(tiny, subnormal, normal);

  const signBit = 1 << (exponent + mantissa);
  const ones = signBit - 1;
  const largest = specials === 'ieee' ? ones - (1 << mantissa) : specials === 'fn' ? ones - 1 : ones;
  const nan = { ieee: largest + 1 + (1 << (mantissa - 1)), fn: ones, fnuz: signBit, finite: signBit }[specials];
  const overflow = { ieee: largest + 1, fn: nan, fnuz: nan, finite: largest }[specials];
  magnitude = ir.select(ir.test('SGT', magnitude, word(largest)), word(overflow), magnitude);
  const sign = ir.arithmetic('And', ir.arithmetic('LShr', bits, word(31 - exponent - mantissa)), word(signBit));
  let result = ir.arithmetic('Or', magnitude, sign);
  if (specials === 'fnuz') result = ir.select(ir.test('EQ', magnitude, word(0)), word(0), result);
  result = ir.select(ir.test('UGT', a, word(F32_INFINITY)), word(nan), result);
  return ir.cast('Trunc', result, 'i8');
}

/** bits ÷ 2^shift, to nearest even. */
function roundOff(ir: Ir, bits: Value, shift: number): Value {
  const word = (n: number): Value => ir.integer('i32', bits.lanes, n);
  const odd = ir.arithmetic('And', ir.arithmetic('LShr', bits, word(shift)), word(1));
  const half = ir.arithmetic('Add', bits, word((1 << (shift - 1)) - 1));
  return ir.arithmetic('LShr', ir.arithmetic('Add', half, odd), word(shift));
}

const encodeBf16 = (ir: Ir, x: Value): Value => {
  const rounded = roundOff(ir, ir.bitcast(x, 'i32'), 16);
  return ir.select(ir.isNaN(x), ir.integer('i32', x.lanes, 0x7fc0), rounded);
};

/** 2^(pattern − 127), ties up; what is not a positive finite number is NaN. */
function encodeScale(ir: Ir, x: Value): Value {
  const word = (n: number): Value => ir.integer('i32', x.lanes, n);
  const a = ir.bitcast(x, 'i32');
  const normal = ir.arithmetic('LShr', ir.arithmetic('Add', a, word(0x00400000)), word(23));
  // Below 2^-126 the f32 is subnormal and its exponent field says nothing.
  const subnormal = ir.resize(ir.test('UGE', a, word(0x00600000)), 'i32');
  const finite = ir.select(ir.test('ULT', a, word(0x00800000)), subnormal, normal);
  const zero = ir.float('float', x.lanes, 0);
  const infinite = ir.test('EQ', a, word(F32_INFINITY));
  const number = ir.select(ir.floatTest('OGT', x, zero), finite, word(0xff));
  return ir.select(infinite, word(0xff), number);
}

/** The f32 that is nearest to an f64 or, where inexact, the neighbour with an odd last bit: rounding again is then safe. */
function roundToOdd(ir: Ir, x: Value): Value {
  const { lanes } = x;
  const word = (n: number): Value => ir.integer('i32', lanes, n);
  const nearest = ir.cast('FPTrunc', x, 'float');
  const bits = ir.bitcast(nearest, 'i32');
  const magnitude = ir.arithmetic('And', bits, word(0x7fffffff));
  const back = ir.intrinsic('fabs', [ir.cast('FPExt', nearest, 'double')]);
  const target = ir.intrinsic('fabs', [x]);
  const up = ir.floatTest('OLT', back, target);
  const down = ir.floatTest('OGT', back, target);
  const even = ir.test('EQ', ir.arithmetic('And', bits, word(1)), word(0));
  const finite = ir.test('ULT', magnitude, word(F32_INFINITY));
  const step = ir.select(up, word(1), ir.select(down, word(-1), word(0)));
  const moved = ir.arithmetic('Add', bits, step);
  return ir.bitcast(ir.select(ir.arithmetic('And', even, finite), moved, bits), 'float');
}

/** The nearest value of a narrower format, in the kind of x. */
export function roundTo(ir: Ir, x: Value, to: FloatType): Value {
  if (to === 'f64' || (to === 'f32' && x.kind === 'float')) return x;
  if (x.kind === 'double') {
    const single = to === 'f32' ? ir.cast('FPTrunc', x, 'float') : roundTo(ir, roundToOdd(ir, x), to);
    return ir.cast('FPExt', single, 'double');
  }
  if (to === 'f32') return x;
  if (to === 'bf16') {
    return ir.bitcast(ir.arithmetic('Shl', encodeBf16(ir, x), ir.integer('i32', x.lanes, 16)), 'float');
  }
  return decode(ir, to, encode(ir, to, x));
}
