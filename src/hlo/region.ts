/** Called computations over rank-0 tensors (reducers, comparators, combiners) as closures over scalars. */
import type { Computation, Instruction, Value } from './graph.js';
import { reader, writer } from './numeric/access.js';
import { wideType } from './numeric/wide.js';
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

/** What an instruction of the region does to the slots of its values. */
type Step = (slots: Scalar[]) => void;

export function compileRegion(c: Computation, registry: OpRegistry, run: Run, precision: 'own' | 'wide'): ScalarRegion {
  const order = c.topological();
  if (!order.every((i) => i.results.every((r) => r.type.kind === 'tensor' && r.type.dims.length === 0))) {
    return throughTensors(c, run);
  }
  const wide = precision === 'wide' && canWiden(order, registry);
  return new Compiler(registry, run, wide).compile(c, order);
}

const widened = (t: ValueType): TensorType => {
  const tensor = t as TensorType;
  return { ...tensor, element: wideType(tensor.element) };
};

/** Whether every instruction still makes sense with narrow floats replaced by f32. */
function canWiden(order: readonly Instruction[], registry: OpRegistry): boolean {
  const narrow = (v: Value) => !sameType(widened(v.type), v.type);
  for (const i of order) {
    const kind = registry.kind(i);
    if (kind === 'parameter' || kind === 'constant') continue;
    const affected = i.operands.some(narrow) || i.results.some(narrow);
    if (!affected) continue;
    const definition = registry.get(i.opcode);
    if (!definition.scalar) return false;
    try {
      const declared = i.results.map((r) => widened(r.type));
      const operands = i.operands.map((v) => widened(v.type));
      registry.inferTypes(i.opcode, { operands, attributes: i.attributes, called: i.called, declared });
    } catch (e) {
      if (e instanceof OpError) return false;
      throw e;
    }
  }
  return true;
}

class Compiler {
  private readonly slots = new Map<Value, number>();

  constructor(
    private readonly registry: OpRegistry,
    private readonly run: Run,
    private readonly wide: boolean,
  ) {}

  compile(c: Computation, order: readonly Instruction[]): ScalarRegion {
    for (const p of c.parameters) this.slotOf(p.result);
    const initial: Scalar[] = [];
    const steps: Step[] = [];
    for (const i of order) {
      const kind = this.registry.kind(i);
      if (kind === 'parameter') continue;
      if (kind === 'constant') {
        const value = this.registry.get(i.opcode).evaluate(this.context(i, []))[0] as Tensor;
        initial[this.slotOf(i.result)] = reader(value.type.element)(value.data, 0);
      } else steps.push(this.step(i));
    }
    const outputs = c.results.map((r) => this.slotOf(r));
    // Every slot has a value from the start, so that the copies stay dense arrays.
    const template = Array.from({ length: this.slots.size }, (_, s) => initial[s] ?? 0);
    const arity = c.parameters.length;
    const compute = (args: readonly Scalar[]): Scalar[] => {
      const slots = template.slice();
      for (let k = 0; k < arity; k++) slots[k] = args[k]!;
      for (const step of steps) step(slots);
      return slots;
    };
    const first = outputs[0]!;
    return {
      isWide: this.wide,
      first: this.direct(c, order) ?? ((...args) => compute(args)[first]!),
      all: (args) => {
        const slots = compute(args);
        return outputs.map((s) => slots[s]!);
      },
    };
  }

  private slotOf(v: Value): number {
    let s = this.slots.get(v);
    if (s === undefined) this.slots.set(v, (s = this.slots.size));
    return s;
  }

  private type(v: Value): TensorType {
    return this.wide ? widened(v.type) : v.tensorType;
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

  private step(i: Instruction): Step {
    const inputs = i.operands.map((v) => this.slotOf(v));
    const f = this.scalarOf(i);
    if (!f) return this.boxed(i, inputs);
    const out = this.slotOf(i.result);
    const [a, b] = inputs as [number, number];
    if (inputs.length === 1) return (s) => void (s[out] = f(s[a]!));
    if (inputs.length === 2) return (s) => void (s[out] = f(s[a]!, s[b]!));
    return (s) => void (s[out] = f(...inputs.map((k) => s[k]!)));
  }

  /** An instruction without a scalar function runs on rank-0 tensors. */
  private boxed(i: Instruction, inputs: readonly number[]): Step {
    const definition = this.registry.get(i.opcode);
    const outputs = i.results.map((r) => this.slotOf(r));
    return (s) => {
      const operands = inputs.map((k, n) => box(this.type(i.operands[n]!), s[k]!));
      const results = definition.evaluate(this.context(i, operands));
      results.forEach((r, k) => {
        s[outputs[k]!] = unbox(r);
      });
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
  return { isWide: false, all, first: (...args) => all(args)[0]! };
}
