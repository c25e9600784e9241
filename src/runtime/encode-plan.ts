/** A plan as the tables that native code walks: the one place where steps become rows. */
import { StepTable } from './driver-abi.js';
import type { Plan, Step } from './plan.js';

export interface EncodedPlan {
  readonly steps: Uint8Array;
  readonly args: Int32Array;
  readonly ranges: Int32Array;
  /** The steps that a run begins with; steps of loops and branches stand behind them. */
  readonly end: number;
  /** Of each row, what it is to people. */
  readonly labels: readonly string[];
}

/** The slot of a run's violation record, behind those of the buffers. */
export const recordSlot = (plan: Plan): number => plan.buffers.length;

/** Slot b holds buffer b. `address`: where a kernel's function lies. */
export function encodePlan(plan: Plan, address: (symbol: string) => bigint, checked: boolean): EncodedPlan {
  const table = new StepTable();
  const labels: string[] = [];
  for (const step of plan.steps) {
    if (step.kind === 'copy') table.copy(step.from, step.to, plan.buffers[step.to]!.bytes);
    else {
      for (const { kernel, args, tasks } of step.launches) {
        const all = checked ? [...args, recordSlot(plan)] : args;
        table.launch(address(plan.kernels[kernel]!.symbol), all, tasks);
      }
    }
    while (labels.length < table.length) labels.push(step.label);
  }
  return { ...table.finish(), end: table.length, labels };
}

const buffersOf = (step: Step): readonly number[] =>
  step.kind === 'copy' ? [step.from, step.to] : step.launches.flatMap((l) => l.args);

/** Of each buffer, the first and the last step that touch it; absent where none does. */
export function bufferLifetimes(plan: Plan): Map<number, { first: number; last: number }> {
  const lifetimes = new Map<number, { first: number; last: number }>();
  plan.steps.forEach((step, k) => {
    for (const b of buffersOf(step)) {
      const known = lifetimes.get(b);
      if (known) known.last = k;
      else lifetimes.set(b, { first: k, last: k });
    }
  });
  return lifetimes;
}
