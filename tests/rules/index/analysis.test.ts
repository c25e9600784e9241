import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  addConstant,
  collapse,
  constant,
  delinearize,
  evaluate,
  type IndexExpr,
  injective,
  invert,
  isRowMajorIdentity,
  type LoopDim,
  linearize,
  mod,
  printExpr,
  scale,
  stridesOf,
  substitute,
  variable,
} from '../../../src/rules/index/index.js';
import { everyPoint, factorizations, shuffled } from './points.js';

const nestOf = (extents: readonly number[]): LoopDim[] => extents.map((extent, d) => ({ name: `i${d}`, extent }));
const variablesOf = (nest: readonly LoopDim[]): IndexExpr[] => nest.map((d) => variable(d.name, d.extent));
const pointsOf = (nest: readonly LoopDim[]) => everyPoint(Object.fromEntries(nest.map((d) => [d.name, d.extent])));

describe('collapse', () => {
  const nest = nestOf([4, 8, 16]);
  const [i, j, k] = variablesOf(nest) as [IndexExpr, IndexExpr, IndexExpr];
  const names = (offsets: IndexExpr[]) => collapse(nest, offsets).dims.map((d) => `${d.name}:${d.extent}`);

  test('merges what every access walks through alike', () => {
    const dense = linearize([i, j, k], [4, 8, 16]);
    expect(names([dense])).toEqual(['i0.i1.i2:512']);
    expect(names([dense, add(scale(i, 128), scale(j, 16))])).toEqual(['i0.i1:32', 'i2:16']);
    expect(names([dense, linearize([j, i, k], [8, 4, 16])])).toEqual(['i0:4', 'i1:8', 'i2:16']);
    expect(names([dense, mod(k, 4)])).toEqual(['i0.i1:32', 'i2:16']);
    expect(names([constant(7)])).toEqual(['i0.i1.i2:512']);
  });

  test('leaves every offset affine in the merged variables', () => {
    const { substitution } = collapse(nest, [linearize([i, j, k], [4, 8, 16])]);
    expect(printExpr(substitute(linearize([i, j, k], [4, 8, 16]), substitution))).toBe('i0.i1.i2');
  });

  test('keeps what is accessed, whatever is merged', () => {
    const offset = fc.array(fc.integer({ min: -2, max: 12 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 }),
        fc.array(offset),
        (e, o) => {
          const loops = nestOf(e);
          const offsets = o.map((c) =>
            variablesOf(loops).reduce((sum, v, d) => add(sum, scale(v, c[d]!)), constant(1)),
          );
          const { dims, substitution } = collapse(loops, offsets);
          const before = [...pointsOf(loops)].map((at) => offsets.map((x) => evaluate(x, (n) => at[n]!)));
          const after = [...pointsOf(dims)].map((at) =>
            offsets.map((x) => evaluate(substitute(x, substitution), (n) => at[n]!)),
          );
          const sorted = (rows: number[][]) => rows.map((r) => r.join()).sort();
          expect(sorted(after)).toEqual(sorted(before));
        },
      ),
    );
  });
});

describe('injective, strides and identity', () => {
  const nest = nestOf([4, 8]);
  const [i, j] = variablesOf(nest) as [IndexExpr, IndexExpr];

  test('strides, undefined where they change', () => {
    expect(stridesOf(add(scale(i, 8), mod(j, 2)), nest)).toEqual([8, undefined]);
  });

  test('injective only where no two points meet', () => {
    const affine = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(affine, ([a, b]) => {
        const e = add(scale(i, a), scale(j, b));
        const values = [...pointsOf(nest)].map((at) => evaluate(e, (n) => at[n]!));
        if (injective(e, nest)) expect(new Set(values).size).toBe(values.length);
      }),
    );
    expect(injective(linearize([j, i], [8, 4]), nest)).toBe(true);
    expect(injective(mod(j, 4), nest)).toBe(false);
  });

  test('row-major identity, through a reshape too', () => {
    expect(isRowMajorIdentity(delinearize(linearize([i, j], [4, 8]), [2, 16]), [2, 16], nest)).toBe(true);
    expect(isRowMajorIdentity([j, i], [8, 4], nest)).toBe(false);
  });
});

describe('invert', () => {
  test('gives the point that reads an element, for every transpose of a reshape', () => {
    fc.assert(
      fc.property(fc.constantFrom(12, 24, 36), fc.nat(), fc.nat(), fc.nat(), (n, s, t, o) => {
        const shapes = factorizations(n);
        const nest = nestOf(shapes[s % shapes.length]!);
        const dims = shapes[t % shapes.length]!;
        const order = shuffled(dims.length, o);
        const reshaped = delinearize(
          linearize(
            variablesOf(nest),
            nest.map((d) => d.extent),
          ),
          dims,
        );
        const index = order.map((d) => reshaped[d]!);
        const tensor = order.map((d) => dims[d]!);
        const inverse = invert(
          index,
          tensor,
          nest,
          tensor.map((m, d) => variable(`t${d}`, m)),
        );
        if (!inverse) return;
        for (const at of pointsOf(nest)) {
          const element = index.map((e) => evaluate(e, (name) => at[name]!));
          const back = inverse.map((e) => evaluate(e, (name) => element[Number(name.slice(1))]!));
          expect(back).toEqual(nest.map((d) => at[d.name]!));
        }
      }),
    );
  });

  const nest = nestOf([4, 6]);
  const [i, j] = variablesOf(nest) as [IndexExpr, IndexExpr];
  const [a, b, c] = [variable('a', 6), variable('b', 2), variable('c', 2)];

  test('of a transpose with a split dimension', () => {
    const [high, low] = delinearize(i, [2, 2]) as [IndexExpr, IndexExpr];
    expect(invert([j, high, low], [6, 2, 2], nest, [a, b, c])!.map(printExpr)).toEqual(['2*b + c', 'a']);
    expect(invert([j, low, high], [6, 2, 2], nest, [a, b, c])!.map(printExpr)).toEqual(['b + 2*c', 'a']);
  });

  test('refuses what reads elements twice or not at all', () => {
    expect(invert([i, constant(0)], [4, 6], nest, [a, b])).toBeUndefined();
    expect(invert([mod(i, 2), j], [4, 6], nest, [a, b])).toBeUndefined();
    expect(invert([i, addConstant(j, 1)], [4, 6], nest, [variable('t', 4), a])).toBeUndefined();
  });
});
