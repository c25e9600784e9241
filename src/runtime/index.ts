/** Running compiled plans; no compiler is needed for it. */
export { allocateAligned } from './aligned.js';
export { type Argument, ArgumentError } from './arguments.js';
export { type CodeObject, CodePool, type LoadedCode, loadObject } from './code.js';
export { DiskCache } from './disk-cache.js';
export { type Entry, entryAt } from './entry.js';
export type { AsyncRunOptions, Executable, RunOptions } from './executable.js';
export { ViolationError } from './executable.js';
export { InterpretedExecutable } from './interpreted-executable.js';
export { NativeExecutable, type ProgramOptions } from './native-executable.js';
export type * from './plan.js';
export { SpecialisingExecutable } from './specialising-executable.js';
