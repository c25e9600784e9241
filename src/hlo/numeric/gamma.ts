/** The gamma function's logarithm and its derivatives, and the Hurwitz zeta function, in double. */
import { chebyshev } from './chebyshev.js';
import { DIGAMMA, DIGAMMA_ZERO, LGAMMA_AT_1, LGAMMA_AT_2 } from './chebyshev-tables.js';

/** sin(πx) and π cot(πx), with x reduced exactly. */
function sinPi(x: number): number {
  const n = Math.round(x);
  return (n % 2 === 0 ? 1 : -1) * Math.sin(Math.PI * (x - n));
}
const piCotPi = (x: number): number => Math.PI / Math.tan(Math.PI * (x - Math.round(x)));

/** B(2k) for k = 1 … */
const BERNOULLI = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
];

const HALF_LOG_2PI = 0.9189385332046728;

/** log |Γ(x)| (DLMF 5.11.1 from 10 on, the recurrence down to 3, series about the zeros 1 and 2, 5.5.3 below 0). */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (x <= -0.5) {
    if (x === Math.floor(x)) return Number.POSITIVE_INFINITY;
    return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  if (x < 0.5) return x * chebyshev(LGAMMA_AT_1, x) - Math.log(Math.abs(x));
  if (x < 1.5) return (x - 1) * chebyshev(LGAMMA_AT_1, x - 1) + 0;
  if (x < 3) return (x - 2) * chebyshev(LGAMMA_AT_2, x - 2);
  if (x < 10) {
    let product = 1;
    let y = x;
    while (y >= 3) product *= --y;
    return Math.log(product) + lgamma(y);
  }
  const inverse = 1 / x;
  let tail = 0;
  for (let k = 9; k >= 1; k--) tail = tail * inverse * inverse + BERNOULLI[k - 1]! / (2 * k * (2 * k - 1));
  return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_2PI - 0.5 + tail * inverse);
}

/** Γ'(x) / Γ(x) (DLMF 5.11.2 from 10 on, 5.5.2 down to 2, a series about the zero near 1.46, 5.5.4 below 0). */
export function digamma(x: number): number {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x;
  if (x === 0) return -1 / x;
  if (x < 0) return x === Math.floor(x) ? Number.NaN : digamma(1 - x) - piCotPi(x);
  if (x < 1) return digamma(1 + x) - 1 / x;
  if (x <= 2) return (x - DIGAMMA_ZERO[0] - DIGAMMA_ZERO[1]) * chebyshev(DIGAMMA, x);
  if (x < 10) {
    let sum = 0;
    let y = x;
    while (y > 2) sum += 1 / --y;
    return sum + digamma(y);
  }
  const inverse = 1 / (x * x);
  let tail = 0;
  for (let k = 9; k >= 1; k--) tail = (tail + BERNOULLI[k - 1]! / (2 * k)) * inverse;
  return Math.log(x) - 0.5 / x - tail;
}

/** Terms summed one by one before the Euler–Maclaurin formula takes the rest. */
const ZETA_TERMS = 12;

/**
 * Hurwitz ζ(x, q) = Σ (q + k)^−x over k ≥ 0: Euler–Maclaurin summation (DLMF 25.11.5). NaN for x < 1; at the poles
 * q = 0, −1, … infinite for even x, else NaN; NaN for q < 0 where x is not an integer. All times e^scale.
 */
export function zeta(x: number, q: number, scale = 0): number {
  const power = (a: number, b: number): number => (scale === 0 ? a ** b : Math.exp(scale + b * Math.log(a)));
  if (Number.isNaN(x) || Number.isNaN(q) || x < 1) return Number.NaN;
  if (x === 1) return Number.POSITIVE_INFINITY;
  if (q <= 0) return zetaBelowZero(x, q, scale);
  if (q === Number.POSITIVE_INFINITY) return 0;
  if (x === Number.POSITIVE_INFINITY) return q < 1 ? x : q === 1 ? 1 : 0;
  let sum = 0;
  for (let k = 0; k < ZETA_TERMS; k++) {
    const term = power(q + k, -x);
    sum += term;
    if (term < sum * 2 ** -56 && x > 40) return sum;
  }
  const a = q + ZETA_TERMS;
  const last = power(a, -x);
  let rest = power(a, 1 - x) / (x - 1) + last / 2;
  // B(2j)/(2j)! x (x + 1) … (x + 2j − 2) a^(−x − 2j + 1)
  let factor = (last * x) / (2 * a);
  for (let j = 1; j <= BERNOULLI.length; j++) {
    const term = factor * BERNOULLI[j - 1]!;
    rest += term;
    if (Math.abs(term) < Math.abs(sum + rest) * 2 ** -56) break;
    factor *= ((x + 2 * j - 1) * (x + 2 * j)) / ((2 * j + 1) * (2 * j + 2) * a * a);
  }
  return sum + rest;
}

/** The terms at negative q + k, mirrored, are a difference of two zetas: no loop over them. */
function zetaBelowZero(x: number, q: number, scale: number): number {
  const even = x % 2 === 0;
  if (q === Math.floor(q)) return even ? Number.POSITIVE_INFINITY : Number.NaN;
  if (x !== Math.floor(x)) return Number.NaN;
  const v = -q - Math.floor(-q);
  const mirrored = zeta(x, v, scale) - zeta(x, 1 - q, scale);
  return zeta(x, 1 - v, scale) + (even ? mirrored : -mirrored);
}

/** The n-th derivative of digamma: (−1)^(n+1) n! ζ(n + 1, x) (DLMF 5.15.1). NaN unless n is 0, 1, 2, … */
export function polygamma(n: number, x: number): number {
  if (!(n >= 0 && Number.isInteger(n))) return Number.NaN;
  if (n === 0) return digamma(x);
  const sign = n % 2 === 0 ? -1 : 1;
  if (n > 170) return sign * zeta(n + 1, x, lgamma(n + 1));
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return sign * factorial * zeta(n + 1, x);
}
