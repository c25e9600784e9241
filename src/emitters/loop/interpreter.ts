/**
 * Runs kernels in JavaScript: the meaning of loop IR, bit for bit (but for the sign and payload of NaN, which
 * JavaScript does not keep), and the judge of native code.
 *
 * It refuses what a kernel must not do: indices out of bounds, reads of elements of its own buffers that were not
 * written, integer division by zero or of the least integer by −1, shifts by the width or more; and where threads may
 * meet, data races and waiting for who does not come.
 */
import { storageOf, type TypedArray } from '../../hlo/tensor.js';
import { runBlocks } from './interpreter/blocks.js';
import { type Prepared, prepare } from './interpreter/prepare.js';
import { AccessLog, type Touch } from './interpreter/races.js';
import type { Kernel } from './ir.js';

export interface RunOptions {
  /** Tasks lo … hi − 1 only. */
  readonly tasks?: readonly [number, number];
  /** Do tasks that race with each other end the run? (Threads of blocks always do.) Default: false. */
  readonly races?: boolean;
}

/**
 * Runs all tasks, or some, in ascending order. `buffers` holds the global buffers' storage by id: arrays as `storageOf`
 * of the element type says, of at least `count` numbers. Written buffers are changed in place.
 *
 * Throws an Error that names kernel, task, thread, statement and buffer where the kernel does what it must not, and one
 * that lists the problems where the kernel is not well-formed.
 */
export function runKernel(kernel: Kernel, buffers: readonly TypedArray[], options: RunOptions = {}): void {
  const [lo, hi] = options.tasks ?? [0, kernel.tasks];
  if (!(lo >= 0 && lo <= hi && hi <= kernel.tasks)) {
    throw new RangeError(`kernel ${kernel.name} has tasks 0 … ${kernel.tasks - 1}, so it cannot run ${lo} … ${hi - 1}`);
  }
  const data = storage(kernel, buffers);
  const watched = kernel.block !== undefined || options.races === true;
  const prepared = preparedKernel(kernel, watched);
  if (kernel.block) runBlocks(prepared, data, lo, hi);
  else runTasks(prepared, data, watched, lo, hi);
}

/** Kernels are immutable, so each is prepared once. */
const watchedKernels = new WeakMap<Kernel, Prepared>();
const plainKernels = new WeakMap<Kernel, Prepared>();

function preparedKernel(kernel: Kernel, watched: boolean): Prepared {
  const known = watched ? watchedKernels : plainKernels;
  let prepared = known.get(kernel);
  if (!prepared) known.set(kernel, (prepared = prepare(kernel, watched)));
  return prepared;
}

function runTasks(
  prepared: Prepared,
  globals: readonly (TypedArray | undefined)[],
  watched: boolean,
  lo: number,
  hi: number,
): void {
  const { buffers } = prepared.kernel;
  const now = { agent: lo, block: lo, epoch: 1 };
  const logs = watched ? buffers.map((b) => (b.space === 'global' ? new AccessLog(b.count) : undefined)) : [];
  const touched = (how: Touch, buffer: number, index: number, same: boolean): string | undefined => {
    const other = logs[buffer]!.touch(how, index, now, same);
    return other && `is touched by two tasks: one ${other} it, this one ${how} it (a data race)`;
  };
  const data = buffers.map((b, i) => globals[i] ?? new (storageOf(b.element))(b.count));
  const written = buffers.map((b) => (b.space === 'local' ? new Uint8Array(b.count) : undefined));
  const run = prepared.bind({ data, written }, { who: () => `task ${now.agent}`, touched });
  for (let task = lo; task < hi; task++) {
    now.agent = now.block = task;
    run(task, 0);
  }
}

/** The caller's arrays, checked; undefined for the kernel's own buffers. */
function storage(kernel: Kernel, given: readonly TypedArray[]): (TypedArray | undefined)[] {
  const globals = kernel.buffers.filter((b) => b.space === 'global').length;
  if (given.length !== globals)
    throw new RangeError(`kernel ${kernel.name} takes ${globals} buffers, not ${given.length}`);
  return kernel.buffers.map((b, i) => {
    if (b.space !== 'global') return undefined;
    const Storage = storageOf(b.element);
    const data = given[i]!;
    if (!(data instanceof Storage) || data.length < b.count) {
      const found = `${data.constructor.name} of ${data.length}`;
      throw new TypeError(
        `kernel ${kernel.name}: buffer ${b.name} needs a ${Storage.name} of ${b.count}, not a ${found}`,
      );
    }
    return data;
  });
}
