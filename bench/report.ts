/** Figures of the benchmark as text. */

export interface Times {
  readonly compileMs: number;
  readonly minUs: number;
  readonly medianUs: number;
}

export interface Row extends Times {
  readonly name: string;
  readonly group: string;
  /** Bytes of inputs and outputs. */
  readonly bytes: number;
  readonly peer?: Times;
}

export const median = (x: readonly number[]): number => [...x].sort((a, b) => a - b)[x.length >> 1]!;
export const geometricMean = (x: readonly number[]): number =>
  Math.exp(x.reduce((sum, v) => sum + Math.log(v), 0) / x.length);

const HEADER = ['program', 'us', 'XLA us', 'XLA/ours', 'GB/s', 'compile ms', 'XLA ms'];

/** One line a program; times are medians. */
export function table(rows: readonly Row[], header: boolean): string {
  const lines = rows.map((r) => [
    r.name,
    r.medianUs.toFixed(1),
    r.peer ? r.peer.medianUs.toFixed(1) : '-',
    r.peer ? (r.peer.medianUs / r.medianUs).toFixed(2) : '-',
    (r.bytes / r.medianUs / 1e3).toFixed(1),
    r.compileMs.toFixed(1),
    r.peer ? r.peer.compileMs.toFixed(1) : '-',
  ]);
  return (header ? [HEADER, ...lines] : lines)
    .map(([name, ...cells]) => `${name!.padEnd(34)}${cells.map((c) => c.padStart(11)).join('')}`)
    .join('\n');
}
