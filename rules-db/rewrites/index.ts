/** The rewrites, grouped by root op. */
import { type Rule, rulesIn } from '../../src/rules/index.js';
import * as broadcast from './broadcast.js';
import * as concatenate from './concatenate.js';
import * as convert from './convert.js';
import * as pad from './pad.js';
import * as reshape from './reshape.js';
import * as reverse from './reverse.js';
import * as slice from './slice.js';
import * as transpose from './transpose.js';

export { ORDER } from './order.js';
export const REWRITE_RULES: readonly Rule[] = rulesIn(
  broadcast,
  concatenate,
  convert,
  pad,
  reshape,
  reverse,
  slice,
  transpose,
);
