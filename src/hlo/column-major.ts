/**
 * Custom calls whose functions take matrices column by column. Texts say by layouts how operands and results lie in
 * memory; here they are rows and columns, whatever the layout. Only where a text lets a matrix lie otherwise than the
 * function takes it does the function see other rows and columns: a reshape and transposes say which.
 */
import type { Computation, Location, Value } from './graph.js';
import { bitcastSteps } from './hlo-text/bitcast.js';
import type { CustomCallForm, OpRegistry } from './registry.js';
import { tensorType, type ValueType } from './types.js';

const rankOf = (t: ValueType | undefined): number => (t?.kind === 'tensor' ? t.dims.length : 0);

/** Dimensions from minor to major of a value of a call: matrices column by column, all else row by row. */
export function layoutFor({ columnMajor = 0 }: CustomCallForm, operands: readonly ValueType[], t: ValueType): number[] {
  const rank = rankOf(t);
  const rowMajor = Array.from({ length: rank }, (_, d) => rank - 1 - d);
  const isMatrix = rank - 2 === rankOf(operands[0]) - columnMajor;
  return isMatrix ? [rank - 2, rank - 1, ...rowMajor.slice(2)] : rowMajor;
}

export interface Relayout {
  readonly registry: OpRegistry;
  readonly into: Computation;
  readonly location: Location | undefined;
}

/** Another value in the same memory: `v` lies as `from` says (undefined: row by row), the value as `to` says. */
export function relaid(
  { registry, into, location }: Relayout,
  v: Value,
  from: readonly number[] | undefined,
  to: readonly number[] | undefined,
): Value {
  const { dims, element } = v.tensorType;
  return bitcastSteps({ dims, layout: from }, { dims, layout: to }).reduce((value, step) => {
    const attributes = step.kind === 'transpose' ? { permutation: step.permutation } : {};
    const declared = [tensorType(element, step.dims)];
    return registry.build(into, registry.opcode(step.kind), { operands: [value], attributes, declared, location })
      .result;
  }, v);
}
