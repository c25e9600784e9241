/** How verification makes instances of ops. Elementwise ops over operands of the result's type need no entry. */
import type { SampleRule } from '../../src/rules/index.js';
import { DEVICE_SAMPLES } from './devices.js';
import { DYNAMIC_SAMPLES } from './dynamic.js';
import { ELEMENTWISE_SAMPLES } from './elementwise.js';
import { LAPACK_SAMPLES } from './lapack.js';
import { LIBRARY_SAMPLES } from './library.js';
import { MOVEMENT_SAMPLES } from './movement.js';
import { QUANTIZED_SAMPLES } from './quantized.js';
import { STRUCTURED_SAMPLES } from './structured.js';

export const SAMPLE_RULES: readonly SampleRule[] = [
  ...MOVEMENT_SAMPLES,
  ...ELEMENTWISE_SAMPLES,
  ...QUANTIZED_SAMPLES,
  ...STRUCTURED_SAMPLES,
  ...LIBRARY_SAMPLES,
  ...LAPACK_SAMPLES,
  ...DYNAMIC_SAMPLES,
  ...DEVICE_SAMPLES,
];
