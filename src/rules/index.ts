/** The public face of the rule language. */
export type { ElementType, RealType, TensorType } from '../hlo/index.js';
export * from './emit.js';
export * from './scalar.js';
