/** What templates are made with: the package's `thimble/templates`. The built-in ones use nothing else. */

export type { Group } from '../../fusion/group.js';
export type { AloneSpace } from '../../fusion/space.js';
export type { KernelBuilder } from '../loop/builder.js';
export type { LoopType, ValueId } from '../loop/ir.js';
export { type EmitOptions, type EmittedKernel, KernelContext, Scratch, scheduleFor } from './kernel-context.js';
export { template } from './template.js';
export { taskLoop, usefulLanes, type VectorLoop, vectorLoop } from './vector-loop.js';
