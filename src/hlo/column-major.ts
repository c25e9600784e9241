/**
 * Custom calls whose functions take matrices column by column. Texts say by layouts how operands and results lie in
 * memory; here they are rows and columns, whatever the layout. Only where a text lets a matrix lie otherwise than the
 * function takes it does the function see other rows and columns: a reshape and transposes say which.
 */
import type { Computation, Location, Value } from './graph.js';
import { bitcastSteps } from './hlo-text/bitcast.js';
import type { OpRegistry } from './registry.js';
import { tensorType } from './types.js';

/** Dimensions from minor to major where the last two lie column by column. */
export function columnMajorLayout(rank: number): number[] {
  const batch = Array.from({ length: Math.max(0, rank - 2) }, (_, d) => rank - 3 - d);
  return rank < 2 ? [...Array(rank).keys()] : [rank - 2, rank - 1, ...batch];
}

export interface Relayout {
  readonly registry: OpRegistry;
  readonly into: Computation;
  readonly location: Location | undefined;
}

/** What the function sees of a value that lies in memory as `layout` says (undefined: row by row). */
export const asTaken = (r: Relayout, v: Value, layout: readonly number[] | undefined): Value =>
  relaid(r, v, layout, columnMajorLayout(v.tensorType.dims.length));

/** The value of that layout whose memory the function has written as `v`. */
export const asGiven = (r: Relayout, v: Value, layout: readonly number[] | undefined): Value =>
  relaid(r, v, columnMajorLayout(v.tensorType.dims.length), layout);

function relaid(
  { registry, into, location }: Relayout,
  v: Value,
  from: readonly number[] | undefined,
  to: readonly number[] | undefined,
): Value {
  const { dims, element } = v.tensorType;
  // A dynamic dimension may have any size: nothing is known to lie alike.
  return bitcastSteps({ dims, layout: from }, { dims, layout: to }).reduce((value, step) => {
    const attributes = step.kind === 'transpose' ? { permutation: step.permutation } : {};
    const declared = [tensorType(element, step.dims)];
    return registry.build(into, registry.opcode(step.kind), { operands: [value], attributes, declared, location })
      .result;
  }, v);
}
