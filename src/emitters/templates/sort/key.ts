/** Keys: unsigned integers in the order of an operand's elements. */
import { ELEMENT, isFloat, isSigned, type Value } from '../../../hlo/index.js';
import type { SortKey } from '../../../rules/index.js';
import type { KernelBuilder } from '../../loop/builder.js';
import { type LaneType, laneTypeOf, type ValueId } from '../../loop/ir.js';

const UNSIGNED: Readonly<Record<number, LaneType>> = { 8: 'u8', 16: 'u16', 32: 'u32', 64: 'u64' };

/** Bits of a key: those of the type that the operand's elements are computed in. */
export const keyBits = (operand: Value): number => Math.max(8, ELEMENT[laneTypeOf(operand.tensorType.element)].bits);

/** Does an element follow from its key? Not where different ones have equal keys. */
export const isExact = (key: SortKey, operand: Value): boolean =>
  !isFloat(operand.tensorType.element) || (!key.equalZeros && !key.equalNans);

/** The key of every lane, as an unsigned integer of `keyBits`. */
export function keyOf(b: KernelBuilder, key: SortKey, v: ValueId): ValueId {
  const { element, lanes } = b.typeOf(v);
  if (element === 'pred') return turned(b, key, b.convert(v, 'u8'));
  const bits = ELEMENT[element].bits;
  const unsigned = UNSIGNED[bits]!;
  const sign = b.constant({ element: unsigned, lanes }, 1n << BigInt(bits - 1));
  if (isFloat(element)) {
    const pattern = b.bitcast(canonical(b, key, v), unsigned);
    // Negative numbers have all bits turned, the others the sign: the order of sign and magnitude becomes one of integers.
    const signed = bits === 64 ? 's64' : 's32';
    const smear = b.binary('shra', b.bitcast(pattern, signed), b.constant({ element: signed, lanes }, bits - 1));
    return turned(b, key, b.binary('xor', pattern, b.binary('or', b.bitcast(smear, unsigned), sign)));
  }
  return turned(b, key, isSigned(element) ? b.binary('xor', b.bitcast(v, unsigned), sign) : v);
}

const turned = (b: KernelBuilder, { descending }: SortKey, k: ValueId): ValueId => (descending ? b.unary('not', k) : k);

function canonical(b: KernelBuilder, key: SortKey, v: ValueId): ValueId {
  const type = b.typeOf(v);
  const zero = b.constant(type, 0);
  const one = key.equalZeros ? b.select(b.compare('eq', v, zero), zero, v) : v;
  return key.equalNans ? b.select(b.compare('ne', v, v), b.constant(type, Number.NaN), one) : one;
}
