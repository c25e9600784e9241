/**
 * The planner: which instructions become one kernel, and why.
 *
 * Producers are visited consumers first. Each asks to join the kernels of its readers; fusion rules (rules-db) and the
 * space of the kernel (space.ts) say whether it may. What no kernel takes starts one of its own. Every decision is
 * kept with its reason.
 */
import type { Donation } from '../hlo/donation.js';
import { type Computation, ELEMENT, elementCount, type Instruction, type Value } from '../hlo/index.js';
import { variable } from '../rules/index/index.js';
import type { FuseFacts, FuseRule, ProducerForm, ReduceRole, RuleSet, Trips } from '../rules/index.js';
import { indexKey, isSplatConstant } from './accesses.js';
import { bodyOf, isControl, rewrittenParameters, startsLoop, tripsOf } from './control.js';
import { costOf, formOf, inputBytes, movesOnly, roleOf, tensorBytes } from './facts.js';
import { Group } from './group.js';
import { disturbsUpdate, type InPlaceUpdate, updateOf } from './in-place.js';
import { join, spaceFor } from './join.js';
import { absorb, areSiblings } from './siblings.js';
import { isKernel, mapSpace, pointsOf, type Space } from './space.js';
import { planStorage, type Replaced, type Storage } from './storage.js';

export interface Decision {
  readonly instruction: Instruction;
  /** The rule that fired, or the one that came nearest. */
  readonly rule: string | undefined;
  readonly fused: boolean;
  /** A sentence. */
  readonly reason: string;
}

export interface FusionPlan {
  readonly computation: Computation;
  /** Each after those whose results it reads, and after those that read what it overwrites. */
  readonly groups: readonly Group[];
  /** Those made in the computations that its loops and branches call, too. */
  readonly decisions: readonly Decision[];
  readonly storage: Storage;
  /** Of each loop and branch, the plans of what it calls; of a loop whose trips are known, of its body alone. */
  readonly called: ReadonlyMap<Instruction, readonly FusionPlan[]>;
  readonly trips: ReadonlyMap<Instruction, Trips>;
}

const NONE: Replaced = new Map();

export class Planner {
  private readonly groupsOf = new Map<Instruction, Set<Group>>();
  private readonly groups: Group[] = [];
  private readonly decisions: Decision[] = [];
  private readonly results: ReadonlySet<Value>;
  private readonly writable: ReadonlySet<Value>;
  /** The rule by which the instruction at hand may join a kernel. */
  private readonly allowedBy = new Map<Group, FuseRule>();
  private nextGroup = 0;

  constructor(
    private readonly rules: RuleSet,
    private readonly computation: Computation,
    /** Parameters that may be overwritten: a loop's carried values, donated arguments. */
    private readonly replaced: Replaced,
  ) {
    this.results = new Set(computation.results);
    this.writable = new Set(replaced.values());
  }

  run(): FusionPlan {
    const order = this.computation.topological();
    for (let k = order.length - 1; k >= 0; k--) this.place(order[k]!);
    this.fuseOperands();
    const called = new Map<Instruction, FusionPlan[]>();
    const trips = new Map<Instruction, Trips>();
    for (const i of order) {
      if (!isControl(this.rules.ops, i)) continue;
      const known = tripsOf(this.rules, i);
      if (known !== undefined) trips.set(i, known);
      called.set(i, this.planCalled(i, known === undefined ? i.called : [bodyOf(i)]));
    }
    const decisions = [...this.decisions, ...[...called.values()].flat().flatMap((p) => p.decisions)];
    const { groups, storage } = planStorage(this.rules, this.computation, this.sorted(), this.replaced);
    return { computation: this.computation, groups, decisions, storage, called, trips };
  }

  private planCalled(i: Instruction, computations: readonly Computation[]): FusionPlan[] {
    const isBody = (c: Computation) => this.rules.ops.kind(i) === 'loop' && c === bodyOf(i);
    return computations.map((c) => new Planner(this.rules, c, isBody(c) ? rewrittenParameters(i) : NONE).run());
  }

