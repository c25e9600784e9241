import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementCount, rowMajorStrides, tensorType } from '../../../src/hlo/types.js';
import { apply, dimsOf, elements, f32, make, s32, values } from '../support.js';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });

/** The flat index of each index tuple, by a function from result index to operand index. */
function mapped(dims: readonly number[], from: readonly number[], map: (index: number[]) => number[]): number[] {
  const strides = rowMajorStrides(dims);
  const source = rowMajorStrides(from);
  return range(elementCount(dims)).map((i) => {
    const index = dims.map((n, d) => Math.floor(i / strides[d]!) % n);
    return map(index).reduce((sum, k, d) => sum + k * source[d]!, 0);
  });
}

describe('data movement', () => {
  test('transpose moves element i to its permuted place', () => {
    fc.assert(
      fc.property(
        shapes.chain((dims) =>
          fc.tuple(fc.constant(dims), fc.shuffledSubarray(range(dims.length), { minLength: dims.length })),
        ),
        ([dims, permutation]) => {
          const x = s32(dims, range(elementCount(dims)));
          const outDims = permutation.map((p) => dims[p]!);
          const want = mapped(outDims, dims, (index) => {
            const at: number[] = [];
            permutation.forEach((p, d) => {
              at[p] = index[d]!;
            });
            return at;
          });
          expect(values('transpose', [x], { permutation })).toEqual(want);
        },
      ),
    );
  });

  test('slice takes every stride-th element from its start', () => {
    const side = fc.tuple(fc.nat(6), fc.nat(6), fc.nat(3), fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(fc.array(side, { minLength: 1, maxLength: 3 }), (sides) => {
        const starts = sides.map(([a]) => a);
        const limits = sides.map(([a, n]) => a + n);
        const strides = sides.map(([, , , s]) => s);
        const dims = sides.map(([a, n, more]) => a + n + more);
        const x = s32(dims, range(elementCount(dims)));
        const outDims = sides.map(([, n, , s]) => Math.ceil(n / s));
        const want = mapped(outDims, dims, (index) => index.map((k, d) => starts[d]! + k * strides[d]!));
        expect(values('slice', [x], { starts, limits, strides })).toEqual(want);
      }),
    );
  });

  test('pad puts elements low + i·(interior + 1), and cuts what falls outside', () => {
    const side = fc.tuple(fc.nat(4), fc.integer({ min: -2, max: 3 }), fc.integer({ min: -2, max: 3 }), fc.nat(2));
    fc.assert(
      fc.property(fc.array(side, { minLength: 1, maxLength: 3 }), (sides) => {
        const dims = sides.map(([n]) => n);
        const low = sides.map(([, l]) => l);
        const high = sides.map(([, , h]) => h);
        const interior = sides.map(([, , , k]) => k);
        const outDims = dims.map((n, d) => low[d]! + n + Math.max(0, n - 1) * interior[d]! + high[d]!);
        fc.pre(outDims.every((n) => n >= 0));
        const source = rowMajorStrides(dims);
        const strides = rowMajorStrides(outDims);
        const want = range(elementCount(outDims)).map((i) => {
          let from = 0;
          for (let d = 0; d < dims.length; d++) {
            const at = ((Math.floor(i / strides[d]!) % outDims[d]!) - low[d]!) / (interior[d]! + 1);
            if (!Number.isInteger(at) || at < 0 || at >= dims[d]!) return -1;
            from += at * source[d]!;
          }
          return from;
        });
        expect(values('pad', [s32(dims, range(elementCount(dims))), s32([], [-1])], { low, high, interior })).toEqual(
          want,
        );
      }),
    );
  });

  test('broadcast repeats dimensions of size 1 and new ones', () => {
    const x = f32([2, 1], [1, 2]);
    expect(values('broadcast', [x], { dimensions: [0, 2] }, { declared: [tensorType('f32', [2, 2, 2])] })).toEqual([
      1, 1, 1, 1, 2, 2, 2, 2,
    ]);
  });

  test('concatenate and reverse, complex elements kept whole', () => {
    const a = make(
      'c64',
      [1, 2],
      [
        [1, 2],
        [3, 4],
      ],
    );
    const b = make('c64', [1, 1], [[5, 6]]);
    const [joined] = apply('concatenate', [a, b], { dimension: 1 });
    expect(dimsOf(joined)).toEqual([1, 3]);
    expect(elements(joined)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(values('reverse', [joined as never], { dimensions: [1] })).toEqual([
      [5, 6],
      [3, 4],
      [1, 2],
    ]);
  });

  test('iota counts along its dimension', () => {
    expect(values('iota', [], { dimension: 1 }, { declared: [tensorType('s64', [2, 3])] })).toEqual([
      0n,
      1n,
      2n,
      0n,
      1n,
      2n,
    ]);
  });

  test.each([
    ['slice', { starts: [1], limits: [9], strides: [1] }, '[1:9] does not lie inside dimension 0 of f32[4]'],
    ['transpose', { permutation: [0, 0] }, 'the permutation must have 1 entries, but has 2'],
    ['reverse', { dimensions: [2] }, 'reversed dimension 2 is not a dimension of a tensor of rank 1'],
    ['concatenate', { dimension: 1 }, 'the concatenated dimension 1 is not a dimension of a tensor of rank 1'],
  ])('%s says what does not fit', (op, attributes, message) => {
    expect(() => apply(op, [f32([4], [1, 2, 3, 4])], attributes)).toThrow(message);
  });
});
