/** Which instructions change a window of an operand in place, and what may join their kernels. */
import { elementCount, type Instruction, type Value } from '../hlo/index.js';
import { linearize } from '../rules/index/index.js';
import type { ProducerForm, RuleSet, WindowUpdate } from '../rules/index.js';
import { readsAt, sourceOf } from './accesses.js';
import { viewOf } from './facts.js';
import type { Group } from './group.js';

export interface InPlaceUpdate extends WindowUpdate {
  readonly target: Value;
}

/** Instructions looked at behind one that updates: who reads the old value there keeps it from being overwritten. */
const MAX_FOLLOWED = 1000;

/** The update that an instruction is, where its emission rule has that form and the old value may go. */
export function updateOf(
  rules: RuleSet,
  i: Instruction,
  writable: ReadonlySet<Value>,
  results: ReadonlySet<Value>,
): InPlaceUpdate | undefined {
  const rule = rules.emitRule(i.opcode);
  if (!rule?.update) return undefined;
  const update = rule.update({ ...viewOf(i), source: (k) => sourceOf(i.operands[k]!) });
  const target = i.operands[update.operand]!;
  const kind = rules.ops.kind(target.producer);
  if (kind === 'constant' || (kind === 'parameter' && !writable.has(target)) || results.has(target)) return undefined;
  if (elementCount(update.window) >= elementCount(target.tensorType.dims)) return undefined;
  const others = [...target.users.keys()].filter((u) => u !== i);
  if (target.users.get(i) !== 1 || (others.length > 0 && reaches(i, new Set(others)))) return undefined;
  return { ...update, target };
}

/** Does anything among `ends` read, directly or not, what `start` makes? Yes where that is too long to tell. */
function reaches(start: Instruction, ends: ReadonlySet<Instruction>): boolean {
  const seen = new Set([start]);
  for (const i of seen) {
    for (const v of i.results) {
      for (const user of v.users.keys()) {
        if (ends.has(user) || seen.size > MAX_FOLLOWED) return true;
        seen.add(user);
      }
    }
  }
  return false;
}

/** Why an instruction may not join a kernel that updates in place: a sentence, where there is one. */
export function disturbsUpdate(rules: RuleSet, i: Instruction, form: ProducerForm, g: Group): string | undefined {
  // A role changes the space that the window is part of.
  if (g.updates.size > 0 && form !== 'map') return 'the kernel changes a window in place, element by element';
  for (const { target, at } of g.updates.values()) {
    if (i.results.includes(target)) return 'the kernel changes it in place';
    if (!i.operands.includes(target)) continue;
    const { dims } = target.tensorType;
    const place = linearize(at, dims).key;
    const reads = form === 'map' ? g.indicesOf(i.result).flatMap((to) => readsAt(rules, i, to)) : undefined;
    const elsewhere = reads?.some((r) => r.value === target && linearize(r.at, dims).key !== place) ?? true;
    if (elsewhere) return 'it reads what the kernel changes in place';
  }
  return undefined;
}
