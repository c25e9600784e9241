/**
 * The loop IR of small programs, as files to read. A change in them is a change of the generated code: `npm run bless`
 * accepts it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { printKernel } from '../../src/emitters/loop/print.js';
import { parse } from '../../src/index.js';
import type { TargetInfo } from '../../src/rules/target.js';
import { compileToLoops } from '../support/plan-runner.js';

const folder = dirname(fileURLToPath(import.meta.url));
const programs = readdirSync(folder)
  .filter((file) => file.endsWith('.mlir'))
  .map((file) => file.slice(0, -'.mlir'.length));

/** Not the machine that the test runs on: the text must not depend on it. */
const TARGET: TargetInfo = {
  arch: 'x86-64',
  cpu: 'x86-64-v3',
  features: new Set(['avx2', 'fma', 'f16c']),
  vectorBits: 256,
  vectorRegisters: 16,
  l1: 32 * 2 ** 10,
  l2: 1 * 2 ** 20,
  l3: 32 * 2 ** 20,
  threads: 4,
};

test.each(programs)('%s', async (name) => {
  const c = compileToLoops(parse(readFileSync(join(folder, `${name}.mlir`))), { target: TARGET });
  const steps = c.plan!.steps.map(({ label, cost }) => {
    return `${label}\n  reads ${cost.bytesRead} bytes, writes ${cost.bytesWritten}; ${cost.flops} flops`;
  });
  const text = [...steps, '', ...c.kernels!.map(printKernel)].join('\n');
  await expect(text).toMatchFileSnapshot(join(folder, `${name}.txt`));
});
