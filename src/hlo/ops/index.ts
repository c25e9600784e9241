/** The ops that come with the compiler: one line a family. */
import type { OpDefinition } from '../registry.js';
import { UNARY_OPS } from './unary.js';

export const OPS: readonly OpDefinition[] = [
  ...UNARY_OPS,
];
