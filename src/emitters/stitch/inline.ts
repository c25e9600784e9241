/** A called computation of rank-0 tensors (a reducer, a comparator) as scalar code. */
import type { Computation, Value } from '../../hlo/index.js';
import type { LaneType } from '../loop/ir.js';
import type { PartIds, Stitcher } from './stitcher.js';

/**
 * `args` are the parameters' values; the results are the computation's. Its floats are left in the type that they are
 * computed in (f32 for bf16 …), or in `wide`, which `args` then have: reductions round once, at the end.
 */
export function inlineComputation(
  stitch: Stitcher,
  computation: Computation,
  args: readonly PartIds[],
  wide?: LaneType,
): PartIds[] {
  const values = new Map<Value, PartIds>();
  for (const [k, p] of computation.parameters.entries()) values.set(p.result, args[k]!);
  for (const i of computation.topological()) {
    if (i.results.every((r) => values.has(r))) continue;
    const operands = i.operands.map((o) => values.get(o)!);
    values.set(i.result, stitch.unrounded(i, operands, wide));
  }
  return computation.results.map((r) => values.get(r)!);
}