  private place(i: Instruction): void {
    const kind = this.rules.ops.kind(i);
    if (kind === 'parameter') return;
    if (kind === 'constant') {
      if (startsLoop(this.rules, i)) this.startWith(i, mapSpace(i.result.tensorType.dims));
      return;
    }
    if (isControl(this.rules.ops, i)) {
      this.startWith(i, { kind: 'control', instruction: i }).add(i);
      return;
    }
    const form = formOf(this.rules, i);
    // There when the run begins, as arguments are.
    if (form === 'process') return;
    const update = updateOf(this.rules, i, this.writable, this.results);
    if (update) {
      this.startUpdate(i, update);
      return;
    }
    const readers = this.readersOf(i);
    const escapes = i.results.some((v) => this.results.has(v));
    const willing: Group[] = [];
    for (const g of readers) if (this.mayJoin(i, form, g, readers.length, escapes)) willing.push(g);
    if (willing.length === readers.length && this.unite(i, willing)) {
      this.place(i);
      return;
    }
    if (
      !escapes &&
      willing.length === readers.length &&
      willing.length > 0 &&
      (willing.length === 1 || copies(this.rules, i))
    ) {
      for (const g of willing) this.join(i, form, g, false);
      return;
    }
    if (isCheaperThanItsResult(this.rules, i) && willing.length > 0) {
      for (const g of willing) this.join(i, form, g, false);
    } else {
      const target = willing.find((g) => this.canStore(i, g) && !readers.some((h) => h !== g && this.dependsOn(g, h)));
      if (target) {
        this.join(i, form, target, true);
        return;
      }
    }
    this.start(i, form);
  }

  /** The readers of something that is not computed in each become one kernel, where a rule allows it. */
  private unite(i: Instruction, groups: readonly Group[]): boolean {
    const [first, ...others] = groups;
    if (!first || others.length === 0 || copies(this.rules, i) || !areSiblings(i, groups)) return false;
    const rule = this.rules.ofKind('fuse').find((r) => r.producer === 'map' && r.consumer === 'sibling');
    const members = new Set(groups.flatMap((g) => [...g.members])).size;
    const facts: FuseFacts = { ...this.facts(i, first, groups.length, false), members };
    if (!rule || rule.when.some((w) => !w.test(facts))) return false;
    if (groups.some((g) => groups.some((h) => g !== h && this.dependsOn(g, h)))) return false;
    for (const other of others) {
      absorb(first, other);
      for (const m of other.members) {
        this.groupsOf.get(m)!.delete(other);
        this.remember(m, first);
      }
      this.groups.splice(this.groups.indexOf(other), 1);
    }
    this.decide(i, rule.name, true, `${groups.length} kernels that read it became one`);
    return true;
  }

  private readersOf(i: Instruction): Group[] {
    const found = new Set<Group>();
    for (const v of i.results) for (const u of v.users.keys()) for (const g of this.groupsOf.get(u) ?? []) found.add(g);
    return [...found];
  }

  /** In the order of the rule set: what one refuses, another may allow. */
  private rulesFor(producer: ProducerForm, g: Group, i: Instruction): FuseRule[] {
    const role =
      g.space.kind !== 'contraction'
        ? g.space.kind
        : this.feedsProduct(g, i)
          ? 'contraction.operand'
          : 'contraction.epilogue';
    return this.rules.ofKind('fuse').filter((r) => r.producer === producer && r.consumer === role);
  }

  private feedsProduct(g: Group, i: Instruction): boolean {
    return (
      g.space.kind === 'contraction' &&
      i.results.some((v) => v.users.has((g.space as { product: Instruction }).product))
    );
  }

  private mayJoin(i: Instruction, form: ProducerForm, g: Group, readers: number, escapes: boolean): boolean {
    const rules = this.rulesFor(form, g, i);
    const [rule] = rules;
    if (!rule || rule.consumer === 'contraction.operand') {
      // Operands of products are fused last, whole kernels at a time: see fuseOperands.
      if (!rule) this.decide(i, undefined, false, `no rule fuses a ${form} into a ${g.template} kernel`);
      return false;
    }
    const space = disturbsUpdate(this.rules, i, form, g) ?? spaceFor(this.rules, i, form, g);
    if (typeof space === 'string') {
      this.decide(i, rule.name, false, space);
      return false;
    }
    const facts = this.facts(i, g, readers, escapes);
    const allows = rules.find((r) => r.when.every((w) => w.test(facts)));
    if (allows) this.allowedBy.set(g, allows);
    else this.decide(i, rule.name, false, rule.when.find((w) => !w.test(facts))!.otherwise);
    return allows !== undefined;
  }

