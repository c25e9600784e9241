/** What a compilation decided, as data: the documented shape of `thimble explain --json`. */
import type { Compilation } from '../compiler.js';
import type { Kernel } from '../emitters/loop/ir.js';
import { launchOf } from '../emitters/loop/launch.js';
import type { Donation } from '../hlo/donation.js';
import { byteSize } from '../hlo/index.js';
import { describe } from '../rules/engine.js';
import { type Step, stepsInside } from '../runtime/plan.js';
import type { KernelUses } from './ptxas.js';

export interface Explanation {
  readonly file: string;
  readonly target: string;
  readonly passes: readonly { readonly pass: string; readonly summary: string; readonly milliseconds: number }[];
  /** Rewrite rules. `refused`: by guard, how often the pattern matched and the guard kept the rule from firing. */
  readonly rules: readonly {
    readonly rule: string;
    readonly stage: string;
    readonly fired: number;
    readonly refused: { readonly [guard: string]: number };
    readonly places: readonly { readonly line: number | null; readonly before: string; readonly after: string }[];
  }[];
  /** Every fusion made or refused. `rule`: the one that fired, or came nearest. */
  readonly decisions: readonly {
    readonly instruction: string;
    readonly line: number | null;
    readonly fused: boolean;
    readonly rule: string | null;
    readonly reason: string;
  }[];
  readonly steps: readonly ExplainedStep[];
  readonly workspaceBytes: number;
  readonly constantBytes: number;
  /** Outputs that take the memory of an input. */
  readonly donations: readonly Donation[];
  /** Inputs, outputs in memory of their own, constants and workspace together. */
  readonly peakBytes: number;
}

export interface ExplainedStep {
  readonly kind: Step['kind'];
  readonly label: string;
  readonly template: string | null;
  readonly instructions: readonly string[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly flops: number;
  /** Of its last kernel: those before it prepare operands. */
  readonly tasks: number;
  readonly kernels: number;
  /** On a graphics processor, of each of its kernels. */
  readonly launches: readonly ExplainedLaunch[];
  /** Of a loop its condition and its body, of a repetition its body (and where two take turns, those), of a branch its branches. Bytes and flops count one iteration, one branch. */
  readonly inside: readonly (readonly ExplainedStep[])[];
}

export interface ExplainedLaunch {
  readonly kernel: string;
  readonly blocks: number;
  readonly threads: number;
  /** Bytes of shared memory of a block. */
  readonly sharedBytes: number;
  /** Of a thread; null where nobody has asked NVIDIA's assembler. */
  readonly registers: number | null;
  /** Bytes that a thread moves out of registers and back, for want of them; null likewise. */
  readonly spillBytes: number | null;
}

/** Of a compilation up to `assemble`. `use`: what kernels take of a graphics processor, where that is known. */
export function explain(c: Compilation, file: string, target: string, use?: KernelUses): Explanation {
  const plan = c.plan!;
  const sum = (sizes: readonly number[]) => sizes.reduce((n, b) => n + b, 0);
  const constantBytes = sum(plan.constants.map(({ type }) => byteSize(type)));
  const shared = new Set(plan.donations.map((d) => d.output));
  const boundary = sum([...plan.inputs, ...plan.outputs.filter((_, o) => !shared.has(o))].map(byteSize));
  return {
    file,
    target,
    passes: c.log,
    rules: firings(c),
    decisions: c.fusions!.decisions.map(({ instruction, fused, rule, reason }) => ({
      instruction: describe(instruction),
      line: instruction.location?.line ?? null,
      fused,
      rule: rule ?? null,
      reason,
    })),
    steps: explainSteps(c, plan.steps, use),
    workspaceBytes: plan.workspaceBytes,
    constantBytes,
    donations: plan.donations,
    peakBytes: boundary + constantBytes + plan.workspaceBytes,
  };
}

function firings(c: Compilation): Explanation['rules'] {
  return c.reports.flatMap(({ trace, fired, refused }) => {
    const names = new Set([...fired.keys(), ...refused.keys()]);
    return [...names].map((rule) => {
      const places = trace.filter((f) => f.rule === rule);
      return {
        rule,
        stage: c.options.rules.ofKind('rewrite').find((r) => r.name === rule)!.stage,
        fired: fired.get(rule) ?? 0,
        refused: Object.fromEntries(refused.get(rule) ?? []),
        places: places.map(({ location, before, after }) => ({ line: location?.line ?? null, before, after })),
      };
    });
  });
}

const explainSteps = (c: Compilation, steps: readonly Step[], use: KernelUses | undefined): ExplainedStep[] =>
  steps.map((step) => explainStep(c, step, use));

function explainStep(c: Compilation, step: Step, use: KernelUses | undefined): ExplainedStep {
  const { kind, label, cost } = step;
  const launches = kind === 'launch' ? step.launches : [];
  const group = c.groupOf!.get(step);
  return {
    kind,
    label,
    template: group?.template ?? null,
    instructions: [...(group?.members ?? [])].reverse().map((i) => i.opcode as string),
    ...cost,
    tasks: launches.at(-1)?.tasks ?? 1,
    kernels: launches.length,
    launches: c.options.target.arch === 'nvptx' ? launches.map((l) => explainLaunch(c.kernels![l.kernel]!, use)) : [],
    inside: stepsInside(step).map((list) => explainSteps(c, list, use)),
  };
}

function explainLaunch(kernel: Kernel, use: KernelUses | undefined): ExplainedLaunch {
  const { registers = null, spillBytes = null } = use?.get(kernel.name) ?? {};
  return { kernel: kernel.name, ...launchOf(kernel), registers, spillBytes };
}
