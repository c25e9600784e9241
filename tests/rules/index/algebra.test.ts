import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  addConstant,
  coefficientOf,
  constant,
  delinearize,
  dependsOn,
  equal,
  evaluate,
  floorDiv,
  type IndexExpr,
  linearize,
  mapSources,
  mod,
  printExpr,
  range,
  read,
  scale,
  sizeOf,
  sub,
  substitute,
  variable,
  variablesOf,
} from '../../../src/rules/index/index.js';
import { everyPoint, factorizations, shuffled } from './points.js';

type Variables = Readonly<Record<string, number>>;
interface Built {
  readonly expr: IndexExpr;
  readonly value: (at: Variables) => number;
}

const EXTENTS: Variables = { a: 2, b: 3, c: 4, d: 6 };
const floor = Math.floor;

/** An expression beside the function that it should be. */
const built: fc.Arbitrary<Built> = fc.letrec<{ e: Built }>((tie) => ({
  e: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .constantFrom(...Object.keys(EXTENTS))
      .map((n) => ({ expr: variable(n, EXTENTS[n]!), value: (at: Variables) => at[n]! })),
    fc.integer({ min: -9, max: 9 }).map((n) => ({ expr: constant(n), value: () => n })),
    fc
      .tuple(tie('e'), tie('e'))
      .map(([x, y]) => ({ expr: add(x.expr, y.expr), value: (at: Variables) => x.value(at) + y.value(at) })),
    fc
      .tuple(tie('e'), tie('e'))
      .map(([x, y]) => ({ expr: sub(x.expr, y.expr), value: (at: Variables) => x.value(at) - y.value(at) })),
    fc
      .tuple(tie('e'), fc.integer({ min: -7, max: 12 }))
      .map(([x, k]) => ({ expr: scale(x.expr, k), value: (at: Variables) => k * x.value(at) })),
    fc
      .tuple(tie('e'), fc.integer({ min: 1, max: 16 }))
      .map(([x, k]) => ({ expr: floorDiv(x.expr, k), value: (at: Variables) => floor(x.value(at) / k) })),
    fc
      .tuple(tie('e'), fc.integer({ min: 1, max: 16 }))
      .map(([x, k]) => ({ expr: mod(x.expr, k), value: (at: Variables) => x.value(at) - k * floor(x.value(at) / k) })),
  ),
})).e;

