/** The public face of the index algebra. */
export * from './algebra.js';
export * from './expr.js';
export * from './predicate.js';
