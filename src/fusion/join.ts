/** What becomes of a kernel's space when a producer joins it. */
import type { Instruction, Value } from '../hlo/index.js';
import { elementCount } from '../hlo/index.js';
import { type IndexExpr, substitute } from '../rules/index/index.js';
import type { ProducerForm, ReduceRole, RuleSet } from '../rules/index.js';
import { roleOf } from './facts.js';
import type { Group } from './group.js';
import {
  type ContractionSpace,
  type MapSpace,
  mapInContraction,
  mapInRows,
  mapSpace,
  type RowOutput,
  type RowsSpace,
  rowsOf,
  type ScanSpace,
  type Space,
  scanAt,
  scanSpace,
  stageOf,
} from './space.js';

/** The space of the kernel with `i` in it; a sentence where there is none. */
export function spaceFor(rules: RuleSet, i: Instruction, form: ProducerForm, g: Group): Space | string {
  if (form === 'map') return g.space;
  const role = roleOf(rules, i);
  const reads = i.results.flatMap((v) => g.indicesOf(v).map((at) => ({ v, at })));
  const keys = new Set(reads.map((r) => r.at.map((e) => e.key).join()));
  if (keys.size !== 1) return `its result is read at ${keys.size} different indices`;
  const at = reads[0]!.at;
  if (role.template === 'reduce') {
    if (g.space.kind === 'map') return rowsFromMap(i, role, g, g.space, at);
    if (g.space.kind === 'rows') return anotherStage(i, role, g.space, at);
    return 'a product has no place for a reduction';
  }
  if (role.template === 'scan') {
    if (g.space.kind !== 'map') return `a scan cannot feed a ${g.space.kind} kernel`;
    const space = scanSpace(i, role);
    return rootedFromMap(space, scanAt(space), i.results[0]!, g, g.space, at);
  }
  if (role.template !== 'contraction') return 'it makes a kernel by itself';
  if (g.space.kind !== 'map') return `a product cannot feed a ${g.space.kind} kernel`;
  const space: ContractionSpace = { kind: 'contraction', product: i, role, outputs: new Map() };
  return rootedFromMap(space, role.out, i.result, g, g.space, at);
}

function rowsFromMap(
  i: Instruction,
  role: ReduceRole,
  g: Group,
  space: MapSpace,
  at: readonly IndexExpr[],
): RowsSpace | string {
  const { rows, reduce } = rowsOf(i, role);
  const inputDims = i.operands[role.inputs[0]!]!.tensorType.dims;
  const found = mapInRows(space, at, reduce, inputDims, i.results[0]!.tensorType.dims);
  if (!found) return 'its readers do not run over the same rows';
  const outputs = new Map<Value, RowOutput>();
  for (const v of g.outputs) {
    const index = g.outputIndex(v)!.map((e) => substitute(e, (name) => found.substitution.get(name)));
    outputs.set(v, { at: index, columns: found.columns });
  }
  return { kind: 'rows', rows, reduces: new Map([[i, reduce]]), outputs };
}

function anotherStage(
  i: Instruction,
  role: ReduceRole,
  space: RowsSpace,
  at: readonly IndexExpr[],
): RowsSpace | string {
  const stage = stageOf(space.rows, i, role, at);
  if (!stage) return 'it does not reduce the same rows';
  return { ...space, reduces: new Map([...space.reduces, [i, stage]]) };
}

/** The map's results find their places in the space of a product or scan, whose result `made` they read at `at`. */
function rootedFromMap(
  space: ContractionSpace | ScanSpace,
  out: readonly IndexExpr[],
  made: Value,
  g: Group,
  map: MapSpace,
  at: readonly IndexExpr[],
): Space | string {
  const substitution = mapInContraction(map, at, out, made.tensorType.dims);
  if (!substitution) return `what follows does not read the ${space.kind} element by element`;
  for (const v of g.outputs) {
    const index = g.outputIndex(v)!;
    space.outputs.set(
      v,
      index.map((e) => substitute(e, (name) => substitution.get(name))),
    );
  }
  return space;
}

/** The space of a kernel that `i` starts. */
function ownSpace(rules: RuleSet, i: Instruction, form: ProducerForm): Space {
  if (form === 'map') return mapSpace(i.result.tensorType.dims);
  const role = roleOf(rules, i);
  if (role.template === 'contraction') return { kind: 'contraction', product: i, role, outputs: new Map() };
  if (role.template === 'scan') return scanSpace(i, role);
  if (role.template !== 'reduce') return { kind: role.template, instruction: i, role };
  const { rows, reduce } = rowsOf(i, role);
  return { kind: 'rows', rows, reduces: new Map([[i, reduce]]), outputs: new Map() };
}

/** Lets `i` into the kernel; with `store`, its results are stored too. */
export function join(rules: RuleSet, i: Instruction, form: ProducerForm, g: Group, store: boolean): void {
  if (g.members.size === 0 && g.updates.size === 0) g.space = ownSpace(rules, i, form);
  else if (form !== 'map') {
    const space = spaceFor(rules, i, form, g);
    if (typeof space === 'string') throw new Error(space);
    g.space = space;
    g.retrace();
  }
  if (store) for (const v of i.results) storeResult(g, i, v);
  g.add(i);
}

function storeResult(g: Group, i: Instruction, v: Value): void {
  const { space } = g;
  if (space.kind === 'rows' && !space.outputs.has(v)) {
    const reduce = space.reduces.get(i);
    if (reduce) space.outputs.set(v, { at: reduce.resultAt, columns: [] });
    else {
      const twin = [...space.outputs].find(
        ([o]) => elementCount(o.tensorType.dims) === elementCount(v.tensorType.dims),
      );
      space.outputs.set(v, { at: g.indicesOf(v)[0]!, columns: twin![1].columns });
    }
  }
  if (space.kind === 'scan' && !space.outputs.has(v)) {
    space.outputs.set(v, space.scan === i ? scanAt(space) : g.indicesOf(v)[0]!);
  }
  if (space.kind === 'contraction' && !space.outputs.has(v)) {
    space.outputs.set(v, space.product === i ? space.role.out : g.indicesOf(v)[0]!);
  }
  g.addOutput(v);
}
