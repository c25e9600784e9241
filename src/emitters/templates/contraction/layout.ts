/**
 * How a contraction's dimensions become loops.
 *
 * One kind of dimension is vectorised: that along which the results' elements are neighbours (the columns of a tile).
 * Another gives the tile's rows; what is left is outside (`o`), or summed over (the depth). Columns that no single
 * vector can walk fall into panels' rows of their own (`p`) and the column within (`v`).
 */
import { collapse } from '../../../fusion/collapse.js';
import type { SpaceVar } from '../../../fusion/space.js';
import { coefficientOf, delinearize, type IndexExpr, substitute, variable } from '../../../rules/index/index.js';
import type { ContractionRole, IterationDim } from '../../../rules/index.js';

export type ColumnKind = 'm' | 'n' | 'batch';

export interface Layout {
  readonly columnKind: ColumnKind;
  readonly rowKind: 'm' | 'n';
  readonly outer: readonly IterationDim[];
  readonly rows: readonly IterationDim[];
  readonly outerCount: number;
  readonly rowCount: number;
  /** Loops over columns: all but the innermost are `p`, which has this many points; the innermost is `v`. */
  readonly segments: number;
  readonly width: number;
  /** Loops over the depth, major to minor, with what the role's variables are in them. */
  readonly depth: readonly SpaceVar[];
  readonly depthCount: number;
  /** An expression in the role's variables, at a row, a column of the running segment, and a depth. */
  readonly place: (e: IndexExpr, row: IndexExpr, column: IndexExpr, depth: DepthPoint) => IndexExpr;
}

/** What the loops of the depth are at a point: undefined leaves each its own variable. */
export type DepthPoint = ReadonlyMap<string, IndexExpr>;
export const OWN_DEPTH: DepthPoint = new Map();

export interface Expressions {
  /** Offsets into memory. */
  readonly offsets: readonly IndexExpr[];
  /** Asked by predicates and choices. */
  readonly asked: readonly IndexExpr[];
  /** Offset of a result. */
  readonly result: IndexExpr;
  /** Offsets that one row of the tile reads in order: the depth runs along them where it may. */
  readonly rowOffsets: (rowKind: 'm' | 'n') => readonly IndexExpr[];
}

const count = (dims: readonly { extent: number }[]): number => dims.reduce((n, d) => n * d.extent, 1);

export function layoutOf(role: ContractionRole, e: Expressions, lanes: number, sequential: boolean): Layout {
  const ofKind = (kind: IterationDim['kind']) =>
    bySteps(
      role.dims.filter((d) => d.kind === kind),
      [e.result],
    );
  const columnKind = chooseColumns(ofKind, e, lanes);
  const rowKind =
    columnKind === 'n' ? 'm' : columnKind === 'm' ? 'n' : count(ofKind('m')) >= count(ofKind('n')) ? 'm' : 'n';
  const rows = ofKind(rowKind);
  const outer = (['batch', 'm', 'n'] as const).filter((k) => k !== columnKind && k !== rowKind).flatMap(ofKind);
  const all = [...e.offsets, ...e.asked];
  const columns = columnLoops(ofKind(columnKind), all, lanes);
  const k = role.dims.filter((d) => d.kind === 'k');
  const ordered = sequential ? k : bySteps(k, e.rowOffsets(rowKind));
  const depth = depthLoops(ordered, e, lanes);
  const outerCount = count(outer);
  const outside = digits('o', outerCount, outer);
  const segments = columns.outer.map((v) => v.extent).reduce((n, x) => n * x, 1);
  const segment = digits('p', segments, columns.outer);

  const rowExtents = rows.map((d) => d.extent);
  const inRows = new Map<string, ReadonlyMap<string, IndexExpr>>();
  const ofRow = (row: IndexExpr): ReadonlyMap<string, IndexExpr> => {
    let known = inRows.get(row.key);
    if (!known) {
      const split = delinearize(row, rowExtents);
      known = new Map(rows.map((d, i) => [d.name, split[i]!]));
      inRows.set(row.key, known);
    }
    return known;
  };
  const place: Layout['place'] = (expression, row, column, point) => {
    const inLoops = (name: string) => (name === columns.inner.name ? column : segment.get(name));
    return substitute(expression, (name) => {
      const fixed = outside.get(name) ?? ofRow(row).get(name);
      if (fixed) return fixed;
      const inColumns = columns.substitution.get(name);
      if (inColumns) return substitute(inColumns, inLoops);
      const inDepth = depth.substitution.get(name);
      return inDepth && substitute(inDepth, (v) => point.get(v));
    });
  };
  return {
    columnKind,
    rowKind,
    outer,
    rows,
    outerCount,
    rowCount: count(rows),
    segments,
    width: columns.inner.extent,
    depth: depth.vars,
    depthCount: count(depth.vars),
    place,
  };
}

