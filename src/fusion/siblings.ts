/** Siblings: map kernels over the same points that read a value at the same index may be one kernel with all results. */
import { type Instruction, sameDims } from '../hlo/index.js';
import { indexKey } from './accesses.js';
import type { Group } from './group.js';

/** Would these kernels compute `i` at the same points, each at one? */
export function areSiblings(i: Instruction, groups: readonly Group[]): boolean {
  const [first] = groups;
  if (first?.space.kind !== 'map' || i.results.length !== 1) return false;
  const { dims } = first.space;
  const at = first.indicesOf(i.result);
  return groups.every(
    (g) =>
      g.space.kind === 'map' &&
      sameDims(g.space.dims, dims) &&
      g.indicesOf(i.result).length === 1 &&
      indexKey(g.indicesOf(i.result)[0]!) === indexKey(at[0]!),
  );
}

/** Everything that `other` computes and stores becomes part of `g`. */
export function absorb(g: Group, other: Group): void {
  for (const [v, update] of other.updates) g.updates.set(v, update);
  for (const v of other.outputs) g.addOutput(v);
  for (const m of other.members) {
    // What both hold must come after all that reads it.
    g.members.delete(m);
    g.add(m);
  }
}
