/** Common subexpressions: instructions with equal op, operands, attributes and computations become one. */
import { type Instruction, type Module, type OpRegistry, TOKEN, type Value } from '../../hlo/index.js';
import { Keys } from '../structure.js';
import { reachableComputations } from './computations.js';
import { isPure } from './effects.js';

/** Returns how many instructions were merged into another. */
export function mergeCommonSubexpressions(module: Module, ops: OpRegistry): number {
  const keys = new Keys();
  let merged = 0;
  for (const c of reachableComputations(module)) {
    const known = new Map<string, Instruction>();
    for (const i of c.topological()) {
      if (!isMergeable(i, ops)) continue;
      const key = keyOf(i, keys, ops);
      const first = known.get(key);
      if (!first) {
        known.set(key, i);
        continue;
      }
      i.results.forEach((r, k) => {
        c.replaceAllUses(r, first.results[k]!);
      });
      c.remove(i);
      merged++;
    }
  }
  return merged;
}

/** Tokens order effects: two of them are not one. */
const isMergeable = (i: Instruction, ops: OpRegistry): boolean =>
  ops.kind(i) !== 'parameter' &&
  ops.kind(i) !== 'barrier' &&
  isPure(i, ops) &&
  i.results.every((r) => r.type.kind !== TOKEN.kind);

function keyOf(i: Instruction, keys: Keys, ops: OpRegistry): string {
  const name = (v: Value) => `${v.producer.id}.${v.index}`;
  const operands = i.operands.map(name);
  if (ops.has(i, 'commutative') && operands.length === 2 && operands[0]! > operands[1]!) operands.reverse();
  const called = i.called.map((c) => keys.computation(c)).join('|');
  const types = i.results.map((r) => keys.type(r.type)).join();
  return `${i.opcode}(${operands})${keys.attribute(i.attributes)}${called}:${types}`;
}
