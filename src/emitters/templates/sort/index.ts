/**
 * Template sort: rows along one dimension put in order, stably, and all operands with them.
 *
 * Where a key decides, rows are put in order by integers in its order; else by the comparator itself. What is sorted
 * are indices; at the end every operand is stored in their order.
 */
import type { Group } from '../../../fusion/group.js';
import type { AloneSpace } from '../../../fusion/space.js';
import { elementCount } from '../../../hlo/index.js';
import type { SortKey, SortProblem, SortRole, SortSchedule, TopKRole } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import { type EmitOptions, type EmittedKernel, scheduleFor, scheduleIfAny } from '../kernel-context.js';
import { sortInShared } from './blocks.js';
import { keyBits, keyOf } from './key.js';
import { mergeSort, type StoreOrder } from './merge.js';
import { networkSort } from './network.js';
import { radixSort } from './radix.js';
import { SortRows } from './rows.js';
import { selectFirst } from './select.js';

export function emitSort(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const { instruction, role } = g.space as AloneSpace<SortRole>;
  const inputs = role.inputs.map((k) => instruction.operands[k]!);
  const rows = rowsOf(g, options, role.dimension, role.key, undefined);
  if (role.key) sortByKey(rows, role.key, inputs);
  else {
    const less = (row: ValueId, i: ValueId, j: ValueId): ValueId => {
      const args = inputs.flatMap((v) => [rows.pick(v, row, i), rows.pick(v, row, j)]);
      const captures = role.captures.map((k) => rows.context.stitch.value(instruction.operands[k]!, []));
      return rows.context.call(role.comparator, [...args, ...captures])[0]![0]!;
    };
    mergeSort(rows, less, storeOne(rows, inputs));
  }
  return [rows.context.finish()];
}

function rowsOf(
  g: Group,
  options: EmitOptions,
  dimension: number,
  key: SortKey | undefined,
  stored: number | undefined,
): SortRows {
  const { instruction } = g.space as AloneSpace<SortRole | TopKRole>;
  const { dims } = instruction.operands[0]!.tensorType;
  const length = dims[dimension]!;
  const problem: SortProblem = {
    template: 'sort',
    rows: elementCount(dims.filter((_, d) => d !== dimension)),
    length,
    stored: stored ?? length,
    keyBits: key && keyBits(instruction.operands[key.operand]!),
  };
  const blocks = scheduleIfAny(options, 'sort.blocks', problem);
  const plan = blocks ? ROW_A_BLOCK : scheduleFor(options, 'sort', problem);
  return new SortRows(instruction, g, options, dimension, plan, stored ?? length, blocks?.threads);
}

/** Where a block of threads has a row, nothing else is shared out. */
const ROW_A_BLOCK: SortSchedule = { form: 'network', lanes: 1, registers: 1, rowsPerTask: 1 };

type Sources = Parameters<SortRows['store']>[0];

const storeOne =
  (rows: SortRows, sources: Sources): StoreOrder =>
  (row, place, index) =>
    rows.store(sources, index, { value: row, lanes: 1 }, { value: place, lanes: 1 });

function sortByKey(rows: SortRows, key: SortKey, sources: Sources): void {
  const operand = rows.instruction.operands[key.operand]!;
  const { builder: b } = rows.context;
  const keyAt = (row: ValueId, i: ValueId) => keyOf(b, key, rows.pick(operand, row, i)[0]!);
  const less = (row: ValueId, i: ValueId, j: ValueId) => b.compare('lt', keyAt(row, i), keyAt(row, j));
  const { form } = rows.plan;
  if (rows.context.builder.threads !== undefined) sortInShared(rows, key, operand, storeOne(rows, sources));
  else if (form === 'select') selectFirst(rows, key, operand, storeOne(rows, sources));
  else if (form === 'network') networkSort(rows, key, operand, sources);
  else if (form === 'radix') radixSort(rows, keyBits(operand), keyAt, storeOne(rows, sources));
  else mergeSort(rows, less, storeOne(rows, sources));
}

/** The first elements of every row: all of it is put in order, and so many are stored. */
export function emitTopK(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const { instruction, role } = g.space as AloneSpace<TopKRole>;
  const operand = instruction.operands[role.key.operand]!;
  const rows = rowsOf(g, options, operand.tensorType.dims.length - 1, role.key, role.count);
  sortByKey(rows, role.key, [operand, 'order']);
  return [rows.context.finish()];
}
