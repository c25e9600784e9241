/** Where a bundle's bytes come from: a file, of any size, or memory. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BundleError } from './field.js';

export interface Source {
  /** What messages call it. */
  readonly name: string;
  readonly bytes: number;
  /** Fills `into` with what begins at `offset`. Throws `BundleError` where there is less. */
  read(offset: number, into: Uint8Array): void;
}

export const sourceOf = (from: string | Uint8Array): Source =>
  typeof from === 'string' ? fileSource(from) : memorySource(from);

function memorySource(memory: Uint8Array): Source {
  const name = 'the bundle';
  const read = (offset: number, into: Uint8Array) => {
    if (offset + into.length > memory.length) throw cutOff();
    into.set(memory.subarray(offset, offset + into.length));
  };
  return { name, bytes: memory.length, read };
}

/** The file is open only while it is read. */
function fileSource(file: string): Source {
  const read = (offset: number, into: Uint8Array) =>
    withFile(file, (fd) => {
      for (let done = 0; done < into.length; ) {
        const got = readSync(fd, into, done, Math.min(into.length - done, MOST_AT_ONCE), offset + done);
        if (got === 0) throw cutOff();
        done += got;
      }
    });
  const bytes = withFile(file, (fd) => {
    const found = fstatSync(fd);
    if (!found.isFile()) throw new BundleError('it is no file');
    return found.size;
  });
  return { name: file, bytes, read };
}

/** Node reads less than 2 GiB at a time. */
const MOST_AT_ONCE = 2 ** 30;

function withFile<T>(file: string, use: (fd: number) => T): T {
  const fd = openSync(file, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

export const cutOff = (): BundleError => new BundleError('it ends too early');
