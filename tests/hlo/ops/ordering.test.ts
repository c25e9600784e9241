import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Computation } from '../../../src/hlo/graph.js';
import { tensorType } from '../../../src/hlo/types.js';
import { apply, elements, f32, make, registry, s32, scalarComputation, values } from '../support.js';

const less = scalarComputation('compare', 'f32', 2, { direction: 'LT', type: 'TOTALORDER' });

/** Compares the first of two operands and ignores the second. */
function lessByKey(): Computation {
  const c = new Computation('by_key');
  const [a, b] = (['s32', 's32', 'f32', 'f32'] as const).map((t) =>
    c.addParameter(registry.opcode('parameter'), tensorType(t)),
  );
  const operands = [a!, b!];
  c.setResults(
    registry.build(c, registry.opcode('compare'), { operands, attributes: { direction: 'LT', type: 'SIGNED' } })
      .results,
  );
  return c;
}

describe('sort', () => {
  test('orders floats totally: −NaN, −Inf … −0, 0 … Inf, NaN', () => {
    const x = [Number.NaN, 1, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1];
    const want = [Number.NEGATIVE_INFINITY, -1, -0, 0, 1, Number.POSITIVE_INFINITY, Number.NaN];
    expect(values('sort', [f32([7], x)], { dimension: 0, stable: true }, { called: [less] })).toEqual(want);
  });

  test('is a stable permutation of rows and columns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 }),
        fc.integer({ min: 0, max: 1 }),
        (keys, dimension) => {
          const index = keys.map((_, i) => i);
          const operands = [s32([3, 4], keys), f32([3, 4], index)];
          const [k, v] = apply('sort', operands, { dimension, stable: true }, { called: [lessByKey()] }).map(
            (t) => elements(t) as number[],
          );
          const lines =
            dimension === 1
              ? [0, 1, 2].map((r) => [0, 1, 2, 3].map((c) => 4 * r + c))
              : [0, 1, 2, 3].map((c) => [0, 1, 2].map((r) => 4 * r + c));
          for (const line of lines) {
            const want = [...line].sort((a, b) => keys[a]! - keys[b]!);
            expect(line.map((i) => v![i])).toEqual(want);
            expect(line.map((i) => k![i])).toEqual(want.map((i) => keys[i]));
          }
        },
      ),
    );
  });

  test('64-bit integers beyond 2^53 are told apart', () => {
    const called = [scalarComputation('compare', 's64', 2, { direction: 'GT', type: 'SIGNED' })];
    const x = [2n ** 60n, 2n ** 60n + 1n, -1n];
    expect(values('sort', [make('s64', [3], x)], { dimension: 0, stable: false }, { called })).toEqual([
      x[1],
      x[0],
      -1n,
    ]);
  });
});

describe('topk', () => {
  test('gives the largest of each row with their indices, the first of equal ones first', () => {
    const out = apply('topk', [f32([2, 4], [1, 3, 3, 2, Number.NaN, 0, 5, -1])], { k: 2, largest: true });
    expect(out.map(elements)).toEqual([
      [3, 3, Number.NaN, 5],
      [1, 2, 0, 2],
    ]);
  });

  test('any k agrees with sorting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 100 }),
        fc.nat(100),
        (x, most) => {
          const k = Math.min(most, x.length);
          const want = x
            .map((_, i) => i)
            .sort((a, b) => x[b]! - x[a]!)
            .slice(0, k);
          expect(elements(apply('topk', [s32([x.length], x)], { k, largest: true })[1])).toEqual(want);
        },
      ),
    );
  });
});
