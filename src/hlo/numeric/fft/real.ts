/**
 * Transforms of real signals to half their spectrum and back, by mixed radices in pocketfft's order. A spectrum is
 * stored as re₀, re₁, im₁, re₂, im₂ …; imaginary parts that are zero by symmetry are not computed, and so are exactly 0.
 */
import { factorsOf, type Roots, type Round, rootsOf, smallRoot } from './roots.js';

type Pair = readonly [re: number, im: number];

/**
 * A pass by the factor p; `done` is the product of the factors before it, `rest` that of those behind it. Position i of
 * group k and block j: blocks lie apart in the signal, side by side in the spectrum.
 */
class Pass {
  readonly own: readonly Pair[];
  private readonly turns: readonly (readonly Pair[])[];

  constructor(
    readonly round: Round,
    readonly p: number,
    readonly done: number,
    readonly rest: number,
    roots: Roots,
  ) {
    this.own = Array.from({ length: p % 2 === 0 ? 0 : p }, (_, k) =>
      p > 5 ? roots(k * done * rest) : smallRoot(k, p, round),
    );
    const pairs = Math.floor((rest + 1) / 2);
    this.turns = Array.from({ length: p }, (_, j) => Array.from({ length: pairs }, (_, i) => roots(j * done * i)));
  }

  signal = (i: number, k: number, j: number): number => i + this.rest * (k + this.done * j);
  spectrum = (i: number, j: number, k: number): number => i + this.rest * (j + this.p * k);

  /** For each group: what stands alone, what stands in the middle, and every pair of a real and an imaginary part. */
  each(
    first: (k: number) => void,
    middle: (k: number) => void,
    pair: (k: number, i: number, ic: number) => void,
  ): void {
    for (let k = 0; k < this.done; k++) {
      first(k);
      if (this.rest % 2 === 0) middle(k);
      for (let i = 2; i < this.rest; i += 2) pair(k, i, this.rest - i);
    }
  }

  add = (a: number, b: number): number => this.round(a + b);
  sub = (a: number, b: number): number => this.round(a - b);
  mul = (a: number, b: number): number => this.round(a * b);

  /** x·exp(−2πi·ji/n), or with + where `back`; `i` as `each` gives it. */
  turn(j: number, i: number, [x, y]: Pair, back: boolean): Pair {
    if (j === 0) return [x, y];
    const [c, s] = this.turns[j]![i / 2]!;
    const { add, sub, mul } = this;
    if (back) return [sub(mul(c, x), mul(s, y)), add(mul(c, y), mul(s, x))];
    return [add(mul(c, x), mul(s, y)), sub(mul(c, y), mul(s, x))];
  }

  /** start + Σ c·x in pocketfft's groups: beyond a factor of 5 two by themselves, then fours and twos summed first. */
  private weighted(start: number | undefined, c: readonly number[], x: readonly number[]): number {
    const terms = c.map((w, k) => this.mul(w, x[k]!));
    let sum = start ?? terms[0]!;
    let k = start === undefined ? 1 : 0;
    const join = (count: number) => {
      sum = this.add(sum, terms.slice(k, k + count).reduce(this.add));
      k += count;
    };
    const single = this.p > 5 ? 2 : terms.length;
    while (k < single) join(1);
    while (terms.length - k > 3) join(4);
    while (terms.length - k > 1) join(2);
    while (k < terms.length) join(1);
    return sum;
  }

  /** start + Σ cos(2π·uk/p)·x[k] for u from 1 to half of p. */
  cosines = (start: number, x: readonly number[]): number[] =>
    x.map((_, u) =>
      this.weighted(
        start,
        x.map((_, k) => this.own[((u + 1) * (k + 1)) % this.p]![0]),
        x,
      ),
    );
  /** Σ sin(2π·uk/p)·x[k]. */
  sines = (x: readonly number[]): number[] =>
    x.map((_, u) =>
      this.weighted(
        undefined,
        x.map((_, k) => this.own[((u + 1) * (k + 1)) % this.p]![1]),
        x,
      ),
    );
}

type Run = (s: Pass, from: Float64Array, to: Float64Array) => void;

