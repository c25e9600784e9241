/**
 * Iteration spaces: over which loops a kernel runs, and at which index of it each result is made.
 *
 * A map kernel runs over the dimensions of its results. A row pipeline runs over rows; within a row each stage runs
 * over its own columns. A contraction runs over the dimensions that its role says.
 */
import type { Instruction, Value } from '../hlo/index.js';
import { elementCount, sameDims } from '../hlo/index.js';
import {
  bound,
  constant,
  delinearize,
  equal,
  type IndexExpr,
  linearize,
  type Predicate,
  simplifyPredicate,
  substitute,
  variable,
} from '../rules/index/index.js';
import type { AloneRole, ContractionRole, MovingWindow, ReduceRole, ScanRole } from '../rules/index.js';

/** A loop variable of a space. */
export interface SpaceVar {
  readonly name: string;
  readonly extent: number;
}

const toExpr = (v: SpaceVar): IndexExpr => variable(v.name, v.extent);
const sizeOf = (vars: readonly SpaceVar[]): number => vars.reduce((n, v) => n * v.extent, 1);

export interface MapSpace {
  readonly kind: 'map';
  /** One variable a dimension of `dims`. */
  readonly vars: readonly SpaceVar[];
  readonly dims: readonly number[];
}

export function mapSpace(dims: readonly number[]): MapSpace {
  return { kind: 'map', dims, vars: dims.map((extent, d) => ({ name: `d${d}`, extent })) };
}

/** The index of a result of shape `dims` at the running point, if every point makes one element of it. */
export function mapIndex(space: MapSpace, dims: readonly number[]): IndexExpr[] | undefined {
  const vars = space.vars.map(toExpr);
  if (sameDims(space.dims, dims)) return vars;
  if (elementCount(dims) !== elementCount(space.dims)) return undefined;
  return delinearize(linearize(vars, space.dims), dims);
}

/** A reduction inside a row pipeline. */
export interface RowReduce {
  readonly role: ReduceRole;
  /** Index of its inputs, in rows and columns; index of its results, in rows alone. */
  readonly inputAt: readonly IndexExpr[];
  /** There is no such element where this does not hold. */
  readonly when: Predicate;
  readonly resultAt: readonly IndexExpr[];
  readonly columns: readonly SpaceVar[];
}

export interface RowsSpace {
  readonly kind: 'rows';
  /** Runs of neighbouring kept dimensions of the first reduction, major to minor. */
  readonly rows: readonly SpaceVar[];
  readonly reduces: Map<Instruction, RowReduce>;
  /** Results stored: once a row (no columns) or once a column. */
  readonly outputs: Map<Value, RowOutput>;
}

export interface RowOutput {
  readonly at: readonly IndexExpr[];
  readonly columns: readonly SpaceVar[];
}

export interface ContractionSpace {
  readonly kind: 'contraction';
  readonly product: Instruction;
  readonly role: ContractionRole;
  /** Index at which each result is stored. */
  readonly outputs: Map<Value, readonly IndexExpr[]>;
}

/** A scan, and what is made of each of its elements. */
export interface ScanSpace {
  readonly kind: 'scan';
  readonly scan: Instruction;
  readonly role: ScanRole;
  /** One variable a dimension. */
  readonly vars: readonly SpaceVar[];
  readonly outputs: Map<Value, readonly IndexExpr[]>;
}

export function scanSpace(scan: Instruction, role: ScanRole): ScanSpace {
  const { dims } = scan.results[0]!.tensorType;
  const vars = dims.map((extent, d) => ({ name: `s${d}`, extent }));
  return { kind: 'scan', scan, role, vars, outputs: new Map() };
}

/** Where a scan reads and makes the element of a point. */
export const scanAt = (space: ScanSpace): IndexExpr[] => space.vars.map(toExpr);

/** One op that makes a kernel by itself. */
export interface AloneSpace<R extends AloneRole = AloneRole> {
  readonly kind: R['template'];
  readonly instruction: Instruction;
  readonly role: R;
}

/** Variables that run over a whole tensor. */
export const wholeIndex = (dims: readonly number[]): IndexExpr[] => dims.map((n, d) => variable(`x${d}`, n));

/** A loop or a branch: a step, and no kernel; what it calls has kernels of its own. */
export interface ControlSpace {
  readonly kind: 'control';
  readonly instruction: Instruction;
}

/** Steps that run other steps, and those in which processes meet, are no kernels. */
export const isKernel = ({ kind }: Space): boolean => kind !== 'control' && kind !== 'exchange';

export type Space = MapSpace | RowsSpace | ContractionSpace | ScanSpace | AloneSpace | ControlSpace;

