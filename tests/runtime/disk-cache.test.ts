import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskCache } from '../../src/runtime/disk-cache.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = Uint8Array.from({ length: 1000 }, (_, i) => i);

describe('DiskCache', () => {
  it('gives back what was put', () => {
    new DiskCache(folder).put('a', entry);
    expect(new Uint8Array(new DiskCache(folder).get('a')!)).toEqual(entry);
    expect(new DiskCache(folder).get('b')).toBeUndefined();
  });

  it('leaves no temporary files, and entries that only the user can write', () => {
    new DiskCache(folder).put('a', entry);
    expect(readdirSync(folder)).toEqual(['a.o']);
    expect(statSync(join(folder, 'a.o')).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a flipped bit', (b: Buffer) => b.fill(b[500]! ^ 4, 500, 501)],
    ['a lost end', (b: Buffer) => b.subarray(0, 700)],
    ['another format', (b: Buffer) => b.fill(0, 0, 1)],
    ['nothing in it', () => Buffer.alloc(0)],
  ])('ignores and removes an entry with %s', (_, damage) => {
    const cache = new DiskCache(folder);
    cache.put('a', entry);
    const file = join(folder, 'a.o');
    writeFileSync(file, damage(readFileSync(file)));
    expect(cache.get('a')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    cache.put('a', entry);
    expect(cache.get('a')).toBeDefined();
  });

  it('drops the entries used longest ago when it grows past its bound', () => {
    for (const [k, key] of ['old', 'middle', 'new'].entries()) {
      new DiskCache(folder).put(key, entry);
      utimesSync(join(folder, `${key}.o`), k, k);
    }
    new DiskCache(folder, 2500).put('newest', entry);
    expect(readdirSync(folder).sort()).toEqual(['new.o', 'newest.o']);
  });

  it('does without a folder that cannot be made', () => {
    const cache = new DiskCache('/dev/null/nowhere');
    cache.put('a', entry);
    expect(cache.get('a')).toBeUndefined();
  });

  it('lies where the environment says', () => {
    expect(DiskCache.default({ THIMBLE_CACHE: 'off' })).toBeUndefined();
    expect(DiskCache.default({ THIMBLE_CACHE_DIR: '/x' })?.folder).toBe('/x');
    expect(DiskCache.default({ XDG_CACHE_HOME: '/y' })?.folder).toBe('/y/thimble');
    expect(DiskCache.default({})?.folder).toMatch(/\.cache\/thimble$/);
  });
});
