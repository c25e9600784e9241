/** Questions to operations. */
import type { Operation, ValueId } from './ir.js';

/** Values an operation reads. */
export function operandsOf(o: Operation): ValueId[] {
  switch (o.op) {
    case 'const':
    case 'lanes':
      return [];
    case 'fma':
      return [o.a, o.b, o.c];
    case 'select':
      return [o.cond, o.a, o.b];
    case 'load':
    case 'gather':
      return o.mask === undefined ? [o.index] : [o.index, o.mask];
    case 'cmp':
    case 'shuffle':
      return [o.a, o.b];
    case 'fromThread':
      return [o.a, o.lane];
    case 'loadWords':
      return [o.index];
    case 'mma':
      return [o.a, o.b, o.c];
    default:
      return 'b' in o ? [o.a, o.b] : [o.a];
  }
}

/** Integer division traps and loads may leave their buffer, so neither may run where the program would not run it. */
export const mayFault = (o: Operation): boolean =>
  o.op === 'div' || o.op === 'rem' || o.op === 'load' || o.op === 'gather';

/** Operations with equal keys and types give equal values. */
export function operationKey(o: Operation): string {
  if (o.op === 'const')
    return `const ${typeof o.value === 'bigint' ? o.value : Object.is(o.value, -0) ? '-0' : o.value}`;
  return Object.values(o).join(' ');
}
