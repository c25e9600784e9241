/** PTX from loop IR, through LLVM's NVPTX code generator. */
import type { GpuTarget } from '../../rules/target.js';
import type { Kernel } from '../loop/ir.js';
import { launchOf } from '../loop/launch.js';
import { buildModule } from './build.js';
import { Ir } from './ir.js';
import { type Handle, libLlvm, type Out, succeed, takeBytes, takeText } from './libllvm.js';
import { closeModule, openModule, PASSES, passOptions } from './llvm19.js';
import { lowerGpuKernel } from './lower-gpu.js';

const TRIPLE = 'nvptx64-nvidia-cuda';
const DATA_LAYOUT = 'e-i64:64-i128:128-v16:16-v32:32-n16:32:64';

/** The PTX version that a processor of a capability needs. */
const PTX_VERSION: Readonly<Record<number, string>> = { 80: '+ptx71', 86: '+ptx71', 89: '+ptx78', 90: '+ptx80' };

/** LLVM's numbers: -O2; where code and data lie is the driver's to choose. */
const OPTIMISE = 2;
const ANYWHERE = 0;
const ASSEMBLY = 0;

let generator: Handle | undefined;
const machines = new Map<string, Handle>();

function nvptx(): Handle {
  if (generator) return generator;
  const lib = libLlvm();
  lib.LLVMInitializeNVPTXTargetInfo();
  lib.LLVMInitializeNVPTXTarget();
  lib.LLVMInitializeNVPTXTargetMC();
  lib.LLVMInitializeNVPTXAsmPrinter();
  const target: Out<Handle> = [null];
  const message: Out<Handle> = [null];
  if (lib.LLVMGetTargetFromTriple(TRIPLE, target, message)) {
    throw new Error(`libLLVM has no NVPTX code generator: ${takeText(message[0])}`);
  }
  generator = target[0];
  return generator;
}

function machineOf({ processor, capability }: GpuTarget): Handle {
  let machine = machines.get(processor);
  if (!machine) {
    const version = PTX_VERSION[capability]!;
    machine = libLlvm().LLVMCreateTargetMachine(nvptx(), TRIPLE, processor, version, OPTIMISE, ANYWHERE, ANYWHERE);
    machines.set(processor, machine);
  }
  return machine;
}

/** Tells LLVM that a function is a kernel, and how many threads its blocks have. */
function annotate(context: Handle, module: Handle, kernel: Kernel): void {
  const lib = libLlvm();
  const { threads } = launchOf(kernel);
  const i32 = lib.LLVMInt32TypeInContext(context);
  const f = lib.LLVMValueAsMetadata(lib.LLVMGetNamedFunction(module, kernel.name));
  for (const [key, value] of [
    ['kernel', 1],
    ['maxntidx', threads],
  ] as const) {
    const number = lib.LLVMValueAsMetadata(lib.LLVMConstInt(i32, value, 0));
    const node = lib.LLVMMDNodeInContext2(
      context,
      [f, lib.LLVMMDStringInContext2(context, key, key.length), number],
      3,
    );
    lib.LLVMAddNamedMetadataOperand(module, 'nvvm.annotations', lib.LLVMMetadataAsValue(context, node));
  }
}

/** The kernels as one PTX module, each under its name. Throws on a kernel that is not well formed. */
export function compilePtx(kernels: readonly Kernel[], target: GpuTarget): string {
  const job = buildModule(kernels, (lib) => new Ir(lib, new Set(), false), lowerGpuKernel);
  const lib = libLlvm();
  const open = openModule(job.bitcode, job.internal);
  try {
    lib.LLVMSetTarget(open.module, TRIPLE);
    lib.LLVMSetDataLayout(open.module, DATA_LAYOUT);
    for (const kernel of kernels) annotate(open.context, open.module, kernel);
    succeed(lib.LLVMRunPasses(open.module, PASSES, machineOf(target), passOptions()), 'LLVM passes');
    const message: Out<Handle> = [null];
    const buffer: Out<Handle> = [null];
    if (lib.LLVMTargetMachineEmitToMemoryBuffer(machineOf(target), open.module, ASSEMBLY, message, buffer)) {
      throw new Error(`LLVM cannot generate PTX: ${takeText(message[0])}`);
    }
    return new TextDecoder().decode(takeBytes(buffer[0]));
  } finally {
    closeModule(open);
  }
}
