/** Threads for native code: the address of libgomp's `GOMP_parallel`, which forks and joins in about a microsecond. */
import koffi from 'koffi';
import { openShared } from './shared-library.js';

let address: bigint | undefined;

/** Address of `void parallel(void (*work)(void *), void *data, unsigned threads, unsigned flags)`. */
export function parallelAddress(): bigint {
  if (address !== undefined) return address;
  const symbol = koffi.load('libc.so.6').func('dlsym', 'void *', ['void *', 'str']);
  address = koffi.address(symbol(openShared('libgomp.so.1', 'libgomp1'), 'GOMP_parallel'));
  return address;
}
