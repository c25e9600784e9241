/** Counter-based random bits (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). */

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Threefry-2x32 with 20 rounds, of 32-bit words: [low, high] of the counter and of the key. */
export function threefry2x32(counter: readonly [number, number], key: readonly [number, number]): [number, number] {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  let x = (counter[0] + keys[0]!) | 0;
  let y = (counter[1] + keys[1]!) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of ROTATIONS[group % 2]!) {
      x = (x + y) | 0;
      y = x ^ rotate(y, r);
    }
    x = (x + keys[(group + 1) % 3]!) | 0;
    y = (y + keys[(group + 2) % 3]! + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}

type Words4 = [number, number, number, number];

/** The high and low words of a product of 32-bit numbers. */
function multiply(a: number, b: number): [high: number, low: number] {
  const p = BigInt(a) * BigInt(b);
  return [Number(p >> 32n), Number(p & 0xffffffffn)];
}

/** Philox-4x32 with 10 rounds. */
export function philox4x32(counter: Readonly<Words4>, key: readonly [number, number]): Words4 {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(a, 0xd2511f53);
    const [high1, low1] = multiply(c, 0xcd9e8d57);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** [low, high] words of a 64-bit number. */
export const wordsOf = (x: bigint): [number, number] => [Number(x & 0xffffffffn), Number((x >> 32n) & 0xffffffffn)];
