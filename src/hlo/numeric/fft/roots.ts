/** Roots of unity, and what decides how a length is transformed. */

import { cosineAndSine, eighthOf } from './exact-angles.js';

/** Rounds to the type that is computed in. */
export type Round = (x: number) => number;

/** exp(2πi·k/n). */
export type Roots = (k: number) => readonly [re: number, im: number];

/**
 * Each root is the product of a coarse and a fine one in double, rounded once more: pocketfft's way, kept to the bit,
 * since where terms of a transform cancel, the last bit of a root is what is left.
 */
export function rootsOf(n: number, round: Round): Roots {
  const angle = eighthOf(n);
  const half = Math.floor((n + 2) / 2);
  let shift = 1;
  while (2 ** shift * 2 ** shift < half) shift++;
  const size = 2 ** shift;
  const fine = Array.from({ length: size }, (_, k) => exactRoot(k, n, angle));
  const coarse = Array.from({ length: Math.ceil(half / size) }, (_, k) => exactRoot(k * size, n, angle));
  return (k) => {
    const mirrored = 2 * k > n;
    const at = mirrored ? n - k : k;
    const [a, b] = fine[at % size]!;
    const [c, d] = coarse[Math.floor(at / size)]!;
    const im = round(a * d + b * c);
    return [round(a * c - b * d), mirrored ? -im : im];
  };
}

/** Of the first half of the circle, from the octant in which the angle is small; `angle` is an eighth of a step. */
function exactRoot(k: number, n: number, angle: number): readonly [number, number] {
  if (k === 0) return [1, 0];
  const x = 8 * k;
  const [octant, y] = x < n ? [0, x] : x < 2 * n ? [1, 2 * n - x] : x < 3 * n ? [2, x - 2 * n] : [3, 4 * n - x];
  const { cos, sin } = cosineAndSine(y * angle);
  return octant === 0 ? [cos, sin] : octant === 1 ? [sin, cos] : octant === 2 ? [-sin, cos] : [-cos, sin];
}

/** Factors in the order of the passes: 2 first, of the odd ones the small ones first. */
export function factorsOf(n: number, powersOfTwo: readonly number[]): number[] {
  const factors: number[] = [];
  let left = n;
  for (const f of powersOfTwo) for (; left % f === 0; left /= f) factors.push(f);
  if (left % 2 === 0) {
    left /= 2;
    factors.push(2);
    [factors[0], factors[factors.length - 1]] = [factors.at(-1)!, factors[0]!];
  }
  for (let f = 3; f * f <= left; f += 2) for (; left % f === 0; left /= f) factors.push(f);
  if (left > 1) factors.push(left);
  return factors;
}

/** Whether a convolution (Bluestein 1970) is cheaper than passes for the length's prime factors. */
export function isConvolved(n: number, real: boolean): boolean {
  if (n < 50 || Math.max(...factorsOf(n, [])) <= Math.sqrt(n)) return false;
  return 3 * cost(convolutionSize(n)) < (real ? 0.5 : 1) * cost(n);
}

function cost(n: number): number {
  const each = factorsOf(n, [2]).map((f) => (f <= 5 ? f : 1.1 * f));
  return n * each.reduce((a, b) => a + b, 0);
}

/** The least length from 2n − 1 that has no prime factor above 11. */
export function convolutionSize(n: number): number {
  const isGood = (size: number): boolean => [2, 3, 5, 7, 11].reduce((left, p) => withoutFactor(left, p), size) === 1;
  let size = 2 * n - 1;
  while (size > 12 && !isGood(size)) size++;
  return size;
}

function withoutFactor(n: number, p: number): number {
  let left = n;
  while (left % p === 0) left /= p;
  return left;
}

/** cos and sin of 2πk/p for k up to half of p: rounded from their exact values, as no formula in double gives all. */
const SMALL: { readonly [p: number]: readonly (readonly [number, number])[] } = {
  3: [[-0.5, 0.8660254037844386]],
  5: [
    [0.30901699437494745, 0.9510565162951535],
    [-0.8090169943749475, 0.5877852522924731],
  ],
  7: [
    [0.6234898018587335, 0.7818314824680298],
    [-0.2225209339563144, 0.9749279121818236],
    [-0.9009688679024191, 0.4338837391175581],
  ],
  11: [
    [0.8412535328311812, 0.5406408174555976],
    [0.41541501300188644, 0.9096319953545183],
    [-0.14231483827328514, 0.9898214418809327],
    [-0.6548607339452851, 0.7557495743542583],
    [-0.9594929736144974, 0.28173255684142967],
  ],
};

/** exp(2πi·k/p) for k below a p of at most 11 that passes take by a sum. */
export function smallRoot(k: number, p: number, round: Round): readonly [re: number, im: number] {
  if (k === 0) return [1, 0];
  const mirrored = 2 * k > p;
  const [re, im] = SMALL[p]![(mirrored ? p - k : k) - 1]!;
  return [round(re), round(mirrored ? -im : im)];
}
