/**
 * START HERE. The whole compiler, as one list of named passes over one compilation.
 *
 * Module ─ verify ─ specialise ─ inline ─ devices ─ captures ─ simplify ─ fold ─ cse ─ decompose ─ dce ─ parts ─ fuse
 *        ─ emit ─ assemble ─ lower ─► plan and machine code
 */

import { Assembler } from './emitters/assemble.js';
import { EmitCache } from './emitters/emit-cache.js';
import { emitGroup } from './emitters/emit-group.js';
import type { Kernel } from './emitters/loop/ir.js';
import { cutReductions } from './emitters/parts.js';
import type { EmittedKernel, Precision } from './emitters/templates/kernel-context.js';
import type { Group } from './fusion/group.js';
import { type FusionPlan, kernelGroups, planFusions } from './fusion/planner.js';
import { type Donation, donationsOf } from './hlo/donation.js';
import { type Module, OpError } from './hlo/index.js';
import type { Grid } from './hlo/process-groups.js';
import { verify } from './hlo/verifier.js';
import { type RewriteReport, rewriteModule } from './rules/engine.js';
import type { RuleSet } from './rules/index.js';
import { settleCaptures } from './rules/passes/captures.js';
import { mergeCommonSubexpressions } from './rules/passes/cse.js';
import { eliminateDeadCode } from './rules/passes/dce.js';
import { settleDevices } from './rules/passes/devices.js';
import { foldConstants } from './rules/passes/fold.js';
import { inlineCalls } from './rules/passes/inline.js';
import { type InputShape, isDynamic, specialise } from './rules/passes/specialise.js';
import type { Target } from './rules/target.js';
import type { CodeObject } from './runtime/code.js';
import { countSteps, type Plan, type Step } from './runtime/plan.js';

export interface CompilerOptions {
  readonly rules: RuleSet;
  readonly target: Target;
  readonly precision: Precision;
  /** Kernels check every index; see `--checked`. */
  readonly checked: boolean;
  /** May constants be computed at compile time? Off where a program must prove its kernels (`check`). */
  readonly fold: boolean;
  /** May runs overwrite the arguments that the program donates? */
  readonly donate?: boolean;
  /** Shapes of the inputs, where the program leaves them open; or inputs, where their values decide shapes. */
  readonly shapes?: readonly InputShape[];
  /** The processes that the program runs as; without it, those that the program names. */
  readonly grid?: Grid;
  /** Loop IR → objects of code for the target. Injected, so that this file loads no native library. */
  readonly lower: (kernels: readonly Kernel[]) => readonly CodeObject[];
}

/** A program on its way: each pass fills in, or changes, a part. */
export interface Compilation {
  readonly options: CompilerOptions;
  module: Module;
  /** Numbers of the inputs whose values the program was compiled for. */
  values: readonly number[];
  readonly log: PassLog[];
  readonly reports: RewriteReport[];
  fusions?: FusionPlan;
  emitted?: ReadonlyMap<Group, readonly EmittedKernel[]>;
  plan?: Plan;
  /** Of each step of the plan that launches kernels, what they compute. */
  groupOf?: ReadonlyMap<Step, Group>;
  kernels?: readonly Kernel[];
  objects?: readonly CodeObject[];
}

export interface PassLog {
  readonly pass: string;
  readonly milliseconds: number;
  /** What it changed, in words. */
  readonly summary: string;
}

export interface Pass {
  readonly name: string;
  readonly doc: string;
  /** Returns what it changed, in words. */
  readonly run: (c: Compilation) => string;
}

const counted = (n: number, what: string, several = `${what}s`): string => `${n} ${n === 1 ? what : several}`;

const rewrite =
  (stage: 'simplify' | 'decompose') =>
  (c: Compilation): string => {
    const report = rewriteModule(c.module, c.options.rules, { stage, precision: c.options.precision });
    c.reports.push(report);
    if (report.stop === 'limit') throw new Error(`the rules of stage ${stage} do not come to an end: ${report.reason}`);
    return counted(report.trace.length, 'firing');
  };

const donations = (c: Compilation): Donation[] => (c.options.donate ? donationsOf(c.module.entry) : []);

