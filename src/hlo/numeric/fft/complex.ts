/**
 * Complex transforms by mixed radices (FFTPACK, as pocketfft has it), every operation rounded and in pocketfft's order: it
 * made the expectations of StableHLO's programs, which are held to 3 ULP even where terms cancel.
 */
import { factorsOf, type Roots, type Round, rootsOf, smallRoot } from './roots.js';

export interface Signal {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

type Pair = readonly [re: number, im: number];

export const signal = (n: number): Signal => ({ re: new Float64Array(n), im: new Float64Array(n) });

/** Arithmetic on complex numbers with a rounding after each operation. `sign`: 1 for the inverse transform, else −1. */
class Arithmetic {
  constructor(
    readonly round: Round,
    readonly sign: 1 | -1,
  ) {}

  add = (a: Pair, b: Pair): Pair => [this.round(a[0] + b[0]), this.round(a[1] + b[1])];
  sub = (a: Pair, b: Pair): Pair => [this.round(a[0] - b[0]), this.round(a[1] - b[1])];

  /** a·w, or a·conj(w) in the forward transform. */
  turn([x, y]: Pair, [c, s]: Pair, sign = this.sign): Pair {
    const { round } = this;
    const [xc, ys, xs, yc] = [round(x * c), round(y * s), round(x * s), round(y * c)];
    return sign > 0 ? [round(xc - ys), round(xs + yc)] : [round(xc + ys), round(yc - xs)];
  }

  /** A quarter of a turn. */
  quarter = ([x, y]: Pair): Pair => (this.sign > 0 ? [-y, x] : [y, -x]);

