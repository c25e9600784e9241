/** Operations under way: they are done at once, and what waits for them takes what they gave. */
import { defineOp, type OpDefinition } from '../registry.js';
import { inSteps } from '../steps.js';
import { inferCall } from './control.js';

export const ASYNCHRONOUS_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'async-start',
    doc: 'the results of a computation on the operands, for async-done',
    kind: 'call',
    operands: { min: 0 },
    regions: 1,
    stablehlo: ['stablehlo.async_start'],
    infer: inferCall,
    ...inSteps((c) => c.call(c.called[0]!, c.operands)),
  }),
  defineOp({
    name: 'async-done',
    doc: 'what has been computed',
    operands: { min: 0 },
    stablehlo: ['stablehlo.async_done'],
    infer: (c) => c.operands,
    evaluate: (c) => c.operands,
  }),
];
