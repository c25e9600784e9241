/** Machine code as one block that runs wherever it is put: how code lies in bundles and comes into the process. */
import type { LoadedCode } from './code.js';
import { alignUp } from './memory.js';
import { libc } from './native.js';
import { symbolAddress } from './shared-library.js';

export const PAGE = 4096;
/** Bytes that the address of an imported function takes. */
export const IMPORT_BYTES = 8;

export interface Image {
  /** Code; from `codeBytes` on what it reads; at the end a place for the address of each import. */
  readonly bytes: Uint8Array;
  /** Whole pages. */
  readonly codeBytes: number;
  /** Where each function begins. */
  readonly symbols: ReadonlyMap<string, number>;
  /** Functions of the C library and of foreign libraries that the code calls. */
  readonly imports: readonly string[];
}

const PROTECTION = { read: 1, write: 2, execute: 4 } as const;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FAILED = 2n ** 64n - 1n;

/** Brings the image into the process. Throws where a function that it calls is not there. */
export function mapImage(image: Image): LoadedCode {
  const { bytes, codeBytes, symbols, imports } = image;
  const addresses = BigUint64Array.from(imports, (name) => symbolAddress(name));
  const size = alignUp(Math.max(bytes.length, 1), PAGE);
  const base = map(size);
  let mapped = true;
  const dispose = () => {
    if (mapped) libc().munmap(base, size);
    mapped = false;
  };
  try {
    const importsAt = bytes.length - imports.length * IMPORT_BYTES;
    copy(base, bytes);
    copy(base + BigInt(importsAt), new Uint8Array(addresses.buffer));
    protect(base, codeBytes, PROTECTION.read | PROTECTION.execute);
    protect(base + BigInt(codeBytes), size - codeBytes, PROTECTION.read);
  } catch (e) {
    dispose();
    throw e;
  }
  const address = (symbol: string): bigint => {
    if (!mapped) throw new Error(`internal error: code is used after its disposal: ${symbol}`);
    const offset = symbols.get(symbol);
    if (offset === undefined) throw new Error(`internal error: no machine code defines ${symbol}`);
    return base + BigInt(offset);
  };
  return { address, dispose };
}

function map(size: number): bigint {
  const base = BigInt(libc().mmap(null, size, PROTECTION.read | PROTECTION.write, MAP_PRIVATE_ANONYMOUS, -1, 0));
  if (base === MAP_FAILED) throw new RangeError(`there is no memory left for ${size} bytes of code`);
  return base;
}

function protect(address: bigint, bytes: number, protection: number): void {
  if (bytes === 0 || libc().mprotect(address, bytes, protection) === 0) return;
  throw new Error('the system allows no memory to become machine code: is a security policy in the way?');
}

function copy(to: bigint, from: Uint8Array): void {
  if (from.length > 0) libc().memcpy(to, from, from.length);
}
