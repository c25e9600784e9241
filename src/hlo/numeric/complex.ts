/** Complex arithmetic and elementary functions in double, as pairs; special values follow C99 Annex G. */
import { pow as realPow } from './real.js';

export type Complex = readonly [re: number, im: number];

const INFINITY = Number.POSITIVE_INFINITY;

export const add = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d];
export const subtract = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d];
export const multiply = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
export const negate = ([a, b]: Complex): Complex => [-a, -b];
export const conjugate = ([a, b]: Complex): Complex => [a, -b];
export const equal = ([a, b]: Complex, [c, d]: Complex): boolean => a === c && b === d;

const less = ([a, b]: Complex, [c, d]: Complex): boolean => a < c || (a === c && b < d);
const hasNaN = ([a, b]: Complex): boolean => Number.isNaN(a) || Number.isNaN(b);
/** In lexicographic order, as StableHLO has it; an operand with a NaN wins. */
export const maximum = (z: Complex, w: Complex): Complex => (hasNaN(z) || (!hasNaN(w) && !less(z, w)) ? z : w);
export const minimum = (z: Complex, w: Complex): Complex => (hasNaN(z) || (!hasNaN(w) && !less(w, z)) ? z : w);

/** −i·f(i·z): how the trigonometric and the hyperbolic functions come from each other. */
const rotated =
  (f: (z: Complex) => Complex) =>
  ([re, im]: Complex): Complex => {
    const [p, q] = f([-im, re]);
    return [q, -p];
  };

/**
 * |z|, times a power of two where squares would overflow or vanish, and corrected by half of what its square lacks
 * (Borges, An improved algorithm for hypot(a, b), 2019): Math.hypot is some units off.
 */
export function abs([re, im]: Complex): number {
  const plain = Math.hypot(re, im);
  const larger = Math.max(Math.abs(re), Math.abs(im));
  if (!(larger > 0 && larger < INFINITY)) return plain;
  const unit = larger > 2 ** 500 ? 2 ** -600 : larger < 2 ** -400 ? 2 ** 600 : 1;
  const [x, y, h] = [re * unit, im * unit, Math.hypot(re * unit, im * unit)];
  const [hh, hLow] = exactProduct(h, h);
  const [xx, xLow] = exactProduct(x, x);
  const [yy, yLow] = exactProduct(y, y);
  const [most, least] = xx > yy ? [xx, yy] : [yy, xx];
  return (h - (hh - most - least + (hLow - xLow - yLow)) / (2 * h)) / unit;
}

/** Smith's division (Communications of the ACM 5, 1962), the divisor scaled by its larger part. */
export function divide([a, b]: Complex, [c, d]: Complex): Complex {
  if (d === 0 && c !== 0) return [a / c, b / c];
  if (Math.abs(c) === INFINITY || Math.abs(d) === INFINITY) {
    if (!Number.isFinite(a) || !Number.isFinite(b)) return [Number.NaN, Number.NaN];
    const p = Math.abs(c) === INFINITY ? Math.sign(c) : 0;
    const q = Math.abs(d) === INFINITY ? Math.sign(d) : 0;
    return [0 * (a * p + b * q), 0 * (b * p - a * q)];
  }
  if (c === 0 && d === 0) return [a / c, b / c];
  if (Math.abs(c) >= Math.abs(d)) {
    const r = d / c;
    const s = c + d * r;
    return [(a + b * r) / s, (b - a * r) / s];
  }
  const r = c / d;
  const s = c * r + d;
  return [(a * r + b) / s, (b * r - a) / s];
}

/** z / |z|; 0 for 0. */
export function sign(z: Complex): Complex {
  const [re, im] = z;
  if (re === 0 && im === 0) return z;
  const r = abs(z);
  if (r === INFINITY && Number.isFinite(re) && Number.isFinite(im)) return sign([re / 4, im / 4]);
  if (r < 2 ** -1000) return sign([re * 2 ** 200, im * 2 ** 200]);
  return [re / r, im / r];
}

/** e^x·a and e^x·b, times a factor, where e^x alone may overflow. */
function scaledByExp(x: number, a: number, b: number, factor = 1): Complex {
  if (x <= 709 || x === INFINITY) {
    const e = Math.exp(x) * factor;
    return [e * a, b === 0 ? b : e * b];
  }
  const e = Math.exp(x / 4);
  const grown = (v: number): number => factor * e * v * e * e * e;
  return [grown(a), grown(b)];
}

export function exp([re, im]: Complex): Complex {
  if (im === 0) return [Math.exp(re), im];
  if (!Number.isFinite(im)) {
    if (re === -INFINITY) return [0, 0];
    return re === INFINITY ? [INFINITY, Number.NaN] : [Number.NaN, Number.NaN];
  }
  if (re === -INFINITY) return [0 * Math.cos(im), 0 * Math.sin(im)];
  return scaledByExp(re, Math.cos(im), Math.sin(im));
}

