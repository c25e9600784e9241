/** Machine code that calls OpenBLAS keeps what LAPACK promises, and what JAX adds to it. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { elementCount, partType, tensorType } from '../../src/hlo/index.js';
import { compile } from '../../src/program.js';
import { programOf, randomTensor, TYPES } from '../support/lapack.js';
import { LAWS } from '../support/lapack-laws.js';

const FILE = '/usr/lib/x86_64-linux-gnu/libopenblas.so.0';
const ABSENT = existsSync(FILE) ? '' : ' (skipped: libopenblas0 is not installed)';

describe.skipIf(ABSENT !== '').each(TYPES)(`in %s${ABSENT}`, (type) => {
  const tolerance = partType(type) === 'f32' ? 2e-5 : 1e-12;

  test.each(LAWS)('$title', ({ call, prepare = (x) => x, distances }) => {
    const batch = [2];
    const made = call(type);
    const random = made.operands.map((t, k) => randomTensor(t.element, [...batch, ...t.dims], k + 3));
    const operands = prepare(random, type);
    using program = compile(programOf(made, type, batch));
    const results = program.runSync(operands);
    results.forEach((r, k) => {
      expect(r.type).toEqual(tensorType(made.results[k]!.element, [...batch, ...made.results[k]!.dims]));
    });
    for (let b = 0; b < elementCount(batch); b++) {
      for (const d of distances(operands, results, b)) expect(Math.abs(d)).toBeLessThan(tolerance);
    }
  });
});
