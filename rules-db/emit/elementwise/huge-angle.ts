/**
 * Reduction of huge f64 angles (Payne and Hanek, 1983) without a table look-up: the words of 1/2π that matter are picked by
 * selects on the bits of the exponent, and multiplied with the 53 bits of x in limbs of 32.
 */
import type { Scalars } from '../../../src/rules/index.js';

/** 1/2π behind 32 zero bits, in words of 64 bits from the top. */
const WORDS: readonly bigint[] = [
  0x0000000028be60dbn,
  0x9391054a7f09d5f4n,
  0x7d4d377036d8a566n,
  0x4f10e4107f9458ean,
  0xf7aef1586dc91b8en,
  0x909374b801924bban,
  0x827464873f877ac7n,
  0x2c4a69cfba208d7dn,
  0x4baed1213a671c09n,
  0xad17df904e64758en,
  0x60d4ce7d272117e2n,
  0xef7e4a0ec7fe25ffn,
  0xf7816603fbcbc462n,
  0xd6829b47db4d9fb3n,
  0xc9f2c26dd3d18fd9n,
  0xa797fa8b5d49eeb1n,
  0xfaf97c5ecf41ce7dn,
  0xe294a4ba9afed7ecn,
  0x47e357421580cc11n,
];
const LIMB = 0xffffffffn;

/** 192 bits of 2^(shift − 32) / 2π modulo 1, as six limbs from the bottom up; 0 ≤ shift < 1024. */
function windowAt<V>(s: Scalars<V>, shift: V): V[] {
  let words: readonly (V | bigint)[] = WORDS;
  for (const step of [8, 4, 2, 1]) {
    const skip = s.ne(s.and(shift, 64 * step), 0);
    const kept = 4 + step - 1;
    words = Array.from({ length: kept }, (_, i) =>
      s.select(skip, constant(s, words[i + step]!), constant(s, words[i]!)),
    );
  }
  const by = s.and(shift, 63);
  const [a, b, c, d] = words as readonly V[];
  const rest = s.sub(63, by);
  const joined = ([high, low]: readonly [V, V]) => s.or(s.shl(high, by), s.shrl(s.shrl(low, 1), rest));
  const shifted = (
    [
      [c, d],
      [b, c],
      [a, b],
    ] as [V, V][]
  ).map(joined);
  return shifted.flatMap((word) => [s.and(word, LIMB), s.shrl(word, 32)]);
}
const constant = <V>(s: Scalars<V>, v: V | bigint): V => (typeof v === 'bigint' ? s.constant('u64', v) : v);

/** |x| = (quadrant + f + low) π/2, |f| ≤ ½, for 2^9 ≤ |x| < ∞; the quadrant modulo 4 (s64). */
export function reduceHuge<V>(s: Scalars<V>, x: V): { readonly f: V; readonly low: V; readonly quadrant: V } {
  const bits = s.bitcast(s.abs(x), 'u64');
  const shift = s.bitcast(s.max(s.sub(s.bitcast(s.shrl(bits, 52), 's64'), 1043), 0), 'u64');
  const window = windowAt(s, s.and(shift, 1023));
  const m = s.or(s.and(bits, 0xfffffffffffffn), 0x10000000000000n);
  const [low, high] = [s.and(m, LIMB), s.shrl(m, 32)];
  // Limb by limb, leaving out what cannot reach the upper 128 bits of the product modulo 2^192.
  const products = window.map((limb) => s.mul(low, limb));
  let carry = s.shrl(s.mul(high, window[0]!), 32);
  const limbs: V[] = [];
  for (let j = 2; j < 6; j++) {
    const column = s.add(s.and(products[j]!, LIMB), s.shrl(products[j - 1]!, 32));
    const sum = s.add(s.add(column, s.mul(high, window[j - 1]!)), carry);
    limbs.push(s.and(sum, LIMB));
    carry = s.shrl(sum, 32);
  }
  const join = (lower: V, upper: V) => s.or(s.shl(upper, 32), lower);
  const [below, top] = [join(limbs[0]!, limbs[1]!), join(limbs[2]!, limbs[3]!)];
  const quadrant = s.shrl(s.add(top, 2n ** 61n), 62);
  const rest = s.bitcast(s.sub(top, s.shl(quadrant, 62)), 's64');
  const f = s.convert(rest, 'f64');
  const lost = s.convert(s.sub(rest, s.convert(f, 's64')), 'f64');
  const lowF = s.fma(s.convert(below, 'f64'), 2 ** -126, s.mul(lost, 2 ** -62));
  return { f: s.mul(f, 2 ** -62), low: lowF, quadrant: s.bitcast(quadrant, 's64') };
}
