/** Every emission rule: one line a file. */
import type { EmitRule } from '../../src/rules/index.js';
import { CONTRACTION } from './contraction.js';
import { CONTROL } from './control.js';
import { DEVICES } from './devices.js';
import { ELEMENTWISE } from './elementwise/index.js';
import { FOURIER } from './fourier.js';
import { INDEXED } from './indexed.js';
import { ORDERING } from './ordering.js';
import { REDUCE } from './reduce.js';
import { SCATTER } from './scatter.js';
import { SHAPE } from './shape.js';
import { WINDOW } from './window.js';

export const EMIT_RULES: readonly EmitRule[] = [
  ...ELEMENTWISE,
  ...SHAPE,
  ...INDEXED,
  ...REDUCE,
  ...CONTRACTION,
  ...SCATTER,
  ...ORDERING,
  ...FOURIER,
  ...WINDOW,
  ...DEVICES,
  ...CONTROL,
];
