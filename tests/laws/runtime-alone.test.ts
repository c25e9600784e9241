import { expect, test } from 'vitest';
import { compiledWithImports, ENTRY, GPU_CHECK } from '../support/runtime-alone.js';

/**
 * Of the graph IR: types, tensors, how inputs are made and outputs compared, which processes form a group. No graph, no
 * op, no parser.
 */
const SHARED = /^src\/hlo\/(types|tensor|recipe|process-groups)\.ts$|^src\/hlo\/numeric\/(access|float-formats)\.ts$/;

test.each([ENTRY, GPU_CHECK])('%s imports nothing of the compiler', (entry) => {
  const { files, packages } = compiledWithImports(entry);
  const others = [...files.keys()].filter((f) => f !== entry && !f.startsWith('src/runtime/'));
  expect(others.filter((f) => !SHARED.test(f))).toEqual([]);
  expect([...packages]).toEqual(['koffi']);
});
