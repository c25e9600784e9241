/**
 * Running compiled plans, from bundles or just compiled: `thimble/runtime`. Nothing of the compiler is imported, and of
 * packages only koffi.
 */
export { compareOutputs, makeInput, type OutputComparison, type ProgramSpec, randomInput } from '../hlo/recipe.js';
export { allocateAligned } from './aligned.js';
export { type Argument, ArgumentError } from './arguments.js';
export { BundleError } from './bundle/field.js';
export { Bundle, loadBundle } from './bundle/index.js';
export type { LoadOptions } from './bundle/loader.js';
export type { BundleLibrary, BundleValue, Manifest } from './bundle/manifest.js';
export { type CodeObject, CodePool, type LoadedCode, loadObject } from './code.js';
export type { Communicator, Transfer } from './communicator.js';
export {
  type CudaCode,
  CudaDevice,
  type CudaDriver,
  CudaError,
  CudaExecutable,
  type CudaLaunch,
  type CudaProgramOptions,
  type CudaRunOptions,
  type DeviceArgument,
  DeviceTensor,
  defaultDevice,
  toDevice,
  toHost,
} from './cuda/index.js';
export { DiskCache } from './disk-cache.js';
export { ENTRY_SYMBOLS, type Entry, entryOf } from './entry.js';
export type { AsyncRunOptions, Executable, ReplicaOptions, RunOptions } from './executable.js';
export { ViolationError } from './executable.js';
export { NativeExecutable, type ProgramOptions } from './native-executable.js';
export type * from './plan.js';
export { SpecialisingExecutable } from './specialising-executable.js';
