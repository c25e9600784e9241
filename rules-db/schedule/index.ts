/** How templates' loops map to a processor's vectors, caches and threads. */
import { ELEMENT, type ElementType, type ScheduleRule, schedule, type TargetInfo } from '../../src/rules/index.js';
import { CONTRACTION_SCHEDULES } from './contraction.js';
import { Fourier_Rows } from './fourier.js';
import { GPU_SCHEDULES } from './gpu.js';
import { SORT_SCHEDULES } from './sort.js';

/** Lanes of a vector register for elements of a type; narrow floats are computed in f32, bytes in at most 64 lanes. */
const lanesOf = (element: ElementType, vectorBits: number): number => {
  const { class: cls, bits } = ELEMENT[element];
  if (element === 'c64') return vectorBits / 32;
  if (element === 'c128') return vectorBits / 64;
  return vectorBits / Math.max(cls === 'float' ? 32 : 8, bits);
};

/**
 * What does not stay in the last level of cache anyway is stored past it: no line is read only to be overwritten, and
 * what others keep there stays.
 */
const leavesCache = (p: { readonly bytesRead: number; readonly bytesWritten: number }, target: TargetInfo): boolean =>
  target.l3 > 0 && p.bytesRead + p.bytesWritten > 0.75 * target.l3;

export const Map_Vectors = schedule({
  name: 'Map_Vectors',
  template: 'map',
  when: 'any map kernel: one vector register of elements at a time, two where the work is light',
  applies: () => true,
  choose: (p, target) => ({
    lanes: lanesOf(p.element, target.vectorBits),
    unroll: p.flopsPerElement <= 12 ? 2 : 1,
    elementsPerTask: Math.max(4096, Math.ceil(65536 / Math.max(1, p.flopsPerElement / 4))),
    nontemporal: leavesCache(p, target),
  }),
});

export const Rows_Columns = schedule({
  name: 'Rows_Columns',
  template: 'rows',
  when: 'neighbours in memory are rows: wide blocks of rows, so that each step reads whole cache lines',
  applies: (p) => p.contiguous === 'column',
  choose: (p, target) => ({
    lanes: lanesOf(p.element, target.vectorBits),
    accumulators: target.vectorRegisters / 4,
    rowsPerTask: 1,
    keepCost: 8,
    nontemporal: leavesCache(p, target),
  }),
});

export const Rows_Along = schedule({
  name: 'Rows_Along',
  template: 'rows',
  when: 'neighbours in memory are columns: partial accumulators hide the latency of the combiner',
  applies: () => true,
  choose: (p, target) => ({
    lanes: lanesOf(p.element, target.vectorBits),
    accumulators: 4,
    rowsPerTask: Math.max(1, Math.ceil(32768 / Math.max(1, p.columns))),
    keepCost: 8,
    nontemporal: leavesCache(p, target),
  }),
});

/** Tasks that keep threads busy, and elements that are worth a task of their own. */
const TASKS = 64;
const WORTH_A_TASK = 1 << 15;

export const Parts_FewRows = schedule({
  name: 'Parts_FewRows',
  template: 'parts',
  when: 'there are too few rows to share among threads, and much to reduce',
  applies: (p) => p.rows * p.columns * Math.max(1, ELEMENT[p.element].bytes) >= 1 << 20,
  choose: (p, target) => {
    // Where rows are neighbours, a task has a block of them (see Rows_Columns).
    const block = (lanesOf(p.element, target.vectorBits) * target.vectorRegisters) / 4;
    const tasks = p.contiguous === 'row' ? p.rows : Math.ceil(p.rows / block);
    if (tasks >= TASKS / 4) return { parts: 1 };
    return {
      parts: Math.min(Math.ceil(TASKS / tasks), Math.floor((p.rows * p.columns) / tasks / WORTH_A_TASK), p.columns),
    };
  },
});

export const Scan_Vectors = schedule({
  name: 'Scan_Vectors',
  template: 'scan',
  when: 'any scan: vectors along the row, or several side by side across rows, so that each step reads whole cache lines',
  applies: () => true,
  choose: (p, target) => ({
    lanes: lanesOf(p.element, target.vectorBits),
    vectors: target.vectorRegisters / 4,
    rowsPerTask: p.contiguous === 'column' ? 1 : Math.max(1, Math.ceil(32768 / Math.max(1, p.length))),
  }),
});

export const SCHEDULE_RULES: readonly ScheduleRule[] = [
  Map_Vectors,
  Rows_Columns,
  Rows_Along,
  Parts_FewRows,
  Scan_Vectors,
  ...CONTRACTION_SCHEDULES,
  ...SORT_SCHEDULES,
  Fourier_Rows as unknown as ScheduleRule,
  ...GPU_SCHEDULES,
] as readonly ScheduleRule[];
