/**
 * Machine code from loop IR. The one folder that knows llvm-bindings and libLLVM; neither is loaded before the first
 * compilation.
 */
import type { TargetInfo } from '../../rules/target.js';
import type { Kernel } from '../loop/ir.js';
import { forEachStatement } from '../loop/walk.js';
import { buildModule } from './build.js';
import { driverText } from './driver.js';
import { type EmitJob, emitObjects, type NativeThreads } from './emit-parallel.js';
import { Ir } from './ir.js';
import { libLlvm } from './libllvm.js';
import { llvm14 } from './llvm14.js';
import { emitAssembly, emitLlvm, emitObject } from './llvm19.js';
import { lowerKernel } from './lower-processor.js';

export { TRIPLE } from './llvm14.js';
export { MAX_LOCAL_BYTES } from './lower-processor.js';

export interface LlvmOptions {
  readonly target: TargetInfo;
  /** Every access checks its index; a violation ends the kernel and fills the run's record (runtime/plan-abi.ts). */
  readonly checked?: boolean;
}

export interface CompiledKernels {
  /** A relocatable ELF object. */
  readonly bytes: Uint8Array;
  /** Of each kernel, in order: the name of its function. */
  readonly symbols: readonly string[];
}

const build = (kernels: readonly Kernel[], { target, checked = false }: LlvmOptions): EmitJob =>
  buildModule(
    kernels,
    (lib) => new Ir(lib, target.features),
    (ir, kernel) => lowerKernel(ir, kernel, checked),
  );

/** Several kernels as one object: quicker to make than an object each. Throws on a kernel that is not well formed. */
export function compileKernels(kernels: readonly Kernel[], { target, checked = false }: LlvmOptions): CompiledKernels {
  const { bitcode, internal } = build(kernels, { target, checked });
  return { bytes: emitObject(bitcode, internal, target), symbols: kernels.map((k) => k.name) };
}

/** The same as several objects, which as many threads make at once: worth it from a few kernels on. */
export function compileKernelsInParallel(
  kernels: readonly Kernel[],
  { target, checked = false }: LlvmOptions,
  threads: NativeThreads,
): CompiledKernels[] {
  const groups = share(kernels, Math.min(target.threads, Math.ceil(kernels.length / KERNELS_PER_OBJECT)));
  if (groups.length <= 1) return groups.map((group) => compileKernels(group, { target, checked }));
  const objects = emitObjects(
    groups.map((group) => build(group, { target, checked })),
    target,
    threads,
    target.threads,
  );
  return objects.map((bytes, i) => ({ bytes, symbols: groups[i]!.map((k) => k.name) }));
}

/** An object costs about what a kernel or two cost. */
const KERNELS_PER_OBJECT = 3;

/** Groups with about equal numbers of statements: the largest kernels first, each to the group that has least. */
function share(kernels: readonly Kernel[], groups: number): Kernel[][] {
  const sized = kernels.map((kernel) => ({ kernel, size: statementCount(kernel) })).sort((a, b) => b.size - a.size);
  const shares = Array.from({ length: groups }, () => ({ members: [] as Kernel[], size: 0 }));
  for (const { kernel, size } of sized) {
    const least = shares.reduce((a, b) => (b.size < a.size ? b : a));
    least.members.push(kernel);
    least.size += size;
  }
  return shares.map((s) => s.members);
}

function statementCount(kernel: Kernel): number {
  let count = 0;
  forEachStatement(kernel.body, () => count++);
  return count;
}

export function kernelAssembly(kernel: Kernel, { target, checked = false }: LlvmOptions): string {
  const { bitcode, internal } = build([kernel], { target, checked });
  return emitAssembly(bitcode, internal, target);
}

/** The kernel's LLVM IR, as it goes into code generation. */
export function kernelLlvm(kernel: Kernel, { target, checked = false }: LlvmOptions): string {
  const { bitcode, internal } = build([kernel], { target, checked });
  return emitLlvm(bitcode, internal, target);
}

/** The object with `thimble_run`, which runs plans (runtime/plan-abi.ts). It is the same for all of them. */
export function compileDriver(target: TargetInfo): Uint8Array {
  return emitObject(driverText(), [], target);
}

/** Loads both LLVMs. Throws, with the command that installs it, where one is missing. */
export function requireLlvm(): void {
  libLlvm();
  llvm14();
}
