/** Discrete Fourier transforms of any length, in double. */

/** Replaces (re, im) by its transform: X[k] = Σ_n x[n]·exp(∓2πi·nk/N), with − for the forward one. Unscaled. */
export type Transform = (re: Float64Array, im: Float64Array) => void;

/** Primes up to which a direct sum is quicker than Bluestein's algorithm. */
const DIRECT = 61;

/** The transform of `n` points; plans are cheap to keep and made once a length. */
export function fourier(n: number, inverse: boolean): Transform {
  const forward = plan(n);
  // The inverse is the forward transform with real and imaginary parts exchanged.
  return inverse ? (re, im) => forward(im, re) : forward;
}

const plans = new Map<number, Transform>();

function plan(n: number): Transform {
  let p = plans.get(n);
  if (!p) plans.set(n, (p = makePlan(n)));
  return p;
}

function makePlan(n: number): Transform {
  if (n <= 1) return () => {};
  const factor = smallestFactor(n);
  if (factor < n) return cooleyTukey(factor, n / factor);
  return n <= DIRECT ? direct(n) : bluestein(n);
}

function smallestFactor(n: number): number {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p;
  return n;
}

export interface Roots {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** exp(−2πi·k/n) for k below n, from angles within an eighth of the circle, where sine and cosine are most exact. */
export function rootsOfUnity(n: number): Roots {
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const [c, s] = unitPoint(k, n);
    cos[k] = c;
    sin[k] = -s;
  }
  return { cos, sin };
}

function unitPoint(k: number, n: number): [number, number] {
  if (8 * k > 4 * n) {
    const [c, s] = unitPoint(n - k, n);
    return [c, -s];
  }
  if (8 * k > 2 * n) {
    // A quarter turn back, in quarters of a step so that the angle stays exact.
    const angle = (2 * Math.PI * (4 * k - n)) / (4 * n);
    return [-Math.sin(angle), Math.cos(angle)];
  }
  if (8 * k > n) {
    const angle = (2 * Math.PI * (n - 4 * k)) / (4 * n);
    return [Math.sin(angle), Math.cos(angle)];
  }
  const angle = (2 * Math.PI * k) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

function direct(n: number): Transform {
  const { cos, sin } = rootsOfUnity(n);
  const [outRe, outIm] = [new Float64Array(n), new Float64Array(n)];
  return (re, im) => {
    for (let k = 0; k < n; k++) {
      let [a, b] = [0, 0];
      for (let j = 0, w = 0; j < n; j++, w = (w + k) % n) {
        a += re[j]! * cos[w]! - im[j]! * sin[w]!;
        b += re[j]! * sin[w]! + im[j]! * cos[w]!;
      }
      outRe[k] = a;
      outIm[k] = b;
    }
    re.set(outRe);
    im.set(outIm);
  };
}

/** p transforms of m points, a turn by roots of unity, m transforms of p points. */
function cooleyTukey(p: number, m: number): Transform {
  const n = p * m;
  const { cos, sin } = rootsOfUnity(n);
  const inner = plan(m);
  const outer = plan(p);
  const columns = Array.from({ length: p }, () => ({ re: new Float64Array(m), im: new Float64Array(m) }));
  const [rowRe, rowIm] = [new Float64Array(p), new Float64Array(p)];
  return (re, im) => {
    for (let r = 0; r < p; r++) {
      const column = columns[r]!;
      for (let j = 0; j < m; j++) {
        column.re[j] = re[j * p + r]!;
        column.im[j] = im[j * p + r]!;
      }
    }
    for (const column of columns) inner(column.re, column.im);
    for (let k = 0; k < m; k++) {
      for (let r = 0; r < p; r++) {
        const { re: a, im: b } = columns[r]!;
        const [c, s] = [cos[r * k]!, sin[r * k]!];
        rowRe[r] = a[k]! * c - b[k]! * s;
        rowIm[r] = a[k]! * s + b[k]! * c;
      }
      outer(rowRe, rowIm);
      for (let q = 0; q < p; q++) {
        re[k + q * m] = rowRe[q]!;
        im[k + q * m] = rowIm[q]!;
      }
    }
  };
}

/** A transform of prime length as a convolution of a power of two: nk = (n² + k² − (k − n)²) / 2. */
function bluestein(n: number): Transform {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const roots = rootsOfUnity(2 * n);
  const chirp = (k: number): number => Number((BigInt(k) * BigInt(k)) % BigInt(2 * n));
  const cos = Float64Array.from({ length: n }, (_, k) => roots.cos[chirp(k)]!);
  const sin = Float64Array.from({ length: n }, (_, k) => roots.sin[chirp(k)]!);
  const [filterRe, filterIm] = [new Float64Array(size), new Float64Array(size)];
  for (let k = 0; k < n; k++) {
    for (const at of [k, (size - k) % size]) {
      filterRe[at] = cos[k]!;
      filterIm[at] = -sin[k]!;
    }
  }
  const forward = plan(size);
  forward(filterRe, filterIm);
  return (re, im) => {
    const [a, b] = [new Float64Array(size), new Float64Array(size)];
    for (let k = 0; k < n; k++) {
      a[k] = re[k]! * cos[k]! - im[k]! * sin[k]!;
      b[k] = re[k]! * sin[k]! + im[k]! * cos[k]!;
    }
    forward(a, b);
    for (let k = 0; k < size; k++) {
      const [x, y] = [a[k]!, b[k]!];
      a[k] = x * filterRe[k]! - y * filterIm[k]!;
      b[k] = x * filterIm[k]! + y * filterRe[k]!;
    }
    forward(b, a);
    for (let k = 0; k < n; k++) {
      const [x, y] = [a[k]! / size, b[k]! / size];
      re[k] = x * cos[k]! - y * sin[k]!;
      im[k] = x * sin[k]! + y * cos[k]!;
    }
  };
}
