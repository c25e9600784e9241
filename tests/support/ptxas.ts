/** NVIDIA's assembler, where there is one: installed, or put into a folder by the tests' set-up. */
import { findPtxas } from '../../src/cli/ptxas.js';

export const PTXAS = findPtxas();
/** For names of tests that need it. */
export const NO_PTXAS = PTXAS ? '' : ' (skipped: no ptxas here)';
