/** The scalar language, writing JavaScript: one rule as a function that runs at the speed of compiled code. */
import type { EmitRule } from './emit.js';
import { constantOf, type Value } from './primitives.js';
import type { Operand, OpView, ScalarType } from './scalar.js';
import { computeTypeOf } from './scalar-cost.js';
import { type Functions, ScalarsOver } from './scalars-over.js';

interface Named {
  readonly type: ScalarType;
  readonly text: string;
}

type Computes = (...args: never[]) => Value;

class CodeWriter extends ScalarsOver<Named> {
  readonly lines: string[] = [];
  readonly callees: Computes[] = [];

  typeOf(v: Named): ScalarType {
    return v.type;
  }

  constant(type: ScalarType, value: Value): Named {
    const v = constantOf(type, value);
    return { type, text: typeof v === 'bigint' ? `${v}n` : Object.is(v, -0) ? '-0' : `${v}` };
  }

  private define(type: ScalarType, text: string): Named {
    const name = `v${this.lines.length}`;
    this.lines.push(`const ${name} = ${text};`);
    return { type, text: name };
  }

  select(condition: Named, a: Operand<Named>, b: Operand<Named>): Named {
    const [x, y] = this.level(a, b);
    return this.define(x!.type, `${condition.text} ? ${x!.text} : ${y!.text}`);
  }

  protected apply(type: ScalarType, _op: string, f: Computes, args: readonly Named[]): Named {
    this.callees.push(f);
    return this.define(type, `f${this.callees.length - 1}(${args.map((a) => a.text).join(', ')})`);
  }
}

/** An element rule as a function of its operands' values. */
export function compileRule(rule: EmitRule, op: OpView, functions?: Functions): (...operands: Value[]) => Value {
  if (!rule.element) throw new TypeError(`the rule of ${rule.op} says no element`);
  const writer = new CodeWriter(functions);
  const params = op.operands.map((t, i) => ({ type: computeTypeOf(t.element), text: `x${i}` }));
  const result = rule.element(writer, params, op);
  const names = writer.callees.map((_, i) => `f${i}`);
  const body = `return (${params.map((p) => p.text).join(', ')}) => { ${writer.lines.join(' ')} return ${result.text}; };`;
  return new Function(...names, body)(...writer.callees) as (...operands: Value[]) => Value;
}
