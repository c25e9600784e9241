/** Places in the workspace: buffers that are never alive at the same time may overlap in memory. */
import { buffersOf, type Step, stepsInside } from '../runtime/plan.js';

export interface Interval {
  readonly bytes: number;
  /** First and last moment at which it is alive. */
  readonly from: number;
  readonly to: number;
}

/** The moments of a loop's first and last step; they are a node of the tree of loops. */
interface LoopSpan {
  readonly from: number;
  to: number;
}

interface Touch {
  readonly moment: number;
  /** The loops around it, outermost first. */
  readonly loops: readonly LoopSpan[];
}

/**
 * Of each buffer, from when to when it is alive, as moments of a walk over all steps. What is touched both inside a
 * loop and outside it must outlive every iteration, so it is alive in the whole of the loop.
 */
export function lifetimesOf(steps: readonly Step[]): Map<number, { from: number; to: number }> {
  const lifetimes = new Map<number, { from: number; to: number }>();
  for (const [buffer, all] of touchesOf(steps)) {
    let shared = all[0]!.loops.length;
    for (const t of all) shared = Math.min(shared, sharedLoops(all[0]!.loops, t.loops));
    const life = { from: Number.POSITIVE_INFINITY, to: 0 };
    for (const { loops, moment } of all) {
      life.from = Math.min(life.from, loops[shared]?.from ?? moment);
      life.to = Math.max(life.to, loops[shared]?.to ?? moment);
    }
    lifetimes.set(buffer, life);
  }
  return lifetimes;
}

function sharedLoops(a: readonly LoopSpan[], b: readonly LoopSpan[]): number {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return n;
}

function touchesOf(steps: readonly Step[]): Map<number, Touch[]> {
  const touches = new Map<number, Touch[]>();
  let moment = 0;
  const touch = (step: Step, loops: readonly LoopSpan[]): void => {
    for (const b of buffersOf(step)) {
      const known = touches.get(b);
      if (known) known.push({ moment, loops });
      else touches.set(b, [{ moment, loops }]);
    }
    moment++;
  };
  const walk = (list: readonly Step[], loops: readonly LoopSpan[]): void => {
    for (const step of list) {
      const span = { from: moment, to: moment };
      const within = step.kind === 'loop' || step.kind === 'repeat' ? [...loops, span] : loops;
      // A loop reads its predicate whenever its condition has run.
      touch(step, within);
      for (const inside of stepsInside(step)) walk(inside, within);
      if (step.kind === 'loop') touch(step, within);
      span.to = moment - 1;
    }
  };
  walk(steps, []);
  return touches;
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
