/** Emission rules of every elementwise op. */
import { type EmitRule, emit } from '../../../src/rules/index.js';
import { ARITHMETIC } from './arithmetic.js';
import { COMPARE } from './compare.js';
import { PAIR_RULES, PARTS_OF_REAL } from './complex.js';
import { CONVERT } from './convert.js';
import { ERROR_FUNCTION } from './error-function.js';
import { EXPONENTIAL } from './exponential.js';
import { INVERSE } from './inverse.js';
import { LOGARITHM } from './logarithm.js';
import { LOGIC } from './logic.js';
import { POWER } from './power.js';
import { ROUNDING } from './rounding.js';
import { SPECIAL } from './special.js';
import { TRIGONOMETRIC } from './trigonometric.js';
import { ZETA } from './zeta.js';

const REAL: readonly EmitRule[] = [
  ...ARITHMETIC,
  ...LOGIC,
  ...COMPARE,
  ...ROUNDING,
  ...CONVERT,
  ...EXPONENTIAL,
  ...LOGARITHM,
  ...POWER,
  ...TRIGONOMETRIC,
  ...INVERSE,
  ...ERROR_FUNCTION,
  ...SPECIAL,
  ...ZETA,
  ...PARTS_OF_REAL,
];

/** Each rule with the form for complex types beside that for real ones. */
const joined = REAL.map((rule) => (PAIR_RULES[rule.op] ? { ...rule, pair: PAIR_RULES[rule.op]! } : rule));
const named = new Set(REAL.map((rule) => rule.op));
const complexOnly = Object.entries(PAIR_RULES).filter(([op]) => !named.has(op));

export const ELEMENTWISE: readonly EmitRule[] = [...joined, ...complexOnly.map(([op, pair]) => emit(op, { pair }))];
