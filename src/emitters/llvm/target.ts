/** Target machines of LLVM 19, one for each processor that code is made for. */
import type { TargetInfo } from '../../rules/target.js';
import { type Handle, libLlvm, type Out, takeText } from './libllvm.js';
import { TRIPLE } from './llvm14.js';

/** LLVM's numbers: code generation as for -O1 (-O2 reorders after register allocation, which processors do themselves), position-independent, the small code model (not the JIT's, a slow one). */
const OPTIMISE = 1;
const PIC = 2;
const SMALL = 3;

const machines = new Map<string, Handle[]>();
let initialised: Handle | undefined;

function x86(): Handle {
  if (initialised) return initialised;
  const lib = libLlvm();
  lib.LLVMInitializeX86TargetInfo();
  lib.LLVMInitializeX86Target();
  lib.LLVMInitializeX86TargetMC();
  lib.LLVMInitializeX86AsmPrinter();
  const target: Out<Handle> = [null];
  const message: Out<Handle> = [null];
  if (lib.LLVMGetTargetFromTriple(TRIPLE, target, message)) {
    throw new Error(`libLLVM has no x86-64 code generator: ${takeText(message[0])}`);
  }
  initialised = target[0];
  return initialised;
}

function createMachine(cpu: string): Handle {
  const lib = libLlvm();
  const native = cpu === 'native';
  const name = native ? takeText(lib.LLVMGetHostCPUName()) : cpu;
  const features = native ? takeText(lib.LLVMGetHostCPUFeatures()) : '';
  return lib.LLVMCreateTargetMachine(x86(), TRIPLE, name, features, OPTIMISE, PIC, SMALL);
}

/** The shared target machine for code of this target; one works for one thread at a time, so there are several. */
export function machineFor(target: Pick<TargetInfo, 'cpu'>, thread = 0): Handle {
  let made = machines.get(target.cpu);
  if (!made) machines.set(target.cpu, (made = []));
  while (made.length <= thread) made.push(createMachine(target.cpu));
  return made[thread]!;
}
