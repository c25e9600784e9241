/** Which processes there are becomes known: what depends on them says so in its attributes, as process numbers. */
import type { Instruction, Module, OpRegistry } from '../../hlo/index.js';
import { declaredGrid, type Grid } from '../../hlo/process-groups.js';
import { reachableFrom } from './computations.js';

/**
 * `grid`: the processes that the program runs as; without it, those that the module names. Returns how many instructions
 * depend on it.
 * @throws OpError, with its place, where an instruction names a process that there is not
 */
export function settleDevices(module: Module, ops: OpRegistry, grid: Grid = declaredGrid(module.attributes)): number {
  let settled = 0;
  for (const c of reachableFrom([module.entry])) {
    for (const i of [...c.instructions]) {
      if (!ops.get(i.opcode).onGrid) continue;
      const { opcode, operands, called, location } = i;
      const types = i.results.map((r) => r.type);
      const made = c.append(opcode, types, { operands, attributes: attributesOn(i, ops, grid), called, location });
      i.results.forEach((r, k) => {
        c.replaceAllUses(r, made.results[k]!);
      });
      c.remove(i);
      settled++;
    }
  }
  return settled;
}

function attributesOn(i: Instruction, ops: OpRegistry, grid: Grid): Instruction['attributes'] {
  try {
    return ops.get(i.opcode).onGrid!(i.attributes, grid);
  } catch (e) {
    throw Object.assign(e as Error, { instruction: i });
  }
}
