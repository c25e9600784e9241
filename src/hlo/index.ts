/** The public face of the graph IR. */
export * from './attributes.js';
export * from './graph.js';
export * from './literal.js';
export * from './registry.js';
export * from './tensor.js';
export * from './types.js';
