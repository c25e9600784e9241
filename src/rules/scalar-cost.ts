/** The scalar language, counting: what one element of a rule costs, in flops of one lane. */
import { ELEMENT, type ElementType, isComplex, partType } from '../hlo/index.js';
import type { EmitRule } from './emit.js';
import type { Value } from './primitives.js';
import type { Operand, OpView, Parts, ScalarType } from './scalar.js';
import { type Functions, ScalarsOver } from './scalars-over.js';

/** Reciprocal throughputs in units of an f32 addition, as vector machines of these years have them. Default: 1. */
const COST: { readonly [op: string]: number } = {
  div: 8,
  rem: 40,
  sqrt: 10,
  roundTo: 6,
  min: 3,
  max: 3,
  popcnt: 4,
  clz: 4,
};
/** Integer division has no vector instruction. */
const INTEGER_DIVISION = 25;

interface Counted {
  readonly type: ScalarType;
  readonly constant: boolean;
}

class ScalarCounter extends ScalarsOver<Counted> {
  cost = 0;

  typeOf(v: Counted): ScalarType {
    return v.type;
  }

  constant(type: ScalarType, _value: Value): Counted {
    return { type, constant: true };
  }

  select(condition: Counted, a: Operand<Counted>, b: Operand<Counted>): Counted {
    const [x] = this.level(a, b);
    return this.apply(x!.type, 'select', () => 0, [condition]);
  }

  /** 64-bit types have half the lanes. Bits read as another type cost nothing. */
  protected apply(type: ScalarType, op: string, _f: unknown, args: readonly Counted[]): Counted {
    if (args.every((a) => a.constant)) return { type, constant: true };
    const wide = args.some((a) => a.type.endsWith('64')) || type.endsWith('64') ? 2 : 1;
    const division = (op === 'div' || op === 'rem') && !type.startsWith('f');
    // Minimum and maximum with a constant are one instruction: the constant is no NaN.
    const bound = (op === 'min' || op === 'max') && args.some((a) => a.constant);
    const cost = division ? INTEGER_DIVISION : bound ? 1 : (COST[op] ?? 1);
    if (op !== 'bitcast') this.cost += wide * cost;
    return { type, constant: false };
  }
}

/** The type elements are computed in, of any element type's part. */
export function computeTypeOf(element: ElementType): ScalarType {
  const part = partType(element);
  const { class: cls, bits } = ELEMENT[part];
  if (cls === 'float') return part === 'f64' ? 'f64' : 'f32';
  return (bits < 8 && cls !== 'pred' ? `${part[0]}8` : part) as ScalarType;
}

/** Cost of one element of the op's result, in f32 additions of one lane. Rules without arithmetic cost nothing. */
export function costOf(rule: EmitRule, op: OpView, functions?: Functions): number {
  const counter = new ScalarCounter(functions);
  const values = op.operands.map((t) => ({ type: computeTypeOf(t.element), constant: false }));
  const complex = [...op.operands, ...op.results].some((t) => isComplex(t.element));
  if (complex && rule.pair) {
    const pairs = values.map((v, i): Parts<Counted> => (isComplex(op.operands[i]!.element) ? [v, v] : [v]));
    rule.pair(counter, pairs, op);
  } else if (rule.element) {
    rule.element(counter, values, op);
  }
  return counter.cost;
}