export const PASSES: readonly Pass[] = [
  {
    name: 'verify',
    doc: 'the graph is well formed, whoever made it',
    run: (c) => {
      const [problem] = verify(c.module, c.options.rules.ops);
      if (problem) throw new CompileError(problem.message, problem.location);
      return 'no problems';
    },
  },
  {
    name: 'specialise',
    doc: 'shapes that the text leaves open follow from those of the inputs',
    run: (c) => {
      const { shapes, rules } = c.options;
      if (!shapes && !isDynamic(c.module, rules.ops)) return 'every shape is known';
      const { module, values } = specialise(c.module, rules.ops, shapes);
      c.module = module;
      c.values = values;
      return values.length === 0 ? 'every shape follows' : `for these values of ${counted(values.length, 'input')}`;
    },
  },
  {
    name: 'inline',
    doc: 'calls become the functions that they call',
    run: (c) => counted(inlineCalls(c.module, c.options.rules.ops), 'call'),
  },
  {
    name: 'devices',
    doc: 'groups of replicas and partitions become lists of processes',
    run: (c) => counted(settleDevices(c.module, c.options.rules.ops, c.options.grid), 'instruction'),
  },
  {
    name: 'captures',
    doc: 'loops and branches are handed what they do not change, and no constants',
    run: (c) => counted(settleCaptures(c.module, c.options.rules.ops), 'loop or branch', 'loops and branches'),
  },
  { name: 'simplify', doc: 'rewrite rules, to a fixpoint', run: rewrite('simplify') },
  {
    name: 'fold',
    doc: 'small constant expressions become constants',
    run: (c) =>
      c.options.fold ? counted(foldConstants(c.module, c.options.rules.ops), 'instruction') : 'switched off',
  },
  {
    name: 'cse',
    doc: 'equal expressions become one',
    run: (c) => counted(mergeCommonSubexpressions(c.module, c.options.rules.ops), 'instruction'),
  },
  { name: 'decompose', doc: 'ops without an emission rule become ops with one', run: rewrite('decompose') },
  {
    name: 'dce',
    doc: 'what no result needs goes',
    run: (c) => counted(eliminateDeadCode(c.module, c.options.rules.ops), 'instruction'),
  },
  {
    name: 'parts',
    doc: 'reductions to few results are cut in parts that threads can share',
    run: (c) => counted(cutReductions(c.module, c.options), 'reduction'),
  },
  {
    name: 'fuse',
    doc: 'fusion rules decide which instructions become one kernel',
    run: (c) => {
      c.fusions = planFusions(c.options.rules, c.module.entry, donations(c));
      return counted(kernelGroups(c.fusions).length, 'kernel');
    },
  },
  {
    name: 'emit',
    doc: 'templates and emission rules make loop IR of each kernel, schedules applied',
    run: (c) => {
      const cache = new EmitCache(c.options.rules, (group) => emitGroup(group, c.options));
      c.emitted = new Map(kernelGroups(c.fusions!).map((group) => [group, cache.get(group)]));
      return counted(c.emitted.size, 'kernel');
    },
  },
  {
    name: 'assemble',
    doc: 'kernels become steps, buffers get their places, equal kernels become one',
    run: (c) => {
      const { plan, kernels, groupOf } = new Assembler(c.options.rules, c.emitted!).run(c.fusions!, donations(c));
      c.plan = plan;
      c.kernels = kernels;
      c.groupOf = groupOf;
      return `${counted(countSteps(plan.steps), 'step')}, ${counted(kernels.length, 'distinct kernel')}`;
    },
  },
  {
    name: 'lower',
    doc: 'loop IR becomes machine code',
    run: (c) => {
      c.objects = c.options.lower(c.kernels!);
      return counted(c.objects.length, 'object');
    },
  },
];

/** What is wrong with a program, and where. */
export class CompileError extends Error {
  override name = 'CompileError';

  constructor(
    message: string,
    readonly location: { readonly line: number; readonly column: number } | undefined,
  ) {
    super(message);
  }
}

/** Runs the passes, all or up to and with the one named. The module is changed in place; a dynamic one stays as it is. */
export function runPasses(module: Module, options: CompilerOptions, last?: string): Compilation {
  const c: Compilation = { options, module, values: [], log: [], reports: [] };
  for (const pass of PASSES) {
    const start = performance.now();
    const summary = runPass(pass, c);
    c.log.push({ pass: pass.name, milliseconds: performance.now() - start, summary });
    if (pass.name === last) break;
  }
  return c;
}

/** Errors that know their instruction get its place. */
function runPass(pass: Pass, c: Compilation): string {
  try {
    return pass.run(c);
  } catch (e) {
    const at = (e as { instruction?: { location?: CompileError['location'] } }).instruction;
    if (e instanceof OpError && e.location) throw new CompileError(e.message, e.location);
    if (at) throw new CompileError((e as Error).message, at.location);
    throw e;
  }
}
