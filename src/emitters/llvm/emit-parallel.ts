/**
 * Several modules optimised and made objects at once. JavaScript has one thread here, so the threads are native: a
 * function of our own, which calls LLVM's C interface, runs under the same `GOMP_parallel` that kernels run under.
 */
import koffi from 'koffi';
import type { TargetInfo } from '../../rules/target.js';
import { functionAddress, type Handle, succeed, takeBytes, takeText } from './libllvm.js';
import { DATA_LAYOUT, TRIPLE } from './llvm14.js';
import { closeModule, emitObject, OBJECT, openModule, PASSES, passOptions } from './llvm19.js';
import { machineFor } from './target.js';

export interface EmitJob {
  readonly bitcode: Uint8Array;
  /** Functions that nobody outside the module calls. */
  readonly internal: readonly string[];
}

/** What native threads are made with; the runtime has it. */
export interface NativeThreads {
  /** Address of `GOMP_parallel` or a function like it. */
  readonly parallel: bigint;
  /** Brings an object into the process, for good. */
  readonly load: (object: { readonly bytes: Uint8Array; readonly symbols: readonly string[] }) => {
    address(symbol: string): bigint;
  };
}

/** 64-bit words of the table that the native function reads: a header, then jobs. */
const HEADER = { next: 0, jobs: 1, runPasses: 2, emit: 3, passes: 4, options: 5 } as const;
const HEADER_WORDS = 6;
const JOB = { module: 0, machine: 1, passError: 2, failed: 3, message: 4, buffer: 5 } as const;
const JOB_WORDS = 6;

const word = (name: string, base: string, index: number, type: string): string =>
  `%${name}.p = getelementptr i64, ptr ${base}, i64 ${index}\n  %${name} = load ${type}, ptr %${name}.p`;

const WORKER = `target datalayout = "${DATA_LAYOUT}"
target triple = "${TRIPLE}"

define void @work(ptr %t) nounwind {
entry:
  ${word('count', '%t', HEADER.jobs, 'i64')}
  ${word('runPasses', '%t', HEADER.runPasses, 'ptr')}
  ${word('emit', '%t', HEADER.emit, 'ptr')}
  ${word('passes', '%t', HEADER.passes, 'ptr')}
  ${word('options', '%t', HEADER.options, 'ptr')}
  br label %claim
claim:
  %i = atomicrmw add ptr %t, i64 1 monotonic
  %some = icmp slt i64 %i, %count
  br i1 %some, label %run, label %done
run:
  %words = mul i64 %i, ${JOB_WORDS}
  %from = add i64 %words, ${HEADER_WORDS}
  %job = getelementptr i64, ptr %t, i64 %from
  ${word('module', '%job', JOB.module, 'ptr')}
  ${word('machine', '%job', JOB.machine, 'ptr')}
  %error = call ptr %runPasses(ptr %module, ptr %passes, ptr %machine, ptr %options)
  %error.p = getelementptr i64, ptr %job, i64 ${JOB.passError}
  store ptr %error, ptr %error.p
  %wrong = icmp ne ptr %error, null
  br i1 %wrong, label %claim, label %generate
generate:
  %message.p = getelementptr i64, ptr %job, i64 ${JOB.message}
  %buffer.p = getelementptr i64, ptr %job, i64 ${JOB.buffer}
  %status = call i32 %emit(ptr %machine, ptr %module, i32 ${OBJECT}, ptr %message.p, ptr %buffer.p)
  %status.w = zext i32 %status to i64
  %failed.p = getelementptr i64, ptr %job, i64 ${JOB.failed}
  store i64 %status.w, ptr %failed.p
  br label %claim
done:
  ret void
}
`;

let worker: bigint | undefined;

const address = (handle: Handle): bigint => koffi.address(handle);
const handleAt = (value: bigint): Handle => (value === 0n ? null : (value as unknown as Handle));

/** An object of each job, made by so many threads. */
export function emitObjects(
  jobs: readonly EmitJob[],
  target: TargetInfo,
  { parallel, load }: NativeThreads,
  threads: number,
): Uint8Array[] {
  worker ??= load({ bytes: emitObject(WORKER, [], target), symbols: ['work'] }).address('work');
  const open = jobs.map((job) => openModule(job.bitcode, job.internal));
  try {
    const passes = Buffer.from(`${PASSES}\0`);
    const table = new BigUint64Array(HEADER_WORDS + JOB_WORDS * jobs.length);
    table[HEADER.jobs] = BigInt(jobs.length);
    table[HEADER.runPasses] = functionAddress('LLVMRunPasses');
    table[HEADER.emit] = functionAddress('LLVMTargetMachineEmitToMemoryBuffer');
    table[HEADER.passes] = koffi.address(passes);
    table[HEADER.options] = address(passOptions());
    const at = (i: number, field: number): number => HEADER_WORDS + JOB_WORDS * i + field;
    for (const [i, { module }] of open.entries()) {
      table[at(i, JOB.module)] = address(module);
      table[at(i, JOB.machine)] = address(machineFor(target, i));
    }
    fork(parallel, worker, table, Math.min(threads, jobs.length));
    return jobs.map((_, i) => {
      succeed(handleAt(table[at(i, JOB.passError)]!), 'LLVM passes');
      if (table[at(i, JOB.failed)]) {
        throw new Error(`LLVM cannot generate code: ${takeText(handleAt(table[at(i, JOB.message)]!))}`);
      }
      return takeBytes(handleAt(table[at(i, JOB.buffer)]!));
    });
  } finally {
    for (const m of open) closeModule(m);
  }
}

type Fork = (work: bigint, data: BigUint64Array, threads: number, flags: number) => void;
let forkProto: ReturnType<typeof koffi.proto> | undefined;

function fork(parallel: bigint, work: bigint, table: BigUint64Array, threads: number): void {
  forkProto ??= koffi.proto('void', ['void *', 'void *', 'uint', 'uint']);
  (koffi.decode(parallel, forkProto) as Fork)(work, table, threads, 0);
}
