/** Tensors in the type that sums of their elements are kept in: f32 for narrower floats, else their own. */
import { allocate, type Tensor } from '../tensor.js';
import { ELEMENT, type ElementType, isFloat, type RealType } from '../types.js';
import { codec } from './access.js';

/** f32 for floats narrower than 32 bits; every other type is its own. */
export const wideType = (t: ElementType): ElementType => (isFloat(t) && ELEMENT[t].bits < 32 ? 'f32' : t);

/** The same values in their wide type; exact. A tensor that is wide already is given back as it is. */
export function widen(t: Tensor): Tensor {
  const { element } = t.type;
  if (wideType(element) === element) return t;
  const table = codec(element as RealType).table!;
  const out = allocate({ ...t.type, element: 'f32' });
  const bits = t.data as Uint16Array;
  const to = out.data as Float32Array;
  for (let i = 0; i < bits.length; i++) to[i] = table[bits[i]!]!;
  return out;
}

/** Rounds an f32 tensor to the narrow float `element`; the inverse of `widen` for what it gave. */
export function narrow(t: Tensor, element: ElementType): Tensor {
  if (t.type.element === element) return t;
  const { encode } = codec(element as RealType);
  const out = allocate({ ...t.type, element });
  const from = t.data as Float32Array;
  const to = out.data as Uint16Array;
  for (let i = 0; i < from.length; i++) to[i] = encode!(from[i]!);
  return out;
}
