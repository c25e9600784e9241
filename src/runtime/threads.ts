/** Threads for native code: the address of libgomp's `GOMP_parallel`, which forks and joins in about a microsecond. */
import { openShared, symbolAddress } from './shared-library.js';

let address: bigint | undefined;

/** Address of `void parallel(void (*work)(void *), void *data, unsigned threads, unsigned flags)`. */
export function parallelAddress(): bigint {
  address ??= symbolAddress('GOMP_parallel', openShared('libgomp.so.1', 'libgomp1'));
  return address;
}
