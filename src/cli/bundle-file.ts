/** Bundles given to commands that take programs. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Command } from 'commander';
import { isBundle } from '../runtime/bundle/container.js';
import { UsageError } from './errors.js';

const START_BYTES = 16;

/** Does the file begin as bundles do? One that cannot be read does not: who reads it next says why. */
export function isBundleFile(file: string): boolean {
  const start = new Uint8Array(START_BYTES);
  try {
    const fd = openSync(file, 'r');
    try {
      return readSync(fd, start, 0, START_BYTES, 0) === START_BYTES && isBundle(start);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Options that decide how a program is compiled, which a bundle is already. */
const COMPILING = ['target', 'precision', 'rules', 'library', 'checked', 'inputShapes'];

/** Throws where the command was told how to compile. */
export function refuseCompiling(command: Command, file: string): void {
  const given = COMPILING.filter((name) => command.getOptionValueSource(name) === 'cli');
  if (given.length === 0) return;
  const flag = given[0]!.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
  throw new UsageError(
    `${file} is compiled already: --${flag} decides nothing any more`,
    'give it to `thimble compile --emit bundle`',
  );
}
