/**
 * Thimble: compiles tensor programs to fused native kernels.
 *
 * ```ts
 * const program = compile(readFileSync('model.mlir'));
 * const [probabilities] = program.runSync([tensor('f32', [1, 8, 8], image)]);
 * ```
 */
import { defaultRules } from './default-rules.js';
import type { Module, OpRegistry, RuntimeValue } from './hlo/index.js';
import { interpret as interpretModule } from './hlo/interpreter.js';
import { parseProgram } from './hlo/parse.js';
import { printStablehlo } from './hlo/stablehlo/index.js';

export { type BundleOptions, writeBundle } from './bundle.js';
export { type Compilation, CompileError, type PassLog, runPasses } from './compiler.js';
export { defaultRules } from './default-rules.js';
export { printKernel } from './emitters/loop/print.js';
export {
  defineOp,
  type ElementType,
  Module,
  type OpDefinition,
  OpError,
  OpRegistry,
  type RuntimeValue,
  showType,
  type Tensor,
  type TensorType,
  tensor,
  tensorType,
} from './hlo/index.js';
export { readNpy, writeNpy } from './hlo/npy.js';
export { narrow, widen } from './hlo/numeric/wide.js';
export { declaredType, operandTensor, operandType } from './hlo/ops/context.js';
export { elementwiseOp } from './hlo/ops/elementwise.js';
export { printTensor } from './hlo/print-tensor.js';
export { SourceError } from './hlo/source-error.js';
export type { TypedArray } from './hlo/tensor.js';
export {
  type CompileOptions,
  compile,
  compilerOptions,
  executableOf,
  type Source,
  type TargetName,
} from './program.js';
export { emit, extendRuleSet, type Rule, type RuleSet, ruleSet } from './rules/index.js';
export type { InputShape } from './rules/passes/specialise.js';
export {
  type Argument,
  ArgumentError,
  type AsyncRunOptions,
  allocateAligned as allocate,
  Bundle,
  BundleError,
  type Communicator,
  CudaDevice,
  CudaError,
  CudaExecutable,
  type CudaRunOptions,
  DeviceTensor,
  type Executable,
  loadBundle,
  type ReplicaOptions,
  type RunOptions,
  toDevice,
  toHost,
  ViolationError,
} from './runtime/index.js';

export interface ParseOptions {
  /** The ops that the text may use. Default: those of `defaultRules()`. */
  readonly ops?: OpRegistry;
  /** What messages call the text. */
  readonly file?: string;
}

/** The graph that a StableHLO or HLO text means. Throws `SourceError`. */
export function parse(source: string | Uint8Array, { ops = defaultRules().ops, file }: ParseOptions = {}): Module {
  return parseProgram(source, ops, file === undefined ? {} : { file });
}

/** The graph as StableHLO text. */
export const print = (module: Module, ops: OpRegistry = defaultRules().ops): string => printStablehlo(module, ops);

/** Runs a graph in the reference interpreter: slow, obvious, right. */
export function interpret(
  module: Module,
  inputs: readonly RuntimeValue[],
  ops: OpRegistry = defaultRules().ops,
): RuntimeValue[] {
  return interpretModule(module, ops, inputs);
}
