/** Kernels → bitcode, in LLVM 14's one module, which is left as empty as it was. */
import type { Kernel } from '../loop/ir.js';
import { verifyKernel } from '../loop/verify.js';
import type { EmitJob } from './emit-parallel.js';
import type { Ir } from './ir.js';
import { type Llvm14, llvm14 } from './llvm14.js';

const SYMBOL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws on a kernel that is not well formed. `lower` adds one to the module under construction. */
export function buildModule(
  kernels: readonly Kernel[],
  start: (lib: Llvm14) => Ir,
  lower: (ir: Ir, kernel: Kernel) => void,
): EmitJob {
  const names = kernels.map((k) => k.name);
  for (const name of names) {
    if (!SYMBOL.test(name))
      throw new Error(`a kernel cannot be named ${JSON.stringify(name)}: letters, digits and _ only`);
  }
  if (new Set(names).size !== names.length) throw new Error('two kernels of one object have the same name');
  const problems = kernels.flatMap((k) => verifyKernel(k));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const lib = llvm14();
  const ir = start(lib);
  try {
    for (const kernel of kernels) lower(ir, kernel);
    lib.define([...ir.leaves.values()].map((l) => l.text).join(''));
    return { bitcode: lib.bitcode(), internal: [...ir.leaves.keys()] };
  } finally {
    ir.erase();
  }
}