const forwardOdd: Run = (s, from, to) => {
  const { p, rest, add, sub } = s;
  const half = Array.from({ length: (p - 1) / 2 }, (_, j) => j + 1);
  const first = (k: number) => {
    const x = (j: number) => from[s.signal(0, k, j)]!;
    const sums = half.map((j) => add(x(j), x(p - j)));
    const cos = s.cosines(x(0), sums);
    const sin = s.sines(half.map((j) => sub(x(p - j), x(j))));
    to[s.spectrum(0, 0, k)] = sums.reduce(add, x(0));
    half.forEach((j, u) => {
      to[s.spectrum(rest - 1, 2 * j - 1, k)] = cos[u]!;
      to[s.spectrum(0, 2 * j, k)] = sin[u]!;
    });
  };
  const pair = (k: number, i: number, ic: number) => {
    const at = (j: number): Pair => [from[s.signal(i - 1, k, j)]!, from[s.signal(i, k, j)]!];
    const x = Array.from({ length: p }, (_, j) => s.turn(j, i, at(j), false));
    const re = half.map((j) => add(x[j]![0], x[p - j]![0]));
    const im = half.map((j) => add(x[j]![1], x[p - j]![1]));
    to[s.spectrum(i - 1, 0, k)] = re.reduce(add, x[0]![0]);
    to[s.spectrum(i, 0, k)] = im.reduce(add, x[0]![1]);
    const [cosRe, cosIm] = [s.cosines(x[0]![0], re), s.cosines(x[0]![1], im)];
    const sinRe = s.sines(half.map((j) => sub(x[j]![1], x[p - j]![1])));
    const sinIm = s.sines(half.map((j) => sub(x[p - j]![0], x[j]![0])));
    half.forEach((j, u) => {
      to[s.spectrum(i - 1, 2 * j, k)] = add(cosRe[u]!, sinRe[u]!);
      to[s.spectrum(ic - 1, 2 * j - 1, k)] = sub(cosRe[u]!, sinRe[u]!);
      to[s.spectrum(i, 2 * j, k)] = add(sinIm[u]!, cosIm[u]!);
      to[s.spectrum(ic, 2 * j - 1, k)] = sub(sinIm[u]!, cosIm[u]!);
    });
  };
  s.each(first, () => {}, pair);
};

const backwardOdd: Run = (s, from, to) => {
  const { p, rest, add, sub } = s;
  const half = Array.from({ length: (p - 1) / 2 }, (_, j) => j + 1);
  const first = (k: number) => {
    const start = from[s.spectrum(0, 0, k)]!;
    const re = half.map((j) => 2 * from[s.spectrum(rest - 1, 2 * j - 1, k)]!);
    const cos = s.cosines(start, re);
    const sin = s.sines(half.map((j) => 2 * from[s.spectrum(0, 2 * j, k)]!));
    to[s.signal(0, k, 0)] = re.reduce(add, start);
    half.forEach((j, u) => {
      to[s.signal(0, k, j)] = sub(cos[u]!, sin[u]!);
      to[s.signal(0, k, p - j)] = add(cos[u]!, sin[u]!);
    });
  };
  const pair = (k: number, i: number, ic: number) => {
    const high = (j: number, part: number) => from[s.spectrum(i - 1 + part, 2 * j, k)]!;
    const low = (j: number, part: number) => from[s.spectrum(ic - 1 + part, 2 * j - 1, k)]!;
    const start: Pair = [high(0, 0), high(0, 1)];
    const re = half.map((j) => add(high(j, 0), low(j, 0)));
    const im = half.map((j) => sub(high(j, 1), low(j, 1)));
    to[s.signal(i - 1, k, 0)] = re.reduce(add, start[0]);
    to[s.signal(i, k, 0)] = im.reduce(add, start[1]);
    const [cosRe, cosIm] = [s.cosines(start[0], re), s.cosines(start[1], im)];
    const sinRe = s.sines(half.map((j) => sub(high(j, 0), low(j, 0))));
    const sinIm = s.sines(half.map((j) => add(high(j, 1), low(j, 1))));
    half.forEach((j, u) => {
      store(s, to, k, j, i, [sub(cosRe[u]!, sinIm[u]!), add(cosIm[u]!, sinRe[u]!)]);
      store(s, to, k, p - j, i, [add(cosRe[u]!, sinIm[u]!), sub(cosIm[u]!, sinRe[u]!)]);
    });
  };
  s.each(first, () => {}, pair);
};

/** A pair of the signal, turned back. */
function store(s: Pass, to: Float64Array, k: number, j: number, i: number, x: Pair): void {
  const [re, im] = s.turn(j, i, x, true);
  to[s.signal(i - 1, k, j)] = re;
  to[s.signal(i, k, j)] = im;
}

