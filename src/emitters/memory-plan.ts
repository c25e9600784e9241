/** Places in the workspace: intervals of steps that never overlap in time may overlap in memory. */

export interface Interval {
  readonly bytes: number;
  /** First and last step that touches it. */
  readonly from: number;
  readonly to: number;
}

export const ALIGNMENT = 64;
const aligned = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

/** Offsets by interval, and the bytes in all: each interval takes the lowest gap that is free while it lives. */
export function placeIntervals(intervals: readonly Interval[]): { offsets: number[]; bytes: number } {
  const order = intervals.map((_, k) => k).sort((a, b) => intervals[a]!.from - intervals[b]!.from);
  const offsets = new Array<number>(intervals.length).fill(0);
  let live: number[] = [];
  let bytes = 0;
  for (const k of order) {
    const now = intervals[k]!;
    live = live.filter((j) => intervals[j]!.to >= now.from).sort((a, b) => offsets[a]! - offsets[b]!);
    let at = 0;
    for (const j of live) {
      if (at + aligned(now.bytes) <= offsets[j]!) break;
      at = Math.max(at, offsets[j]! + aligned(intervals[j]!.bytes));
    }
    offsets[k] = at;
    live.push(k);
    bytes = Math.max(bytes, at + aligned(now.bytes));
  }
  return { offsets, bytes };
}
