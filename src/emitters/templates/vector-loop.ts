/** The innermost loop of every template: whole vectors several at a time, then one at a time, then a masked tail. */
import type { KernelBuilder } from '../loop/builder.js';
import type { ValueId } from '../loop/ir.js';

export interface VectorLoop {
  readonly label: string;
  /** Known number of elements. */
  readonly extent: number;
  readonly lanes: number;
  /** Vectors an iteration, each with accumulators of its own. */
  readonly copies: number;
}

/**
 * Partial results of long runs are joined to totals now and then: rounding errors then grow with the length of a run
 * and the number of runs, not with their product.
 */
export interface Runs {
  /** What a run starts with, as the loop carries it. */
  readonly fresh: readonly ValueId[];
  /** Totals and partial results, as the loop carries them → totals. */
  readonly join: (totals: readonly ValueId[], partial: readonly ValueId[]) => readonly ValueId[];
}

const RUN = 512;

/** A loop over 0 … end by steps; a long one in runs. */
export function loopInRuns(
  b: KernelBuilder,
  { label, end, step }: { readonly label: string; readonly end: number; readonly step: number },
  inits: readonly ValueId[],
  body: (iv: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
  runs: Runs | undefined,
): ValueId[] {
  const size = RUN * step;
  if (!runs || inits.length === 0 || end <= 2 * size) return b.loop(label, b.index(0), b.index(end), step, inits, body);
  return b.loop(`${label}.run`, b.index(0), b.index(end), size, inits, (start, totals) => {
    const stop = b.binary('add', start, b.index(size));
    const hi = end % size === 0 ? stop : b.binary('min', stop, b.index(end));
    return runs.join(totals, b.loop(label, start, hi, step, runs.fresh, body));
  });
}

/**
 * The extent shared out to tasks, `grain` (a multiple of the lanes of all copies) each: runs of whole vectors, and the
 * rest in the last task.
 */
export function taskLoop(
  b: KernelBuilder,
  loop: VectorLoop,
  grain: number,
  body: (x: ValueId, exists: ValueId | undefined) => void,
): void {
  const { extent, lanes, copies, label } = loop;
  const step = lanes * copies;
  const whole = Math.floor(extent / step) * step;
  const tasks = Math.ceil(extent / grain);
  const run: VectorBody = (x, exists) => {
    body(x, exists);
    return [];
  };
  if (tasks <= 1) {
    vectorLoop(b, loop, [], run);
    return;
  }
  const lo = b.binary('mul', b.task, b.index(grain));
  const hi = b.binary('min', b.binary('add', lo, b.index(grain)), b.index(whole));
  b.loop(label, lo, hi, step, [], (iv) => {
    for (let u = 0; u < copies; u++) body(b.binary('add', iv, b.index(u * lanes)), undefined);
    return [];
  });
  if (whole === extent) return;
  b.if(b.compare('eq', b.task, b.index(tasks - 1)), () => {
    const rest = { label: `${label}.rest`, extent: extent - whole, lanes, copies: 1 };
    vectorLoop(b, rest, [], (x, exists) => run(b.binary('add', x, b.index(whole)), exists, []));
  });
}

/** `x`: position of lane 0; `exists`: mask of the lanes before the end, where not all are. */
export type VectorBody = (x: ValueId, exists: ValueId | undefined, carried: readonly ValueId[]) => readonly ValueId[];

/** The widest useful vector: no wider than it takes to hold the extent. */
export function usefulLanes(lanes: number, extent: number): number {
  let n = lanes;
  while (n > 1 && n / 2 >= extent) n /= 2;
  return n;
}

/** The widest vector, of `most` lanes at most, that rows of the extent are a whole number of. */
export function lanesOfRow(most: number, extent: number): number {
  let lanes = most;
  while (extent % lanes !== 0) lanes /= 2;
  return lanes;
}

/** The block of `copies` vectors from `first` on; the extent's last may hold fewer, down to part of one vector. */
export function vectorBlock(
  b: KernelBuilder,
  { extent, lanes, copies }: Omit<VectorLoop, 'label'>,
  first: ValueId,
  body: (x: ValueId, copies: number, exists: ValueId | undefined) => void,
): void {
  const width = lanes * copies;
  const rest = extent % width;
  const whole = Math.floor(rest / lanes);
  const left = rest % lanes;
  const partial = (): void => {
    if (whole > 0) body(first, whole, undefined);
    if (left === 0) return;
    const index = { element: 's32', lanes } as const;
    const exists = b.compare('lt', b.lanes(index), b.constant(index, left));
    body(b.binary('add', first, b.index(whole * lanes)), 1, exists);
  };
  if (rest === 0) body(first, copies, undefined);
  else if (extent < width) partial();
  else {
    const isLast = b.compare('gt', b.binary('add', first, b.index(width)), b.index(extent));
    b.if(isLast, partial, () => body(first, copies, undefined));
  }
}

/**
 * Runs `body` over 0 … extent. `inits` holds the accumulators of the copies one after the other; so does the result.
 * In the tail `body` itself must keep the accumulators of lanes that do not exist.
 */
export function vectorLoop(
  b: KernelBuilder,
  loop: VectorLoop,
  inits: readonly ValueId[],
  body: VectorBody,
  runs?: Runs,
): ValueId[] {
  const { extent, lanes, copies, label } = loop;
  const each = inits.length / copies;
  const step = lanes * copies;
  const mainEnd = Math.floor(extent / step) * step;
  const vectorsEnd = Math.floor(extent / lanes) * lanes;
  let carried = [...inits];
  if (mainEnd > 0) {
    const main = (iv: ValueId, now: readonly ValueId[]) =>
      Array.from({ length: copies }, (_, u) =>
        body(b.binary('add', iv, b.index(u * lanes)), undefined, now.slice(u * each, (u + 1) * each)),
      ).flat();
    carried = loopInRuns(b, { label, end: mainEnd, step }, carried, main, runs);
  }
  const first = (run: (now: readonly ValueId[]) => readonly ValueId[]) => {
    carried.splice(0, each, ...run(carried.slice(0, each)));
  };
  if (vectorsEnd > mainEnd) {
    first((now) => b.loop(label, b.index(mainEnd), b.index(vectorsEnd), lanes, now, (iv, c) => body(iv, undefined, c)));
  }
  if (extent > vectorsEnd) {
    const index = { element: 's32', lanes } as const;
    const exists = b.compare('lt', b.lanes(index), b.constant(index, extent - vectorsEnd));
    // A block of its own keeps what the mask guards from being hoisted past it.
    first((now) =>
      b.loop(`${label}.tail`, b.index(vectorsEnd), b.index(extent), lanes, now, (iv, c) => body(iv, exists, c)),
    );
  }
  return carried;
}
