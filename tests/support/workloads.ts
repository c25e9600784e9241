/** The JAX programs that lie beside a checkout in some places; tests that need them say so where they are absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/workloads');

/** Names of all programs; none where the folder is absent. */
export const WORKLOADS: readonly string[] = existsSync(folder)
  ? readdirSync(folder)
      .filter((f) => f.endsWith('.mlir'))
      .map((f) => f.slice(0, -'.mlir'.length))
  : [];

export const workloadPath = (name: string, ending: 'mlir' | 'json' | 'hlo.txt' | 'opt.hlo.txt' = 'mlir'): string =>
  join(folder, `${name}.${ending}`);

export const workloadText = (name: string): Uint8Array => readFileSync(workloadPath(name));

/** For test titles: says that there is nothing to test. */
export const ABSENT = WORKLOADS.length === 0 ? ' (skipped: ../shared/workloads is absent)' : '';