  private facts(i: Instruction, g: Group, readers: number, escapes: boolean): FuseFacts {
    const elements = Math.max(1, elementCount(i.results[0]!.tensorType.dims));
    return {
      cost: costOf(this.rules, i),
      elements,
      bytes: tensorBytes(i.results),
      inputBytes: inputBytes(this.rules, i),
      recomputation: Math.max(...i.results.map((v) => g.evaluations(v))) / elements,
      accesses: Math.max(...i.results.map((v) => g.indicesOf(v).length)),
      readers: readers + (escapes ? 1 : 0),
      escapes,
      movesOnly: movesOnly(this.rules, i),
      members: g.members.size,
      rows: elements,
      rowBytes: (pointsOf(g.space) / elements) * ELEMENT[i.results[0]!.tensorType.element].bytes,
      rowsTouch: rowsTouch(this.rules, i),
    };
  }

  /** Several results of one kernel are stored at one and the same point of its space. */
  private canStore(i: Instruction, g: Group): boolean {
    if (g.space.kind === 'map') {
      return i.results.every((v) => {
        const at = g.outputIndex(v);
        return at !== undefined && g.indicesOf(v).some((known) => indexKey(known) === indexKey(at));
      });
    }
    if ('instruction' in g.space) return false;
    // In rows and contractions: where another result is stored at the same index and of the same shape.
    return i.results.every(
      (v) => [...g.outputs].some((o) => this.sameIndex(g, o, v)) || formOf(this.rules, i) !== 'map',
    );
  }

  private sameIndex(g: Group, stored: Value, v: Value): boolean {
    const at = indexKey(g.outputIndex(stored)!);
    return (
      elementCount(stored.tensorType.dims) === elementCount(v.tensorType.dims) &&
      g.indicesOf(v).length === 1 &&
      indexKey(g.indicesOf(v)[0]!) === at
    );
  }

  private join(i: Instruction, form: ProducerForm, g: Group, store: boolean): void {
    join(this.rules, i, form, g, store);
    this.remember(i, g);
    this.decide(i, this.allowedBy.get(g)?.name, true, store ? 'joined, and stored for other readers' : 'joined');
  }

  private start(i: Instruction, form: ProducerForm): void {
    const g = new Group(this.nextGroup++, this.rules, { kind: 'map', vars: [], dims: [] });
    this.groups.push(g);
    join(this.rules, i, form, g, true);
    this.remember(i, g);
  }

  /** A step that nothing fuses into, or whose results are no member's. */
  private startWith(i: Instruction, space: Space): Group {
    const g = new Group(this.nextGroup++, this.rules, space);
    this.groups.push(g);
    for (const v of i.results) g.addOutput(v);
    this.remember(i, g);
    return g;
  }

  private startUpdate(i: Instruction, { target, window, at }: InPlaceUpdate): void {
    const space = mapSpace(window);
    const g = new Group(this.nextGroup++, this.rules, space);
    g.updates.set(i.result, { target, window, at: at(space.vars.map((v) => variable(v.name, v.extent))) });
    this.groups.push(g);
    join(this.rules, i, 'map', g, true);
    this.remember(i, g);
    this.decide(i, undefined, false, 'it changes a window of its operand in place');
  }

  private remember(i: Instruction, g: Group): void {
    const known = this.groupsOf.get(i);
    if (known) known.add(g);
    else this.groupsOf.set(i, new Set([g]));
  }

  private decide(instruction: Instruction, rule: string | undefined, fused: boolean, reason: string): void {
    this.decisions.push({ instruction, rule, fused, reason });
  }

  /** Map kernels whose results only products read join them whole, to be computed while operands are packed. */
  private fuseOperands(): void {
    for (const g of [...this.groups]) {
      if (g.space.kind !== 'contraction') continue;
      const { product, role } = g.space;
      for (const k of [role.lhs.operand, role.rhs.operand]) this.fuseOperand(g, product.operands[k]!);
    }
  }

