/** Threads for native code: the address of libgomp's `GOMP_parallel`, which forks and joins in about a microsecond. */
import koffi from 'koffi';

const RTLD_NOW = 2;
/** Without it the library may be unmapped at exit while its threads still wait in it. */
const RTLD_NODELETE = 0x1000;

let address: bigint | undefined;

/** Address of `void parallel(void (*work)(void *), void *data, unsigned threads, unsigned flags)`. */
export function parallelAddress(): bigint {
  if (address !== undefined) return address;
  const libc = koffi.load('libc.so.6');
  const open = libc.func('dlopen', 'void *', ['str', 'int']);
  const symbol = libc.func('dlsym', 'void *', ['void *', 'str']);
  const library = open('libgomp.so.1', RTLD_NOW | RTLD_NODELETE);
  if (!library) throw new Error('libgomp.so.1 is missing; install it with: apt-get install -y libgomp1');
  address = koffi.address(symbol(library, 'GOMP_parallel'));
  return address;
}
