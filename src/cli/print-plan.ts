/** A plan as text: its buffers, then its steps. */
import { showType } from '../hlo/index.js';
import type { BufferHome, Plan, Step } from '../runtime/plan.js';

export function printPlan(plan: Plan): string {
  const lines = [`workspace: ${plan.workspaceBytes} bytes`, '', 'buffers:'];
  for (const { id, home, bytes } of plan.buffers) {
    lines.push(`  b${id}: ${bytes} bytes, ${describeHome(home, plan)}`);
  }
  lines.push('', 'steps:');
  plan.steps.forEach((step, k) => {
    lines.push(`  ${k}: ${step.label}`, ...details(step, plan).map((line) => `     ${line}`));
  });
  return `${lines.join('\n')}\n`;
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
  }
}

function details(step: Step, plan: Plan): string[] {
  const { bytesRead, bytesWritten, flops } = step.cost;
  const cost = `reads ${bytesRead} bytes, writes ${bytesWritten} bytes, ${flops} flops`;
  if (step.kind === 'copy') return [`copy b${step.from} to b${step.to}`, cost];
  if (step.kind !== 'launch') return [cost];
  const launches = step.launches.map(({ kernel, args, tasks }) => {
    const list = args.map((b) => `b${b}`).join(', ');
    return `launch ${plan.kernels[kernel]!.symbol}(${list}), ${tasks} task${tasks === 1 ? '' : 's'}`;
  });
  return [...launches, cost];
}
