/** Called computations over rank-0 tensors (reducers, comparators, combiners) as closures over scalars. */
import type { Computation, Instruction, Value } from './graph.js';
import { reader, writer } from './numeric/access.js';
import { type Width, wideType } from './numeric/wide.js';
import {
  type EvaluateContext,
  OpError,
  type OpRegistry,
  type RuntimeValue,
  type Scalar,
  type ScalarFunction,
  type ScalarRegion,
  TOKEN_VALUE,
} from './registry.js';
import { allocate, type Tensor } from './tensor.js';
import { sameType, type TensorType, type ValueType } from './types.js';

type Run = EvaluateContext['run'];

/** A line of the closure's text per instruction, and the values that its names stand for. */
interface Text {
  readonly lines: string[];
  readonly scope: Map<string, unknown>;
}

export function compileRegion(c: Computation, registry: OpRegistry, run: Run, width: Width): ScalarRegion {
  const order = c.topological();
  if (!order.every((i) => i.results.every((r) => r.type.kind === 'tensor' && r.type.dims.length === 0))) {
    return throughTensors(c, run);
  }
  return new Compiler(registry, run, canWiden(order, registry, width) ? width : 'own').compile(c, order);
}

const widened = (t: ValueType, width: Width): TensorType => {
  const tensor = t as TensorType;
  return { ...tensor, element: wideType(tensor.element, width) };
};

/** Whether every instruction still makes sense with narrow floats replaced by f32. */
function canWiden(order: readonly Instruction[], registry: OpRegistry, width: Width): boolean {
  const narrow = (v: Value) => !sameType(widened(v.type, width), v.type);
  for (const i of order) {
    const kind = registry.kind(i);
    if (kind === 'parameter' || kind === 'constant') continue;
    const affected = i.operands.some(narrow) || i.results.some(narrow);
    if (!affected) continue;
    const definition = registry.get(i.opcode);
    if (!definition.scalar) return false;
    try {
      const declared = i.results.map((r) => widened(r.type, width));
      const operands = i.operands.map((v) => widened(v.type, width));
      registry.inferTypes(i.opcode, { operands, attributes: i.attributes, called: i.called, declared });
    } catch (e) {
      if (e instanceof OpError) return false;
      throw e;
    }
  }
  return true;
}

class Compiler {
  private readonly names = new Map<Value, string>();

  constructor(
    private readonly registry: OpRegistry,
    private readonly run: Run,
    private readonly width: Width,
  ) {}

  /** Straight-line code of its own for each region, so that its calls are seen with one callee and one type each. */
  compile(c: Computation, order: readonly Instruction[]): ScalarRegion {
    const text: Text = { lines: [], scope: new Map() };
    const parameters = c.parameters.map((p) => this.nameOf(p.result));
    for (const i of order) {
      const kind = this.registry.kind(i);
      if (kind === 'constant') {
        const value = this.registry.get(i.opcode).evaluate(this.context(i, []))[0]!;
        text.scope.set(this.nameOf(i.result), unbox(value));
      } else if (kind !== 'parameter') this.write(i, text);
    }
    const outputs = c.results.map((r) => this.nameOf(r));
    const make = (result: string) => this.link(text, parameters, result);
    const all = make(`[${outputs.join(', ')}]`) as unknown as (...args: Scalar[]) => readonly Scalar[];
    return {
      width: this.width,
      first: this.direct(c, order) ?? (make(outputs[0]!) as ScalarFunction),
      all: (args) => all(...args),
    };
  }

  private link({ lines, scope }: Text, parameters: readonly string[], result: string): (...args: Scalar[]) => unknown {
    const body = `return (${parameters.join(', ')}) => {\n${lines.join('\n')}\nreturn ${result};\n}`;
    return new Function(...scope.keys(), body)(...scope.values());
  }

  private nameOf(v: Value): string {
    let name = this.names.get(v);
    if (!name) this.names.set(v, (name = `v${this.names.size}`));
    return name;
  }

  private type(v: Value): TensorType {
    return widened(v.type, this.width);
  }

  private scalarOf(i: Instruction): ScalarFunction | undefined {
    const result = i.results[0];
    if (!result) return undefined;
    return this.registry.get(i.opcode).scalar?.(
      i.operands.map((v) => this.type(v)),
      i.attributes,
      this.type(result),
    );
  }

  /** A computation of one op over its parameters, in any order, is that op's function. */
  private direct(c: Computation, order: readonly Instruction[]): ScalarFunction | undefined {
    const computing = order.filter((i) => this.registry.kind(i) !== 'parameter');
    const [only] = computing;
    if (!only || computing.length > 1 || c.results[0]?.producer !== only) return undefined;
    const positions = only.operands.map((v) => c.parameters.findIndex((p) => p.result === v));
    const f = this.scalarOf(only);
    if (!f) return undefined;
    if (positions.every((p, k) => p === k)) return f;
    if (positions.length === 2 && positions[0] === 1 && positions[1] === 0) return (a, b) => f(b!, a!);
    return undefined;
  }

  private write(i: Instruction, { lines, scope }: Text): void {
    const inputs = i.operands.map((v) => this.nameOf(v)).join(', ');
    const outputs = i.results.map((r) => this.nameOf(r));
    const callee = `f${scope.size}`;
    const f = this.scalarOf(i);
    scope.set(callee, f ?? this.boxed(i));
    lines.push(
      f ? `const ${outputs[0]} = ${callee}(${inputs});` : `const [${outputs.join(', ')}] = ${callee}(${inputs});`,
    );
  }

  /** An instruction without a scalar function runs on rank-0 tensors. */
  private boxed(i: Instruction): (...operands: Scalar[]) => Scalar[] {
    const definition = this.registry.get(i.opcode);
    const types = i.operands.map((v) => this.type(v));
    return (...operands) => {
      const boxes = operands.map((x, k) => box(types[k]!, x));
      return definition.evaluate(this.context(i, boxes)).map(unbox);
    };
  }

  private context(i: Instruction, operands: readonly RuntimeValue[]): EvaluateContext {
    return {
      operands,
      attributes: i.attributes,
      called: i.called,
      results: i.results.map((r) => r.type),
      run: this.run,
      region: (c, precision = 'own') => compileRegion(c, this.registry, this.run, precision),
    };
  }
}

/** A rank-0 tensor that holds a scalar. */
export function box(type: TensorType, x: Scalar): Tensor {
  const t = allocate({ ...type, dims: [] });
  writer(type.element)(t.data, 0, x);
  return t;
}

function unbox(v: RuntimeValue): Scalar {
  if (v === TOKEN_VALUE) throw new OpError('a computation over scalars gave a token');
  return reader(v.type.element)(v.data, 0);
}

/** A computation whose values are not all rank-0 tensors runs as any other. */
function throughTensors(c: Computation, run: Run): ScalarRegion {
  const types = c.parameters.map((p) => p.result.tensorType);
  const all = (args: readonly Scalar[]) =>
    run(
      c,
      types.map((t, k) => box(t, args[k]!)),
    ).map(unbox);
  return { width: 'own', all, first: (...args) => all(args)[0]! };
}
