/** The default rules, grouped by kind. */
import { type Rule, rulesIn } from '../src/rules/index.js';
import { EMIT_RULES } from './emit/index.js';
import * as fusions from './fuse/index.js';
import * as schedules from './schedule/index.js';

export const RULES: readonly Rule[] = [...EMIT_RULES, ...rulesIn(fusions), ...rulesIn(schedules)];