/** e^z − 1; its real part as expm1(x) cos y − 2 sin²(y/2), which cancels less than e^x cos y − 1. */
export function expm1([re, im]: Complex): Complex {
  if (im === 0) return [Math.expm1(re), im];
  const [big, imaginary] = exp([re, im]);
  if (!(Math.abs(re) < 700)) return [big - 1, imaginary];
  const s = Math.sin(im / 2);
  return [Math.expm1(re) * Math.cos(im) - 2 * s * s, imaginary];
}

const SPLIT = 2 ** 27 + 1;

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

/** x in two halves of its bits. */
function halves(x: number): Complex {
  const c = SPLIT * x;
  const high = c - (c - x);
  return [high, x - high];
}

/** x y as an unevaluated sum of two doubles (Dekker, Numerische Mathematik 18, 1971). */
function exactProduct(x: number, y: number): Complex {
  const [a, b] = halves(x);
  const [c, d] = halves(y);
  const p = x * y;
  return [p, a * c - p + a * d + b * c + b * d];
}

/** The rounded sum of terms, with the errors of its additions carried along (Neumaier's summation). */
function sum(...terms: number[]): number {
  let s = 0;
  let error = 0;
  for (const t of terms) {
    const next = s + t;
    error += Math.abs(s) >= Math.abs(t) ? s - next + t : t - next + s;
    s = next;
  }
  return s + error;
}

/** log |1 + d + iy|: near the unit circle through log1p(2d + d² + y²), summed so that cancellation does no harm. */
function logAbsNearOne(d: number, y: number): number {
  const [p, pe] = exactProduct(d, d);
  const [q, qe] = exactProduct(y, y);
  return 0.5 * Math.log1p(sum(2 * d, p, q, pe, qe));
}

function logAbs(x: number, y: number): number {
  const r = abs([x, y]);
  if (r > 0.5 && r < 2) {
    const big = Math.max(Math.abs(x), Math.abs(y));
    return logAbsNearOne(big - 1, Math.min(Math.abs(x), Math.abs(y)));
  }
  if (r === INFINITY && Number.isFinite(x) && Number.isFinite(y)) return Math.log(abs([x / 4, y / 4])) + Math.log(4);
  if (r < 2 ** -1000) return Math.log(abs([x * 2 ** 200, y * 2 ** 200])) - 200 * Math.LN2;
  return Math.log(r);
}

export const log = ([re, im]: Complex): Complex => [logAbs(re, im), Math.atan2(im, re)];

export function log1p([re, im]: Complex): Complex {
  const near = Math.abs(re) < 0.5 && Math.abs(im) < 0.5;
  return [near ? logAbsNearOne(re, im) : logAbs(1 + re, im), Math.atan2(im, 1 + re)];
}

/** Principal square root (Kahan, Branch cuts for complex elementary functions, 1987). */
export function sqrt([re, im]: Complex): Complex {
  if (re === 0 && im === 0) return [0, im];
  if (Math.abs(im) === INFINITY) return [INFINITY, im];
  if (re === INFINITY) return [re, Number.isNaN(im) ? im : 0 * im];
  if (re === -INFINITY)
    return Number.isNaN(im) ? [im, INFINITY] : [0, Object.is(im, -0) || im < 0 ? -INFINITY : INFINITY];
  // Scaled by powers of 4, so that neither the sum overflows nor the root loses digits of tiny parts.
  const largest = Math.max(Math.abs(re), Math.abs(im));
  const scale = largest > 1e300 ? 1 / 16 : largest < 1e-290 ? 2 ** 108 : 1;
  const x = re * scale;
  const y = im * scale;
  const t = Math.sqrt((Math.abs(x) + abs([x, y])) / 2);
  const back = Math.sqrt(1 / scale);
  const other = y / (2 * t);
  if (x >= 0) return [t * back, other * back];
  return [Math.abs(other) * back, (y < 0 || Object.is(y, -0) ? -t : t) * back];
}

/** The conjugate of √z over |z|, which is the square of |√z| where it overflows or underflows. */
export function rsqrt(z: Complex): Complex {
  const [re, im] = sqrt(z);
  const r = abs(z);
  if (r === 0) return [INFINITY, -z[1]];
  if (Math.abs(z[0]) === INFINITY || Math.abs(z[1]) === INFINITY) {
    return hasNaN(z) ? [Number.NaN, Number.NaN] : [0, -0 * Math.sign(z[1])];
  }
  if (r > 1e-300 && r < INFINITY) return [re / r, -im / r];
  const s = abs([re, im]);
  return [re / s / s, -im / s / s];
}

export function cbrt(z: Complex): Complex {
  const tiny = abs(z) < 2 ** -900;
  const r = tiny ? Math.cbrt(abs([z[0] * 2 ** 300, z[1] * 2 ** 300])) * 2 ** -100 : Math.cbrt(abs(z));
  const angle = Math.atan2(z[1], z[0]) / 3;
  return [r * Math.cos(angle), z[1] === 0 && z[0] >= 0 ? z[1] : r * Math.sin(angle)];
}

