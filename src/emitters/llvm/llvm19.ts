/** From bitcode or text to optimised code, with LLVM 19. */
import type { TargetInfo } from '../../rules/target.js';
import { type Handle, libLlvm, type Out, succeed, takeBytes, takeText } from './libllvm.js';
import { machineFor } from './target.js';

/** Kernels come with their loops, vectors and fmas decided: what is left is to inline the leaves and tidy up. */
export const PASSES = 'function(lower-expect),always-inline,globaldce,function(sroa,early-cse,simplifycfg)';

const INTERNAL = 8;
const ASSEMBLY = 0;
export const OBJECT = 1;
const RETURN_STATUS = 2;
/** Parsed and verified; passes have not run. */
export interface OpenModule {
  readonly context: Handle;
  readonly module: Handle;
}

/** `internal`: functions that nobody outside the module calls. */
export function openModule(source: Uint8Array | string, internal: readonly string[]): OpenModule {
  const lib = libLlvm();
  const context = lib.LLVMContextCreate();
  try {
    const module = parse(context, source);
    for (const name of internal) lib.LLVMSetLinkage(lib.LLVMGetNamedFunction(module, name), INTERNAL);
    const message: Out<Handle> = [null];
    const broken = lib.LLVMVerifyModule(module, RETURN_STATUS, message);
    const text = takeText(message[0]);
    if (broken) {
      lib.LLVMDisposeModule(module);
      throw new Error(`internal error: LLVM refuses the code: ${text}`);
    }
    return { context, module };
  } catch (e) {
    lib.LLVMContextDispose(context);
    throw e;
  }
}

export function closeModule({ context, module }: OpenModule): void {
  libLlvm().LLVMDisposeModule(module);
  libLlvm().LLVMContextDispose(context);
}

/** Opens, optimises, hands the module to `use` and frees it. */
function withModule<T>(
  source: Uint8Array | string,
  internal: readonly string[],
  target: TargetInfo,
  use: (module: Handle) => T,
): T {
  const open = openModule(source, internal);
  try {
    succeed(libLlvm().LLVMRunPasses(open.module, PASSES, machineFor(target), passOptions()), 'LLVM passes');
    return use(open.module);
  } finally {
    closeModule(open);
  }
}

function parse(context: Handle, source: Uint8Array | string): Handle {
  const lib = libLlvm();
  const bytes = typeof source === 'string' ? Buffer.from(`${source}\0`) : source;
  const size = typeof source === 'string' ? bytes.length - 1 : bytes.length;
  const buffer = lib.LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, size, 'kernels');
  const module: Out<Handle> = [null];
  if (typeof source === 'string') {
    const message: Out<Handle> = [null];
    if (lib.LLVMParseIRInContext(context, buffer, module, message)) {
      throw new Error(`internal error: LLVM does not parse the text: ${takeText(message[0])}`);
    }
    return module[0];
  }
  const failed = lib.LLVMParseBitcodeInContext2(context, buffer, module);
  lib.LLVMDisposeMemoryBuffer(buffer);
  if (failed) throw new Error('internal error: LLVM 19 does not read the bitcode');
  return module[0];
}

let options: Handle | undefined;
export function passOptions(): Handle {
  options ??= libLlvm().LLVMCreatePassBuilderOptions();
  return options;
}

function emit(module: Handle, target: TargetInfo, kind: number): Uint8Array {
  const message: Out<Handle> = [null];
  const buffer: Out<Handle> = [null];
  if (libLlvm().LLVMTargetMachineEmitToMemoryBuffer(machineFor(target), module, kind, message, buffer)) {
    throw new Error(`LLVM cannot generate code: ${takeText(message[0])}`);
  }
  return takeBytes(buffer[0]);
}

export const emitObject = (source: Uint8Array | string, internal: readonly string[], target: TargetInfo): Uint8Array =>
  withModule(source, internal, target, (module) => emit(module, target, OBJECT));

export const emitAssembly = (source: Uint8Array | string, internal: readonly string[], target: TargetInfo): string =>
  withModule(source, internal, target, (module) => new TextDecoder().decode(emit(module, target, ASSEMBLY)));

/** The optimised module as text. */
export const emitLlvm = (source: Uint8Array | string, internal: readonly string[], target: TargetInfo): string =>
  withModule(source, internal, target, (module) => takeText(libLlvm().LLVMPrintModuleToString(module)));
