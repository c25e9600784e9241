import { describe, expect, test } from 'vitest';
import { cosineAndSine, eighthOf } from '../../../src/hlo/numeric/fft/exact-angles.js';
import { complexTransform, realTransform, signal } from '../../../src/hlo/numeric/fft/index.js';
import { Random } from '../../../src/rules/random.js';

/** Lengths of every pass, of passes together, of large prime factors, and of convolutions. */
const LENGTHS = [
  1, 2, 3, 4, 5, 7, 8, 11, 13, 17, 6, 12, 15, 16, 18, 20, 33, 35, 44, 48, 60, 64, 77, 90, 101, 128, 202, 289,
];

const numbers = (n: number, seed: number): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: n }, () => random.unit() * 2 - 1);
};

function direct(re: Float64Array, im: Float64Array, sign: 1 | -1): { re: number[]; im: number[] } {
  const n = re.length;
  const out = { re: [] as number[], im: [] as number[] };
  for (let k = 0; k < n; k++) {
    let [a, b] = [0, 0];
    for (let j = 0; j < n; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n;
      a += re[j]! * Math.cos(angle) - im[j]! * Math.sin(angle);
      b += re[j]! * Math.sin(angle) + im[j]! * Math.cos(angle);
    }
    out.re.push(a);
    out.im.push(b);
  }
  return out;
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, k) => Math.abs(x - b[k]!)));

describe.each(LENGTHS)('%i points', (n) => {
  const [re, im] = [numbers(n, n), numbers(n, n + 1000)];

  test.each([1, -1] as const)('complex, sign %i', (sign) => {
    const points = { re: re.slice(), im: im.slice() };
    complexTransform(n, 'f64')(points, sign, 1);
    const want = direct(re, im, sign);
    expect(distance(points.re, want.re)).toBeLessThan(1e-13 * n + 1e-13);
    expect(distance(points.im, want.im)).toBeLessThan(1e-13 * n + 1e-13);
  });

  test('real: half of the complex spectrum, and back', () => {
    const { forward, backward } = realTransform(n, 'f64');
    const row = re.slice();
    forward(row);
    const want = direct(re, new Float64Array(n), -1);
    const half = Array.from({ length: n }, (_, k) =>
      k % 2 === 1 ? want.re[(k + 1) / 2]! : k === 0 ? want.re[0]! : want.im[k / 2]!,
    );
    expect(distance(row, half)).toBeLessThan(1e-13 * n + 1e-13);
    backward(row, 1 / n);
    expect(distance(row, re)).toBeLessThan(1e-13);
  });

  test('in f32 every value is one', () => {
    const points = { re: re.map(Math.fround), im: im.map(Math.fround) };
    complexTransform(n, 'f32')(points, -1, 1);
    expect(points.re.map(Math.fround)).toEqual(points.re);
    expect(distance(points.re, direct(re, im, -1).re)).toBeLessThan(1e-5 * Math.sqrt(n) + 1e-6);
  });
});

test('angles are rounded correctly', () => {
  expect(eighthOf(2)).toBe(Math.PI / 8);
  const { cos, sin } = cosineAndSine(Math.PI / 6);
  expect([cos, sin]).toEqual([0.8660254037844387, 0.49999999999999994]);
  expect(cosineAndSine(0)).toEqual({ cos: 1, sin: 0 });
  expect(signal(2).re).toHaveLength(2);
});
