import type { OpDefinition } from '../registry.js';

export const UNARY_OPS: readonly OpDefinition[] = [];
