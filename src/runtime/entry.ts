/** The native function that runs plans. */
import koffi from 'koffi';

export type Entry = {
  (context: bigint): number;
  async(context: bigint, done: (error: unknown, status: number) => void): void;
};

let entryType: ReturnType<typeof koffi.proto> | undefined;

/** `thimble_run` as a function, from its address. */
export function entryAt(address: bigint): Entry {
  entryType ??= koffi.proto('int thimble_run(void *context)');
  return koffi.decode(address, entryType) as Entry;
}
