/** From source text to something that runs: what the public API and the commands share. */
import { availableParallelism } from 'node:os';
import { type Compilation, CompileError, type CompilerOptions, runPasses } from './compiler.js';
import { cudaCode } from './cuda-code.js';
import { defaultRules } from './default-rules.js';
import type { Kernel } from './emitters/loop/ir.js';
import { forEachStatement } from './emitters/loop/walk.js';
import { Module, type Tensor } from './hlo/index.js';
import { parseProgram } from './hlo/parse.js';
import type { Grid } from './hlo/process-groups.js';
import type { TypedArray } from './hlo/tensor.js';
import { driverEntry, freshObjects, kernelObjects, linkObjects, ptxObject } from './kernel-objects.js';
import { located } from './located.js';
import type { Precision } from './rules/contract.js';
import type { RuleSet } from './rules/index.js';
import type { ForeignLibrary } from './rules/library.js';
import { type InputShape, isDynamic, specialise } from './rules/passes/specialise.js';
import { avx2Target, GPU_PROCESSORS, gpuTarget, hostTarget, type Target } from './rules/target.js';
import { loadForeign } from './runtime/foreign.js';
import {
  ArgumentError,
  CudaExecutable,
  type Executable,
  NativeExecutable,
  SpecialisingExecutable,
} from './runtime/index.js';
import { InterpretedExecutable } from './runtime/interpreted-executable.js';
import { SimulatedExecutable } from './simulated-executable.js';

/**
 * What programs can be compiled for. `cpu:avx2`: this processor, without anything wider than AVX2. `cuda:sm_80`: a graphics
 * processor of NVIDIA's of that capability or a higher one (`sm_90a`: of that one alone); `cuda`: any of them. `simt`: such
 * a processor, whose kernels the loop-IR interpreter runs.
 */
export const TARGETS = [
  'cpu',
  'cpu:avx2',
  'cuda',
  ...GPU_PROCESSORS.map((processor) => `cuda:${processor}` as const),
  'simt',
  'interpreter',
] as const;
export type TargetName = (typeof TARGETS)[number];

export interface CompileOptions {
  /** Default: `cpu`. */
  readonly target?: TargetName | undefined;
  /** The ops that the program may use, and the rules that compile them. Default: `defaultRules()`. */
  readonly rules?: RuleSet | undefined;
  /** Threads of runs that do not say how many. Default: one for each processor that may be used. */
  readonly threads?: number | undefined;
  /** Foreign libraries that library rules may call, by name (`openblas`). Default: none. */
  readonly libraries?: readonly string[] | undefined;
  /** `strict`: no fused multiply-add, no reordered sums. Default: `default`. */
  readonly precision?: Precision | undefined;
  /** Kernels check every index, and a violation ends the run with an error. For debugging. */
  readonly checked?: boolean | undefined;
  /** Take kernels from, and put them into, memory and the cache folder. Default: true. */
  readonly cache?: boolean | undefined;
  /** May constant expressions be computed at compile time? Default: true. */
  readonly fold?: boolean | undefined;
  /**
   * Results take the memory of the inputs that the program donates to them (`tf.aliasing_output`) where they can: runs
   * overwrite these inputs, and give tensors on their arrays. Default: false.
   */
  readonly donate?: boolean | undefined;
  /**
   * The inputs' shapes, where the program leaves sizes open (`?`); a tensor in place of a shape where the input's value
   * decides shapes. Default: the program is compiled when it runs, once for each shapes of its inputs, and the last 16
   * are kept.
   */
  readonly shapes?: readonly InputShape[] | undefined;
  /**
   * The processes that the program runs as (`runReplicas`): its groups of replicas and partitions are among them. Default:
   * what the program says (`mhlo.num_replicas`, `mhlo.num_partitions`), else one.
   */
  readonly grid?: Grid | undefined;
  /** What messages call the source text. */
  readonly file?: string | undefined;
}

/** A program's text, or the module it means. Compiling changes a module: it is the program's own from then on. */
export type Source = string | Uint8Array | Module;

/** What runs anywhere: the driver makes code for its own processor of it. */
const LEAST_GPU = 'sm_80';

export function targetInfo(target: Exclude<TargetName, 'interpreter'>): Target {
  if (target === 'simt' || target === 'cuda') return gpuTarget(LEAST_GPU);
  if (target.startsWith('cuda:')) return gpuTarget(target.slice('cuda:'.length));
  return target === 'cpu:avx2' ? avx2Target() : hostTarget();
}

/** What makes code of kernels: none for those that are interpreted. */
function lowering(name: TargetName, target: Target, checked: boolean, cache: boolean): CompilerOptions['lower'] {
  if (name === 'simt') return () => [];
  if (target.arch === 'nvptx') return (kernels) => [ptxObject(kernels, target, cache)];
  const lower = cache ? kernelObjects : freshObjects;
  return (kernels) => lower(kernels, { target, checked });
}

export const moduleOf = (source: Source, { rules = defaultRules(), file }: CompileOptions = {}): Module =>
  source instanceof Module ? source : parseProgram(source, rules.ops, file === undefined ? {} : { file });

