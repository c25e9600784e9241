/**
 * Storage: which results may lie in the buffer of a value that they replace, and the order of the steps that allows it.
 *
 * A result takes a value's buffer over where everybody else who reads the value can do so before, and the step itself
 * reads each element no later than it writes it: a window update, a map at the same index, a loop and what it carries.
 */
import { byteSize, type Computation, type Value } from '../hlo/index.js';
import { linearize } from '../rules/index/index.js';
import type { RuleSet } from '../rules/index.js';
import { isSplatConstant } from './accesses.js';
import { isInvariant } from './control.js';
import type { Group } from './group.js';
import { StepOrder } from './step-order.js';

export interface Storage {
  /** Result → the value whose buffer it takes over. */
  readonly takes: ReadonlyMap<Value, Value>;
  /** Results, by number, that steps may write over the parameter they replace: nobody asks for it any more. */
  readonly direct: ReadonlySet<number>;
}

/** The parameter in whose memory each result is to lie, by the result's number: of a loop's body, of donated arguments. */
export type Replaced = ReadonlyMap<number, Value>;

/** Groups come in an order in which each follows those that it reads from. */
export function planStorage(
  rules: RuleSet,
  computation: Computation,
  groups: readonly Group[],
  replaced: Replaced,
): { readonly groups: readonly Group[]; readonly storage: Storage } {
  return new StoragePlanner(rules, computation, groups, replaced).run();
}

/** The value at the start of the chain of those that share a buffer with `v`. */
export function rootOf(storage: Storage, v: Value): Value {
  let root = v;
  for (let u = storage.takes.get(root); u; u = storage.takes.get(root)) root = u;
  return root;
}

class StoragePlanner {
  private readonly takes = new Map<Value, Value>();
  private readonly takenBy = new Map<Value, Value>();
  private readonly direct = new Set<number>();
  private readonly order: StepOrder;
  private readonly results: ReadonlySet<Value>;
  private readonly writable: ReadonlySet<Value>;

  constructor(
    private readonly rules: RuleSet,
    private readonly computation: Computation,
    private readonly groups: readonly Group[],
    private readonly replaced: Replaced,
  ) {
    this.results = new Set(computation.results);
    this.writable = new Set(replaced.values());
    this.order = new StepOrder(groups, (g) => this.readBy(g));
  }

  run() {
    for (const g of this.groups) {
      for (const [v, { target }] of g.updates) {
        if (g.space.kind === 'map' || !g.accesses.has(target)) this.take(g, v, target);
      }
    }
    for (const g of this.groups) this.carryOn(g);
    this.replaceParameters();
    for (const [v, u] of this.takes) {
      const g = this.order.writer(v)!;
      if (g.space.kind === 'map' && g.accesses.has(u)) g.inPlace.set(v, u);
    }
    return { groups: this.order.sorted(), storage: { takes: this.takes, direct: this.direct } };
  }

  private readBy(g: Group): Value[] {
    const immediate = (v: Value) => g.space.kind !== 'control' && isSplatConstant(this.rules.ops, v.producer);
    const loaded = [...g.accesses.keys()].filter(
      (v) => !g.members.has(v.producer) && !immediate(v) && !g.outputs.has(v),
    );
    return [...loaded, ...[...g.updates.values()].map((u) => u.target)];
  }

  /** What a loop carries lies where the loop's operand did. */
  private carryOn(g: Group): void {
    if (g.space.kind !== 'control') return;
    const { instruction } = g.space;
    if (this.rules.ops.kind(instruction) !== 'loop') return;
    instruction.results.forEach((v, k) => {
      const u = instruction.operands[k]!;
      if (!isInvariant(instruction, k) && u.users.get(instruction) === 1) this.take(g, v, u);
    });
  }

  /** Lets `v`, made by `g`, have the buffer of `u`, if that can be. */
  private take(g: Group, v: Value, u: Value): boolean {
    if (!this.order.writer(u) && !this.writable.has(u)) return false;
    if (this.takes.has(v) || this.takenBy.has(u) || this.results.has(u) || u === v) return false;
    if (!this.order.putBefore(this.order.readers(u), g)) return false;
    this.takes.set(v, u);
    this.takenBy.set(u, v);
    return true;
  }

  /** Results where the parameters are that they replace, the largest first. */
  private replaceParameters(): void {
    const { results } = this.computation;
    const bytes = (k: number) => byteSize(results[k]!.tensorType);
    const bySize = [...this.replaced].sort(([a], [b]) => bytes(b) - bytes(a));
    for (const [k, old] of bySize) {
      const root = rootOf(this.storage, results[k]!);
      const g = this.order.writer(root);
      if (!g) continue;
      if (readsOnlyWhatItWrites(g, root, old) && this.take(g, root, old)) continue;
      if (results.indexOf(results[k]!) === k && this.canOverwrite(g, old)) this.direct.add(k);
    }
  }

  private get storage(): Storage {
    return { takes: this.takes, direct: this.direct };
  }

  /** Can everything that touches the buffer of `old` do so before `g`, which does not? */
  private canOverwrite(g: Group, old: Value): boolean {
    const before = new Set<Group>();
    for (let v: Value | undefined = old; v; v = this.takenBy.get(v)) {
      if (this.results.has(v)) return false;
      const writer = this.order.writer(v);
      if (writer) before.add(writer);
      for (const r of this.order.readers(v)) before.add(r);
    }
    return !before.has(g) && this.order.putBefore(before, g);
  }
}

/** Does a map read `old` at just the element that it then writes of `v`? */
function readsOnlyWhatItWrites(g: Group, v: Value, old: Value): boolean {
  if (g.space.kind !== 'map' || g.updates.has(v) || !g.accesses.has(old)) return false;
  const [to, from] = [v.tensorType, old.tensorType];
  if (to.element !== from.element) return false;
  const place = linearize(g.outputIndex(v)!, to.dims).key;
  return g.indicesOf(old).every((at) => linearize(at, from.dims).key === place);
}
