/** NumPy's .npy files (format versions 1 to 3), read and written as tensors. */
import { narrow, widen } from './numeric/wide.js';
import { allocate, partsOf, type Tensor, type TypedArray } from './tensor.js';
import { ELEMENT, type ElementType, elementCount, isFloat, tensorType } from './types.js';

/** What is wrong with a .npy file. */
export class NpyError extends Error {
  override name = 'NpyError';
}

/** Type codes of the element types that NumPy has. */
const DESCRIPTORS: { readonly [T in ElementType]?: string } = {
  pred: '|b1',
  s8: '|i1',
  s16: '<i2',
  s32: '<i4',
  s64: '<i8',
  u8: '|u1',
  u16: '<u2',
  u32: '<u4',
  u64: '<u8',
  f16: '<f2',
  f32: '<f4',
  f64: '<f8',
  c64: '<c8',
  c128: '<c16',
};
const MAGIC = '\x93NUMPY';
const ALIGNMENT = 64;

/** The bytes of a .npy file. bf16 and narrower floats are widened to f32, 2- and 4-bit integers to 8 bits. */
export function writeNpy(t: Tensor): Uint8Array {
  const plain = DESCRIPTORS[t.type.element] !== undefined ? t : isFloat(t.type.element) ? widen(t) : t;
  const { element } = plain.type;
  const descriptor = DESCRIPTORS[element] ?? (ELEMENT[element].class === 'signed' ? '|i1' : '|u1');
  const { dims } = t.type;
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const header = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${shape}), }`;
  const prefix = MAGIC.length + 4;
  const padded = Math.ceil((prefix + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const out = new Uint8Array(padded + plain.data.byteLength);
  const head = `${MAGIC}\x01\x00\0\0${header.padEnd(padded - prefix - 1)}\n`;
  for (let i = 0; i < head.length; i++) out[i] = head.charCodeAt(i);
  new DataView(out.buffer).setUint16(MAGIC.length + 2, padded - prefix, true);
  out.set(new Uint8Array(plain.data.buffer, plain.data.byteOffset, plain.data.byteLength), padded);
  return out;
}

interface Header {
  readonly descriptor: string;
  readonly fortranOrder: boolean;
  readonly dims: readonly number[];
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array): Header {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < 12)
    throw new NpyError('this is no .npy file: it does not begin with \\x93NUMPY');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[MAGIC.length]! >= 2;
  const start = MAGIC.length + (wide ? 6 : 4);
  const length = wide ? view.getUint32(MAGIC.length + 2, true) : view.getUint16(MAGIC.length + 2, true);
  if (start + length > bytes.length) throw new NpyError('the file ends within its header');
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descriptor = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descriptor === undefined || order === undefined || shape === undefined) {
    throw new NpyError(`cannot read the header: ${text.trim()}`);
  }
  const dims = shape
    .split(',')
    .filter((s) => s.trim() !== '')
    .map(Number);
  if (!dims.every((n) => Number.isSafeInteger(n) && n >= 0)) throw new NpyError(`(${shape}) is not a shape`);
  return { descriptor, fortranOrder: order === 'True', dims, dataStart: start + length };
}

/**
 * The tensor in a .npy file. With `wanted`, floats are narrowed to it (bf16, f8 … from float32) and 8-bit integers
 * taken as 2- or 4-bit ones.
 * @throws NpyError
 */
export function readNpy(bytes: Uint8Array, wanted?: ElementType): Tensor {
  const { descriptor, fortranOrder, dims, dataStart } = readHeader(bytes);
  const code = descriptor.replace(/^[<|>=]/, '');
  const element = (Object.keys(DESCRIPTORS) as ElementType[]).find((t) => DESCRIPTORS[t]!.slice(1) === code);
  if (!element) throw new NpyError(`arrays of type ${descriptor} are not supported`);
  const stored = allocateFor(element, dims, bytes.length - dataStart);
  const raw = new Uint8Array(stored.data.buffer);
  raw.set(bytes.subarray(dataStart, dataStart + raw.length));
  if (descriptor.startsWith('>')) swapBytes(raw, ELEMENT[element].bytes / partsOf(element));
  return retyped(fortranOrder ? fromColumnMajor(stored) : stored, wanted);
}

function allocateFor(element: ElementType, dims: readonly number[], available: number): Tensor {
  const needed = elementCount(dims) * ELEMENT[element].bytes;
  if (needed > available) throw new NpyError(`[${dims}] needs ${needed} bytes, but the file holds ${available}`);
  return allocate(tensorType(element, dims));
}

function swapBytes(raw: Uint8Array, width: number): void {
  for (let i = 0; i < raw.length; i += width) raw.subarray(i, i + width).reverse();
}

function fromColumnMajor(t: Tensor): Tensor {
  const { dims, element } = t.type;
  const out = allocate(t.type);
  const parts = partsOf(element);
  const n = elementCount(dims);
  const index = dims.map(() => 0);
  for (let i = 0; i < n; i++) {
    let from = 0;
    for (let d = dims.length - 1; d >= 0; d--) from = from * dims[d]! + index[d]!;
    for (let p = 0; p < parts; p++) out.data[i * parts + p] = t.data[from * parts + p]!;
    for (let d = dims.length - 1; d >= 0 && ++index[d]! === dims[d]; d--) index[d] = 0;
  }
  return out;
}

function retyped(t: Tensor, wanted: ElementType | undefined): Tensor {
  const { element, dims } = t.type;
  if (wanted === undefined || wanted === element) return t;
  if (isFloat(wanted) && ELEMENT[wanted].bits < 32 && (element === 'f32' || element === 'f64'))
    return narrow(t, wanted);
  const { class: cls, bits } = ELEMENT[wanted];
  if (bits < 8 && ELEMENT[element].class === cls && ELEMENT[element].bits === 8) {
    return { type: tensorType(wanted, dims), data: t.data as TypedArray };
  }
  throw new NpyError(`the file holds ${element}[${dims}], but ${wanted} is wanted`);
}
