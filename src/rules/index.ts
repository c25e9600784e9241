/** The public face of the rule language. */

export { P } from 'ts-pattern';
export type {
  Attributes,
  AttributeValue,
  CompareAttributes,
  Computation,
  ConvolutionAttributes,
  DotAttributes,
  ElementType,
  FloatType,
  GatherAttributes,
  Instruction,
  RealType,
  ReduceAttributes,
  TensorType,
  Value,
  ValueType,
  WindowAttributes,
} from '../hlo/index.js';
export {
  ELEMENT,
  elementCount,
  isComplex,
  isFloat,
  isInteger,
  isSigned,
  isUnsigned,
  Literal,
  partType,
  sameDims,
  sameType,
  tensorType,
} from '../hlo/index.js';
export { Builder } from './builder.js';
export * from './contract.js';
export * from './emit.js';
export * from './fuse.js';
export * from './guard.js';
export { isEverywhere, literalOf, numbersOf, splatValue } from './literals.js';
export {
  bind,
  constant,
  oneOf,
  op,
  region,
  rest,
  result,
  scalar as number,
  splat,
  typed,
  variables,
} from './pattern.js';
export type { Random } from './random.js';
export * from './rewrite.js';
export * from './rule.js';
export * from './rule-error.js';
export { extendRuleSet, RuleSet, type RuleSetParts, ruleSet } from './rule-set.js';
export * from './sample.js';
export * from './scalar.js';
export * from './schedule.js';
