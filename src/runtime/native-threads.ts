/** Threads of the system. */
import koffi from 'koffi';

interface Pthreads {
  pthread_create(thread: [bigint | number], attributes: null, start: bigint, argument: bigint): number;
  pthread_join: {
    (thread: bigint, result: null): number;
    async(thread: bigint, result: null, done: (error: unknown) => void): void;
  };
}

let opened: Pthreads | undefined;

function pthreads(): Pthreads {
  if (opened) return opened;
  const library = koffi.load('libc.so.6');
  opened = {
    pthread_create: library.func(
      'int pthread_create(_Out_ uint64_t *thread, void *attributes, void *start, void *argument)',
    ),
    pthread_join: library.func(
      'int pthread_join(uint64_t thread, void *result)',
    ) as unknown as Pthreads['pthread_join'],
  };
  return opened;
}

/** A thread that runs `void *start(void *argument)`; undefined where the system gives no more. */
export function startThread(start: bigint, argument: bigint): bigint | undefined {
  const thread: [bigint | number] = [0n];
  return pthreads().pthread_create(thread, null, start, argument) === 0 ? BigInt(thread[0]) : undefined;
}

/** Until it has ended. */
export const joinThread = (thread: bigint): void => void pthreads().pthread_join(thread, null);

export const joinThreadLater = (thread: bigint): Promise<void> =>
  new Promise((resolve, reject) => {
    pthreads().pthread_join.async(thread, null, (error) => (error ? reject(error) : resolve()));
  });

/** A number that native code has written. */
export const readInt32 = (address: bigint): number => koffi.decode(address, 'int32_t') as number;
