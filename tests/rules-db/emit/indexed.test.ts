import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementCount, type Tensor } from '../../../src/hlo/index.js';
import { shuffled } from '../../rules/index/points.js';
import { byAccess, type Case, integers, numbered, reference } from './access.js';

const agrees = (c: Case) => expect(byAccess(c)).toEqual(reference(c));

/** Starts in and out of range. */
const start = fc.integer({ min: -3, max: 7 });
const dimension = fc.record({ size: fc.integer({ min: 1, max: 5 }), part: fc.nat({ max: 5 }), start });
const windows = fc.array(dimension, { maxLength: 3 });

describe('starts read at run time are clamped as the interpreter clamps them', () => {
  const parts = (list: readonly { size: number; part: number; start: number }[]) => ({
    dims: list.map((w) => w.size),
    sizes: list.map((w) => Math.min(w.part, w.size)),
    starts: list.map((w) => integers([], [w.start])),
  });

  test('dynamic-slice', () => {
    fc.assert(
      fc.property(windows, (list) => {
        const { dims, sizes, starts } = parts(list);
        agrees({ op: 'dynamic-slice', operands: [numbered(dims), ...starts], attributes: { sizes } });
      }),
    );
  });

  test('dynamic-update-slice', () => {
    fc.assert(
      fc.property(windows, (list) => {
        const { dims, sizes, starts } = parts(list);
        const operands = [numbered(dims), numbered(sizes, -50), ...starts];
        agrees({ op: 'dynamic-update-slice', operands, attributes: {} });
      }),
    );
  });

  test('gather, with every dimension number', () => {
    fc.assert(fc.property(gathers, (c) => void agrees(c)));
  });
});

interface Part {
  readonly size: number;
  readonly slice: number;
  readonly role: 'batching' | 'collapsed' | 'window';
  readonly started: boolean;
}

const part: fc.Arbitrary<Part> = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  slice: fc.integer({ min: 1, max: 4 }),
  role: fc.constantFrom('batching', 'collapsed', 'window'),
  started: fc.boolean(),
});

const gathers: fc.Arbitrary<Case> = fc
  .record({
    parts: fc.array(part, { minLength: 1, maxLength: 4 }),
    free: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    order: fc.nat(),
    vectorAt: fc.nat(),
    implicit: fc.boolean(),
    offsets: fc.nat(),
    values: fc.array(start, { minLength: 1, maxLength: 40 }),
  })
  .map(({ parts, free, order, vectorAt, implicit, offsets, values }) => {
    const of = (role: Part['role']) => parts.flatMap((p, d) => (p.role === role ? [d] : []));
    const operandBatchingDims = of('batching');
    const collapsedSliceDims = of('collapsed');
    const started = parts.flatMap((p, d) => (p.started && p.role !== 'batching' ? [d] : []));
    const startIndexMap = shuffled(started.length, order).map((k) => started[k]!);
    // Batch dimensions of the start indices: the batching ones, and free ones, in some order.
    const batch = [...operandBatchingDims.map((d) => parts[d]!.size), ...free];
    const arranged = shuffled(batch.length, order);
    const indexDims = arranged.map((k) => batch[k]!);
    const vector = startIndexMap.length === 1 && implicit ? undefined : vectorAt % (batch.length + 1);
    if (vector !== undefined) indexDims.splice(vector, 0, startIndexMap.length);
    const position = (k: number) =>
      arranged.indexOf(k) + (vector !== undefined && arranged.indexOf(k) >= vector ? 1 : 0);
    const window = of('window').length;
    const rank = batch.length + window;
    const offsetDims = shuffled(rank, offsets)
      .slice(0, window)
      .sort((a, b) => a - b);
    const indices: Tensor = integers(
      indexDims,
      Array.from({ length: elementCount(indexDims) }, (_, k) => values[k % values.length]!),
    );
    return {
      op: 'gather',
      operands: [numbered(parts.map((p) => p.size)), indices],
      attributes: {
        offsetDims,
        collapsedSliceDims,
        operandBatchingDims,
        startIndicesBatchingDims: operandBatchingDims.map((_, k) => position(k)),
        startIndexMap,
        indexVectorDim: vector ?? indexDims.length,
        sliceSizes: parts.map((p) => (p.role === 'window' ? Math.min(p.slice, p.size) : 1)),
        indicesAreSorted: false,
      },
    };
  });