  private fuseOperand(g: Group, v: Value): void {
    const source = [...(this.groupsOf.get(v.producer) ?? [])].find((s) => s !== g && s.outputs.has(v));
    if (source?.space.kind !== 'map' || source.outputs.size !== 1 || isSplatConstant(this.rules.ops, v.producer))
      return;
    const rule = this.rules.ofKind('fuse').find((r) => r.producer === 'map' && r.consumer === 'contraction.operand');
    if (!rule) return;
    const readers = this.readersOf(v.producer).filter((h) => h !== source);
    const members = [...source.members];
    const facts: FuseFacts = {
      ...this.facts(v.producer, g, readers.length, this.results.has(v)),
      cost: members.reduce((n, m) => n + costOf(this.rules, m), 0),
      movesOnly: members.every((m) => movesOnly(this.rules, m)),
      recomputation: 1,
      members: g.members.size + members.length,
    };
    const refused = rule.when.find((w) => !w.test(facts));
    if (refused || g.indicesOf(v).length !== 1) {
      this.decide(v.producer, rule.name, false, refused?.otherwise ?? 'the product and its epilogue both read it');
      return;
    }
    for (const m of members) {
      g.add(m);
      this.remember(m, g);
      this.decide(m, rule.name, true, 'joined');
    }
    if (readers.length === 1) {
      for (const m of members) this.groupsOf.get(m)!.delete(source);
      this.groups.splice(this.groups.indexOf(source), 1);
    }
  }

  /** Does `g` read, directly or not, what `h` makes? */
  private dependsOn(g: Group, h: Group): boolean {
    const seen = new Set<Group>([g]);
    const stack = [g];
    for (let top = stack.pop(); top; top = stack.pop()) {
      for (const source of this.sourcesOf(top)) {
        if (source === h) return true;
        if (!seen.has(source)) {
          seen.add(source);
          stack.push(source);
        }
      }
    }
    return false;
  }

  /** Kernels whose results `g` loads. */
  private sourcesOf(g: Group): Set<Group> {
    const found = new Set<Group>();
    for (const v of [...g.accesses.keys(), ...[...g.updates.values()].map((u) => u.target)]) {
      if (g.members.has(v.producer)) continue;
      for (const s of this.groupsOf.get(v.producer) ?? []) if (s !== g && s.outputs.has(v)) found.add(s);
    }
    return found;
  }

  private sorted(): Group[] {
    const order: Group[] = [];
    const state = new Map<Group, 'open' | 'done'>();
    for (const root of this.groups) {
      const stack: [Group, Iterator<Group>][] = [];
      const enter = (g: Group) => {
        if (state.has(g)) {
          if (state.get(g) === 'open') throw new Error('the fusion plan has a cycle');
          return;
        }
        state.set(g, 'open');
        stack.push([g, this.sourcesOf(g).values()]);
      };
      enter(root);
      while (stack.length > 0) {
        const [g, sources] = stack[stack.length - 1]!;
        const next = sources.next();
        if (next.done) {
          state.set(g, 'done');
          order.push(g);
          stack.pop();
        } else enter(next.value);
      }
    }
    return order;
  }
}

/** Does a reduction leave the last dimension of what it reads? */
function rowsTouch(rules: RuleSet, i: Instruction): boolean {
  if (formOf(rules, i) !== 'reduce') return false;
  const role = roleOf(rules, i) as ReduceRole;
  const { dims } = i.operands[role.inputs[0]!]!.tensorType;
  return !role.window && !role.axes.includes(dims.findLastIndex((n) => n > 1));
}

/** Cheap enough to be computed in every kernel that reads it: it moves elements, or reads no more than it gives. */
const copies = (rules: RuleSet, i: Instruction): boolean =>
  movesOnly(rules, i) ||
  (costOf(rules, i) <= 4 && inputBytes(rules, i) <= 1.25 * tensorBytes(i.results) && formOf(rules, i) === 'map');

/** As that, and worth computing again even where the result is stored: it reads less than the result has. */
const isCheaperThanItsResult = (rules: RuleSet, i: Instruction): boolean =>
  copies(rules, i) && (movesOnly(rules, i) || inputBytes(rules, i) < tensorBytes(i.results));

/** `donations`: arguments that a run may overwrite, with the result that is to lie in their memory. */
export function planFusions(rules: RuleSet, computation: Computation, donations: readonly Donation[] = []): FusionPlan {
  const { parameters } = computation;
  const replaced = new Map(donations.map(({ input, output }) => [output, parameters[input]!.result]));
  return new Planner(rules, computation, replaced).run();
}

/** The groups that become kernels, of a plan and of those inside it. */
export function kernelGroups(plan: FusionPlan): Group[] {
  const inside = [...plan.called.values()].flat().flatMap(kernelGroups);
  return [...plan.groups.filter((g) => isKernel(g.space)), ...inside];
}
