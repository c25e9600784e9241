/** Walks over a kernel's statements: what each reads and how often a value is read. */

import { INDEX, type Kernel, type LoopType, type Stmt, type ValueId } from './ir.js';
import { operandsOf } from './operation.js';

/** Calls `visit` on every statement in program order, a loop or `if` before what it holds. */
export function forEachStatement(body: readonly Stmt[], visit: (s: Stmt) => void): void {
  for (const s of body) {
    visit(s);
    if (s.kind === 'for') forEachStatement(s.body, visit);
    else if (s.kind === 'if') {
      forEachStatement(s.then, visit);
      forEachStatement(s.else, visit);
    }
  }
}

/** Values that a statement reads in the block where it stands: of a loop, all but the carried `next`. */
export function operandsOfStatement(s: Stmt): readonly ValueId[] {
  switch (s.kind) {
    case 'let':
      return operandsOf(s.operation);
    case 'for':
      return [s.lo, s.hi, ...s.carried.map((c) => c.init)];
    case 'if':
      return [s.cond];
    case 'call':
      return s.args.flatMap((a) => (a.kind === 'buffer' ? [a.index] : []));
    case 'barrier':
      return [];
    default:
      return s.mask === undefined ? [s.index, s.value] : [s.index, s.value, s.mask];
  }
}

/** Values that the end of a loop's body reads. */
export const nextValues = (s: Stmt): readonly ValueId[] => (s.kind === 'for' ? s.carried.map((c) => c.next) : []);

/** Number of reads by value id. */
export function countUses(kernel: Kernel): Uint32Array {
  const uses = new Uint32Array(kernel.valueCount);
  const read = (v: ValueId) => {
    uses[v] = (uses[v] ?? 0) + 1;
  };
  forEachStatement(kernel.body, (s) => {
    operandsOfStatement(s).forEach(read);
    nextValues(s).forEach(read);
  });
  return uses;
}

/** Types by value id; of a well-formed kernel, every value has one. */
export function typesOf(kernel: Kernel): LoopType[] {
  const types: LoopType[] = [];
  types[kernel.task] = INDEX;
  if (kernel.block) types[kernel.block.thread] = INDEX;
  forEachStatement(kernel.body, (s) => {
    if (s.kind === 'let') types[s.id] = s.type;
    if (s.kind !== 'for') return;
    types[s.iv] = INDEX;
    for (const c of s.carried) types[c.param] = types[c.result] = c.type;
  });
  return types;
}
