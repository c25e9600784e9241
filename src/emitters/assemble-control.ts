/**
 * Loops and branches as steps.
 *
 * What a loop carries lies in one buffer each, which holds the first value before the loop, the running one within, and
 * the result behind it. Where an iteration cannot write the next value over the running one, two iterations take turns
 * with a second buffer: the body stands in the plan twice, and nothing is copied but at the loop's end.
 */

import { isInvariant } from '../fusion/control.js';
import type { FusionPlan } from '../fusion/planner.js';
import { rootOf } from '../fusion/storage.js';
import { byteSize, type Instruction } from '../hlo/index.js';
import type { BranchStep, LoopStep, Step, StepCost } from '../runtime/plan.js';
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

class LoopAssembly {
  private readonly condition: FusionPlan;
  private readonly body: FusionPlan;
  /** The buffer of each carried value. */
  private readonly carried: readonly number[];
  private readonly predicate: number;

  constructor(
    private readonly assembler: Assembler,
    private readonly loop: Instruction,
    private readonly scope: Scope,
  ) {
    [this.condition, this.body] = scope.plan.called.get(loop) as [FusionPlan, FusionPlan];
    this.carried = loop.results.map((v, k) => scope.buffer(isInvariant(loop, k) ? loop.operands[k]! : v));
    const [result] = this.condition.computation.results;
    const parameter = this.condition.computation.parameters.findIndex((p) => p.result === result);
    this.predicate = parameter >= 0 ? this.carried[parameter]! : assembler.buffers.add(1);
  }

  run(): Step[] {
    const { assembler, loop, scope, carried, predicate } = this;
    const first = loop.operands.flatMap((v, k) =>
      assembler.copy(scope.buffer(v), carried[k]!, 'first value of a loop'),
    );
    const body = this.turns() ?? this.iteration(carried, carried, new Set());
    const condition = this.test(carried);
    const cost = sum([...condition, ...body].map((s) => s.cost));
    const step: LoopStep = { kind: 'loop', predicate, condition, body, cost, label: `loop: ${loop.opcode}` };
    return [...first, step];
  }

  /** The condition on the values in these buffers. */
  private test(now: readonly number[]): Step[] {
    const { predicate } = this;
    const { steps, results } = this.assembler.sequence(this.condition, now, [predicate]);
    return [...steps, ...this.assembler.copy(results[0]!, predicate, 'condition of a loop')];
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
  private turns(): Step[] | undefined {
    const apart = this.worthSecondBuffers();
    if (apart.size === 0) return undefined;
    const { assembler, carried, predicate, loop } = this;
    const other = carried.map((b, k) => (apart.has(k) ? assembler.buffers.add(assembler.buffers.bytes(b)) : b));
    const there = this.iteration(carried, other, apart);
    const test = this.test(other);
    const back = this.iteration(other, carried, apart);
    const ends = other.flatMap((b, k) => assembler.copy(b, carried[k]!, 'last value of a loop'));
    const step: BranchStep = {
      kind: 'branch',
      selector: predicate,
      selects: 'pred',
      branches: [back, ends],
      cost: sum(back.map((s) => s.cost)),
      label: `every other iteration of ${loop.opcode}`,
    };
    return [...there, ...test, step];
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