  /** An eighth of a turn. */
  eighth([x, y]: Pair): Pair {
    const { round } = this;
    const h = round(Math.SQRT1_2);
    return this.sign > 0
      ? [round(h * round(x - y)), round(h * round(y + x))]
      : [round(h * round(x + y)), round(h * round(y - x))];
  }
}

/** The transform of p points; `out(j, value)` gets result j. */
type Butterfly = (x: readonly Pair[], out: (j: number, value: Pair) => void) => void;

function butterflyOf(p: number, a: Arithmetic, roots: Roots): Butterfly {
  if (p === 2) {
    return ([x, y], out) => {
      out(0, a.add(x!, y!));
      out(1, a.sub(x!, y!));
    };
  }
  if (p === 4) return (x, out) => four(a, x, out);
  if (p === 8) return (x, out) => eight(a, x, out);
  return odd(p, a, roots);
}

function four(a: Arithmetic, [x0, x1, x2, x3]: readonly Pair[], out: (j: number, value: Pair) => void): void {
  const [s, d] = [a.add(x0!, x2!), a.sub(x0!, x2!)];
  const [t, e] = [a.add(x1!, x3!), a.quarter(a.sub(x1!, x3!))];
  out(0, a.add(s, t));
  out(1, a.add(d, e));
  out(2, a.sub(s, t));
  out(3, a.sub(d, e));
}

function eight(a: Arithmetic, x: readonly Pair[], out: (j: number, value: Pair) => void): void {
  const sum = (j: number): Pair => a.add(x[j]!, x[j + 4]!);
  const difference = (j: number): Pair => a.sub(x[j]!, x[j + 4]!);
  const odds = [a.add(sum(1), sum(3)), a.quarter(a.sub(sum(1), sum(3)))] as const;
  const turned = a.quarter(difference(3));
  const first = a.eighth(a.add(difference(1), turned));
  const third = a.quarter(a.eighth(a.sub(difference(1), turned)));
  const evens = [a.add(sum(0), sum(2)), a.sub(sum(0), sum(2))] as const;
  const sixth = a.quarter(difference(2));
  const rest = [a.add(difference(0), sixth), a.sub(difference(0), sixth)] as const;
  for (const [j, even, other] of [
    [0, evens[0], odds[0]],
    [1, rest[0], first],
    [2, evens[1], odds[1]],
    [3, rest[1], third],
  ] as const) {
    out(j, a.add(even, other));
    out(j + 4, a.sub(even, other));
  }
}

/** Points j and p − j have conjugate roots: their sum meets the cosines, their difference the sines. */
function odd(p: number, a: Arithmetic, roots: Roots): Butterfly {
  const { round } = a;
  const half = (p - 1) / 2;
  // Beyond 11, terms join their sum two at a time.
  const inPairs = p > 11;
  const times = (c: number, v: number) => round(c * v);
  const total = (start: number | undefined, terms: readonly number[]): number => {
    let sum = start === undefined ? terms[0]! : start;
    let k = start === undefined ? 1 : 0;
    for (const first = inPairs ? 2 : terms.length; k < first; k++) sum = round(sum + terms[k]!);
    for (; k < terms.length; k += 2) {
      sum = round(sum + (k + 1 < terms.length ? round(terms[k]! + terms[k + 1]!) : terms[k]!));
    }
    return sum;
  };
  return (x, out) => {
    const sums = Array.from({ length: half }, (_, k) => a.add(x[k + 1]!, x[p - 1 - k]!));
    const differences = Array.from({ length: half }, (_, k) => a.sub(x[k + 1]!, x[p - 1 - k]!));
    out(
      0,
      sums.reduce((s, t) => a.add(s, t), x[0]!),
    );
    for (let u = 1; u <= half; u++) {
      const w = sums.map((_, k) => roots((u * (k + 1)) % p));
      const even: Pair = [
        total(
          x[0]![0],
          sums.map((s, k) => times(w[k]![0], s[0])),
        ),
        total(
          x[0]![1],
          sums.map((s, k) => times(w[k]![0], s[1])),
        ),
      ];
      const side: Pair = [
        -total(
          undefined,
          differences.map((d, k) => times(a.sign * w[k]![1], d[1])),
        ),
        total(
          undefined,
          differences.map((d, k) => times(a.sign * w[k]![1], d[0])),
        ),
      ];
      out(u, a.add(even, side));
      out(p - u, a.sub(even, side));
    }
  };
}

/** Replaces the points by their transform X[k] = Σ x[j]·exp(∓2πi·jk/n), times `scale`. */
export type Transform = (points: Signal, sign: 1 | -1, scale: number) => void;

export function complexPasses(n: number, round: Round): Transform {
  const factors = factorsOf(n, [8, 4]);
  const roots = rootsOf(n, round);
  return (points, sign, scale) => {
    const a = new Arithmetic(round, sign);
    let [from, to] = [points, signal(n)];
    let done = 1;
    for (const p of factors) {
      const rest = n / (done * p);
      pass(a, from, to, { p, done, rest }, roots, n);
      [from, to] = [to, from];
      done *= p;
    }
    for (let k = 0; k < n; k++) {
      points.re[k] = scale === 1 ? from.re[k]! : round(from.re[k]! * scale);
      points.im[k] = scale === 1 ? from.im[k]! : round(from.im[k]! * scale);
    }
  };
}

/** One factor p: `done` is the product of the factors before it, `rest` that of those behind it. */
function pass(
  a: Arithmetic,
  from: Signal,
  to: Signal,
  { p, done, rest }: { readonly p: number; readonly done: number; readonly rest: number },
  roots: Roots,
  n: number,
): void {
  const own = Array.from({ length: p % 2 === 0 ? 0 : p }, (_, k) =>
    p > 11 ? roots((k * n) / p) : smallRoot(k, p, a.round),
  );
  const butterfly = butterflyOf(p, a, (k) => own[k]!);
  const turns = Array.from({ length: p }, (_, j) => Array.from({ length: rest }, (_, i) => roots(j * done * i)));
  const x = new Array<Pair>(p);
  for (let k = 0; k < done; k++) {
    for (let i = 0; i < rest; i++) {
      for (let j = 0; j < p; j++) {
        const at = i + rest * (j + p * k);
        x[j] = [from.re[at]!, from.im[at]!];
      }
      butterfly(x, (j, value) => {
        const at = i + rest * (k + done * j);
        const [re, im] = i > 0 && j > 0 ? a.turn(value, turns[j]![i]!) : value;
        to.re[at] = re;
        to.im[at] = im;
      });
    }
  }
}

/** A transform as a convolution with a chirp: jk = (j² + k² − (k − j)²) / 2 (Bluestein 1970). */
export function convolution(n: number, size: number, round: Round): Transform {
  const passes = complexPasses(size, round);
  const roots = rootsOf(2 * n, round);
  const chirp = Array.from({ length: n }, (_, k) => roots(Number((BigInt(k) * BigInt(k)) % BigInt(2 * n))));
  const filter = signal(size);
  const share = round(1 / size);
  chirp.forEach(([re, im], k) => {
    for (const at of [k, (size - k) % size]) {
      filter.re[at] = round(re * share);
      filter.im[at] = round(im * share);
    }
  });
  passes(filter, -1, 1);
  return (points, sign, scale) => {
    const a = new Arithmetic(round, sign);
    const work = signal(size);
    const put = (s: Signal, k: number, [re, im]: Pair) => {
      s.re[k] = re;
      s.im[k] = im;
    };
    const at = (s: Signal, k: number): Pair => [s.re[k]!, s.im[k]!];
    for (let k = 0; k < n; k++) put(work, k, a.turn(at(points, k), chirp[k]!));
    passes(work, -1, 1);
    for (let k = 0; k < size; k++) {
      put(work, k, a.turn(at(work, k), at(filter, Math.min(k, size - k)), sign === 1 ? -1 : 1));
    }
    passes(work, 1, 1);
    for (let k = 0; k < n; k++) {
      const [re, im] = a.turn(at(work, k), chirp[k]!);
      put(points, k, [round(re * scale), round(im * scale)]);
    }
  };
}
