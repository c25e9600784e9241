/** OpenBLAS: BLAS and LAPACK, as Debian packages it. */
import type { ForeignLibrary } from '../../src/rules/index.js';

export const OPENBLAS: ForeignLibrary = { name: 'openblas', file: 'libopenblas.so.0', package: 'libopenblas0' };
