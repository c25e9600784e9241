/** How long a program takes, in microseconds a run. */
import type { Tensor } from '../hlo/tensor.js';
import type { Executable, RunOptions } from './executable.js';

const MIN_SECONDS = 1;
const MIN_RUNS = 10;
const MAX_RUNS = 100_000;
const WARM_RUNS = 3;

/** Runs it for a second, ten times at least, but no longer than ten seconds; and a few times before that. */
export function timeRuns(executable: Executable, inputs: readonly Tensor[], options: RunOptions): number[] {
  const first = timeRun(executable, inputs, options);
  if (first < 1e5) for (let k = 1; k < WARM_RUNS; k++) timeRun(executable, inputs, options);
  const times: number[] = [];
  for (let total = 0; times.length < MAX_RUNS && (times.length < MIN_RUNS || total < MIN_SECONDS * 1e6); ) {
    const us = timeRun(executable, inputs, options);
    times.push(us);
    total += us;
    // Ten runs of a program that takes minutes are nine too many.
    if (total > 10 * MIN_SECONDS * 1e6) break;
  }
  return times;
}

function timeRun(executable: Executable, inputs: readonly Tensor[], options: RunOptions): number {
  const start = process.hrtime.bigint();
  executable.runSync(inputs, options);
  return Number(process.hrtime.bigint() - start) / 1e3;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
