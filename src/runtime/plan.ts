/**
 * The plan: what a compiled program is, as data. The runtime runs it without the compiler.
 *
 * Buffers are numbered; a step names the buffers it touches. Kernels are closed machine code shared between steps and
 * between programs; a step says which buffer is which of its parameters.
 */
import type { Donation } from '../hlo/donation.js';
import type { TensorType } from '../hlo/types.js';

export type BufferHome =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'output'; readonly index: number }
  | { readonly kind: 'constant'; readonly index: number }
  /** The number of the process that runs, a u32. */
  | { readonly kind: 'process' }
  /** In the workspace of the run, at a 64-byte aligned offset. */
  | { readonly kind: 'workspace'; readonly offset: number };

export interface PlanBuffer {
  readonly id: number;
  readonly home: BufferHome;
  readonly bytes: number;
}

/** What a step moves and computes, for `explain`. Bytes of constants and workspace buffers count. */
export interface StepCost {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly flops: number;
}

export interface KernelLaunch {
  /** Index into `Plan.kernels`. */
  readonly kernel: number;
  /** Buffer of each kernel parameter. */
  readonly args: readonly number[];
  /** Tasks of the kernel: independent, so any thread may run any range of them. */
  readonly tasks: number;
}

export interface LaunchStep {
  readonly kind: 'launch';
  /** One after the other: what prepares a fused kernel's operands, and the kernel itself. */
  readonly launches: readonly KernelLaunch[];
  readonly cost: StepCost;
  /** For people: the template and the instructions that became this step. */
  readonly label: string;
}

/** dst ← src, whole buffers of equal size: a program's result that is its own input or constant. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly from: number;
  readonly to: number;
  readonly cost: StepCost;
  readonly label: string;
}

/** Runs `condition`, and as long as it leaves something but 0 in `predicate`, `body` and `condition` again. */
export interface LoopStep {
  readonly kind: 'loop';
  /** A pred[]. */
  readonly predicate: number;
  readonly condition: readonly Step[];
  readonly body: readonly Step[];
  /** Of one iteration: nobody knows how many there will be. */
  readonly cost: StepCost;
  readonly label: string;
}

/** Integers that a count may be taken from. */
export const COUNTER_TYPES = ['s8', 's16', 's32', 's64', 'u8', 'u16', 'u32', 'u64'] as const;
export type CounterType = (typeof COUNTER_TYPES)[number];

/** The number in buffer `high` less that in `low`, when the loop begins; 0 where that is less. */
export interface Between {
  readonly low: number;
  readonly high: number;
  readonly type: CounterType;
}

/** Runs `body` so often, with nothing to ask. With an `other`, each second time that; `odd` follows an odd number of runs. */
export interface RepeatStep {
  readonly kind: 'repeat';
  readonly trips: number | Between;
  readonly body: readonly Step[];
  readonly other: readonly Step[];
  readonly odd: readonly Step[];
  /** Of one iteration. */
  readonly cost: StepCost;
  readonly label: string;
}

/** Runs one of `branches`: number 0 where a pred[] selector is true, else 1; an s32[] picks by number, else the last. */
export interface BranchStep {
  readonly kind: 'branch';
  readonly selector: number;
  readonly selects: 'pred' | 's32';
  readonly branches: readonly (readonly Step[])[];
  /** Of the branch that moves and computes most. */
  readonly cost: StepCost;
  readonly label: string;
}

/**
 * Blocks from other processes, one behind the other: block k comes from process `sources[p][k]` where process p runs (−1:
 * nobody's, zeros). With `parts` a process gives the block in the place at which it lists the taker itself, else all that
 * it has. Who gives or takes, however indirectly, meets before and after.
 */
export interface ExchangeStep {
  readonly kind: 'exchange';
  readonly from: number;
  readonly to: number;
  readonly blockBytes: number;
  readonly sources: readonly (readonly number[])[];
  readonly parts: boolean;
  readonly cost: StepCost;
  readonly label: string;
}

export type Step = LaunchStep | CopyStep | LoopStep | RepeatStep | BranchStep | ExchangeStep;

/** The lists of steps inside a step. */
export function stepsInside(step: Step): readonly (readonly Step[])[] {
  if (step.kind === 'loop') return [step.condition, step.body];
  if (step.kind === 'repeat') return step.other.length > 0 ? [step.body, step.other, step.odd] : [step.body];
  return step.kind === 'branch' ? step.branches : [];
}

/** Steps in all, those inside others counted too. */
export const countSteps = (steps: readonly Step[]): number =>
  steps.reduce((n, s) => n + 1 + stepsInside(s).reduce((m, list) => m + countSteps(list), 0), 0);

/** Buffers that a step touches, those of the steps inside it left out. */
export function buffersOf(step: Step): readonly number[] {
  switch (step.kind) {
    case 'launch':
      return step.launches.flatMap((l) => l.args);
    case 'copy':
    case 'exchange':
      return [step.from, step.to];
    case 'loop':
      return [step.predicate];
    case 'repeat':
      return typeof step.trips === 'number' ? [] : [step.trips.low, step.trips.high];
    case 'branch':
      return [step.selector];
  }
}

export interface PlanKernel {
  /** Symbol of the kernel's function in its object. */
  readonly symbol: string;
  /** Identity: hash of the canonical loop IR, target and lowering version. */
  readonly hash: string;
}

export interface Plan {
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** Outputs that lie in the memory of an input, which a run overwrites; they have no buffers of their own. */
  readonly donations: readonly Donation[];
  readonly constants: readonly { readonly type: TensorType; readonly bytes: () => Uint8Array }[];
  readonly buffers: readonly PlanBuffer[];
  readonly kernels: readonly PlanKernel[];
  readonly steps: readonly Step[];
  /** As how many processes it must run, each with inputs of its own; absent: as one, or as many as one likes. */
  readonly processes?: number;
  /** Bytes of workspace a run needs, 64-byte aligned. */
  readonly workspaceBytes: number;
}