const forward2: Run = (s, from, to) => {
  const { rest, add, sub } = s;
  const x = (i: number, k: number, j: number) => from[s.signal(i, k, j)]!;
  s.each(
    (k) => {
      to[s.spectrum(0, 0, k)] = add(x(0, k, 0), x(0, k, 1));
      to[s.spectrum(rest - 1, 1, k)] = sub(x(0, k, 0), x(0, k, 1));
    },
    (k) => {
      to[s.spectrum(0, 1, k)] = -x(rest - 1, k, 1);
      to[s.spectrum(rest - 1, 0, k)] = x(rest - 1, k, 0);
    },
    (k, i, ic) => {
      const [re, im] = s.turn(1, i, [x(i - 1, k, 1), x(i, k, 1)], false);
      to[s.spectrum(i - 1, 0, k)] = add(x(i - 1, k, 0), re);
      to[s.spectrum(ic - 1, 1, k)] = sub(x(i - 1, k, 0), re);
      to[s.spectrum(i, 0, k)] = add(im, x(i, k, 0));
      to[s.spectrum(ic, 1, k)] = sub(im, x(i, k, 0));
    },
  );
};

const backward2: Run = (s, from, to) => {
  const { rest, add, sub } = s;
  const x = (i: number, j: number, k: number) => from[s.spectrum(i, j, k)]!;
  s.each(
    (k) => {
      to[s.signal(0, k, 0)] = add(x(0, 0, k), x(rest - 1, 1, k));
      to[s.signal(0, k, 1)] = sub(x(0, 0, k), x(rest - 1, 1, k));
    },
    (k) => {
      to[s.signal(rest - 1, k, 0)] = 2 * x(rest - 1, 0, k);
      to[s.signal(rest - 1, k, 1)] = -2 * x(0, 1, k);
    },
    (k, i, ic) => {
      to[s.signal(i - 1, k, 0)] = add(x(i - 1, 0, k), x(ic - 1, 1, k));
      to[s.signal(i, k, 0)] = sub(x(i, 0, k), x(ic, 1, k));
      store(s, to, k, 1, i, [sub(x(i - 1, 0, k), x(ic - 1, 1, k)), add(x(i, 0, k), x(ic, 1, k))]);
    },
  );
};

const forward4: Run = (s, from, to) => {
  const { rest, round, add, sub, mul } = s;
  const x = (i: number, k: number, j: number) => from[s.signal(i, k, j)]!;
  const half = round(Math.SQRT1_2);
  s.each(
    (k) => {
      const [odd, even] = [add(x(0, k, 3), x(0, k, 1)), add(x(0, k, 0), x(0, k, 2))];
      to[s.spectrum(0, 0, k)] = add(even, odd);
      to[s.spectrum(rest - 1, 3, k)] = sub(even, odd);
      to[s.spectrum(0, 2, k)] = sub(x(0, k, 3), x(0, k, 1));
      to[s.spectrum(rest - 1, 1, k)] = sub(x(0, k, 0), x(0, k, 2));
    },
    (k) => {
      const at = rest - 1;
      const im = -mul(half, add(x(at, k, 1), x(at, k, 3)));
      const re = mul(half, sub(x(at, k, 1), x(at, k, 3)));
      to[s.spectrum(at, 0, k)] = add(x(at, k, 0), re);
      to[s.spectrum(at, 2, k)] = sub(x(at, k, 0), re);
      to[s.spectrum(0, 3, k)] = add(im, x(at, k, 2));
      to[s.spectrum(0, 1, k)] = sub(im, x(at, k, 2));
    },
    (k, i, ic) => {
      const point = (j: number) => s.turn(j, i, [x(i - 1, k, j), x(i, k, j)], false);
      const [[r0, i0], [r1, i1], [r2, i2], [r3, i3]] = [point(0), point(1), point(2), point(3)];
      const [sumR, sumI, evenR, evenI] = [add(r3, r1), add(i1, i3), add(r0, r2), add(i0, i2)];
      const [gapR, gapI, oddR, oddI] = [sub(r3, r1), sub(i1, i3), sub(r0, r2), sub(i0, i2)];
      to[s.spectrum(i - 1, 0, k)] = add(evenR, sumR);
      to[s.spectrum(ic - 1, 3, k)] = sub(evenR, sumR);
      to[s.spectrum(i, 0, k)] = add(sumI, evenI);
      to[s.spectrum(ic, 3, k)] = sub(sumI, evenI);
      to[s.spectrum(i - 1, 2, k)] = add(oddR, gapI);
      to[s.spectrum(ic - 1, 1, k)] = sub(oddR, gapI);
      to[s.spectrum(i, 2, k)] = add(gapR, oddI);
      to[s.spectrum(ic, 1, k)] = sub(gapR, oddI);
    },
  );
};

