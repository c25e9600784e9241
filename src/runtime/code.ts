/** Machine code in the process, shared by the programs that need it. */
import { mapImage } from './image.js';
import { linkImage } from './link.js';

/** A relocatable object: the machine code of some kernels. */
export interface CodeObject {
  /** Objects of the same key are the same. */
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly symbols: readonly string[];
}

export interface LoadedCode {
  /** Where a symbol of the object lies. Throws when there is no such symbol. */
  address(symbol: string): bigint;
  /** Unmaps the code; nothing may run in it any more. */
  dispose(): void;
}

/** One object alone. */
export const loadObject = (object: Pick<CodeObject, 'bytes' | 'symbols'>): LoadedCode => mapImage(linkImage([object]));

/** Loaded objects, shared by the programs that need them and unmapped when the last one lets go. */
export class CodePool {
  private readonly loaded = new Map<string, { readonly code: LoadedCode; users: number }>();

  /** The code of several objects as one. */
  link(objects: readonly CodeObject[]): LoadedCode {
    const keys: string[] = [];
    const bySymbol = new Map<string, LoadedCode>();
    const dispose = () => {
      for (const key of keys.splice(0)) this.release(key);
    };
    try {
      for (const object of objects) {
        const code = this.acquire(object);
        keys.push(object.key);
        for (const symbol of object.symbols) bySymbol.set(symbol, code);
      }
    } catch (e) {
      dispose();
      throw e;
    }
    return {
      address: (symbol) => {
        const code = bySymbol.get(symbol);
        if (!code) throw new Error(`internal error: no object defines ${symbol}`);
        return code.address(symbol);
      },
      dispose,
    };
  }

  private acquire(object: CodeObject): LoadedCode {
    const { key } = object;
    let entry = this.loaded.get(key);
    if (!entry) this.loaded.set(key, (entry = { code: loadObject(object), users: 0 }));
    entry.users++;
    return entry.code;
  }

  private release(key: string): void {
    const entry = this.loaded.get(key)!;
    if (--entry.users > 0) return;
    this.loaded.delete(key);
    entry.code.dispose();
  }
}