describe('the simplifier', () => {
  test('keeps the value of every expression at every point, inside its range', () => {
    fc.assert(
      fc.property(built, ({ expr, value }) => {
        const { min, max } = range(expr);
        for (const at of everyPoint(EXTENTS)) {
          const v = evaluate(expr, (n) => at[n]!);
          // One assertion a failure, not a point: there are hundreds of thousands.
          if (v !== value(at) || v < min || v > max) {
            expect({ at, v, inside: v >= min && v <= max }).toEqual({ at, v: value(at), inside: true });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('e − e is 0 and n·⌊e/n⌋ + e mod n is e, whatever e is', () => {
    fc.assert(
      fc.property(built, fc.integer({ min: 1, max: 12 }), ({ expr: e }, n) => {
        expect(sub(e, e).key).toBe('0');
        expect(add(scale(floorDiv(e, n), n), mod(e, n)).key).toBe(e.key);
      }),
    );
  });

  const x = variable('x', 64);
  const y = variable('y', 6);
  test.each<[string, IndexExpr, string]>([
    ['splits off what divides', floorDiv(add(scale(y, 8), variable('z', 8)), 8), 'y'],
    ['nested quotients', floorDiv(floorDiv(x, 4), 4), '⌊x/16⌋'],
    ['quotient of a remainder', floorDiv(mod(x, 16), 4), '(⌊x/4⌋ mod 4)'],
    ['remainder of a remainder', mod(mod(x, 16), 4), '(x mod 4)'],
    ['what the range decides', mod(y, 6), 'y'],
    ['a reversed index', floorDiv(sub(constant(63), x), 4), '-⌊x/4⌋ + 15'],
    ['digits recombine', add(scale(floorDiv(mod(x, 16), 4), 4), mod(x, 4)), '(x mod 16)'],
    ['a common factor', floorDiv(addConstant(scale(x, 6), 3), 16), '⌊(3*x + 1)/8⌋'],
    ['negative values', mod(sub(constant(0), y), 4), '-((y + 3) mod 4) + 3'],
    ['a quotient beside others', mod(add(floorDiv(x, 4), scale(y, 3)), 5), '((⌊x/4⌋ + 3*y) mod 5)'],
    ['a variable of extent 1', add(variable('w', 1), y), 'y'],
  ])('%s', (_, e, text) => {
    expect(printExpr(e)).toBe(text);
  });
});

describe('chains of reshapes and transposes', () => {
  const space = fc.constantFrom(12, 16, 24, 30, 36, 48, 64, 72);

  /** Reshape to random dims, transpose, again and again; then the same steps undone. */
  test('undone step by step, give the identity', () => {
    fc.assert(
      fc.property(space, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 2 }), (n, seeds) => {
        const start = [variable('x', n)];
        let dims: readonly number[] = [n];
        let index: readonly IndexExpr[] = start;
        const undo: { from: readonly number[]; to: readonly number[]; permutation: readonly number[] }[] = [];
        for (const [shape, order] of seeds) {
          const options = factorizations(n);
          const to = options[shape % options.length]!;
          const permutation = shuffled(to.length, order);
          undo.unshift({ from: dims, to, permutation });
          const reshaped = delinearize(linearize(index, dims), to);
          index = permutation.map((d) => reshaped[d]!);
          dims = permutation.map((d) => to[d]!);
        }
        for (const { from, to, permutation } of undo) {
          const back = to.map((_, d) => index[permutation.indexOf(d)]!);
          index = delinearize(linearize(back, to), from);
        }
        expect(index.map(printExpr)).toEqual(start.map(printExpr));
      }),
      { numRuns: 1000 },
    );
  });

  test('give equal keys where they are equal functions, by whichever route', () => {
    fc.assert(
      fc.property(space, fc.nat(), fc.nat(), fc.nat(), (n, s, t, o) => {
        const options = factorizations(n);
        const a = options[s % options.length]!;
        const b = options[t % options.length]!;
        const order = shuffled(a.length, o);
        const at = delinearize(variable('x', n), a);
        const moved = order.map((d) => at[d]!);
        const movedDims = order.map((d) => a[d]!);
        const straight = linearize(moved, movedDims);
        const detour = linearize(delinearize(straight, b), b);
        expect(detour.key).toBe(straight.key);
      }),
      { numRuns: 1000 },
    );
  });

  test('splitting a dimension and merging it again is clean', () => {
    const [i, j] = [variable('i', 4096), variable('j', 1024)];
    const split = delinearize(linearize([i, j], [4096, 1024]), [4, 1024, 1024]);
    expect(split.map(printExpr)).toEqual(['⌊i/1024⌋', '(i mod 1024)', 'j']);
    expect(delinearize(linearize(split, [4, 1024, 1024]), [4096, 1024]).map(printExpr)).toEqual(['i', 'j']);
    const heads = delinearize(linearize([i, j], [4096, 1024]), [4, 1024, 16, 64]);
    expect(heads.map(printExpr)).toEqual(['⌊i/1024⌋', '(i mod 1024)', '⌊j/64⌋', '(j mod 64)']);
    const merged = [variable('b', 4), variable('s', 1024), variable('h', 16), variable('e', 64)];
    expect(delinearize(linearize(merged, [4, 1024, 16, 64]), [4096, 1024]).map(printExpr)).toEqual([
      '1024*b + s',
      'e + 64*h',
    ]);
  });

  test('that fit each other nowhere keep their values, and take no more than their size', () => {
    let index: readonly IndexExpr[] = [variable('x', 72)];
    let dims: readonly number[] = [72];
    const shapes = [
      [3, 2, 2, 3, 2],
      [4, 3, 3, 2],
      [9, 8],
      [2, 6, 2, 3],
    ];
    for (let k = 0; k < 6; k++) {
      const to = shapes[k % shapes.length]!;
      index = delinearize(linearize(index, dims), to).reverse();
      dims = [...to].reverse();
    }
    const images = Array.from({ length: 72 }, (_, x) => evaluate(linearize(index, dims), () => x));
    expect([...images].sort((a, b) => a - b)).toEqual(Array.from({ length: 72 }, (_, x) => x));
    expect(sizeOf(linearize(index, dims))).toBeGreaterThan(32);
  });

  test('dimensions of size 1 and 0', () => {
    expect(delinearize(variable('i', 5), [1, 5, 1]).map(printExpr)).toEqual(['0', 'i', '0']);
    expect(delinearize(constant(0), [3, 0]).map(printExpr)).toEqual(['0', '0']);
  });
});

describe('questions', () => {
  const i = variable('i', 8);
  const j = variable('j', 16);
  const source = { key: 'starts' };

  test('coefficientOf is the stride, and undefined inside quotients, remainders and reads', () => {
    const e = add(scale(i, 16), addConstant(j, 3));
    expect(coefficientOf(e, 'i')).toBe(16);
    expect(coefficientOf(e, 'k')).toBe(0);
    expect(coefficientOf(add(i, mod(j, 4)), 'j')).toBeUndefined();
    expect(coefficientOf(add(i, mod(j, 4)), 'i')).toBe(1);
    expect(coefficientOf(read(source, [i], 0, 9), 'i')).toBeUndefined();
  });

  test('variables and dependence reach into quotients and reads', () => {
    const e = add(floorDiv(j, 4), read(source, [i], 0, 9));
    expect([...variablesOf(e)]).toEqual(
      expect.arrayContaining([
        ['i', 8],
        ['j', 16],
      ]),
    );
    expect(dependsOn(e, 'i') && dependsOn(e, 'j') && !dependsOn(e, 'k')).toBe(true);
  });

  test('reads are clamped, and substituted and renamed inside', () => {
    const e = add(scale(read(source, [i], 0, 4), 2), j);
    expect(range(e)).toEqual({ min: 0, max: 23 });
    expect(
      evaluate(
        e,
        () => 1,
        () => 100,
      ),
    ).toBe(9);
    const renamed = mapSources(e, () => ({ key: 'other' }));
    expect(printExpr(substitute(renamed, (n) => (n === 'i' ? constant(7) : undefined)))).toBe(
      'j + 2*clamp(0, other[7], 4)',
    );
  });

  test('substitution simplifies: a loop split in two', () => {
    const outer = variable('o', 4);
    const inner = variable('n', 4);
    const split = (name: string) => (name === 'j' ? add(scale(outer, 4), inner) : undefined);
    expect(printExpr(substitute(floorDiv(j, 4), split))).toBe('o');
    expect(equal(substitute(mod(j, 4), split), inner)).toBe(true);
  });

  test('a divisor that is no positive integer is refused', () => {
    expect(() => floorDiv(i, 0)).toThrow('an index is divided by a positive integer, not by 0');
  });
});
