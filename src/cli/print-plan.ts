/** A plan as text: its buffers, then its steps. */
import { showType } from '../hlo/index.js';
import {
  type BufferHome,
  type ExchangeStep,
  type KernelLaunch,
  type Plan,
  type RepeatStep,
  type Step,
  stepsInside,
} from '../runtime/plan.js';

export function printPlan(plan: Plan): string {
  const lines = [`workspace: ${plan.workspaceBytes} bytes`, '', 'buffers:'];
  for (const { id, home, bytes } of plan.buffers) {
    lines.push(`  b${id}: ${bytes} bytes, ${describeHome(home, plan)}`);
  }
  lines.push('', 'steps:', ...stepLines(plan.steps, plan, '  '));
  return `${lines.join('\n')}\n`;
}

/** What the list of steps number `part` inside a step is to it. */
export const insideName = (kind: Step['kind'], part: number): string => INSIDE[kind]?.[part] ?? `branch ${part}`;

const INSIDE: { readonly [kind in Step['kind']]?: readonly string[] } = {
  loop: ['condition', 'body'],
  repeat: ['body', 'every other time', 'after an odd number'],
};

/** How often a step runs, in words. */
export function tripsText(trips: RepeatStep['trips']): string {
  if (typeof trips !== 'number') return `b${trips.high} - b${trips.low} times`;
  return trips === 1 ? 'once' : `${trips} times`;
}

function stepLines(steps: readonly Step[], plan: Plan, indent: string): string[] {
  return steps.flatMap((step, k) => [
    `${indent}${k}: ${step.label}`,
    ...details(step, plan).map((line) => `${indent}   ${line}`),
    ...stepsInside(step).flatMap((inside, part) => [
      `${indent}   ${insideName(step.kind, part)}:`,
      ...stepLines(inside, plan, `${indent}     `),
    ]),
  ]);
}

function describeHome(home: BufferHome, plan: Plan): string {
  switch (home.kind) {
    case 'input':
      return `input ${home.index} ${showType(plan.inputs[home.index]!)}`;
    case 'output':
      return `output ${home.index} ${showType(plan.outputs[home.index]!)}`;
    case 'constant':
      return `constant ${home.index} ${showType(plan.constants[home.index]!.type)}`;
    case 'workspace':
      return `workspace at ${home.offset}`;
    case 'process':
      return 'the number of the process';
  }
}

function details(step: Step, plan: Plan): string[] {
  const { bytesRead, bytesWritten, flops } = step.cost;
  const cost = `reads ${bytesRead} bytes, writes ${bytesWritten} bytes, ${flops} flops`;
  switch (step.kind) {
    case 'copy':
      return [`copy b${step.from} to b${step.to}`, cost];
    case 'exchange':
      return [`exchange b${step.from} for b${step.to}, ${describeExchange(step)}`, cost];
    case 'loop':
      return [`while b${step.predicate}`, `each time ${cost}`];
    case 'repeat':
      return [tripsText(step.trips), `each time ${cost}`];
    case 'branch':
      return [`by b${step.selector}, a ${step.selects}`, `at most ${cost}`];
    case 'launch':
      return [...step.launches.map((l) => describeLaunch(l, plan)), cost];
  }
}

function describeExchange({ sources, parts, blockBytes }: ExchangeStep): string {
  const from = sources.map((row, p) => `${p} from ${row.map((s) => (s < 0 ? 'nobody' : s)).join(' ')}`);
  return `${parts ? 'parts' : 'blocks'} of ${blockBytes} bytes: ${from.join(', ')}`;
}

function describeLaunch({ kernel, args, tasks }: KernelLaunch, plan: Plan): string {
  const list = args.map((b) => `b${b}`).join(', ');
  return `launch ${plan.kernels[kernel]!.symbol}(${list}), ${tasks} task${tasks === 1 ? '' : 's'}`;
}
