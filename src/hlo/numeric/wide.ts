/** Tensors in the type that sums of their elements are kept in: f32 for narrower floats; f64 where sums are long. */
import { allocate, type Tensor } from '../tensor.js';
import { ELEMENT, type ElementType, isFloat, type RealType } from '../types.js';
import { codec } from './access.js';

/** In what a computation is done: in its own types; floats below 32 bits in f32; all floats in f64. */
export type Width = 'own' | 'wide' | 'widest';

/**
 * More terms than these are summed in f64: the interpreter judges kernels, which sum in many short runs, and a single
 * run in f32 would be further from the truth than they are.
 */
const LONG_SUM = 1024;
export const widthOfSum = (terms: number): Width => (terms > LONG_SUM ? 'widest' : 'wide');

export function wideType(t: ElementType, width: Width): ElementType {
  if (!isFloat(t) || width === 'own') return t;
  return width === 'widest' ? 'f64' : ELEMENT[t].bits < 32 ? 'f32' : t;
}

/** The same values in their wide type; exact. A tensor that is wide already is given back as it is. */
export function widen(t: Tensor, width: Width = 'wide'): Tensor {
  const { element } = t.type;
  const wide = wideType(element, width);
  if (wide === element) return t;
  const out = allocate({ ...t.type, element: wide });
  const to = out.data as Float64Array;
  if (element === 'f32') to.set(t.data as Float32Array);
  else {
    const table = codec(element as RealType).table!;
    const bits = t.data as Uint16Array;
    for (let i = 0; i < bits.length; i++) to[i] = table[bits[i]!]!;
  }
  return out;
}

/** Rounds a float tensor to the narrower float `element`; the inverse of `widen` for what it gave. */
export function narrow(t: Tensor, element: ElementType): Tensor {
  if (t.type.element === element) return t;
  const out = allocate({ ...t.type, element });
  const from = t.data as Float64Array;
  if (element === 'f32') {
    (out.data as Float32Array).set(from);
    return out;
  }
  const { encode } = codec(element as RealType);
  const to = out.data as Uint16Array;
  for (let i = 0; i < from.length; i++) to[i] = encode!(from[i]!);
  return out;
}
