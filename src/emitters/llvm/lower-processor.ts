/**
 * A kernel for a processor: a function with the plan's calling convention (runtime/plan-abi.ts), which looks its buffers
 * up and runs a range of its tasks.
 */
import type llvm from 'llvm-bindings';
import { INDEX, type Kernel } from '../loop/ir.js';
import type { Ir, Pointer, Value } from './ir.js';
import { KIND_BITS, type Kind } from './llvm14.js';
import { KernelLowering, parameters } from './lower.js';
import { memoryKind } from './memory.js';

/** Bytes of local buffers that one kernel may have: they live on the stack of the thread that runs the task. */
export const MAX_LOCAL_BYTES = 256 * 1024;

/** Adds a kernel, which the loop IR's verifier has passed, to the module under construction. */
export function lowerKernel(ir: Ir, kernel: Kernel, checked: boolean): void {
  new ProcessorKernel(ir, kernel, checked).run();
}

class ProcessorKernel extends KernelLowering {
  constructor(
    ir: Ir,
    kernel: Kernel,
    private readonly checked: boolean,
  ) {
    super(ir, kernel);
  }

  run(): void {
    const { ir, kernel } = this;
    const { lib } = ir;
    const i64 = lib.type('i64', 1);
    const types = [lib.pointerTo(lib.pointer('i8')), lib.pointer('i32'), i64, i64];
    const [slots, args, first, last] = ir.begin(kernel.name, types) as [llvm.Value, llvm.Value, llvm.Value, llvm.Value];
    const lo: Value = { it: first, kind: 'i64', lanes: 1 };
    const hi: Value = { it: last, kind: 'i64', lanes: 1 };
    const argument = (p: number, kind: Kind): Pointer => {
      const slot = ir.load(ir.offset({ it: args, kind: 'i32' }, ir.index(p)), 1);
      return ir.pointerAt(slots, slot, kind);
    };
    const globals = parameters(kernel);
    for (const [p, b] of globals.entries()) this.pointers[b.id] = argument(p, memoryKind(b.element));
    this.makeLocals();
    const end = ir.block('end');
    if (this.checked) this.violation = { record: argument(globals.length, 'i64').it, end };
    this.repeat(lo, hi, 1, [], (task) => {
      this.define(kernel.task, INDEX, task);
      this.block(kernel.body);
      return [];
    });
    ir.go(end);
    ir.at(end);
    if (this.streams) ir.callVoid('llvm.x86.sse.sfence', []);
    ir.ret();
  }

  private makeLocals(): void {
    let total = 0;
    for (const b of this.kernel.buffers) {
      if (b.space !== 'local') continue;
      const kind = memoryKind(b.element);
      const bytes = (b.count * KIND_BITS[kind]) / 8;
      total += bytes;
      if (total > MAX_LOCAL_BYTES) {
        throw new Error(
          `kernel ${this.kernel.name}: local buffers of more than ${MAX_LOCAL_BYTES} bytes; larger ones belong in the workspace`,
        );
      }
      this.pointers[b.id] = this.ir.stack(kind, bytes);
    }
  }

  protected fromThread(): never {
    throw blocksOnly('fromThread');
  }

  protected loadWords(): never {
    throw blocksOnly('a load of words');
  }

  protected mma(): never {
    throw blocksOnly('a matrix instruction');
  }

  protected barrier(): never {
    throw blocksOnly('a barrier');
  }

  protected atomic(): never {
    throw blocksOnly('an atomic');
  }
}

const blocksOnly = (what: string): Error =>
  new Error(`internal error: ${what} is for kernels of blocks, which processors do not run`);
