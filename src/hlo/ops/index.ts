/** The ops that come with the compiler: one line a family. */
import type { OpDefinition } from '../registry.js';
import { ARITHMETIC_OPS } from './arithmetic.js';
import { ASYNCHRONOUS_OPS } from './asynchronous.js';
import { BASIC_OPS } from './basic.js';
import { BIT_OPS } from './bits.js';
import { CHECK_OPS } from './checks.js';
import { CHOICE_OPS } from './choice.js';
import { COLLECTIVE_OPS } from './collective.js';
import { CONTRACTION_OPS } from './contraction.js';
import { CONTROL_OPS } from './control.js';
import { CONVERSION_OPS } from './conversion.js';
import { DEVICE_OPS } from './devices.js';
import { DYNAMIC_OPS } from './dynamic.js';
import { DYNAMIC_CALL_OPS } from './dynamic-calls.js';
import { FFT_OPS } from './fft.js';
import { FUNCTION_OPS } from './functions.js';
import { INDEXED_OPS } from './indexed.js';
import { LAPACK_OPS } from './lapack/index.js';
import { LINEAR_ALGEBRA_OPS } from './linear-algebra.js';
import { MOVEMENT_OPS } from './movement.js';
import { NORMALIZATION_OPS } from './normalization.js';
import { ORDERING_OPS } from './ordering.js';
import { QUANTIZED_OPS, throughReals } from './quantized.js';
import { RANDOM_OPS } from './random.js';
import { REDUCTION_OPS } from './reduction.js';
import { SCALED_DOT_OPS } from './scaled-dot.js';
import { SCATTER_OPS } from './scatter.js';
import { SEQUENCE_OPS } from './sequence.js';
import { SHARDING_OPS } from './sharding.js';
import { WINDOW_OPS } from './window.js';
import { XLA_CALL_OPS } from './xla-calls.js';

export const OPS: readonly OpDefinition[] = [
  ...ARITHMETIC_OPS,
  ...BIT_OPS,
  ...CHOICE_OPS,
  ...FUNCTION_OPS,
  ...CONVERSION_OPS,
  ...QUANTIZED_OPS,
  ...BASIC_OPS,
  ...MOVEMENT_OPS,
  ...CONTROL_OPS,
  ...SEQUENCE_OPS,
  ...COLLECTIVE_OPS,
  ...DEVICE_OPS,
  ...SHARDING_OPS,
  ...ASYNCHRONOUS_OPS,
  ...NORMALIZATION_OPS.map(throughReals),
  ...LINEAR_ALGEBRA_OPS.map(throughReals),
  ...LAPACK_OPS,
  ...XLA_CALL_OPS,
  ...RANDOM_OPS,
  ...FFT_OPS,
  ...DYNAMIC_OPS,
  ...DYNAMIC_CALL_OPS,
  ...WINDOW_OPS,
  ...ORDERING_OPS,
  ...CHECK_OPS,
  ...INDEXED_OPS,
  ...SCALED_DOT_OPS,
  ...SCATTER_OPS,
  ...CONTRACTION_OPS.map(throughReals),
  ...REDUCTION_OPS,
];