/** Merges neighbouring dimensions of a kind into one variable each; dimensions of extent 1 vanish. */
function runs(dims: readonly number[], isA: (d: number) => boolean, prefix: { a: string; b: string }) {
  const at: IndexExpr[] = dims.map(() => variable('none', 1));
  const found: { kind: 'a' | 'b'; dims: number[] }[] = [];
  dims.forEach((extent, d) => {
    if (extent === 1) return;
    const kind = isA(d) ? 'a' : 'b';
    const last = found[found.length - 1];
    if (last?.kind === kind) last.dims.push(d);
    else found.push({ kind, dims: [d] });
  });
  const vars: { a: SpaceVar[]; b: SpaceVar[] } = { a: [], b: [] };
  for (const run of found) {
    const extents = run.dims.map((d) => dims[d]!);
    const v = { name: `${prefix[run.kind]}${vars[run.kind].length}`, extent: elementCount(extents) };
    vars[run.kind].push(v);
    delinearize(toExpr(v), extents).forEach((e, k) => {
      at[run.dims[k]!] = e;
    });
  }
  return { at, kept: vars.b, reduced: vars.a };
}

/** Columns are named by their extents, so that stages over equal columns share what they compute. */
const columnPrefix = (extents: readonly number[]): string => `c${extents.join('x')}_`;

/** Columns of a window are its offsets. */
function windowAt(role: ReduceRole, { sizes, element }: MovingWindow, resultAt: readonly IndexExpr[]): RowReduce {
  const vars = sizes.map((extent, d) => ({ name: `w${sizes.join('x')}_${d}`, extent }));
  const offset = vars.map((v) => (v.extent === 1 ? constant(0) : toExpr(v)));
  const { at, when } = element(resultAt, offset);
  const columns = vars.filter((v) => v.extent !== 1);
  return { role, inputAt: at, when: simplifyPredicate(when) || NOWHERE, resultAt, columns };
}

const NOWHERE: Predicate = bound(constant(0), 1, 1);

/** A row pipeline with this reduction as its first stage. */
export function rowsOf(i: Instruction, role: ReduceRole): { rows: readonly SpaceVar[]; reduce: RowReduce } {
  if (role.window) {
    const { dims } = i.results[0]!.tensorType;
    const rows = dims.map((extent, d) => ({ name: `r${d}`, extent })).filter((v) => v.extent !== 1);
    const resultAt = dims.map((extent, d) => (extent === 1 ? constant(0) : variable(`r${d}`, extent)));
    return { rows, reduce: windowAt(role, role.window, resultAt) };
  }
  const dims = i.operands[role.inputs[0]!]!.tensorType.dims;
  const reducedExtents = role.axes.map((d) => dims[d]!).filter((n) => n !== 1);
  const prefix = { a: columnPrefix([elementCount(reducedExtents)]), b: 'r' };
  const { at, kept, reduced } = runs(dims, (d) => role.axes.includes(d), prefix);
  const resultAt = at.filter((_, d) => !role.axes.includes(d));
  return { rows: kept, reduce: { role, inputAt: at, when: [], resultAt, columns: reduced } };
}

/** The reduction as a stage of an existing pipeline, given the index (in rows alone) at which its result is read. */
export function stageOf(
  rows: readonly SpaceVar[],
  i: Instruction,
  role: ReduceRole,
  resultAt: readonly IndexExpr[],
): RowReduce | undefined {
  const resultDims = i.results[0]!.tensorType.dims;
  if (elementCount(resultDims) !== sizeOf(rows)) return undefined;
  const flat = linearize(
    rows.map(toExpr),
    rows.map((v) => v.extent),
  );
  if (!equal(linearize(resultAt, resultDims), flat)) return undefined;
  if (role.window) return windowAt(role, role.window, resultAt);
  const dims = i.operands[role.inputs[0]!]!.tensorType.dims;
  const reduced = role.axes.map((d) => dims[d]!);
  const { at, reduced: columns } = runs(dims, (d) => role.axes.includes(d), {
    a: columnPrefix([elementCount(reduced.filter((n) => n !== 1))]),
    b: 'unused',
  });
  let k = 0;
  const inputAt = at.map((e, d) => (role.axes.includes(d) ? e : resultAt[k++]!));
  return { role, inputAt, when: [], resultAt, columns };
}

/**
 * Where a map result of shape `dims` is made in a pipeline, given at which map index (over `space`) it reads the
 * reduction's result: the substitution of the map's variables by rows and columns, or undefined where the result's
 * elements do not belong to single rows.
 */
