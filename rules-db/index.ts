/** The default rules, grouped by kind. */
import type { Rule } from '../src/rules/index.js';
import { EMIT_RULES } from './emit/index.js';
import { FUSE_RULES } from './fuse/index.js';
import { LIBRARY_RULES } from './library/index.js';
import { ORDER, REWRITE_RULES } from './rewrites/index.js';
import { SAMPLE_RULES } from './samples/index.js';
import { SCHEDULE_RULES } from './schedule/index.js';

export { ORDER };
export const RULES: readonly Rule[] = [
  ...REWRITE_RULES,
  ...EMIT_RULES,
  ...FUSE_RULES,
  ...SCHEDULE_RULES,
  ...LIBRARY_RULES,
  ...SAMPLE_RULES,
];
