/** LAPACK's routines by the names under which JAX's programs for processors call them (jaxlib/cpu/lapack_kernels.h). */
import type { OpDefinition } from '../../registry.js';
import { FACTORIZATIONS } from './factorizations.js';
import { SPECTRA } from './spectra.js';
import { XLA_FACTORIZATIONS } from './xla.js';

export const LAPACK_OPS: readonly OpDefinition[] = [...FACTORIZATIONS, ...SPECTRA, ...XLA_FACTORIZATIONS];
