/** StableHLO's programs for several devices, compiled: processes are threads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { thimble } from '../cli/support.js';

const ROOT = fileURLToPath(new URL('../../../shared/stablehlo/interpret/', import.meta.url));
const present = existsSync(ROOT);
const files = present ? readdirSync(ROOT).sort() : [];
const runsSeveral = (file: string): boolean => readFileSync(`${ROOT}${file}`, 'utf8').includes('run_parallel');
/** The host, and other programs, are not reached from compiled ones. */
const TALKS = new Set(['infeed.mlir', 'outfeed.mlir', 'send_recv.mlir']);

describe(`on several devices${present ? '' : ' (skipped: ../shared/stablehlo is not there)'}`, () => {
  if (!present) test.skip('programs', () => {});
  test.each(files.filter((f) => runsSeveral(f) && !TALKS.has(f)))('%s', async (file) => {
    const { code, out } = await thimble('check', `${ROOT}${file}`);
    expect(out).toMatch(/(?:^|\n)[1-9]\d* passed, 0 failed, 0 skipped\n$/);
    expect(code).toBe(0);
  });
});
