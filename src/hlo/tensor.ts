/** A tensor's values in memory: what the interpreter computes with and what the public API takes and gives. */
import { ELEMENT, type ElementType, elementCount, type TensorType, tensorType } from './types.js';

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type ArrayConstructor = { new (n: number): TypedArray; new (b: ArrayBufferLike, o?: number, n?: number): TypedArray };

/** Storage by element type. f16, bf16, f8 … hold bit patterns; complex types are interleaved (re, im) pairs. */
export function storageOf(element: ElementType): ArrayConstructor {
  const { class: cls, bits } = ELEMENT[element];
  const byClass = {
    pred: { 1: Uint8Array },
    signed: { 2: Int8Array, 4: Int8Array, 8: Int8Array, 16: Int16Array, 32: Int32Array, 64: BigInt64Array },
    unsigned: { 2: Uint8Array, 4: Uint8Array, 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: BigUint64Array },
    float: { 4: Uint8Array, 6: Uint8Array, 8: Uint8Array, 16: Uint16Array, 32: Float32Array, 64: Float64Array },
    complex: { 64: Float32Array, 128: Float64Array },
  };
  return (byClass[cls] as Record<number, ArrayConstructor>)[bits]!;
}

export interface Tensor {
  readonly type: TensorType;
  /** Row-major; length = element count (× 2 for complex types). */
  readonly data: TypedArray;
}

/** Numbers of a typed array that stand for one element. */
export const partsOf = (element: ElementType): 1 | 2 => (ELEMENT[element].class === 'complex' ? 2 : 1);

export function allocate(type: TensorType): Tensor {
  return { type, data: new (storageOf(type.element))(elementCount(type.dims) * partsOf(type.element)) };
}

export function tensor(element: ElementType, dims: readonly number[], data: TypedArray): Tensor {
  const expected = elementCount(dims) * partsOf(element);
  if (data.length !== expected) {
    throw new RangeError(`${element}[${dims}] needs ${expected} numbers, but the array holds ${data.length}`);
  }
  const Storage = storageOf(element);
  if (!(data instanceof Storage)) {
    throw new TypeError(`${element} is stored in a ${Storage.name}, but a ${data.constructor.name} was given`);
  }
  return { type: tensorType(element, dims), data };
}

export const bytesOf = (t: Tensor): Uint8Array => new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength);