const backward4: Run = (s, from, to) => {
  const { rest, round, add, sub, mul } = s;
  const x = (i: number, j: number, k: number) => from[s.spectrum(i, j, k)]!;
  const root = round(Math.SQRT2);
  s.each(
    (k) => {
      const [sum, gap] = [add(x(0, 0, k), x(rest - 1, 3, k)), sub(x(0, 0, k), x(rest - 1, 3, k))];
      const [re, im] = [2 * x(rest - 1, 1, k), 2 * x(0, 2, k)];
      to[s.signal(0, k, 0)] = add(sum, re);
      to[s.signal(0, k, 2)] = sub(sum, re);
      to[s.signal(0, k, 3)] = add(gap, im);
      to[s.signal(0, k, 1)] = sub(gap, im);
    },
    (k) => {
      const at = rest - 1;
      const [sumI, gapI] = [add(x(0, 3, k), x(0, 1, k)), sub(x(0, 3, k), x(0, 1, k))];
      const [sumR, gapR] = [add(x(at, 0, k), x(at, 2, k)), sub(x(at, 0, k), x(at, 2, k))];
      to[s.signal(at, k, 0)] = add(sumR, sumR);
      to[s.signal(at, k, 1)] = mul(root, sub(gapR, sumI));
      to[s.signal(at, k, 2)] = add(gapI, gapI);
      to[s.signal(at, k, 3)] = -mul(root, add(gapR, sumI));
    },
    (k, i, ic) => {
      const [r0, r1, i0, i1] = [x(i - 1, 0, k), x(ic - 1, 3, k), x(i, 0, k), x(ic, 3, k)];
      const [r2, r3, i2, i3] = [x(i - 1, 2, k), x(ic - 1, 1, k), x(i, 2, k), x(ic, 1, k)];
      const [sumR, gapR, gapI, sumI] = [add(r0, r1), sub(r0, r1), sub(i0, i1), add(i0, i1)];
      const [nextR, turnI, turnR, nextI] = [add(r2, r3), sub(r2, r3), add(i2, i3), sub(i2, i3)];
      to[s.signal(i - 1, k, 0)] = add(sumR, nextR);
      to[s.signal(i, k, 0)] = add(gapI, nextI);
      store(s, to, k, 1, i, [sub(gapR, turnR), add(sumI, turnI)]);
      store(s, to, k, 2, i, [sub(sumR, nextR), sub(gapI, nextI)]);
      store(s, to, k, 3, i, [add(gapR, turnR), sub(sumI, turnI)]);
    },
  );
};

const FORWARD: { readonly [p: number]: Run } = { 2: forward2, 4: forward4 };
const BACKWARD: { readonly [p: number]: Run } = { 2: backward2, 4: backward4 };

export interface RealTransform {
  /** Replaces a signal by its spectrum. */
  forward(x: Float64Array): void;
  /** Replaces a spectrum by its signal, times `scale`. */
  backward(x: Float64Array, scale: number): void;
}

export function realPasses(n: number, round: Round): RealTransform {
  const roots = rootsOf(n, round);
  let done = 1;
  const passes = factorsOf(n, [4]).map((p) => {
    const pass = new Pass(round, p, done, n / (done * p), roots);
    done *= p;
    return pass;
  });
  const run = (list: readonly Pass[], by: { readonly [p: number]: Run }, odd: Run, x: Float64Array): Float64Array => {
    let [from, to]: [Float64Array, Float64Array] = [x, new Float64Array(n)];
    for (const pass of list) {
      (by[pass.p] ?? odd)(pass, from, to);
      [from, to] = [to, from];
    }
    return from;
  };
  return {
    forward: (x) => x.set(run([...passes].reverse(), FORWARD, forwardOdd, x)),
    backward: (x, scale) => x.set(run(passes, BACKWARD, backwardOdd, x).map((v) => round(v * scale))),
  };
}
