/** Which way of sorting suits how many rows of which length. */
import { type ScheduleRule, schedule } from '../../src/rules/index.js';

/** Places of a network that fit a task's stack, 64 bytes each. */
const NETWORK_PLACES = 2048;
/** Elements that make a task worth a thread. */
const TASK_ELEMENTS = 8192;
const rowsPerTask = (length: number, multiple = 1): number =>
  Math.max(1, Math.ceil(TASK_ELEMENTS / Math.max(1, length) / multiple)) * multiple;

export const Sort_Select = schedule({
  name: 'Sort_Select',
  template: 'sort',
  when: 'a few of many elements: most are only compared with the last of those kept',
  applies: (p) =>
    p.keyBits !== undefined && p.keyBits <= 32 && p.stored <= 128 && p.length >= 8 * Math.max(16, p.stored),
  choose: (p, target) => ({
    form: 'select',
    lanes: target.vectorBits / 32,
    registers: 4,
    rowsPerTask: rowsPerTask(p.length / 4),
  }),
});

export const Sort_Network = schedule({
  name: 'Sort_Network',
  template: 'sort',
  when: 'many short rows by a key of up to 32 bits: vectors of rows, whose words take no branches',
  applies: (p, target) =>
    p.keyBits !== undefined &&
    p.keyBits <= 32 &&
    p.length > 1 &&
    p.length <= NETWORK_PLACES &&
    p.rows >= target.vectorBits / 64,
  choose: (p, target) => {
    const lanes = target.vectorBits / 64;
    return { form: 'network', lanes, registers: target.vectorRegisters / 2, rowsPerTask: rowsPerTask(p.length, lanes) };
  },
});

export const Sort_Radix = schedule({
  name: 'Sort_Radix',
  template: 'sort',
  when: 'long rows by a key: its digits are counted rather than compared',
  applies: (p) => p.keyBits !== undefined && p.length >= 4 * p.keyBits,
  choose: (p) => ({ form: 'radix', lanes: 1, registers: 1, rowsPerTask: rowsPerTask(p.length) }),
});

export const Sort_Merge = schedule({
  name: 'Sort_Merge',
  template: 'sort',
  when: 'any rows and any comparator',
  applies: () => true,
  choose: (p) => ({ form: 'merge', lanes: 1, registers: 1, rowsPerTask: rowsPerTask(p.length) }),
});

export const SORT_SCHEDULES = [Sort_Select, Sort_Network, Sort_Radix, Sort_Merge] as unknown as readonly ScheduleRule[];
