/** The ops that come with the compiler: one line a family. */
import type { OpDefinition } from '../registry.js';
import { BASIC_OPS } from './basic.js';
import { CONTRACTION_OPS } from './contraction.js';
import { CONTROL_OPS } from './control.js';
import { INDEXED_OPS } from './indexed.js';
import { MOVEMENT_OPS } from './movement.js';
import { REDUCTION_OPS } from './reduction.js';
import { UNARY_OPS } from './unary.js';

export const OPS: readonly OpDefinition[] = [
  ...UNARY_OPS,
  ...BASIC_OPS,
  ...MOVEMENT_OPS,
  ...CONTROL_OPS,
  ...INDEXED_OPS,
  ...CONTRACTION_OPS,
  ...REDUCTION_OPS,
];
