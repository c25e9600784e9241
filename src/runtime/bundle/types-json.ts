/** Types of tensors as a bundle's JSON holds them: `{"element": "f32", "dims": [2, 3]}`. */
import { byteSize, ELEMENT_TYPES, type Quantization, type TensorType, tensorType } from '../../hlo/types.js';
import type { Field } from './field.js';

export const encodeType = ({ element, dims, quantization }: TensorType): object => ({
  element,
  dims,
  ...(quantization ? { quantization } : {}),
});

/** Throws `BundleError` where it is no type, or one larger than numbers can say. */
export function decodeType(field: Field): TensorType {
  const element = field.get('element').oneOf(ELEMENT_TYPES);
  const dims = field
    .get('dims')
    .list()
    .map((d) => d.count());
  const type = tensorType(element, dims);
  try {
    byteSize(type);
  } catch {
    throw field.error('must be a type of less than 2^53 elements');
  }
  if (!field.has('quantization')) return type;
  // For people: what runs are the integers that it stands on.
  return { ...type, quantization: field.get('quantization').object() as unknown as Quantization };
}
