/**
 * Element types and value types of the graph IR.
 *
 * Every element type of XLA has its place here (xla_data.proto); what an op does not support it refuses by name.
 */

export type FloatType =
  | 'f4e2m1fn'
  | 'f6e2m3fn'
  | 'f6e3m2fn'
  | 'f8e3m4'
  | 'f8e4m3'
  | 'f8e4m3b11fnuz'
  | 'f8e4m3fn'
  | 'f8e4m3fnuz'
  | 'f8e5m2'
  | 'f8e5m2fnuz'
  | 'f8e8m0fnu'
  | 'bf16'
  | 'f16'
  | 'f32'
  | 'f64';
export type SignedType = 's2' | 's4' | 's8' | 's16' | 's32' | 's64';
export type UnsignedType = 'u2' | 'u4' | 'u8' | 'u16' | 'u32' | 'u64';
export type IntegerType = SignedType | UnsignedType;
export type ComplexType = 'c64' | 'c128';
export type RealType = 'pred' | IntegerType | FloatType;
export type ElementType = RealType | ComplexType;

export type ElementClass = 'pred' | 'signed' | 'unsigned' | 'float' | 'complex';

export interface ElementInfo {
  readonly class: ElementClass;
  /** Logical width in bits. */
  readonly bits: number;
  /** Bytes one element takes in a buffer: sub-byte types take one byte each. */
  readonly bytes: number;
}

const info = (cls: ElementClass, bits: number): ElementInfo => ({ class: cls, bits, bytes: Math.max(1, bits >> 3) });

export const ELEMENT: { readonly [T in ElementType]: ElementInfo } = {
  pred: { class: 'pred', bits: 1, bytes: 1 },
  s2: info('signed', 2),
  s4: info('signed', 4),
  s8: info('signed', 8),
  s16: info('signed', 16),
  s32: info('signed', 32),
  s64: info('signed', 64),
  u2: info('unsigned', 2),
  u4: info('unsigned', 4),
  u8: info('unsigned', 8),
  u16: info('unsigned', 16),
  u32: info('unsigned', 32),
  u64: info('unsigned', 64),
  f4e2m1fn: info('float', 4),
  f6e2m3fn: info('float', 6),
  f6e3m2fn: info('float', 6),
  f8e3m4: info('float', 8),
  f8e4m3: info('float', 8),
  f8e4m3b11fnuz: info('float', 8),
  f8e4m3fn: info('float', 8),
  f8e4m3fnuz: info('float', 8),
  f8e5m2: info('float', 8),
  f8e5m2fnuz: info('float', 8),
  f8e8m0fnu: info('float', 8),
  bf16: info('float', 16),
  f16: info('float', 16),
  f32: info('float', 32),
  f64: info('float', 64),
  c64: info('complex', 64),
  c128: info('complex', 128),
};

export const ELEMENT_TYPES = Object.keys(ELEMENT) as readonly ElementType[];
export const isElementType = (name: string): name is ElementType => Object.hasOwn(ELEMENT, name);
export const isFloat = (t: ElementType): t is FloatType => ELEMENT[t].class === 'float';
export const isComplex = (t: ElementType): t is ComplexType => ELEMENT[t].class === 'complex';
export const isSigned = (t: ElementType): t is SignedType => ELEMENT[t].class === 'signed';
export const isUnsigned = (t: ElementType): t is UnsignedType => ELEMENT[t].class === 'unsigned';
export const isInteger = (t: ElementType): t is IntegerType => isSigned(t) || isUnsigned(t);
/** The real type a complex type is a pair of; a real type is its own part. */
export const partType = (t: ElementType): RealType => (t === 'c64' ? 'f32' : t === 'c128' ? 'f64' : t);

/** A dimension whose size is known only at run time (`?` in StableHLO text). */
export const DYNAMIC = -1;

/** How a quantized tensor's integers stand for real numbers: real = (stored − zeroPoint) × scale. */
export interface Quantization {
  readonly storage: IntegerType;
  readonly storageMin: number;
  readonly storageMax: number;
  readonly expressed: FloatType;
  /** One entry, or one per index along `axis`. */
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis?: number;
}

export interface TensorType {
  readonly kind: 'tensor';
  /** Of a quantized tensor: the storage type. */
  readonly element: ElementType;
  /** Sizes, major to minor; `DYNAMIC` where unknown. */
  readonly dims: readonly number[];
  readonly quantization?: Quantization;
  /** Upper bounds of dynamic dimensions (`#stablehlo.bounds`), `DYNAMIC` where there is none. */
  readonly bounds?: readonly number[];
}

export interface TokenType {
  readonly kind: 'token';
}

/** Only at the boundary (parsers, printers): inside the graph several results stand for a tuple. */
export interface TupleType {
  readonly kind: 'tuple';
  readonly elements: readonly ValueType[];
}

export type ValueType = TensorType | TokenType | TupleType;

export const TOKEN: TokenType = { kind: 'token' };
export const tensorType = (element: ElementType, dims: readonly number[] = []): TensorType => ({
  kind: 'tensor',
  element,
  dims,
});

/** Product of the dimensions. Throws where it leaves the range in which JavaScript counts exactly, or is dynamic. */
export function elementCount(dims: readonly number[]): number {
  let n = 1;
  for (const d of dims) {
    if (d < 0) throw new RangeError('the shape has a dynamic dimension, so it has no element count yet');
    n *= d;
    if (n > Number.MAX_SAFE_INTEGER) throw new RangeError(`a tensor of shape [${dims}] has more than 2^53 elements`);
  }
  return n;
}

export const byteSize = (t: TensorType): number => elementCount(t.dims) * ELEMENT[t.element].bytes;

/** Row-major strides in elements. */
export function rowMajorStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  for (let d = dims.length - 1, s = 1; d >= 0; d--) {
    strides[d] = s;
    s *= dims[d]!;
  }
  return strides;
}

export const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

export function sameType(a: ValueType, b: ValueType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    return (
      a.element === b.element &&
      sameDims(a.dims, b.dims) &&
      JSON.stringify(a.quantization) === JSON.stringify(b.quantization)
    );
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    return a.elements.length === b.elements.length && a.elements.every((e, i) => sameType(e, b.elements[i]!));
  }
  return true;
}

/** HLO's notation, `f32[2,3]`: what messages show. */
export function showType(t: ValueType): string {
  if (t.kind === 'token') return 'token[]';
  if (t.kind === 'tuple') return `(${t.elements.map(showType).join(', ')})`;
  const q = t.quantization ? `:${t.quantization.expressed}` : '';
  return `${t.element}${q}[${t.dims.map((d) => (d === DYNAMIC ? '?' : d)).join(',')}]`;
}
