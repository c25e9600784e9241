/** How a buffer's elements lie in memory, and the loads and stores that widen and narrow them. */
import { ELEMENT, type ElementType, isFloat } from '../../hlo/types.js';
import { laneTypeOf } from '../loop/ir.js';
import type { Ir, Pointer, Value } from './ir.js';
import { canStream, streamLeaf } from './leaves.js';
import type { Kind } from './llvm14.js';
import { decode, encode, type NarrowFloat } from './narrow.js';
import { kindOf } from './operations.js';

const isNarrow = (t: ElementType): t is NarrowFloat => isFloat(t) && t !== 'f32' && t !== 'f64';

/** What one element is in memory: truth values are bytes, narrow floats their bit patterns. */
export function memoryKind(element: ElementType): Kind {
  if (element === 'pred') return 'i8';
  if (isNarrow(element)) return ELEMENT[element].bytes === 2 ? 'i16' : 'i8';
  return kindOf(laneTypeOf(element));
}

/** What memory holds, as the value to compute with. */
function widen(ir: Ir, element: ElementType, v: Value): Value {
  if (element === 'pred') return ir.test('NE', v, ir.zero('i8', v.lanes));
  return isNarrow(element) ? decode(ir, element, v) : v;
}

/** The value as memory holds it. */
function narrow(ir: Ir, element: ElementType, v: Value): Value {
  if (element === 'pred') return ir.cast('ZExt', v, 'i8');
  if (isNarrow(element)) return encode(ir, element, v);
  const { bits, class: cls } = ELEMENT[element];
  if (bits >= 8) return v;
  const spare = ir.integer('i8', v.lanes, 8 - bits);
  return ir.arithmetic(cls === 'signed' ? 'AShr' : 'LShr', ir.arithmetic('Shl', v, spare), spare);
}

/** Runs `then` where the one-lane condition holds. */
export function when(ir: Ir, condition: Value, then: () => void): void {
  const yes = ir.block('set');
  const after = ir.block('after');
  ir.branch(condition, yes, after);
  ir.at(yes);
  then();
  ir.go(after);
  ir.at(after);
}

/** Lanes whose mask is unset are 0 whatever pattern 0 stands for. */
function clear(ir: Ir, element: ElementType, mask: Value, v: Value): Value {
  return element === 'f8e8m0fnu' ? ir.select(mask, v, ir.zero(v.kind, v.lanes)) : v;
}

export function load(ir: Ir, element: ElementType, at: Pointer, lanes: number, mask?: Value): Value {
  if (!mask) return widen(ir, element, ir.load(at, lanes));
  if (lanes > 1) return clear(ir, element, mask, widen(ir, element, ir.maskedLoad(at, mask)));
  const before = ir.here();
  let read: Value = ir.zero(at.kind, 1);
  let from = before;
  when(ir, mask, () => {
    read = ir.load(at, 1);
    from = ir.here();
  });
  const phi = ir.phi(at.kind, 1);
  ir.incoming(phi, ir.zero(at.kind, 1), before);
  ir.incoming(phi, read, from);
  return clear(ir, element, mask, widen(ir, element, phi));
}

export function store(ir: Ir, element: ElementType, v: Value, at: Pointer, mask?: Value, stream = false): void {
  const stored = narrow(ir, element, v);
  if (!mask) {
    if (stream && canStream(stored.kind, stored.lanes)) {
      ir.callLeaf(streamLeaf(stored.kind, stored.lanes), [stored.it, at.it]);
    } else {
      ir.store(stored, at);
    }
  } else if (v.lanes > 1) {
    ir.maskedStore(stored, at, mask);
  } else {
    when(ir, mask, () => ir.store(stored, at));
  }
}

export function gather(ir: Ir, element: ElementType, base: Pointer, index: Value, mask?: Value): Value {
  if (index.lanes === 1) return load(ir, element, ir.offset(base, index), 1, mask);
  const set = mask ?? ir.boolean(true, index.lanes);
  const v = widen(ir, element, ir.gather(base, index, set));
  return mask ? clear(ir, element, mask, v) : v;
}

export function scatter(ir: Ir, element: ElementType, v: Value, base: Pointer, index: Value, mask?: Value): void {
  if (index.lanes === 1) store(ir, element, v, ir.offset(base, index), mask);
  else ir.scatter(narrow(ir, element, v), base, index, mask ?? ir.boolean(true, index.lanes));
}
