/** Emission rules of every elementwise op. */
import type { EmitRule } from '../../../src/rules/index.js';
import { ARITHMETIC } from './arithmetic.js';
import { COMPARE } from './compare.js';
import { CONVERT } from './convert.js';
import { ERROR_FUNCTION } from './error-function.js';
import { EXPONENTIAL } from './exponential.js';
import { LOGARITHM } from './logarithm.js';
import { LOGIC } from './logic.js';
import { POWER } from './power.js';
import { ROUNDING } from './rounding.js';
import { TRIGONOMETRIC } from './trigonometric.js';

export const ELEMENTWISE: readonly EmitRule[] = [
  ...ARITHMETIC,
  ...LOGIC,
  ...COMPARE,
  ...ROUNDING,
  ...CONVERT,
  ...EXPONENTIAL,
  ...LOGARITHM,
  ...POWER,
  ...TRIGONOMETRIC,
  ...ERROR_FUNCTION,
];
