/** The interpreter's LAPACK keeps what LAPACK promises. */
import { describe, expect, test } from 'vitest';
import { parseHlo, printHlo } from '../../../src/hlo/hlo-text/index.js';
import { elementCount, partType, type Tensor, tensorType } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { parseStablehlo, printStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { programOf, randomTensor, TYPES } from '../../support/lapack.js';
import { LAWS } from '../../support/lapack-laws.js';
import { registry } from '../support.js';

const run = (text: string, inputs: readonly Tensor[]): Tensor[] =>
  interpret(parseStablehlo(text, registry), registry, inputs) as Tensor[];

describe.each(TYPES)('in %s', (type) => {
  const tolerance = partType(type) === 'f32' ? 2e-5 : 1e-12;

  test.each(LAWS)('$title', ({ call, prepare = (x) => x, distances }) => {
    const batch = [2];
    const made = call(type);
    const random = made.operands.map((t, k) => randomTensor(t.element, [...batch, ...t.dims], k + 3));
    const operands = prepare(random, type);
    const results = run(programOf(made, type, batch), operands);
    results.forEach((r, k) => {
      expect(r.type).toEqual(tensorType(made.results[k]!.element, [...batch, ...made.results[k]!.dims]));
    });
    for (let b = 0; b < elementCount(batch); b++) {
      for (const d of distances(operands, results, b)) expect(Math.abs(d)).toBeLessThan(tolerance);
    }
  });
});

test('printed and parsed again, a call is the same', () => {
  for (const { call } of LAWS) {
    for (const type of TYPES) {
      const text = printStablehlo(parseStablehlo(programOf(call(type), type, [2]), registry), registry);
      expect(printStablehlo(parseStablehlo(text, registry), registry)).toBe(text);
      expect(text).toContain('stablehlo.custom_call @lapack_');
      expect(text).not.toContain('stablehlo.transpose');
      const hlo = printHlo(parseStablehlo(text, registry), registry);
      expect(printStablehlo(parseHlo(hlo, registry), registry)).toBe(text);
    }
  }
});
