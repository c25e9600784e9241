import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { bundleOf, folder } from '../support/bundles.js';

test('the example runs the bundle that it finds', async () => {
  copyFileSync(bundleOf(readFileSync('examples/softmax.mlir')), join(folder, 'softmax.bundle'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const before = process.cwd();
  process.chdir(folder);
  try {
    await import('../../examples/run-bundle.js');
  } finally {
    process.chdir(before);
  }
  const [y] = log.mock.calls.flat() as Float32Array[];
  log.mockRestore();
  expect(y).toHaveLength(15);
  expect(y![0]).toBeCloseTo(0.03106277, 7);
});
