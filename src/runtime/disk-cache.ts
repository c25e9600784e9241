/** Machine code kept between processes: one file an entry, checked when read, the least recently used dropped. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What every entry begins with: what it is, then the checksum of the rest. */
const MAGIC = Buffer.from('THIMBLE\x01', 'latin1');
const CHECKSUM_BYTES = 32;
const SUFFIX = '.o';
const MAX_BYTES = 256 * 2 ** 20;
/** Entries older than this are marked as used again when they are. */
const TOUCH_AFTER_MS = 24 * 3600 * 1000;

const checksum = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export class DiskCache {
  private swept = false;

  constructor(
    readonly folder: string,
    private readonly maxBytes = MAX_BYTES,
  ) {}

  /** Where THIMBLE_CACHE_DIR, XDG_CACHE_HOME or the home folder say; none where THIMBLE_CACHE=off. */
  static default(env: NodeJS.ProcessEnv = process.env): DiskCache | undefined {
    if (env.THIMBLE_CACHE === 'off') return undefined;
    return new DiskCache(env.THIMBLE_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'thimble'));
  }

  /** The entry, or undefined where there is none, or none that can be trusted. */
  get(key: string): Uint8Array | undefined {
    const file = this.file(key);
    let content: Buffer;
    try {
      content = readFileSync(file);
    } catch {
      return undefined;
    }
    const start = MAGIC.length + CHECKSUM_BYTES;
    const bytes = content.subarray(start);
    const sound =
      content.length > start &&
      content.subarray(0, MAGIC.length).equals(MAGIC) &&
      checksum(bytes).equals(content.subarray(MAGIC.length, start));
    if (!sound) {
      remove(file);
      return undefined;
    }
    this.touch(file);
    return bytes;
  }

  /** A cache that cannot be written is no cache, and no error. */
  put(key: string, bytes: Uint8Array): void {
    const temporary = join(this.folder, `.${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      // What lies here is run: nobody else may write it.
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, Buffer.concat([MAGIC, checksum(bytes), bytes]), { mode: 0o600 });
      renameSync(temporary, this.file(key));
      if (!this.swept) this.sweep();
    } catch {
      remove(temporary);
    }
  }

  private file = (key: string): string => join(this.folder, `${key}${SUFFIX}`);

  private touch(file: string): void {
    try {
      const now = new Date();
      if (now.getTime() - statSync(file).mtimeMs > TOUCH_AFTER_MS) utimesSync(file, now, now);
    } catch {
      // Someone else removed it, or it is not ours to touch: it was read, which is all that counts.
    }
  }

  /** Once a process: down to the bound, the oldest first. */
  private sweep(): void {
    this.swept = true;
    const entries = readdirSync(this.folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => ({ name, ...sizeAndAge(join(this.folder, name)) }))
      .sort((a, b) => b.usedAt - a.usedAt);
    let total = 0;
    for (const { name, bytes } of entries) {
      total += bytes;
      if (total > this.maxBytes) rmSync(join(this.folder, name), { force: true });
    }
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Not ours to remove, or in a folder that is none.
  }
}

function sizeAndAge(file: string): { bytes: number; usedAt: number } {
  const s = statSync(file, { throwIfNoEntry: false });
  return { bytes: s?.size ?? 0, usedAt: s?.mtimeMs ?? 0 };
}
