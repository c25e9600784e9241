/** What this machine can do, measured in the same run as the programs: fused multiply-adds, and copies of so many bytes. */
import koffi from 'koffi';
import { compileKernels } from '../src/emitters/llvm/index.js';
import { KernelBuilder } from '../src/emitters/loop/builder.js';
import type { Kernel } from '../src/emitters/loop/ir.js';
import type { TargetInfo } from '../src/rules/target.js';
import { loadObject } from '../src/runtime/code.js';

const ROUNDS = 200_000;

/** As many independent chains of fma as registers allow, beside two operands. */
function fmaKernel(target: TargetInfo): { kernel: Kernel; flops: number; count: number } {
  const lanes = target.vectorBits / 32;
  const chains = target.vectorRegisters - 4;
  const b = new KernelBuilder('fma_peak', 1);
  const out = b.buffer('out', 'f32', chains * lanes, 'write');
  const type = { element: 'f32', lanes } as const;
  const factor = b.constant(type, 0.999);
  const inits = Array.from({ length: chains }, (_, k) => b.constant(type, 1 + k));
  const done = b.loop('round', b.index(0), b.index(ROUNDS), 1, inits, (_, x) => x.map((v) => b.fma(v, factor, factor)));
  done.forEach((v, k) => {
    b.store(out, b.index(k * lanes), v);
  });
  return { kernel: b.finish(), flops: 2 * chains * lanes * ROUNDS, count: chains * lanes };
}

function fastest(run: () => void, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < times; k++) {
    const start = process.hrtime.bigint();
    run();
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}

/** GFLOP/s of one core in f32 fused multiply-adds, two operations each. */
export function fmaPeak(target: TargetInfo): number {
  const { kernel, flops, count } = fmaKernel(target);
  const code = loadObject(compileKernels([kernel], { target }));
  const call = koffi.decode(
    code.address(kernel.name),
    koffi.proto('void fma_peak_kernel(void *, void *, int64, int64)'),
  );
  const out = new Float32Array(count);
  const slots = new BigUint64Array([koffi.address(out) as bigint]);
  const args = new Int32Array([0]);
  const nanoseconds = fastest(() => call(slots, args, 0, 1), 20);
  code.dispose();
  return flops / nanoseconds;
}

/** Microseconds to copy so many bytes from one place to another, with the C library's memcpy. */
export function copyTime(bytes: number): number {
  const memcpy = koffi.load('libc.so.6').func('void *memcpy(void *to, void *from, size_t n)');
  const [from, to] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)];
  return fastest(() => memcpy(to, from, bytes), 30) / 1e3;
}