/** cosh and sinh of a y so large that they overflow are e^|y|/2, applied in two steps. */
export function cosh([re, im]: Complex): Complex {
  // The sign alone: sinh(re) may be infinite, and ∞ · 0 is NaN.
  if (im === 0) return [Math.cosh(re), re < 0 || Object.is(re, -0) ? -im : im];
  if (Math.abs(re) < 709) return [Math.cosh(re) * Math.cos(im), Math.sinh(re) * Math.sin(im)];
  const [a, b] = scaledByExp(Math.abs(re), Math.cos(im), Math.sin(im), 0.5);
  return [a, Math.sign(re) * b];
}

export function sinh([re, im]: Complex): Complex {
  if (im === 0) return [Math.sinh(re), im];
  if (Math.abs(re) < 709) return [Math.sinh(re) * Math.cos(im), Math.cosh(re) * Math.sin(im)];
  const [a, b] = scaledByExp(Math.abs(re), Math.cos(im), Math.sin(im), 0.5);
  return [Math.sign(re) * a, b];
}

export const cos = ([re, im]: Complex): Complex => cosh([-im, re]);
export const sin = rotated(sinh);

/** Kahan's tanh (1987): tan and sinh taken once, no cancellation; beyond 22, tanh x is 1 to within half an ULP. */
export function tanh([re, im]: Complex): Complex {
  if (im === 0) return [Math.tanh(re), im];
  if (Math.abs(re) > 22) {
    const oscillation = Number.isFinite(im) ? 4 * Math.sin(im) * Math.cos(im) * Math.exp(-2 * Math.abs(re)) : 0;
    return [Math.sign(re), oscillation];
  }
  const t = Math.tan(im);
  const beta = 1 + t * t;
  const s = Math.sinh(re);
  const rho = Math.sqrt(1 + s * s);
  const d = 1 + beta * s * s;
  return [(beta * rho * s) / d, t / d];
}

export const tan = rotated(tanh);

/** e^(w log z); 0^w is 0 where Re w > 0, and z^0 is 1. */
export function pow(z: Complex, w: Complex): Complex {
  if (w[0] === 0 && w[1] === 0) return [1, 0];
  if (z[0] === 0 && z[1] === 0) {
    if (w[0] > 0) return [0, 0];
    return w[0] < 0 && w[1] === 0 ? [INFINITY, 0] : [Number.NaN, Number.NaN];
  }
  if (z[1] === 0 && w[1] === 0 && z[0] > 0) return [realPow(z[0], w[0]), 0];
  return exp(multiply(w, log(z)));
}

/** 1 / (1 + e^−z), turned round where e^−z would overflow; between, where the poles are, as ½ + ½ tanh(z / 2). */
export function logistic(z: Complex): Complex {
  if (Math.abs(z[0]) < 0.5) {
    const [p, q] = tanh([z[0] / 2, z[1] / 2]);
    return [0.5 + p / 2, q / 2];
  }
  const e = exp(z[0] >= 0 ? negate(z) : z);
  return divide(z[0] >= 0 ? [1, 0] : e, [1 + e[0], e[1]]);
}

/** a b + c d, with the roundings of both products. */
function sumOfProducts(a: number, b: number, c: number, d: number): number {
  const [p, pLow] = exactProduct(a, b);
  const [q, qLow] = exactProduct(c, d);
  return p + q + (pLow + qLow);
}

/**
 * −i log((x + iy) / √(x² + y²)). With p = x + iy and q = x − iy this is −i log u, u = p / √(p q): its imaginary part is
 * ½ log(|q| / |p|), its real part half the angle of u² = p / q, that is of p q*, or half a turn more, on the side where
 * p √(p q)* is. Twice re x y* is the imaginary part of p q*, twice im x* y half of |p|² − |q|². NaN unless all parts are finite.
 */
export function atan2(y: Complex, x: Complex): Complex {
  const size = Math.max(...y.map(Math.abs), ...x.map(Math.abs));
  if (!(size < INFINITY)) return [Number.NaN, Number.NaN];
  const unit = size > 2 ** 500 ? 2 ** -600 : size < 2 ** -400 ? 2 ** 600 : 1;
  const [a, b, c, d] = [...x, ...y].map((v) => v * unit) as [number, number, number, number];
  const p: Complex = [a - d, b + c];
  const q: Complex = [a + d, b - c];
  const rough = multiply(p, conjugate(sqrt(multiply(p, q))));
  const square: Complex = [sumOfProducts(p[0], q[0], p[1], q[1]), 2 * sumOfProducts(a, c, b, d)];
  const half = Math.atan2(square[1], square[0]) / 2;
  const direction = sqrt(square);
  const behind = rough[0] * direction[0] + rough[1] * direction[1] < 0;
  // Between −π and π; on the cut π.
  const turn = half > 0 ? -Math.PI : Math.PI;
  const excess = sumOfProducts(b, c, -a, d);
  const least = Math.min(p[0] * p[0] + p[1] * p[1], q[0] * q[0] + q[1] * q[1]);
  const height = Math.log1p((4 * Math.abs(excess)) / least) / 4;
  return [behind ? half + turn : half, isNegative(excess) ? height : -height];
}
