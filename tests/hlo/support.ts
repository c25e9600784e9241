/** Graphs of one op or a few, built by hand and interpreted. */
import type { Attributes } from '../../src/hlo/attributes.js';
import { Computation, Module, type Value } from '../../src/hlo/graph.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { reader, writer } from '../../src/hlo/numeric/access.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { OpRegistry, type RuntimeValue, type Scalar } from '../../src/hlo/registry.js';
import { allocate, type Tensor } from '../../src/hlo/tensor.js';
import { type ElementType, elementCount, type TensorType, tensorType } from '../../src/hlo/types.js';

export const registry = new OpRegistry(OPS);

/** A tensor from its elements, row-major. */
export function make(element: ElementType, dims: readonly number[], values: readonly Scalar[]): Tensor {
  const t = allocate(tensorType(element, dims));
  const write = writer(element);
  values.forEach((v, i) => {
    write(t.data, i, v);
  });
  return t;
}

export const f32 = (dims: readonly number[], values: readonly number[]): Tensor => make('f32', dims, values);
export const s32 = (dims: readonly number[], values: readonly number[]): Tensor => make('s32', dims, values);

/** The elements, row-major. */
export function elements(t: RuntimeValue | undefined): Scalar[] {
  const { type, data } = t as Tensor;
  const read = reader(type.element);
  return Array.from({ length: elementCount(type.dims) }, (_, i) => read(data, i));
}

export const dimsOf = (t: RuntimeValue | undefined): readonly number[] => (t as Tensor).type.dims;

/** A computation over scalars of a type: one op on its parameters. */
export function scalarComputation(
  op: string,
  element: ElementType,
  arity = 2,
  attributes: Attributes = {},
): Computation {
  const c = new Computation(`${op}.${element}`);
  const parameters = Array.from({ length: arity }, () =>
    c.addParameter(registry.opcode('parameter'), tensorType(element)),
  );
  const declared = op === 'compare' ? [tensorType('pred')] : [tensorType(element)];
  c.setResults(registry.build(c, registry.opcode(op), { operands: parameters, attributes, declared }).results);
  return c;
}

/** A module whose entry takes the arguments and gives what `body` returns. */
export function moduleOf(
  types: readonly TensorType[],
  body: (c: Computation, args: Value[]) => readonly Value[],
): Module {
  const module = new Module('test');
  const c = module.add(new Computation('main'));
  const args = types.map((t) => c.addParameter(registry.opcode('parameter'), t));
  c.setResults(body(c, args));
  return module;
}

/** The results of one op on these operands. */
export function apply(
  op: string,
  operands: readonly Tensor[],
  attributes: Attributes = {},
  more: { called?: readonly Computation[]; declared?: readonly TensorType[] } = {},
): RuntimeValue[] {
  const module = moduleOf(
    operands.map((t) => t.type),
    (c, args) => registry.build(c, registry.opcode(op), { operands: args, attributes, ...more }).results,
  );
  return interpret(module, registry, operands);
}

/** Elements of the first result of one op. */
export const values = (...args: Parameters<typeof apply>): Scalar[] => elements(apply(...args)[0]);
