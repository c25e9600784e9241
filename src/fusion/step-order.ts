/** Steps and what must come before what: what is read must be there, what is overwritten must have been read. */
import type { Value } from '../hlo/index.js';
import type { Group } from './group.js';

export class StepOrder {
  private readonly writers = new Map<Value, Group>();
  private readonly readersOf = new Map<Value, Set<Group>>();
  private readonly before = new Map<Group, Set<Group>>();
  private readonly after = new Map<Group, Set<Group>>();
  private changed = false;

  /** `reads`: the values that a step finds in buffers. */
  constructor(
    private readonly groups: readonly Group[],
    reads: (g: Group) => readonly Value[],
  ) {
    for (const g of groups) for (const v of g.outputs) this.writers.set(v, g);
    for (const g of groups) {
      for (const v of reads(g)) {
        entry(this.readersOf, v).add(g);
        const writer = this.writers.get(v);
        if (writer && writer !== g) this.edge(writer, g);
      }
    }
  }

  writer(v: Value): Group | undefined {
    return this.writers.get(v);
  }

  readers(v: Value): ReadonlySet<Group> {
    return this.readersOf.get(v) ?? new Set();
  }

  /** Puts steps before `g`, itself left out; false, and nothing has changed, where one of them needs what `g` makes. */
  putBefore(steps: ReadonlySet<Group>, g: Group): boolean {
    const others = [...steps].filter((s) => s !== g && !this.before.get(g)?.has(s));
    if (others.length === 0) return true;
    const behind = this.allAfter(g);
    if (others.some((s) => behind.has(s))) return false;
    for (const s of others) this.edge(s, g);
    this.changed = true;
    return true;
  }

  /** Every step after those that must come before it; otherwise as given. */
  sorted(): readonly Group[] {
    if (!this.changed) return this.groups;
    const order = new Set<Group>();
    const entered = new Set<Group>();
    for (const root of this.groups) {
      const stack = [root];
      for (let g = stack.at(-1); g; g = stack.at(-1)) {
        const missing = entered.has(g) ? [] : [...(this.before.get(g) ?? [])].filter((b) => !order.has(b));
        entered.add(g);
        if (missing.length > 0) stack.push(...missing);
        else {
          order.add(g);
          stack.pop();
        }
      }
    }
    return [...order];
  }

  private edge(first: Group, then: Group): void {
    entry(this.before, then).add(first);
    entry(this.after, first).add(then);
  }

  private allAfter(g: Group): ReadonlySet<Group> {
    const seen = new Set([g]);
    for (const s of seen) for (const next of this.after.get(s) ?? []) seen.add(next);
    return seen;
  }
}

function entry<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  let set = map.get(key);
  if (!set) map.set(key, (set = new Set()));
  return set;
}