/** Major to minor as the offsets walk them. */
function bySteps(dims: readonly IterationDim[], offsets: readonly IndexExpr[]): IterationDim[] {
  const step = (d: IterationDim): number => {
    const steps = offsets.map((e) => coefficientOf(e, d.name)).filter((s) => s !== undefined && s !== 0);
    return Math.max(0, ...steps.map((s) => Math.abs(s!)));
  };
  return [...dims].sort((a, b) => step(b) - step(a));
}

function digits(name: string, extent: number, dims: readonly { name: string; extent: number }[]) {
  const split = delinearize(
    variable(name, extent),
    dims.map((d) => d.extent),
  );
  return new Map(dims.map((d, k) => [d.name, split[k]!]));
}

/** The kind whose inner loop makes the fewest vectors, results being stored in whole vectors or lane by lane. */
function chooseColumns(
  ofKind: (kind: ColumnKind) => readonly IterationDim[],
  e: Expressions,
  lanes: number,
): ColumnKind {
  const cost = (kind: ColumnKind): number => {
    const dims = ofKind(kind);
    const { inner } = columnLoops(dims, [...e.offsets, ...e.asked], lanes);
    const waste = (Math.ceil(inner.extent / lanes) * lanes) / Math.max(1, inner.extent);
    const last = dims.findLast((d) => d.extent > 1);
    if (!last) return waste * 2;
    const neighbours = Math.abs(coefficientOf(e.result, last.name) ?? 2) === 1;
    // Along a batch dimension nothing is shared between lanes, so both factors must be read in whole vectors.
    const whole = e.offsets.every((o) => Math.abs(coefficientOf(o, last.name) ?? 2) <= 1);
    if (kind === 'batch' && !(neighbours && whole)) return Number.POSITIVE_INFINITY;
    return neighbours ? waste : waste * 2;
  };
  return (['n', 'm', 'batch'] as const).reduce((best, kind) => (cost(kind) < cost(best) ? kind : best));
}

function columnLoops(dims: readonly IterationDim[], all: readonly IndexExpr[], lanes: number) {
  const { vars, substitution } = collapse(dims, all, 'n');
  const inner = vars[vars.length - 1] ?? { name: 'n', extent: 1 };
  const total = count(vars);
  if (inner.extent * 2 > lanes || total === inner.extent) return { inner, outer: vars.slice(0, -1), substitution };
  // Too short for a vector: one loop over all, lanes computing their own indices.
  const whole = { name: 'n', extent: total };
  const split = delinearize(
    variable('n', total),
    vars.map((v) => v.extent),
  );
  const byName = new Map(vars.map((v, k) => [v.name, split[k]!]));
  const merged = new Map([...substitution].map(([name, e]) => [name, substitute(e, (v) => byName.get(v))] as const));
  return { inner: whole, outer: [], substitution: merged };
}

/** Merged as far as everything allows; where that leaves the inner loop too short, as far as memory does. */
function depthLoops(dims: readonly IterationDim[], e: Expressions, lanes: number) {
  const merged = collapse(dims, [...e.offsets, ...e.asked], 'k');
  const inner = merged.vars[merged.vars.length - 1];
  if (!inner || inner.extent * 2 > lanes) return merged;
  return collapse(dims, e.offsets, 'k');
}