export function mapInRows(
  space: MapSpace,
  readAt: readonly IndexExpr[],
  reduce: RowReduce,
  inputDims: readonly number[],
  resultDims: readonly number[],
): { substitution: ReadonlyMap<string, IndexExpr>; columns: readonly SpaceVar[] } | undefined {
  const total = elementCount(space.dims);
  const candidates: { at: readonly IndexExpr[]; columns: readonly SpaceVar[] }[] = [];
  // Windows that overlap, or leave elements out, give no element of the input its row.
  const covered = elementCount(resultDims) * sizeOf(reduce.columns) === total;
  if (total === elementCount(inputDims) && covered && reduce.when.length === 0 && reduce.columns.length > 0) {
    const flat = linearize(reduce.inputAt, inputDims);
    candidates.push({ at: delinearize(flat, space.dims), columns: reduce.columns });
  }
  if (total === elementCount(resultDims)) {
    candidates.push({ at: delinearize(linearize(reduce.resultAt, resultDims), space.dims), columns: [] });
  }
  const own = ownColumns(space, readAt, reduce.resultAt, resultDims);
  if (own) candidates.push(own);
  for (const { at, columns } of candidates) {
    const substitution = new Map(space.vars.map((v, d) => [v.name, at[d]!]));
    const read = readAt.map((e) => substitute(e, (name) => substitution.get(name)));
    if (read.every((e, d) => equal(e, reduce.resultAt[d]!))) return { substitution, columns };
  }
  return undefined;
}

/**
 * Map dimensions that the read index names are rows, if they are as long as what they index; the others are columns of
 * their own.
 */
function ownColumns(
  space: MapSpace,
  readAt: readonly IndexExpr[],
  resultAt: readonly IndexExpr[],
  resultDims: readonly number[],
) {
  const row = new Map<string, IndexExpr>();
  for (let d = 0; d < readAt.length; d++) {
    const [term] = readAt[d]!.terms;
    if (!term && resultDims[d] !== 1) return undefined;
    if (!term) continue;
    if (readAt[d]!.terms.length > 1 || term.coefficient !== 1 || readAt[d]!.constant !== 0) return undefined;
    if (term.atom.kind !== 'var' || row.has(term.atom.name) || term.atom.extent !== resultDims[d]) return undefined;
    row.set(term.atom.name, resultAt[d]!);
  }
  const extents = space.vars.filter((v) => !row.has(v.name) && v.extent !== 1).map((v) => v.extent);
  const { at, reduced } = runs(space.dims, (d) => !row.has(space.vars[d]!.name), {
    a: columnPrefix([elementCount(extents)]),
    b: 'unused',
  });
  return { at: at.map((e, d) => row.get(space.vars[d]!.name) ?? e), columns: reduced };
}

/**
 * The map's variables in terms of the contraction's, where the map reads the product once, element by element: the
 * same shape, a reshape of it, or its dimensions permuted.
 */
export function mapInContraction(
  space: MapSpace,
  readAt: readonly IndexExpr[],
  out: readonly IndexExpr[],
  productDims: readonly number[],
): ReadonlyMap<string, IndexExpr> | undefined {
  if (elementCount(space.dims) !== elementCount(productDims)) return undefined;
  const flat = delinearize(linearize(out, productDims), space.dims);
  const permuted = ownColumns(space, readAt, out, productDims);
  for (const at of [flat, ...(permuted && permuted.columns.length === 0 ? [permuted.at] : [])]) {
    const substitution = new Map(space.vars.map((v, d) => [v.name, at[d]!]));
    const read = readAt.map((e) => substitute(e, (name) => substitution.get(name)));
    if (read.every((e, d) => equal(e, out[d]!))) return substitution;
  }
  return undefined;
}

/** Points that a map goes over, or each stage of a row pipeline at the most; 0 for others. */
export function pointsOf(space: Space): number {
  if (space.kind === 'map') return sizeOf(space.vars);
  if (space.kind !== 'rows') return 0;
  const stages = [
    ...[...space.reduces.values()].map((r) => r.columns),
    ...[...space.outputs.values()].map((o) => o.columns),
  ];
  return sizeOf(space.rows) * Math.max(...stages.map(sizeOf));
}

/** Variables in loop order, outermost first. */
export function varsOf(space: Space): readonly SpaceVar[] {
  switch (space.kind) {
    case 'map':
      return space.vars;
    case 'rows': {
      const columns = new Map<string, SpaceVar>();
      for (const r of space.reduces.values()) for (const c of r.columns) columns.set(c.name, c);
      for (const o of space.outputs.values()) for (const c of o.columns) columns.set(c.name, c);
      return [...space.rows, ...columns.values()];
    }
    case 'contraction':
      return space.role.dims;
    case 'scan':
      return space.vars;
    default:
      return [];
  }
}
