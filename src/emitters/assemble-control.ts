/**
 * Loops and branches as steps.
 *
 * What a loop carries lies in one buffer each, which holds the first value before the loop, the running one within, and
 * the result behind it. Where an iteration cannot write the next value over the running one, two iterations take turns
 * with a second buffer: the body stands in the plan twice, and nothing is copied but at the loop's end. A loop whose
 * trips are known has no condition in the plan.
 */

import { isInvariant } from '../fusion/control.js';
import type { FusionPlan } from '../fusion/planner.js';
import { rootOf } from '../fusion/storage.js';
import { byteSize, type Instruction } from '../hlo/index.js';
import type { TripBound, Trips } from '../rules/index.js';
import type { BranchStep, CounterType, LoopStep, RepeatStep, Step, StepCost } from '../runtime/plan.js';
import type { Assembler, Scope } from './assemble.js';
import { inSequence, type Move } from './moves.js';

/** Below this a copy is cheaper than a second body. */
const TURNS_BYTES = 2048;
/** Loops in loops whose bodies stand in the plan twice: each level doubles what is inside. */
const TURNS_DEPTH = 2;

/** First values put where the loop carries them, and the loop. */
export function loopSteps(assembler: Assembler, loop: Instruction, scope: Scope): Step[] {
  return new LoopAssembly(assembler, loop, scope).run();
}

/** Two iterations: into second buffers, what is asked between, and back; `ends` copies where the first was the last. */
interface Turns {
  readonly there: readonly Step[];
  readonly between: readonly Step[];
  readonly back: readonly Step[];
  readonly ends: readonly Step[];
}

class LoopAssembly {
  private readonly body: FusionPlan;
  /** The buffer of each carried value. */
  private readonly carried: readonly number[];

  constructor(
    private readonly assembler: Assembler,
    private readonly loop: Instruction,
    private readonly scope: Scope,
  ) {
    this.body = scope.plan.called.get(loop)!.at(-1)!;
    this.carried = loop.results.map((v, k) => scope.buffer(isInvariant(loop, k) ? loop.operands[k]! : v));
  }

  run(): Step[] {
    const { assembler, loop, scope, carried } = this;
    const first = loop.operands.flatMap((v, k) =>
      assembler.copy(scope.buffer(v), carried[k]!, 'first value of a loop'),
    );
    const trips = scope.plan.trips.get(loop);
    return [...first, trips === undefined ? this.asking() : this.counted(trips)];
  }

  /** A loop that asks its condition before each iteration. */
  private asking(): LoopStep {
    const { assembler, loop, scope, carried } = this;
    const [test] = scope.plan.called.get(loop)!;
    const { parameters, results } = test!.computation;
    const parameter = parameters.findIndex((p) => p.result === results[0]);
    const predicate = parameter >= 0 ? carried[parameter]! : assembler.buffers.add(1);
    const ask = (now: readonly number[]): Step[] => {
      const { steps, results } = assembler.sequence(test!, now, [predicate]);
      return [...steps, ...assembler.copy(results[0]!, predicate, 'condition of a loop')];
    };
    const turns = this.turns(ask);
    const branch: BranchStep | undefined = turns && {
      kind: 'branch',
      selector: predicate,
      selects: 'pred',
      branches: [turns.back, turns.ends],
      cost: sum(turns.back.map((s) => s.cost)),
      label: `every other iteration of ${loop.opcode}`,
    };
    const body = turns ? [...turns.there, ...turns.between, branch!] : this.iteration(carried, carried, new Set());
    const condition = ask(carried);
    const cost = sum([...condition, ...body].map((s) => s.cost));
    return { kind: 'loop', predicate, condition, body, cost, label: `loop: ${loop.opcode}` };
  }

  private counted(trips: Trips): RepeatStep {
    const turns = this.turns(() => []);
    const body = turns?.there ?? this.iteration(this.carried, this.carried, new Set());
    const count = typeof trips === 'number' ? trips : this.between(trips);
    return {
      kind: 'repeat',
      trips: count,
      body,
      other: turns?.back ?? [],
      odd: turns?.ends ?? [],
      cost: sum(body.map((s) => s.cost)),
      label: `loop: ${this.loop.opcode}, ${typeof count === 'number' ? `${count} times` : 'counted when it begins'}`,
    };
  }

