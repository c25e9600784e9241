/** A contraction kernel as its template sees it: factors, loops, and the figures that its schedule is chosen by. */
import { expressionsOf } from '../../../fusion/expressions.js';
import { costOf } from '../../../fusion/facts.js';
import type { Group } from '../../../fusion/group.js';
import type { ContractionSpace } from '../../../fusion/space.js';
import { elementCount } from '../../../hlo/index.js';
import { coefficientOf, delinearize, type IndexExpr, linearize, variable } from '../../../rules/index/index.js';
import type { ContractionProblem, ContractionSchedule } from '../../../rules/index.js';
import { type EmitOptions, scheduleFor } from '../kernel-context.js';
import { Arithmetic } from './arithmetic.js';
import { type Factor, factorOf } from './factor.js';
import { type Layout, layoutOf, OWN_DEPTH } from './layout.js';

/** What is known of a contraction before its schedule is chosen. */
export interface ContractionFacts {
  readonly group: Group;
  readonly options: EmitOptions;
  readonly space: ContractionSpace;
  readonly arithmetic: Arithmetic;
  readonly layout: Layout;
  /** The factor that a tile's rows have in common with no column, and the other one. */
  readonly row: Factor;
  readonly column: Factor;
  readonly problem: ContractionProblem;
}

export interface Contraction extends ContractionFacts {
  /** Columns lie along the depth in memory: packing turns them round. */
  readonly turnColumns: boolean;
  /** Rows are neighbours in memory: they are packed so, depth by depth, instead of row by row. */
  readonly rowsAcross: boolean;
  readonly plan: ContractionSchedule;
}

/** With the schedule of the template's tasks. */
export function contractionOf(facts: ContractionFacts): Contraction {
  const { problem, arithmetic, options } = facts;
  const turnColumns = problem.column.along === 'depth' && arithmetic.lane !== 'pred';
  const rowsAcross = problem.row.along === 'side';
  return { ...facts, turnColumns, rowsAcross, plan: scheduleFor(options, 'contraction', problem) };
}

export function contractionFacts(group: Group, options: EmitOptions): ContractionFacts {
  const space = group.space as ContractionSpace;
  const { role, product } = space;
  const sequential = options.precision === 'strict';
  const lhs = factorOf(options.rules, group, 'lhs');
  const rhs = factorOf(options.rules, group, 'rhs');
  const arithmetic = Arithmetic.of(product.result, lhs.value, rhs.value, sequential);
  const { loads, stores, others } = expressionsOf(options.rules, group);
  const widest = options.target.vectorBits / arithmetic.laneBits;
  const asked = [...others, ...lhs.asked, ...rhs.asked];
  const layout = layoutOf(
    role,
    {
      offsets: [...loads.map((l) => l.offset), ...stores],
      asked,
      result: stores[0] ?? linearize(role.out, product.result.tensorType.dims),
      rowOffsets: (kind) => (kind === 'm' ? lhs : rhs).loads,
    },
    widest,
    sequential,
  );
  const [row, column] = layout.rowKind === 'm' ? [lhs, rhs] : [rhs, lhs];
  const fused = [...group.members].filter((i) => i !== product);
  const problem: ContractionProblem = {
    template: 'contraction',
    outer: layout.outerCount,
    rows: layout.rowCount,
    segments: layout.segments,
    width: layout.width,
    depth: layout.depthCount,
    columnsInBoth: layout.columnKind === 'batch',
    depthLoops: layout.depth.map((v) => v.extent),
    row: factorProblem(row, layout),
    column: factorProblem(column, layout),
    accumulate: arithmetic.sum,
    sequential,
    epilogueCost: fused.reduce((n, i) => n + costOf(options.rules, i), 0) - row.cost - column.cost,
  };
  return { group, options, space, arithmetic, layout, row, column, problem };
}

/** Both sides and the depth are loops of their own: how does the factor's memory move along each? */
function factorProblem(f: Factor, layout: Layout): ContractionProblem['row'] {
  const { element, dims } = f.value.tensorType;
  const [load] = f.loads;
  const placed =
    load && f.loads.length === 1
      ? layout.place(load, variable('r', layout.rowCount), variable('v', layout.width), OWN_DEPTH)
      : undefined;
  const moves = (name: string) => placed && Math.abs(coefficientOf(placed, name) ?? 2);
  const inner = layout.depth[layout.depth.length - 1]?.name ?? 'k';
  const along = moves(inner) === 1 ? 'depth' : moves('v') === 1 || moves('r') === 1 ? 'side' : 'neither';
  return {
    element,
    elements: elementCount(dims),
    plain: f.plain,
    along,
    even: isEven(layout, f),
  };
}

export const FLAT_DEPTH = 'k';

/** The loops of the depth as digits of one variable, which may run past their end. */
export function flatDepth(
  layout: Layout,
  whole: IndexExpr = variable(FLAT_DEPTH, layout.depthCount),
): ReadonlyMap<string, IndexExpr> {
  const digits = delinearize(
    whole,
    layout.depth.map((v) => v.extent),
  );
  return new Map(layout.depth.map((v, k) => [v.name, digits[k]!]));
}

/** Is the factor loaded at equal steps along all of the depth? */
export function isEven(layout: Layout, f: Factor): boolean {
  if (layout.depthCount <= 1) return true;
  const flat = flatDepth(layout);
  return [...f.loads, ...f.asked].every((e) => {
    const placed = layout.place(e, variable('r', layout.rowCount), variable('v', layout.width), flat);
    return coefficientOf(placed, FLAT_DEPTH) !== undefined;
  });
}
