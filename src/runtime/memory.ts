/** Memory of our own: aligned as kernels like it, freed when told. */
import { libc } from './native.js';

/** What constants and workspace buffers are aligned to: a cache line, and the widest vector. */
export const ALIGNMENT = 64;
const HUGE_PAGE = 2 * 2 ** 20;
const MADV_HUGEPAGE = 14;

export const alignUp = (bytes: number, to = ALIGNMENT): number => Math.ceil(bytes / to) * to;

export class NativeMemory {
  private freed = false;

  private constructor(
    readonly address: bigint,
    readonly bytes: number,
  ) {}

  /** Throws `RangeError` where the system has not that much. */
  static allocate(bytes: number): NativeMemory {
    // Large blocks on huge pages: fewer page faults at first, fewer misses later.
    const huge = bytes >= 2 * HUGE_PAGE;
    const alignment = huge ? HUGE_PAGE : ALIGNMENT;
    const size = alignUp(Math.max(bytes, 1), alignment);
    const address = libc().aligned_alloc(alignment, size);
    if (!address) throw new RangeError(`there is no memory left for ${bytes} bytes`);
    if (huge) libc().madvise(address, size, MADV_HUGEPAGE);
    return new NativeMemory(address, bytes);
  }

  write(offset: number, from: Uint8Array): void {
    if (offset + from.length > this.bytes) throw new RangeError('written past the end of native memory');
    if (from.length > 0) libc().memcpy(this.address + BigInt(offset), from, from.length);
  }

  fill(byte: number): void {
    libc().memset(this.address, byte, this.bytes);
  }

  free(): void {
    if (this.freed) return;
    this.freed = true;
    libc().free(this.address);
  }
}
