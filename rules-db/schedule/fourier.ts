/** How Fourier transforms of many rows map to vectors. */
import { ELEMENT, schedule } from '../../src/rules/index.js';

/** Points that make a task worth a thread. */
const TASK_POINTS = 4096;

export const Fourier_Rows = schedule({
  name: 'Fourier_Rows',
  template: 'fourier',
  when: 'any transforms: a row a lane, as many as there are, so that no lane needs another',
  applies: () => true,
  choose: (p, target) => {
    const { bits, bytes } = ELEMENT[p.element];
    let lanes = target.vectorBits / bits;
    // Half vectors, where the points of whole ones leave the first cache.
    if (target.l1 > 0 && 2 * p.length * lanes * bytes > target.l1) lanes = Math.min(lanes, 256 / bits);
    while (lanes > p.rows) lanes /= 2;
    const blocks = Math.max(1, Math.ceil(TASK_POINTS / Math.max(1, p.length) / lanes));
    return { lanes, rowsPerTask: blocks * lanes, radix: target.vectorRegisters === 32 ? 8 : 4 };
  },
});