  private between({ low, high }: Exclude<Trips, number>): RepeatStep['trips'] {
    const buffer = (b: TripBound) =>
      'carried' in b ? this.carried[b.carried]! : this.assembler.buffers.constant(b.constant);
    const [counter] = [low, high].flatMap((b) => ('carried' in b ? [b.carried] : []));
    const type = this.loop.operands[counter!]!.tensorType.element as CounterType;
    return { low: buffer(low), high: buffer(high), type };
  }

  /** One iteration: from the values in `now` to those in `next`; kernels write the `apart` ones there themselves. */
  private iteration(now: readonly number[], next: readonly number[], apart: ReadonlySet<number>): Step[] {
    const { direct } = this.body.storage;
    const targets = next.map((b, k) => (apart.has(k) || direct.has(k) ? b : undefined));
    const { steps, results } = this.assembler.sequence(this.body, now, targets);
    const moves: Move[] = results.map((from, k) => ({ from, to: next[k]! }));
    const { buffers } = this.assembler;
    const copies = inSequence(moves, (like) => buffers.add(buffers.bytes(like)));
    return [...steps, ...copies.flatMap((m) => this.assembler.copy(m.from, m.to, 'next value of a loop'))];
  }

  /** Two iterations that take turns with second buffers, if some are worth it. */
  private turns(ask: (now: readonly number[]) => Step[]): Turns | undefined {
    const apart = this.worthSecondBuffers();
    if (apart.size === 0) return undefined;
    const { assembler, carried } = this;
    const other = carried.map((b, k) => (apart.has(k) ? assembler.buffers.add(assembler.buffers.bytes(b)) : b));
    const there = this.iteration(carried, other, apart);
    const between = ask(other);
    const back = this.iteration(other, carried, apart);
    const ends = other.flatMap((b, k) => assembler.copy(b, carried[k]!, 'last value of a loop'));
    return { there, between, back, ends };
  }

  /** Next values that steps make, but not over the running ones. */
  private worthSecondBuffers(): ReadonlySet<number> {
    const { computation, storage } = this.body;
    const apart = new Set<number>();
    if (depthOf(this.body) >= TURNS_DEPTH) return apart;
    const made = new Set(this.body.groups.flatMap((g) => [...g.outputs]));
    computation.results.forEach((v, k) => {
      const once = computation.results.filter((w) => rootOf(storage, w) === rootOf(storage, v)).length === 1;
      if (isInvariant(this.loop, k) || storage.direct.has(k) || byteSize(v.tensorType) < TURNS_BYTES) return;
      if (once && made.has(rootOf(storage, v))) apart.add(k);
    });
    return apart;
  }
}

/** Levels of loops inside a computation. */
const depthOf = (plan: FusionPlan): number =>
  [...plan.called.values()].flat().reduce((n, p) => Math.max(n, 1 + depthOf(p)), 0);

export function branchStep(assembler: Assembler, branch: Instruction, scope: Scope): Step {
  const [selector, ...captured] = branch.operands.map((v) => scope.buffer(v)) as [number, ...number[]];
  const targets = branch.results.map((v) => scope.buffer(v));
  const branches = scope.plan.called.get(branch)!.map((plan) => {
    const { steps, results } = assembler.sequence(plan, captured, targets);
    return [...steps, ...results.flatMap((from, k) => assembler.copy(from, targets[k]!, 'result of a branch'))];
  });
  const costs = branches.map((steps) => sum(steps.map((s) => s.cost)));
  return {
    kind: 'branch',
    selector,
    selects: branch.operands[0]!.tensorType.element === 'pred' ? 'pred' : 's32',
    branches,
    cost: costs.reduce((a, b) => (weight(b) > weight(a) ? b : a)),
    label: `branch: ${branch.opcode}`,
  };
}

const weight = (c: StepCost): number => c.bytesRead + c.bytesWritten + c.flops;

function sum(costs: readonly StepCost[]): StepCost {
  let total: StepCost = { bytesRead: 0, bytesWritten: 0, flops: 0 };
  for (const c of costs) {
    total = {
      bytesRead: total.bytesRead + c.bytesRead,
      bytesWritten: total.bytesWritten + c.bytesWritten,
      flops: total.flops + c.flops,
    };
  }
  return total;
}
