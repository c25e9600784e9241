import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensorType } from '../../../src/hlo/index.js';
import { factorizations, shuffled } from '../../rules/index/points.js';
import { byAccess, type Case, numbered, reference } from './access.js';

const size = fc.integer({ min: 1, max: 5 });
const shape = fc.array(size, { minLength: 1, maxLength: 4 });
const shapeOrEmpty = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

const agrees = (c: Case) => expect(byAccess(c)).toEqual(reference(c));
const property = <T>(cases: fc.Arbitrary<T>, toCase: (t: T) => Case) =>
  fc.assert(fc.property(cases, (t) => void agrees(toCase(t))));

/** One value for each dimension. */
const perDimension = <T>(dims: readonly number[], of: (n: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...dims.map(of));
const withDims = <T>(of: (n: number) => fc.Arbitrary<T>) =>
  shape.chain((dims) => fc.record({ dims: fc.constant(dims), each: perDimension(dims, of) }));

describe('an access gives what the interpreter gives', () => {
  test('broadcast, sizes of 1 included', () => {
    const cases = shape.chain((dims) =>
      fc.record({
        dims: fc.constant(dims),
        order: fc.nat().map((seed) => shuffled(dims.length, seed)),
        kept: fc.nat({ max: dims.length }),
        ones: perDimension(dims, () => fc.boolean()),
      }),
    );
    property(cases, ({ dims, order, kept, ones }) => {
      const dimensions = order.slice(0, kept);
      const operand = dimensions.map((d) => (ones[d] ? 1 : dims[d]!));
      return {
        op: 'broadcast',
        operands: [numbered(operand)],
        attributes: { dimensions },
        result: tensorType('s32', dims),
      };
    });
  });

  test.each(['reshape', 'bitcast'])('%s', (op) => {
    const cases = fc.constantFrom(1, 6, 12, 24, 36).chain((n) => {
      const shapes = fc
        .constantFrom(...factorizations(n))
        .chain((dims) => fc.nat({ max: dims.length }).map((at) => [...dims.slice(0, at), 1, ...dims.slice(at)]));
      return fc.tuple(shapes, shapes);
    });
    property(cases, ([from, to]) => ({
      op,
      operands: [numbered(from)],
      attributes: {},
      result: tensorType('s32', to),
    }));
  });

  test('copy, scalars and empty shapes included', () => {
    property(shapeOrEmpty, (dims) => ({ op: 'copy', operands: [numbered(dims)], attributes: {} }));
  });

  test('transpose', () => {
    property(fc.tuple(shape, fc.nat()), ([dims, seed]) => ({
      op: 'transpose',
      operands: [numbered(dims)],
      attributes: { permutation: shuffled(dims.length, seed) },
    }));
  });

  test('slice', () => {
    const one = (n: number) => fc.tuple(fc.nat({ max: n }), fc.nat({ max: n }), fc.integer({ min: 1, max: 3 }));
    property(withDims(one), ({ dims, each }) => ({
      op: 'slice',
      operands: [numbered(dims)],
      attributes: {
        starts: each.map(([a, b]) => Math.min(a, b)),
        limits: each.map(([a, b]) => Math.max(a, b)),
        strides: each.map(([, , stride]) => stride),
      },
    }));
  });

  test('reverse', () => {
    property(
      withDims(() => fc.boolean()),
      ({ dims, each }) => ({
        op: 'reverse',
        operands: [numbered(dims)],
        attributes: { dimensions: dims.map((_, d) => d).filter((d) => each[d]) },
      }),
    );
  });

  test('iota', () => {
    property(shape, (dims) => ({
      op: 'iota',
      operands: [],
      attributes: { dimension: dims.length - 1 },
      result: tensorType('s32', dims),
    }));
  });

  test('pad, with interior and negative padding', () => {
    const one = (n: number) =>
      fc
        .tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: -2, max: 3 }), fc.nat({ max: 2 }))
        .filter(([low, high, interior]) => low + high + n + (n - 1) * interior >= 0);
    property(withDims(one), ({ dims, each }) => ({
      op: 'pad',
      operands: [numbered(dims), numbered([], -9)],
      attributes: { low: each.map((e) => e[0]), high: each.map((e) => e[1]), interior: each.map((e) => e[2]) },
    }));
  });

  test('concatenate, empty parts included', () => {
    const cases = fc.tuple(shape, fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 }), fc.nat());
    property(cases, ([dims, parts, seed]) => {
      const dimension = seed % dims.length;
      const operands = parts.map((n, k) =>
        numbered(
          dims.map((m, d) => (d === dimension ? n : m)),
          100 * k,
        ),
      );
      return { op: 'concatenate', operands, attributes: { dimension } };
    });
  });
});

test('a bitcast between element types is refused', () => {
  const c = { op: 'bitcast', operands: [numbered([4])], attributes: {}, result: tensorType('f32', [4]) };
  expect(() => byAccess(c)).toThrow('use bitcast-convert');
});