export function compilerOptions(options: CompileOptions): CompilerOptions {
  const { target = 'cpu', rules = defaultRules(), precision = 'default', checked = false } = options;
  if (!TARGETS.includes(target)) throw new TypeError(`there is no target ${target}; choose ${TARGETS.join(', ')}`);
  if (target === 'interpreter') throw new TypeError('the interpreter runs graphs as they are: nothing is compiled');
  const { cache = true, fold = true, donate = false, shapes, grid } = options;
  const machine = targetInfo(target);
  if (machine.arch !== 'x86-64') refuseForGpu(target, options);
  return {
    rules: rules.allowing(options.libraries ?? []),
    target: machine,
    precision,
    checked,
    fold,
    donate,
    ...(shapes ? { shapes } : {}),
    ...(grid ? { grid } : {}),
    lower: lowering(target, machine, checked, cache),
  };
}

function refuseForGpu(target: TargetName, { libraries = [], checked }: CompileOptions): void {
  if (libraries.length > 0) {
    throw new CompileError(
      `kernels for target ${target} call no foreign library such as ${libraries[0]}: allow none, or choose cpu`,
      undefined,
    );
  }
  if (checked && target !== 'simt') {
    throw new CompileError(
      `kernels for target ${target} check no index: target simt runs the same kernels and finds every access that is wrong`,
      undefined,
    );
  }
}

/** The libraries that kernels call, each once. */
export function librariesOf(kernels: readonly Kernel[]): ForeignLibrary[] {
  const byFile = new Map<string, ForeignLibrary>();
  for (const kernel of kernels) {
    forEachStatement(kernel.body, (s) => {
      if (s.kind === 'call') byFile.set(s.library.file, s.library);
    });
  }
  return [...byFile.values()];
}

/** The finished compilation as a program, which refuses other values of the inputs that it was compiled for. */
export function executableOf(compilation: Compilation, target: string, threads?: number): Executable {
  const executable = nativeOf(compilation, target, threads);
  const { values, options } = compilation;
  if (values.length === 0) return executable;
  const fixed = values.map((i) => (options.shapes![i] as Tensor).data);
  const dims = executable.inputs.map((t) => t.dims);
  return new SpecialisingExecutable(executable, refuseOthers(values, fixed), { executable, values, dims, fixed });
}

const refuseOthers = (values: readonly number[], fixed: readonly TypedArray[]) => (): never => {
  const wanted = values.map((i, k) => `input ${i} [${fixed[k]!.join(', ')}]`).join(', ');
  throw new ArgumentError(
    `the program was compiled for these values: ${wanted}; without \`shapes\` it is compiled for those that it meets`,
  );
};

function nativeOf(compilation: Compilation, target: string, threads?: number): Executable {
  const { plan, objects, kernels, options } = compilation;
  if (target === 'simt') return new SimulatedExecutable(compilation, target);
  if (options.target.arch === 'nvptx') {
    return new CudaExecutable(plan!, cudaCode(compilation, options.target), { target });
  }
  // Throws with the package to install where one is missing.
  for (const library of librariesOf(kernels!)) loadForeign(library);
  const entry = driverEntry(options.target);
  return new NativeExecutable(plan!, linkObjects(objects!), entry, {
    target,
    threads: threads ?? availableParallelism(),
    checked: options.checked,
  });
}

/**
 * Compiles a program.
 * Where it is not right, or uses what is not supported, throws `SourceError` with the line of the text; `CompileError`
 * where a module was given.
 */
export function compile(source: Source, options: CompileOptions = {}): Executable {
  try {
    return compileSource(source, options);
  } catch (e) {
    throw source instanceof Module ? e : located(e, source, options.file);
  }
}

function compileSource(source: Source, options: CompileOptions): Executable {
  const { target = 'cpu', rules = defaultRules(), shapes } = options;
  const module = moduleOf(source, options);
  if (target === 'interpreter') {
    const known = shapes ? specialise(module, rules.ops, shapes).module : module;
    return new InterpretedExecutable(known, rules.ops, options.grid);
  }
  if (!shapes && isDynamic(module, rules.ops)) {
    return specialisingExecutable(module, options, (e) =>
      source instanceof Module ? e : located(e, source, options.file),
    );
  }
  return executableOf(runPasses(module, compilerOptions(options)), target, options.threads);
}

/** A program that is compiled when it meets inputs. `placed` gives errors their place in the text. */
function specialisingExecutable(
  module: Module,
  options: CompileOptions,
  placed: (error: unknown) => unknown,
): Executable {
  const { target = 'cpu' } = options;
  const how = compilerOptions(options);
  runPasses(module, how, 'verify');
  const { parameters, results } = module.entry;
  const program = {
    target,
    inputs: parameters.map((p) => p.result.tensorType),
    outputs: results.map((v) => v.tensorType),
  };
  return new SpecialisingExecutable(program, (inputs) => {
    try {
      const compilation = runPasses(module, { ...how, shapes: inputs });
      return { executable: nativeOf(compilation, target, options.threads), values: compilation.values };
    } catch (e) {
      throw placed(e);
    }
  });
}
