/** What the kernels of a row pipeline have in common, however its rows and columns are shared out. */
import { collapse } from '../../fusion/collapse.js';
import { expressionsOf } from '../../fusion/expressions.js';
import type { Group } from '../../fusion/group.js';
import { type Pass, RowPasses } from '../../fusion/passes.js';
import { type RowsSpace, type SpaceVar, varsOf } from '../../fusion/space.js';
import { byteSize } from '../../hlo/index.js';
import {
  coefficientOf,
  type IndexExpr,
  type Predicate,
  substitute,
  substitutePredicate,
} from '../../rules/index/index.js';
import type { RowsProblem } from '../../rules/index.js';
import type { ValueId } from '../loop/ir.js';
import type { EmitOptions, EmittedKernel, KernelContext } from './kernel-context.js';
import { widestElement } from './map.js';
import { knownOf, Reducer } from './reducer.js';

/** Columns that are not worth a vector of their own, where rows lie near each other. */
const FEW_COLUMNS = 8;

export type Reduction = Pass['reduces'][number];

export const product = (vars: readonly SpaceVar[]): number => vars.reduce((n, v) => n * v.extent, 1);

export function rowsSpaceOf(g: Group): RowsSpace {
  if (g.space.kind !== 'rows') throw new Error('not a row pipeline');
  return g.space;
}

/** The figures that a row pipeline's schedule is chosen by. */
export function rowsProblemOf(g: Group, options: EmitOptions): RowsProblem {
  const space = rowsSpaceOf(g);
  const inputs = [...g.accesses.keys()].filter((v) => !g.members.has(v.producer));
  const { passes } = new RowPasses(options.rules, g, space);
  return {
    template: 'rows',
    rows: product(space.rows),
    columns: Math.max(...passes.map((p) => product(p.columns))),
    contiguous: neighboursAreRows(g, space, options) ? 'column' : 'row',
    element: widestElement([...g.accesses.keys()]),
    bytesRead: inputs.reduce((n, v) => n + byteSize(v.tensorType), 0),
    bytesWritten: [...g.outputs].reduce((n, v) => n + byteSize(v.tensorType), 0),
    windows: [...space.reduces.values()].some((r) => r.role.window),
    reorder: [...space.reduces].every(
      ([i, r]) => knownOf(options, r.role.combiner, i.results[0]!.tensorType.element).reorder,
    ),
  };
}

/** Do most of the elements loaded lie next to each other along the last row variable? */
function neighboursAreRows(g: Group, space: RowsSpace, options: EmitOptions): boolean {
  const last = space.rows[space.rows.length - 1];
  if (!last) return false;
  const windows = [...space.reduces.values()].some((r) => r.role.window);
  let rows = 0;
  let columns = 0;
  const columnVars = varsOf(space).slice(space.rows.length);
  for (const { offset, elements } of expressionsOf(options.rules, g).loads) {
    const step = coefficientOf(offset, last.name);
    const column = columnVars.find((c) => coefficientOf(offset, c.name) === 1);
    // Both lie next to each other where windows overlap; a few columns fill no vector.
    if (step === 1 || (windows && step !== 0 && column && column.extent < FEW_COLUMNS)) rows += elements;
    else if (column) columns += elements;
  }
  return rows > columns;
}

export abstract class RowsKernel {
  protected abstract readonly context: KernelContext;
  protected readonly space: RowsSpace;
  protected readonly passes: RowPasses;
  protected readonly reducers = new Map<Reduction, Reducer>();
  /** Loop variables over the rows after merging, and the space's variables in terms of them. */
  protected readonly rows: readonly SpaceVar[];
  protected readonly substitution: ReadonlyMap<string, IndexExpr>;

  constructor(
    protected readonly g: Group,
    options: EmitOptions,
  ) {
    this.space = rowsSpaceOf(g);
    const { loads, stores, others } = expressionsOf(options.rules, g);
    const merged = collapse(this.space.rows, [...loads.map((l) => l.offset), ...stores, ...others], 'row');
    this.rows = merged.vars;
    this.substitution = merged.substitution;
    this.passes = new RowPasses(options.rules, g, this.space);
  }

  abstract run(): EmittedKernel;

  protected makeReducers(): void {
    for (const p of this.passes.passes) {
      for (const r of p.reduces)
        this.reducers.set(r, new Reducer(this.context, r.instruction, r.reduce.role, product(r.reduce.columns)));
    }
  }

  protected readonly inLoops = (at: readonly IndexExpr[]): IndexExpr[] =>
    at.map((e) => substitute(e, (name) => this.substitution.get(name)));

  protected boundsInLoops(r: Reduction): Predicate {
    return substitutePredicate(r.reduce.when, (name) => this.substitution.get(name));
  }

  /** The elements that a reduction takes at the running column. */
  private elements(r: Reduction): ValueId[] {
    const at = this.inLoops(r.reduce.inputAt);
    return r.reduce.role.inputs.flatMap((k) => this.context.stitch.value(r.instruction.operands[k]!, at));
  }

  /** One more column, where it exists and the reduction has an element there. `inside`: it is known to have one. */
  protected accumulate(r: Reduction, acc: readonly ValueId[], exists: ValueId | undefined, inside = false): ValueId[] {
    const { stitch } = this.context;
    const reducer = this.reducers.get(r)!;
    if (inside || r.reduce.when.length === 0) return reducer.accumulate(acc, this.elements(r), exists);
    const holds = stitch.index.predicate(this.boundsInLoops(r));
    const elements = stitch.choosing(holds, () => this.elements(r));
    return reducer.accumulate(acc, elements, exists === undefined ? holds : stitch.index.both(exists, holds));
  }

  /** Says what a reduction's results are in the running row. */
  protected bindResults(r: Reduction, total: readonly ValueId[]): void {
    const at = this.inLoops(r.reduce.resultAt);
    this.reducers
      .get(r)!
      .results(total)
      .forEach((parts, k) => {
        this.context.stitch.bind(r.instruction.results[k]!, at, parts);
      });
  }

  /** Stores what a pass stores at the running column. */
  protected storeColumn(pass: Pass, exists: ValueId | undefined, nontemporal: boolean): void {
    for (const v of pass.outputs) {
      const at = this.inLoops(this.space.outputs.get(v)!.at);
      this.context.store(v, at, this.context.stitch.value(v, at), exists, nontemporal);
    }
  }

  /** Stores the results of which a row has one. */
  protected storeRowResults(exists: ValueId | undefined): void {
    for (const [v, o] of this.space.outputs) {
      if (o.columns.length > 0) continue;
      const at = this.inLoops(o.at);
      this.context.store(v, at, this.context.stitch.value(v, at), exists, false);
    }
  }
}
