/** The rows that a sort puts in order: where their elements are, and how they are stored in a new order. */
import type { Group } from '../../../fusion/group.js';
import { elementCount, type Instruction, type Value } from '../../../hlo/index.js';
import { delinearize, type IndexExpr, type IndexSource, read, variable } from '../../../rules/index/index.js';
import type { SortSchedule } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import type { Axis } from '../../stitch/index-code.js';
import { type EmitOptions, KernelContext } from '../kernel-context.js';

const ROW = 'row';
const PLACE = 'place';
/** Where in its row the element at a place of the new order comes from. */
const ORDER: IndexSource = { key: 'the order of a row' };

export class SortRows {
  readonly context: KernelContext;
  readonly length: number;
  readonly rows: number;
  /** Rows lie one after the other in memory. */
  readonly contiguous: boolean;
  private readonly dims: readonly number[];

  constructor(
    readonly instruction: Instruction,
    g: Group,
    options: EmitOptions,
    private readonly dimension: number,
    readonly plan: SortSchedule,
    /** Places stored, from the first on. */
    readonly stored: number,
    /** Of a kernel of blocks: threads of each. */
    threads?: number,
  ) {
    this.dims = instruction.operands[0]!.tensorType.dims;
    this.length = this.dims[dimension]!;
    this.rows = elementCount(this.dims.filter((_, d) => d !== dimension));
    this.contiguous = dimension === this.dims.length - 1;
    const tasks = Math.ceil(this.rows / plan.rowsPerTask);
    this.context = new KernelContext(g, options, tasks, g.outputs, 'write', threads);
  }

  /** First row of the task, and the one behind its last. */
  range(): [lo: ValueId, hi: ValueId] {
    const b = this.context.builder;
    const lo = b.binary('mul', b.task, b.index(this.plan.rowsPerTask));
    return [lo, b.binary('min', b.binary('add', lo, b.index(this.plan.rowsPerTask)), b.index(this.rows))];
  }

  /** Index of a row's element at a place along the sorted dimension. */
  private at(place: IndexExpr): IndexExpr[] {
    const others = this.dims.filter((_, d) => d !== this.dimension);
    const at = delinearize(variable(ROW, this.rows), others);
    return [...at.slice(0, this.dimension), place, ...at.slice(this.dimension)];
  }

  private axes(row: Axis, place: Axis): Map<string, Axis> {
    return new Map([
      [ROW, row],
      [PLACE, place],
    ]);
  }

  /** Real part first: the element of an operand at a row and a place; at most one of them is vectorised. */
  value(v: Value, row: Axis, place: Axis, exists?: ValueId): readonly ValueId[] {
    const at = this.at(variable(PLACE, this.length));
    return this.context.stitch.scope(this.axes(row, place), () => this.context.stitch.value(v, at), exists);
  }

  /** The same in the row's own order, at an index that is computed: one lane. */
  pick(v: Value, row: ValueId, index: ValueId): readonly ValueId[] {
    return this.value(v, { value: row, lanes: 1 }, { value: index, lanes: 1 });
  }

  /**
   * Stores results: at a place the element of its operand that `order` (as many lanes as the axes have) says.
   * `sources`: the operand that each result is of.
   */
  store(sources: readonly (Value | 'order')[], order: ValueId, row: Axis, place: Axis, exists?: ValueId): void {
    const { stitch, builder: b } = this.context;
    const to = this.at(variable(PLACE, this.stored));
    const from = this.at(read(ORDER, [variable(PLACE, this.length), variable(ROW, this.rows)], 0, this.length - 1));
    stitch.scope(
      this.axes(row, place),
      () => {
        stitch.bindSource(ORDER, order);
        const values = sources.map((s) => (s === 'order' ? [b.convert(order, 's32')] : stitch.value(s, from)));
        values.forEach((parts, k) => {
          this.context.store(this.instruction.results[k]!, to, parts, exists, false);
        });
      },
      exists,
    );
  }
}
