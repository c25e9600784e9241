/** NVIDIA's assembler, where there is one: installed, or in the folder that the tests' set-up puts it into. */
import { existsSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

const folders = [
  'node_modules/.cache/ptxas/nvidia/cuda_nvcc/bin',
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/local/cuda/bin',
];

export const PTXAS: string | undefined = folders.map((f) => resolve(f, 'ptxas')).find((file) => existsSync(file));
/** For names of tests that need it. */
export const NO_PTXAS = PTXAS ? '' : ' (skipped: no ptxas here)';
