/** What the kernels of a scan have in common, however its rows and elements are shared out. */
import { collapse } from '../../fusion/collapse.js';
import { expressionsOf } from '../../fusion/expressions.js';
import type { Group } from '../../fusion/group.js';
import { type ScanSpace, type SpaceVar, scanAt } from '../../fusion/space.js';
import { type IndexExpr, substitute } from '../../rules/index/index.js';
import type { ScanProblem } from '../../rules/index.js';
import type { ValueId } from '../loop/ir.js';
import { type EmitOptions, type EmittedKernel, KernelContext } from './kernel-context.js';
import { widestElement } from './map.js';
import { knownOf, Reducer } from './reducer.js';

/** The loops of a scan, and the figures that its schedule is chosen by. */
export interface ScanLoops {
  readonly g: Group;
  readonly options: EmitOptions;
  readonly space: ScanSpace;
  readonly along: SpaceVar;
  /** Loops over single rows; `lane`: over neighbouring rows, where there are such. */
  readonly rows: readonly SpaceVar[];
  readonly lane: SpaceVar | undefined;
  readonly substitution: ReadonlyMap<string, IndexExpr>;
  readonly problem: ScanProblem;
}

export const product = (vars: readonly SpaceVar[]): number => vars.reduce((n, v) => n * v.extent, 1);

export function scanLoops(g: Group, options: EmitOptions): ScanLoops {
  if (g.space.kind !== 'scan') throw new Error('not a scan');
  const { space } = g;
  const { role, vars, scan } = space;
  const { loads, stores, others } = expressionsOf(options.rules, g);
  const all = [...loads.map((l) => l.offset), ...stores, ...others];
  const outer = collapse(vars.slice(0, role.dimension), all, 'row');
  const inner = collapse(vars.slice(role.dimension + 1), all, 'lane');
  const along = vars[role.dimension]!;
  const lane = inner.vars[inner.vars.length - 1];
  const problem: ScanProblem = {
    template: 'scan',
    rows: product([...outer.vars, ...inner.vars]),
    length: along.extent,
    contiguous: lane ? 'column' : 'row',
    element: widestElement([...g.accesses.keys()]),
    reorder: knownOf(options, role.combiner, scan.results[0]!.tensorType.element).reorder,
  };
  const substitution = new Map([...outer.substitution, ...inner.substitution]);
  return { g, options, space, along, rows: [...outer.vars, ...inner.vars.slice(0, -1)], lane, substitution, problem };
}

export abstract class ScanKernel {
  protected readonly context: KernelContext;
  protected readonly reducer: Reducer;

  constructor(
    protected readonly loops: ScanLoops,
    tasks: number,
    threads?: number,
  ) {
    const { g, options, space, along } = loops;
    this.context = new KernelContext(g, options, tasks, g.outputs, 'write', threads);
    this.reducer = new Reducer(this.context, space.scan, space.role, along.extent);
  }

  abstract run(): EmittedKernel;

  private inLoops(at: readonly IndexExpr[]): IndexExpr[] {
    return at.map((e) => substitute(e, (name) => this.loops.substitution.get(name)));
  }

  /** What is scanned, at the running point. */
  protected elements(): ValueId[] {
    const { space } = this.loops;
    const at = this.inLoops(scanAt(space));
    return space.role.inputs.flatMap((k) => this.context.stitch.value(space.scan.operands[k]!, at));
  }

  /** Stores all results at the running point, given the scan's. */
  protected store(totals: readonly ValueId[], exists: ValueId | undefined): void {
    const { stitch } = this.context;
    const { g, space } = this.loops;
    const parts = this.reducer.results(this.reducer.rounded(totals));
    parts.forEach((p, k) => {
      stitch.bindPoint(space.scan.results[k]!, p);
    });
    for (const v of g.outputs) {
      const at = this.inLoops(space.outputs.get(v)!);
      this.context.store(v, at, stitch.value(v, at), exists, false);
    }
  }
}
