/** How machine code comes into the process; the runtime is handed one and knows no compiler. */

export interface LoadedCode {
  /** Where a symbol of the object lies. Throws when there is no such symbol. */
  address(symbol: string): bigint;
  /** Unmaps the code; nothing may run in it any more. */
  dispose(): void;
}

export interface CodeLoader {
  /** Maps a relocatable object into the process, symbols of the process resolved. */
  load(object: Uint8Array): LoadedCode;
}
