/** The native functions that run plans. */
import koffi from 'koffi';
import type { LoadedCode } from './code.js';
import { ENTRY_SYMBOL } from './plan-abi.js';
import { GROUP_SYMBOLS } from './plan-group-abi.js';

export interface Entry {
  /** `thimble_run`. */
  (context: bigint): number;
  async(context: bigint, done: (error: unknown, status: number) => void): void;
  /** Where the functions of plan-group-abi.ts lie. */
  readonly process: bigint;
  readonly exchange: bigint;
  stop(hub: bigint): void;
}

/** What an object must define to be an entry. */
export const ENTRY_SYMBOLS: readonly string[] = [ENTRY_SYMBOL, ...Object.values(GROUP_SYMBOLS)];

let types: { readonly run: ReturnType<typeof koffi.proto>; readonly stop: ReturnType<typeof koffi.proto> } | undefined;

/** The functions of code that defines `ENTRY_SYMBOLS`. */
export function entryOf({ address }: Pick<LoadedCode, 'address'>): Entry {
  types ??= {
    run: koffi.proto('int thimble_run(void *context)'),
    stop: koffi.proto('void thimble_stop(void *hub)'),
  };
  const run = koffi.decode(address(ENTRY_SYMBOL), types.run) as Entry;
  return Object.assign(run, {
    process: address(GROUP_SYMBOLS.process),
    exchange: address(GROUP_SYMBOLS.exchange),
    stop: koffi.decode(address(GROUP_SYMBOLS.stop), types.stop) as Entry['stop'],
  });
}
