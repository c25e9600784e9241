/** The few functions of the C library that the runtime calls, and how koffi is set up. */
import koffi from 'koffi';

/**
 * koffi runs native code on stacks of its own, of 2 MiB, and of 128 KiB in asynchronous calls: less than kernels may
 * take, and than OpenBLAS takes where it shares a factorization among threads (half a megabyte a level of recursion).
 */
const STACK_BYTES = 8 * 2 ** 20;
/** What a run takes that calls no foreign library. */
export const ASYNC_STACK_BYTES = 2 * 2 ** 20;

try {
  koffi.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES });
} catch {
  // Someone loaded a library before us: asyncStackIsEnough() says whether their setting will do.
}

/** Asynchronous calls with less stack than kernels may take would end the process. */
export const asyncStackIsEnough = (): boolean => (koffi.config().async_stack_size ?? 0) >= ASYNC_STACK_BYTES;

/** Foreign libraries would end the process where they find less stack than they expect. */
export function checkForeignStack(): void {
  const { sync_stack_size: sync = 0, async_stack_size: async = 0 } = koffi.config();
  if (Math.min(sync, async) >= STACK_BYTES) return;
  const setting = `{ sync_stack_size: ${STACK_BYTES}, async_stack_size: ${STACK_BYTES} }`;
  throw new Error(
    'a library was loaded through koffi before thimble, and its stacks are too small for foreign libraries: ' +
      `import thimble first, or call koffi.config(${setting}) before that`,
  );
}

export interface Libc {
  aligned_alloc(alignment: number, bytes: number): bigint | null;
  free(address: bigint): void;
  memcpy(to: bigint, from: Uint8Array, bytes: number): void;
  memset(to: bigint, byte: number, bytes: number): void;
  madvise(address: bigint, bytes: number, advice: number): number;
  mmap(at: null, bytes: number, protection: number, flags: number, file: number, offset: number): bigint | number;
  mprotect(address: bigint, bytes: number, protection: number): number;
  munmap(address: bigint, bytes: number): number;
}

let opened: Libc | undefined;

export function libc(): Libc {
  if (opened) return opened;
  const library = koffi.load('libc.so.6');
  opened = {
    aligned_alloc: library.func('void *aligned_alloc(size_t alignment, size_t bytes)'),
    free: library.func('void free(void *address)'),
    memcpy: library.func('memcpy', 'void', ['void *', 'const uint8_t *', 'size_t']),
    memset: library.func('memset', 'void', ['void *', 'int', 'size_t']),
    madvise: library.func('int madvise(void *address, size_t bytes, int advice)'),
    mmap: library.func('mmap', 'uintptr_t', ['void *', 'size_t', 'int', 'int', 'int', 'int64']),
    mprotect: library.func('int mprotect(void *address, size_t bytes, int protection)'),
    munmap: library.func('int munmap(void *address, size_t bytes)'),
  };
  return opened;
}
