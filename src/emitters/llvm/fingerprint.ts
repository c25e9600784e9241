/** What of the compiler, beside the kernel, decides the machine code: part of the key of the disk cache. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TargetInfo } from '../../rules/target.js';

let lowering: string | undefined;

/** Changes whenever this folder's code does, so that no one has to remember to raise a version. */
export function loweringFingerprint(): string {
  if (lowering !== undefined) return lowering;
  const folder = dirname(fileURLToPath(import.meta.url));
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (/(?<!\.d)\.[jt]s$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
  }
  lowering = hash.digest('hex');
  return lowering;
}

/** Equal for targets that get the same code. */
export const targetFingerprint = ({ arch, cpu, features }: TargetInfo): string =>
  `${arch} ${cpu} ${[...features].sort().join(' ')}`;
