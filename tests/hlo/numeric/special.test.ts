import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as complex from '../../../src/hlo/numeric/complex.js';
import * as inverse from '../../../src/hlo/numeric/complex-inverse.js';
import * as erf from '../../../src/hlo/numeric/erf.js';
import * as gamma from '../../../src/hlo/numeric/gamma.js';
import * as real from '../../../src/hlo/numeric/real.js';
import { ulpDistance } from '../../../src/hlo/numeric/ulp.js';

type RealRows = [x: number[], value: number][];
type ComplexRows = [z: complex.Complex, value: complex.Complex][];
const values: { real: Record<string, RealRows>; complex: Record<string, ComplexRows> } = JSON.parse(
  readFileSync(new URL('special-values.json', import.meta.url), 'utf8'),
);
const realFunctions = { ...erf, ...gamma, ...real } as unknown as Record<string, (...x: number[]) => number>;
const complexFunctions = { ...complex, ...inverse } as unknown as Record<
  string,
  (z: complex.Complex) => complex.Complex
>;

/** ULP in f64; in f32 every function is right to the last bit or the next. */
const BOUND: Record<string, number> = { polygamma: 6, zeta: 4, erfc: 3 };

test.each(Object.entries(values.real))('%s is accurate', (name, rows) => {
  for (const [x, value] of rows) {
    const got = realFunctions[name]!(...x);
    expect(ulpDistance('f64', got, value), `${name}(${x}) = ${value}, not ${got}`).toBeLessThanOrEqual(
      BOUND[name] ?? 2,
    );
  }
});

test.each(Object.entries(values.complex))('complex %s is accurate in complex<f32> and complex<f64>', (name, rows) => {
  for (const [z, value] of rows) {
    const got = complexFunctions[name]!(z);
    for (const part of [0, 1] as const) {
      const [a, b] = [got[part], value[part]];
      const message = `${name}(${z}) = ${value}, not ${got}`;
      expect(ulpDistance('f32', Math.fround(a), Math.fround(b)), message).toBeLessThanOrEqual(1);
      // 1 + e^-z cancels near logistic's poles, the parts of e^z - 1 near circles.
      const bound = name === 'logistic' || name === 'expm1' ? 2000 : 3;
      expect(ulpDistance('f64', a, b), message).toBeLessThanOrEqual(bound);
    }
  }
});

describe('special values', () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  test.each<[string, number[], number]>([
    ['erf', [inf], 1],
    ['erf', [-inf], -1],
    ['erf', [-0], -0],
    ['erf', [nan], nan],
    ['erfc', [inf], 0],
    ['erfc', [-inf], 2],
    ['erfc', [nan], nan],
    ['erfInv', [1], inf],
    ['erfInv', [-1], -inf],
    ['erfInv', [1.5], nan],
    ['erfInv', [-0], -0],
    ['lgamma', [0], inf],
    ['lgamma', [-3], inf],
    ['lgamma', [1], 0],
    ['lgamma', [2], 0],
    ['lgamma', [-inf], inf],
    ['lgamma', [inf], inf],
    ['lgamma', [nan], nan],
    ['digamma', [0], -inf],
    ['digamma', [-2], nan],
    ['digamma', [inf], inf],
    ['zeta', [1, 2], inf],
    ['zeta', [0.5, 2], nan],
    ['zeta', [2, -1], inf],
    ['zeta', [3, -1], nan],
    ['zeta', [2.5, -0.5], nan],
    ['zeta', [2, inf], 0],
    ['polygamma', [1.5, 2], nan],
    ['polygamma', [-1, 2], nan],
    ['besselI1e', [0], 0],
    ['besselI1e', [nan], nan],
    ['pow', [1, nan], 1],
    ['pow', [nan, 0], 1],
    ['pow', [-1, inf], 1],
    ['pow', [-1, -inf], 1],
    ['pow', [-8, 1 / 3], nan],
    ['logistic', [-inf], 0],
    ['logistic', [inf], 1],
    ['logistic', [nan], nan],
    ['roundAwayFromZero', [0.49999999999999994], 0],
    ['roundAwayFromZero', [2.5], 3],
    ['roundAwayFromZero', [-0.5], -1],
    ['roundAwayFromZero', [-0.2], -0],
    ['roundAwayFromZero', [-0], -0],
    ['roundAwayFromZero', [nan], nan],
  ])('%s(%s) = %s', (name, x, value) => {
    expect(realFunctions[name]!(...x)).toBe(value);
  });

  test.each<[string, complex.Complex, complex.Complex]>([
    ['sqrt', [-4, 0], [0, 2]],
    ['sqrt', [-4, -0], [0, -2]],
    ['sqrt', [0, -0], [0, -0]],
    ['abs', [3, 4], 5 as unknown as complex.Complex],
    ['exp', [0, 0], [1, 0]],
    ['exp', [-inf, nan], [0, 0]],
    ['log', [0, 0], [-inf, 0]],
    ['log', [-1, 0], [0, Math.PI]],
    ['sign', [0, 0], [0, 0]],
    ['sign', [1.5e308, 1.5e308], [0.7071067811865475, 0.7071067811865475]],
    ['tanh', [inf, 1], [1, 0]],
    ['tanh', [-400, 1], [-1, 0]],
    ['acos', [1, 0], [0, -0]],
    ['asin', [1, 0], [Math.PI / 2, 0]],
    ['atanh', [0, 0], [0, 0]],
    ['atan', [0, inf], [Math.PI / 2, 0]],
  ])('complex %s(%s) = %s', (name, z, value) => {
    expect(complexFunctions[name]!(z)).toEqual(value);
  });

  test('sqrt and rsqrt keep clear of overflow and underflow', () => {
    expect(complex.sqrt([0, 2 ** 1023])).toEqual([2 ** 511, 2 ** 511]);
    expect(complex.rsqrt([2 ** -1060, 0])).toEqual([2 ** 530, -0]);
    expect(complex.sqrt([-4e-320, 0])).toEqual([0, Math.sqrt(4e-320)]);
  });

  test('division keeps clear of overflow, and by an infinity gives zeros', () => {
    expect(complex.divide([1e300, 1e300], [1e300, 1e300])).toEqual([1, 0]);
    expect(complex.divide([1, 1], [inf, 0])).toEqual([0, 0]);
  });
});

describe('ulpDistance', () => {
  test.each<[number, number, number]>([
    [1, 1, 0],
    [0, -0, 0],
    [1, Math.fround(1 + 2 ** -23), 1],
    [2 ** -149, -(2 ** -149), 2],
    [Number.NaN, Number.NaN, 0],
    [Infinity, Infinity, 0],
    [Infinity, -Infinity, Infinity],
    [Infinity, 3.4e38, Infinity],
    [Number.NaN, 1, Infinity],
  ])('of %s and %s is %s in f32', (a, b, d) => {
    expect(ulpDistance('f32', a, b)).toBe(d);
  });
});
