/** Tensors in memory that starts on a cache line, where vectors never straddle two: Node's own starts 16 bytes off. */
import koffi from 'koffi';
import { allocate, partsOf, storageOf, type Tensor } from '../hlo/tensor.js';
import { byteSize, elementCount, type TensorType } from '../hlo/types.js';
import { ALIGNMENT } from './memory.js';

/** Below this the time to ask for an address is more than aligned accesses save. */
const SMALL = 4096;

/** A tensor of zeros, 64-byte aligned where it is large enough for that to matter. Throws `RangeError` beyond memory. */
export function allocateAligned(type: TensorType): Tensor {
  const bytes = byteSize(type);
  if (bytes < SMALL) return allocate(type);
  const memory = new ArrayBuffer(bytes + ALIGNMENT);
  const past = Number(koffi.address(new Uint8Array(memory)) % BigInt(ALIGNMENT));
  const offset = (ALIGNMENT - past) % ALIGNMENT;
  const numbers = elementCount(type.dims) * partsOf(type.element);
  return { type, data: new (storageOf(type.element))(memory, offset, numbers) };
}
