import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coefficientOf } from '../../../src/rules/index/index.js';
import { shuffled } from '../../rules/index/points.js';
import { byContraction, type Case, numbered, reference } from './access.js';

const agrees = (c: Case) => expect(byContraction(c).result).toEqual(reference(c));
const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });

/** Dimensions of groups, spread over an operand in an order that `seed` stands for. */
function arrange(groups: readonly (readonly number[])[], seed: number): { dims: number[]; at: number[][] } {
  const flat = groups.flat();
  const order = shuffled(flat.length, seed);
  let from = 0;
  const at = groups.map((g) => g.map(() => order.indexOf(from++)));
  return { dims: order.map((k) => flat[k]!), at };
}

describe('summing the contraction role naively gives what the interpreter gives', () => {
  test('dot, with any dimension numbers', () => {
    fc.assert(
      fc.property(
        fc.record({
          b: sizes,
          m: sizes,
          n: sizes,
          k: fc.array(fc.nat({ max: 3 }), { maxLength: 2 }),
          l: fc.nat(),
          r: fc.nat(),
        }),
        ({ b, m, n, k, l, r }) => {
          const lhs = arrange([b, m, k], l);
          const rhs = arrange([b, n, k], r);
          agrees({
            op: 'dot',
            operands: [numbered(lhs.dims), numbered(rhs.dims, 5)],
            attributes: {
              lhsBatch: lhs.at[0]!,
              rhsBatch: rhs.at[0]!,
              lhsContracting: lhs.at[2]!,
              rhsContracting: rhs.at[2]!,
            },
          });
        },
      ),
    );
  });

  const small = fc.integer({ min: 1, max: 3 });
  const spatial = fc.record({
    size: fc.integer({ min: 1, max: 5 }),
    window: small,
    stride: small,
    low: fc.integer({ min: -1, max: 2 }),
    high: fc.integer({ min: -1, max: 2 }),
    lhsDilation: small,
    rhsDilation: small,
    reversed: fc.boolean(),
  });

  test('convolution, with any dimension numbers, windows and groups', () => {
    fc.assert(
      fc.property(
        fc.record({
          space: fc.array(spatial, { maxLength: 2 }),
          batch: small,
          inputs: small,
          outputs: small,
          groups: small,
          groupBatches: fc.boolean(),
          orders: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
        }),
        ({ space, batch, inputs, outputs, groups, groupBatches, orders }) => {
          const features = groupBatches ? inputs : inputs * groups;
          const batches = groupBatches ? batch * groups : batch;
          const lhs = arrange([[batches], [features], space.map((s) => s.size)], orders[0]);
          const rhs = arrange([[inputs], [outputs * groups], space.map((s) => s.window)], orders[1]);
          const result = arrange([[0], [0], space.map(() => 0)], orders[2]);
          agrees({
            op: 'convolution',
            operands: [numbered(lhs.dims), numbered(rhs.dims, 3)],
            attributes: {
              dims: {
                lhsBatch: lhs.at[0]![0]!,
                lhsFeature: lhs.at[1]![0]!,
                lhsSpatial: lhs.at[2]!,
                rhsInputFeature: rhs.at[0]![0]!,
                rhsOutputFeature: rhs.at[1]![0]!,
                rhsSpatial: rhs.at[2]!,
                resultBatch: result.at[0]![0]!,
                resultFeature: result.at[1]![0]!,
                resultSpatial: result.at[2]!,
              },
              strides: space.map((s) => s.stride),
              padding: space.map((s) => [s.low, s.high]),
              lhsDilation: space.map((s) => s.lhsDilation),
              rhsDilation: space.map((s) => s.rhsDilation),
              reversal: space.map((s) => s.reversed),
              featureGroupCount: groupBatches ? 1 : groups,
              batchGroupCount: groupBatches ? groups : 1,
            },
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('an unpadded convolution has no predicate, and affine indices', () => {
  const { role } = byContraction({
    op: 'convolution',
    operands: [numbered([2, 6, 6, 3]), numbered([3, 3, 3, 4])],
    attributes: {
      dims: {
        lhsBatch: 0,
        lhsFeature: 3,
        lhsSpatial: [1, 2],
        rhsInputFeature: 2,
        rhsOutputFeature: 3,
        rhsSpatial: [0, 1],
        resultBatch: 0,
        resultFeature: 3,
        resultSpatial: [1, 2],
      },
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      reversal: [false, false],
      featureGroupCount: 1,
      batchGroupCount: 1,
    },
  });
  expect(role.lhs.when).toEqual([]);
  expect(role.dims.map((d) => `${d.kind} ${d.name}:${d.extent}`)).toEqual([
    'batch g:1',
    'm b:2',
    'm o0:4',
    'm o1:4',
    'n f:4',
    'k w0:3',
    'k w1:3',
    'k c:3',
  ]);
  expect(['o0', 'w0', 'o1'].map((v) => coefficientOf(role.lhs.at[1]!, v))).toEqual([1, 1, 0]);
});
