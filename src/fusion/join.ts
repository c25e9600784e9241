/** What becomes of a kernel's space when a producer joins it. */
import type { Instruction, Value } from '../hlo/index.js';
import { elementCount } from '../hlo/index.js';
import { type IndexExpr, substitute } from '../rules/index/index.js';
import type { ContractionRole, ProducerForm, ReduceRole, RuleSet } from '../rules/index.js';
import { roleOf } from './facts.js';
import type { Group } from './group.js';
import {
  type MapSpace,
  mapInContraction,
  mapIndex,
  mapInRows,
  mapSpace,
  type RowOutput,
  type RowsSpace,
  rowsOf,
  type Space,
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
  if (g.space.kind !== 'map') return `a product cannot feed a ${g.space.kind} kernel`;
  return contractionFromMap(i, role, g, g.space, at);
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
    const index = mapIndex(space, v.tensorType.dims)!.map((e) => substitute(e, (name) => found.substitution.get(name)));
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

function contractionFromMap(
  i: Instruction,
  role: ContractionRole,
  g: Group,
  space: MapSpace,
  at: readonly IndexExpr[],
): Space | string {
  const substitution = mapInContraction(space, at, role.out, i.result.tensorType.dims);
  if (!substitution) return 'what follows does not read the product element by element';
  const outputs = new Map<Value, readonly IndexExpr[]>();
  for (const v of g.outputs) {
    outputs.set(
      v,
      mapIndex(space, v.tensorType.dims)!.map((e) => substitute(e, (name) => substitution.get(name))),
    );
  }
  return { kind: 'contraction', product: i, role, outputs };
}

/** The space of a kernel that `i` starts. */
function ownSpace(rules: RuleSet, i: Instruction, form: ProducerForm): Space {
  if (form === 'map') return mapSpace(i.result.tensorType.dims);
  const role = roleOf(rules, i);
  if (role.template === 'contraction') return { kind: 'contraction', product: i, role, outputs: new Map() };
  const { rows, reduce } = rowsOf(i, role);
  return { kind: 'rows', rows, reduces: new Map([[i, reduce]]), outputs: new Map() };
}

/** Lets `i` into the kernel; with `store`, its results are stored too. */
export function join(rules: RuleSet, i: Instruction, form: ProducerForm, g: Group, store: boolean): void {
  if (g.members.size === 0) g.space = ownSpace(rules, i, form);
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
  if (space.kind === 'contraction' && !space.outputs.has(v)) {
    space.outputs.set(v, space.product === i ? space.role.out : g.indicesOf(v)[0]!);
  }
  g.addOutput(v);
}
