/** The public face of the rule language. */

export { P } from 'ts-pattern';
export type {
  Attributes,
  AttributeValue,
  BatchNormAttributes,
  BroadcastAttributes,
  CholeskyAttributes,
  CollectiveAttributes,
  CompareAttributes,
  Computation,
  ConcatenateAttributes,
  ConvolutionAttributes,
  DotAttributes,
  DynamicSliceAttributes,
  ElementType,
  ExchangeAttributes,
  FftAttributes,
  FloatType,
  GatherAttributes,
  IdentityAttributes,
  Instruction,
  IotaAttributes,
  PadAttributes,
  Quantization,
  RaggedDotAttributes,
  RealType,
  ReduceAttributes,
  ReverseAttributes,
  RngBitGeneratorAttributes,
  ScatterAttributes,
  SliceAttributes,
  SortAttributes,
  TensorType,
  TopKAttributes,
  TransposeAttributes,
  TriangularSolveAttributes,
  Value,
  ValueType,
  WindowAttributes,
} from '../hlo/index.js';
export {
  byteSize,
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
  storageOf,
  tensorType,
} from '../hlo/index.js';
export { Builder } from './builder.js';
export * from './contract.js';
export * from './emit.js';
export * from './fuse.js';
export * from './guard.js';
export type { Bound, IndexExpr, IndexSource, Predicate } from './index/index.js';
/** The index algebra, by name: `index.add(i, j)`. */
export * as index from './index/index.js';
export * from './library.js';
export { isEverywhere, literalOf, numbersOf, splatValue } from './literals.js';
export {
  bind,
  constant,
  oneOf,
  op,
  quantized,
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
export type * from './schedule-blocks.js';
export type { GpuTarget, TargetInfo } from './target.js';
export * from './template.js';
export { randomQuantized } from './verify/values.js';
