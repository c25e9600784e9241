/**
 * Cosine and sine of small angles, rounded correctly: Math.cos may be off by a unit in the last place, and differ from
 * engine to engine.
 */

/** Integers stand for fractions of 2^BITS. */
const BITS = 128n;
const ONE = 1n << BITS;
/** π/4, rounded down. */
const QUARTER_PI = 0xc90fdaa22168c234c4c6628b80dc1cd1n;

const toNumber = (x: bigint): number => Number(x) / 2 ** Number(BITS);

/** A double in [0, 1) as it is; bits below 2^−128 go. */
const toFraction = (x: number): bigint =>
  (BigInt(Math.floor(x * 2 ** 64)) << 64n) + BigInt(Math.floor(((x * 2 ** 64) % 1) * 2 ** 64));

/** π/(4n). */
export const eighthOf = (n: number): number => toNumber(QUARTER_PI / BigInt(n));

/** Of an angle in [0, 1), by their Taylor series. */
export function cosineAndSine(angle: number): { readonly cos: number; readonly sin: number } {
  const x = toFraction(angle);
  const square = (x * x) >> BITS;
  const series = (first: bigint, k: bigint): number => {
    let [sum, term] = [first, first];
    for (let m = k; term !== 0n; m += 2n) {
      term = -((term * square) >> BITS) / (m * (m + 1n));
      sum += term;
    }
    return toNumber(sum);
  };
  return { cos: series(ONE, 1n), sin: series(x, 2n) };
}
