/** The scalar language, computing values one at a time: what a rule's loop IR would give, bit for bit. */

import type { Value } from './primitives.js';
import * as primitives from './primitives.js';
import type { ScalarType } from './scalar.js';
import { ScalarsOver } from './scalars-over.js';

export interface TypedValue {
  readonly type: ScalarType;
  readonly value: Value;
}

/** Values with their types. `functions` finds the rules that `call` names. */
export class ScalarEvaluator extends ScalarsOver<TypedValue> {
  typeOf(v: TypedValue): ScalarType {
    return v.type;
  }

  constant(type: ScalarType, value: Value): TypedValue {
    return { type, value: primitives.constantOf(type, value) };
  }

  protected apply(
    type: ScalarType,
    _op: string,
    f: (...args: never[]) => Value,
    args: readonly TypedValue[],
  ): TypedValue {
    return { type, value: (f as (...args: Value[]) => Value)(...args.map((a) => a.value)) };
  }

  select(condition: TypedValue, a: TypedValue | Value, b: TypedValue | Value): TypedValue {
    const [x, y] = this.level(a, b);
    return condition.value ? x! : y!;
  }
}
