/** Transforms of a few points in registers. */
import { rootsOfUnity } from '../../../hlo/numeric/fourier.js';
import type { KernelBuilder } from '../../loop/builder.js';
import type { ValueId } from '../../loop/ir.js';

/** A complex number in every lane. */
export interface Point {
  readonly re: ValueId;
  readonly im: ValueId;
}

export const add = (b: KernelBuilder, x: Point, y: Point): Point => ({
  re: b.binary('add', x.re, y.re),
  im: b.binary('add', x.im, y.im),
});
export const sub = (b: KernelBuilder, x: Point, y: Point): Point => ({
  re: b.binary('sub', x.re, y.re),
  im: b.binary('sub', x.im, y.im),
});
/** x·w */
export const times = (b: KernelBuilder, x: Point, w: Point): Point => ({
  re: b.fma(x.re, w.re, b.unary('neg', b.binary('mul', x.im, w.im))),
  im: b.fma(x.re, w.im, b.binary('mul', x.im, w.re)),
});
/** −i·x */
const quarterTurn = (b: KernelBuilder, x: Point): Point => ({ re: x.im, im: b.unary('neg', x.re) });

/** X[k] = Σ x[n]·exp(−2πi·nk/N) for N a power of two or an odd number. */
export function butterfly(b: KernelBuilder, x: readonly Point[]): Point[] {
  if (x.length === 1) return [...x];
  return x.length % 2 === 0 ? halves(b, x) : odd(b, x);
}

/** Even and odd points by themselves, then together (Cooley and Tukey 1965). */
function halves(b: KernelBuilder, x: readonly Point[]): Point[] {
  const n = x.length;
  const even = butterfly(
    b,
    x.filter((_, k) => k % 2 === 0),
  );
  const odds = butterfly(
    b,
    x.filter((_, k) => k % 2 === 1),
  );
  const { cos, sin } = rootsOfUnity(n);
  const type = b.typeOf(x[0]!.re);
  const turned = odds.map((p, k) => {
    if (k === 0) return p;
    if (4 * k === n) return quarterTurn(b, p);
    return times(b, p, { re: b.constant(type, cos[k]!), im: b.constant(type, sin[k]!) });
  });
  return [...even.map((p, k) => add(b, p, turned[k]!)), ...even.map((p, k) => sub(b, p, turned[k]!))];
}

/** Points k and n − k have conjugate roots: their sum meets the cosines, their difference the sines. */
function odd(b: KernelBuilder, x: readonly Point[]): Point[] {
  const n = x.length;
  const half = (n - 1) / 2;
  const { cos, sin } = rootsOfUnity(n);
  const type = b.typeOf(x[0]!.re);
  const sums = Array.from({ length: half }, (_, k) => add(b, x[k + 1]!, x[n - 1 - k]!));
  const differences = Array.from({ length: half }, (_, k) => sub(b, x[k + 1]!, x[n - 1 - k]!));
  const out = new Array<Point>(n);
  out[0] = sums.reduce((p, q) => add(b, p, q), x[0]!);
  for (let j = 1; j <= half; j++) {
    let even = x[0]!;
    let turn: Point | undefined;
    for (let k = 1; k <= half; k++) {
      const c = b.constant(type, cos[(j * k) % n]!);
      const s = b.constant(type, -sin[(j * k) % n]!);
      const [sum, difference] = [sums[k - 1]!, differences[k - 1]!];
      even = { re: b.fma(sum.re, c, even.re), im: b.fma(sum.im, c, even.im) };
      turn = turn
        ? { re: b.fma(difference.re, s, turn.re), im: b.fma(difference.im, s, turn.im) }
        : { re: b.binary('mul', difference.re, s), im: b.binary('mul', difference.im, s) };
    }
    const side = quarterTurn(b, turn!);
    out[j] = add(b, even, side);
    out[n - j] = sub(b, even, side);
  }
  return out;
}
