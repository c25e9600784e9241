/** A plan as the tables that native code walks: the one place where steps become rows. */
import { type StepRange, StepTable } from './driver-abi.js';
import { buffersOf, type ExchangeStep, type Plan, type Step, stepsInside } from './plan.js';

export interface EncodedPlan {
  readonly steps: Uint8Array;
  readonly args: Int32Array;
  readonly ranges: Int32Array;
  /** The steps that a run begins with; steps of loops and branches stand behind them. */
  readonly end: number;
  /** Of each row, what it is to people. */
  readonly labels: readonly string[];
  /** By number. */
  readonly exchanges: readonly ExchangeStep[];
}

/** The slot of a run's violation record, behind those of the buffers. */
export const recordSlot = (plan: Plan): number => plan.buffers.length;

/** Rows that a list of steps takes: a launch step has one for each of its launches. */
const rowsOf = (steps: readonly Step[]): number =>
  steps.reduce((n, s) => n + (s.kind === 'launch' ? s.launches.length : 1), 0);

/** Where each list of steps stands: the run's own first, then those inside its steps, then those inside these. */
function layOut(steps: readonly Step[]): Map<readonly Step[], StepRange> {
  const ranges = new Map<readonly Step[], StepRange>();
  const lists = [steps];
  let begin = 0;
  for (const list of lists) {
    const end = begin + rowsOf(list);
    ranges.set(list, { begin, end });
    begin = end;
    lists.push(...list.flatMap(stepsInside));
  }
  return ranges;
}

/** Slot b holds buffer b. `address`: where a kernel's function lies. */
export function encodePlan(plan: Plan, address: (symbol: string) => bigint, checked: boolean): EncodedPlan {
  const table = new StepTable();
  const labels: string[] = [];
  const exchanges: ExchangeStep[] = [];
  const ranges = layOut(plan.steps);
  const encode = (step: Step): void => {
    switch (step.kind) {
      case 'copy':
        table.copy(step.from, step.to, plan.buffers[step.to]!.bytes);
        break;
      case 'exchange':
        table.exchange(step.from, step.to, exchanges.push(step) - 1);
        break;
      case 'loop':
        table.loop(step.predicate, ranges.get(step.condition)!, ranges.get(step.body)!);
        break;
      case 'repeat': {
        const body = ranges.get(step.body)!;
        const turns = step.other.length > 0;
        const odd = turns ? ranges.get(step.odd)! : { begin: 0, end: 0 };
        table.repeat(step.trips, [body, turns ? ranges.get(step.other)! : body, odd]);
        break;
      }
      case 'branch': {
        const branches = step.branches.map((b) => ranges.get(b)!);
        table.branch(step.selector, step.selects, branches);
        break;
      }
      case 'launch':
        for (const { kernel, args, tasks } of step.launches) {
          const all = checked ? [...args, recordSlot(plan)] : args;
          table.launch(address(plan.kernels[kernel]!.symbol), all, tasks);
        }
    }
  };
  for (const list of ranges.keys()) {
    for (const step of list) {
      encode(step);
      while (labels.length < table.length) labels.push(step.label);
    }
  }
  return { ...table.finish(), end: ranges.get(plan.steps)!.end, labels, exchanges };
}

const allBuffersOf = (step: Step): readonly number[] => [
  ...buffersOf(step),
  ...stepsInside(step).flat().flatMap(allBuffersOf),
];

/** Of each buffer, the first and the last step that touch it, or hold one that does; absent where none does. */
export function bufferLifetimes(plan: Plan): Map<number, { first: number; last: number }> {
  const lifetimes = new Map<number, { first: number; last: number }>();
  plan.steps.forEach((step, k) => {
    for (const b of allBuffersOf(step)) {
      const known = lifetimes.get(b);
      if (known) known.last = k;
      else lifetimes.set(b, { first: k, last: k });
    }
  });
  return lifetimes;
}
