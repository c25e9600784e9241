/** The ops that come with the compiler: one line a family. */
import type { OpDefinition } from '../registry.js';
import { ARITHMETIC_OPS } from './arithmetic.js';
import { BASIC_OPS } from './basic.js';
import { BIT_OPS } from './bits.js';
import { CHECK_OPS } from './checks.js';
import { CHOICE_OPS } from './choice.js';
import { CONTRACTION_OPS } from './contraction.js';
import { CONTROL_OPS } from './control.js';
import { CONVERSION_OPS } from './conversion.js';
import { FUNCTION_OPS } from './functions.js';
import { INDEXED_OPS } from './indexed.js';
import { MOVEMENT_OPS } from './movement.js';
import { ORDERING_OPS } from './ordering.js';
import { REDUCTION_OPS } from './reduction.js';
import { WINDOW_OPS } from './window.js';

export const OPS: readonly OpDefinition[] = [
  ...ARITHMETIC_OPS,
  ...BIT_OPS,
  ...CHOICE_OPS,
  ...FUNCTION_OPS,
  ...CONVERSION_OPS,
  ...BASIC_OPS,
  ...MOVEMENT_OPS,
  ...CONTROL_OPS,
  ...WINDOW_OPS,
  ...ORDERING_OPS,
  ...CHECK_OPS,
  ...INDEXED_OPS,
  ...CONTRACTION_OPS,
  ...REDUCTION_OPS,
];
