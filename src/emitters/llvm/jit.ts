/** Brings objects into this process with LLVM's ORC: the `CodeLoader` of src/runtime/code.ts. */
import { type Handle, libLlvm, type Out, succeed } from './libllvm.js';
import { createMachine } from './target.js';

class JitCode {
  private readonly known = new Map<string, bigint>();

  constructor(private jit: Handle) {}

  /** Throws when the object defines no such symbol, or when one it needs is not in the process. */
  address(symbol: string): bigint {
    const known = this.known.get(symbol);
    if (known !== undefined) return known;
    if (!this.jit) throw new Error(`code is used after its disposal: ${symbol}`);
    const out: Out<bigint | number> = [null];
    succeed(libLlvm().LLVMOrcLLJITLookup(this.jit, out, symbol), `no address of ${symbol}`);
    const address = BigInt(out[0]!);
    this.known.set(symbol, address);
    return address;
  }

  dispose(): void {
    if (!this.jit) return;
    const { jit } = this;
    this.jit = null;
    this.known.clear();
    succeed(libLlvm().LLVMOrcDisposeLLJIT(jit), 'unloading code');
  }
}

/** Each object has a session of its own, so that equal symbols of two objects do not meet. */
export class JitLoader {
  load(object: Uint8Array): JitCode {
    const lib = libLlvm();
    const builder = lib.LLVMOrcCreateLLJITBuilder();
    // The builder takes the machine over.
    const machine = lib.LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(createMachine('x86-64'));
    lib.LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(builder, machine);
    const made: Out<Handle> = [null];
    succeed(lib.LLVMOrcCreateLLJIT(made, builder), 'starting the loader');
    const code = new JitCode(made[0]);
    try {
      const dylib = lib.LLVMOrcLLJITGetMainJITDylib(made[0]);
      const process: Out<Handle> = [null];
      const prefix = lib.LLVMOrcLLJITGetGlobalPrefix(made[0]);
      succeed(lib.LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(process, prefix, null, null), 'process symbols');
      lib.LLVMOrcJITDylibAddGenerator(dylib, process[0]);
      const buffer = lib.LLVMCreateMemoryBufferWithMemoryRangeCopy(object, object.length, 'object');
      succeed(lib.LLVMOrcLLJITAddObjectFile(made[0], dylib, buffer), 'loading an object');
    } catch (e) {
      code.dispose();
      throw e;
    }
    return code;
  }
}
