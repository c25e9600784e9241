/** Where numbers that nobody can foresee come from: the C library, which asks the system. */
import { type LibraryRule, library } from '../../src/rules/index.js';

const LIBC = { name: 'c', file: 'libc.so.6', package: 'libc6' };

/** Bytes of a state: two 64-bit words. */
const STATE_BYTES = 16;

/** A state that no run has had before takes the place of XLA's global one, which counts on from run to run. */
export const RngGetAndUpdateState_Entropy = library({
  name: 'RngGetAndUpdateState_Entropy',
  library: LIBC,
  op: 'rng-get-and-update-state',
  when: 'always: the C library is in every process',
  askedByProgram: true,
  applies: () => true,
  call: () => ({
    symbol: 'getentropy',
    args: [
      { kind: 'result', index: 0 },
      { kind: 's64', value: STATE_BYTES },
    ],
  }),
});

export const ENTROPY_RULES: readonly LibraryRule[] = [RngGetAndUpdateState_Entropy];
