/** Writes the tables of plan-abi.ts. */
import { type Between, COUNTER_TYPES } from './plan.js';
import { CONTEXT, CONTEXT_BYTES, SELECTOR, STEP, STEP_BYTES, STEP_KIND } from './plan-abi.js';

/** Steps [begin, end) of the table. */
export interface StepRange {
  readonly begin: number;
  readonly end: number;
}

/** A step table under construction: steps are appended, arguments and ranges beside them. */
export class StepTable {
  private readonly rows: DataView[] = [];
  private readonly args: number[] = [];
  private readonly ranges: number[] = [];

  /** Number of steps so far: where the next one will stand. */
  get length(): number {
    return this.rows.length;
  }

  launch(address: bigint, args: readonly number[], tasks: number): void {
    const row = this.row(STEP_KIND.launch, this.args.length);
    this.args.push(...args);
    row.setBigInt64(STEP.a, address, true);
    row.setBigInt64(STEP.b, BigInt(tasks), true);
  }

  copy(fromSlot: number, toSlot: number, bytes: number): void {
    const row = this.row(STEP_KIND.copy, fromSlot);
    row.setBigInt64(STEP.a, BigInt(toSlot), true);
    row.setBigInt64(STEP.b, BigInt(bytes), true);
  }

  loop(predicateSlot: number, condition: StepRange, body: StepRange): void {
    const row = this.row(STEP_KIND.loop, predicateSlot);
    row.setBigInt64(STEP.a, BigInt(condition.begin), true);
    row.setBigInt64(STEP.b, BigInt(condition.end), true);
    row.setBigInt64(STEP.c, BigInt(body.begin), true);
    row.setBigInt64(STEP.d, BigInt(body.end), true);
  }

  exchange(fromSlot: number, toSlot: number, number: number): void {
    const row = this.row(STEP_KIND.exchange, fromSlot);
    row.setBigInt64(STEP.a, BigInt(toSlot), true);
    row.setBigInt64(STEP.b, BigInt(number), true);
  }

  branch(selectorSlot: number, selector: keyof typeof SELECTOR, branches: readonly StepRange[]): void {
    const row = this.row(STEP_KIND.branch, selectorSlot);
    row.setBigInt64(STEP.a, BigInt(SELECTOR[selector]), true);
    row.setBigInt64(STEP.b, BigInt(this.ranges.length / 2), true);
    row.setBigInt64(STEP.c, BigInt(branches.length), true);
    for (const { begin, end } of branches) this.ranges.push(begin, end);
  }

  /** Three ranges: the first, third … runs; the second, fourth …; what follows an odd number of them. */
  repeat(trips: number | Between, ranges: readonly [StepRange, StepRange, StepRange]): void {
    const row = this.row(STEP_KIND.repeat, this.ranges.length / 2);
    row.setBigInt64(STEP.a, BigInt(typeof trips === 'number' ? trips : -1), true);
    if (typeof trips !== 'number') {
      row.setBigInt64(STEP.b, BigInt(trips.low), true);
      row.setBigInt64(STEP.c, BigInt(trips.high), true);
      row.setBigInt64(STEP.d, BigInt(COUNTER_TYPES.indexOf(trips.type)), true);
    }
    for (const { begin, end } of ranges) this.ranges.push(begin, end);
  }

  /** The three tables, as bytes to be kept where native code can read them. */
  finish(): { readonly steps: Uint8Array; readonly args: Int32Array; readonly ranges: Int32Array } {
    const steps = new Uint8Array(Math.max(1, this.rows.length) * STEP_BYTES);
    for (const [i, row] of this.rows.entries()) steps.set(new Uint8Array(row.buffer), i * STEP_BYTES);
    // One entry at least: an empty array has no address.
    return { steps, args: Int32Array.from([...this.args, 0]), ranges: Int32Array.from([...this.ranges, 0, 0]) };
  }

  private row(kind: number, first: number): DataView {
    const row = new DataView(new ArrayBuffer(STEP_BYTES));
    row.setInt32(STEP.kind, kind, true);
    row.setInt32(STEP.first, first, true);
    this.rows.push(row);
    return row;
  }
}

export interface ContextFields {
  readonly steps: bigint;
  readonly args: bigint;
  readonly slots: bigint;
  readonly ranges: bigint;
  readonly violation: bigint;
  readonly parallel: bigint;
  readonly begin: number;
  readonly end: number;
  readonly threads: number;
}

/** The context of one run, nothing cancelled yet. */
export function encodeContext(fields: ContextFields): DataView {
  const view = new DataView(new ArrayBuffer(CONTEXT_BYTES));
  for (const name of ['steps', 'args', 'slots', 'ranges', 'violation', 'parallel'] as const) {
    view.setBigUint64(CONTEXT[name], fields[name], true);
  }
  for (const name of ['begin', 'end', 'threads'] as const) view.setInt32(CONTEXT[name], fields[name], true);
  view.setInt32(CONTEXT.failedStep, -1, true);
  return view;
}
