/** Runs one op on tensors given as plain numbers: what the tests of op entries share. */

import type { Attributes } from '../../../src/hlo/attributes.js';
import { codec, reader, writer } from '../../../src/hlo/numeric/access.js';
import { OPS } from '../../../src/hlo/ops/index.js';
import { type EvaluateContext, OpRegistry, type Scalar } from '../../../src/hlo/registry.js';
import { allocate, type Tensor } from '../../../src/hlo/tensor.js';
import { type ElementType, elementCount, type TensorType, tensorType } from '../../../src/hlo/types.js';

export const registry = new OpRegistry(OPS);

export function tensorOf(
  element: ElementType,
  values: readonly Scalar[],
  dims: readonly number[] = [values.length],
): Tensor {
  const t = allocate(tensorType(element, dims));
  const write = writer(element);
  for (const [i, v] of values.entries()) write(t.data, i, v);
  return t;
}

export function valuesOf(t: Tensor): Scalar[] {
  const read = reader(t.type.element);
  return Array.from({ length: elementCount(t.type.dims) }, (_, i) => read(t.data, i));
}

export interface Parts {
  readonly attributes?: Attributes;
  readonly declared?: TensorType;
}

/** Result types, as the registry infers them. */
export function infer(
  name: string,
  operands: readonly TensorType[],
  { attributes = {}, declared }: Parts = {},
): TensorType {
  const context = { operands, attributes, called: [], declared: declared && [declared] };
  return registry.inferTypes(registry.opcode(name), context)[0] as TensorType;
}

const unused = (): never => {
  throw new Error('not a computation');
};

export function run(name: string, operands: readonly Tensor[], parts: Parts = {}): Tensor {
  const result = infer(
    name,
    operands.map((t) => t.type),
    parts,
  );
  const context: EvaluateContext = {
    operands,
    attributes: parts.attributes ?? {},
    called: [],
    results: [result],
    run: unused,
    region: unused,
  };
  return registry.get(registry.opcode(name)).evaluate(context)[0] as Tensor;
}

/** The same elements through the op's scalar function. */
export function runScalar(name: string, operands: readonly Tensor[], parts: Parts = {}): Scalar[] {
  const types = operands.map((t) => t.type);
  const result = infer(name, types, parts);
  const f = registry.get(registry.opcode(name)).scalar!(types, parts.attributes ?? {}, result);
  const columns = operands.map(valuesOf);
  return columns[0]!.map((_, i) => f(...columns.map((c) => c[i]!)));
}

export const roundTrip = (element: ElementType, x: number): number => codec(element as 'f32').round(x) as number;
