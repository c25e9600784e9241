/**
 * Inverse trigonometric and hyperbolic functions of complex numbers, in double.
 *
 * asin and acos: Hull, Fairgrieve and Tang, Implementing the complex arcsine and arccosine functions using exception
 * handling, ACM TOMS 23 (1997). The first quadrant is computed; symmetries give the rest.
 */
import { abs, type Complex } from './complex.js';

const HALF_PI = Math.PI / 2;
/** Between these no intermediate of the main formulas overflows or loses digits to underflow. */
const SAFE_MIN = 1e-153;
const SAFE_MAX = 1e153;
const EPSILON = Number.EPSILON;

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);
const withSign = (magnitude: number, of: number): number => (isNegative(of) ? -magnitude : magnitude);

/** The parts of asin and acos at x + iy, x ≥ 0, y ≥ 0: both real parts, and the imaginary part they share. */
interface Arcs {
  readonly asin: number;
  readonly acos: number;
  readonly im: number;
}

const arcs = (tangentOver: number, tangentUnder: number, im: number): Arcs => ({
  asin: Math.atan2(tangentOver, tangentUnder),
  acos: Math.atan2(tangentUnder, tangentOver),
  im,
});

function ordinaryArcs(x: number, y: number): Arcs {
  const r = abs([x + 1, y]);
  const s = abs([x - 1, y]);
  const a = (r + s) / 2;
  const b = x / a;
  // a − 1, without cancellation on either side of x = 1
  const am1 =
    x < 1 ? ((y * y) / (r + x + 1) + (y * y) / (s + (1 - x))) / 2 : ((y * y) / (r + x + 1) + (s + (x - 1))) / 2;
  const im = a <= 1.5 ? Math.log1p(am1 + Math.sqrt(am1 * (a + 1))) : Math.log(a + Math.sqrt(a * a - 1));
  if (b <= 0.6417) return { asin: Math.asin(b), acos: Math.acos(b), im };
  const sum = a + x;
  const under =
    x <= 1
      ? Math.sqrt((sum * ((y * y) / (r + x + 1) + (s + (1 - x)))) / 2)
      : y * Math.sqrt((sum / (r + x + 1) + sum / (s + (x - 1))) / 2);
  return arcs(x, under, im);
}

/** Where a part is so large or small that the main formulas overflow or underflow, each reduces to a short form. */
function extremeArcs(x: number, y: number): Arcs {
  if (y <= EPSILON * Math.abs(x - 1)) {
    if (x < 1) return arcs(x, Math.sqrt((1 - x) * (1 + x)), y / Math.sqrt((1 - x) * (1 + x)));
    const im = x > SAFE_MAX ? Math.LN2 + Math.log(x) : Math.log1p(x - 1 + Math.sqrt((x - 1) * (x + 1)));
    // At x = 1, y is 0 too, and so is acos.
    const acos = x > SAFE_MAX ? y / x : x === 1 ? 0 : y / Math.sqrt((x - 1) * (x + 1));
    return { asin: HALF_PI, acos, im };
  }
  if (y <= SAFE_MIN) return { asin: HALF_PI - Math.sqrt(y), acos: Math.sqrt(y), im: Math.sqrt(y) };
  if (EPSILON * y - 1 >= x) return { asin: x / y, acos: HALF_PI, im: Math.LN2 + Math.log(y) };
  if (x > 1) return arcs(x, y, Math.LN2 + Math.log(y) + Math.log1p((x / y) ** 2) / 2);
  const a = Math.sqrt(1 + y * y);
  return { asin: x / a, acos: HALF_PI, im: Math.log1p(2 * y * (y + a)) / 2 };
}

function firstQuadrant(x: number, y: number): Arcs {
  if (x === Number.POSITIVE_INFINITY || y === Number.POSITIVE_INFINITY) {
    if (Number.isNaN(x) || Number.isNaN(y)) return { asin: Number.NaN, acos: Number.NaN, im: Number.POSITIVE_INFINITY };
    const asin = Math.atan2(x, y);
    return { asin, acos: HALF_PI - asin, im: Number.POSITIVE_INFINITY };
  }
  const safe = x > SAFE_MIN && x < SAFE_MAX && y > SAFE_MIN && y < SAFE_MAX;
  return safe || Number.isNaN(x) || Number.isNaN(y) ? ordinaryArcs(x, y) : extremeArcs(x, y);
}

export function asin([re, im]: Complex): Complex {
  const q = firstQuadrant(Math.abs(re), Math.abs(im));
  return [withSign(q.asin, re), withSign(q.im, im)];
}

export function acos([re, im]: Complex): Complex {
  const q = firstQuadrant(Math.abs(re), Math.abs(im));
  return [isNegative(re) ? Math.PI - q.acos : q.acos, withSign(q.im, isNegative(im) ? 1 : -1)];
}

/** asinh z = −i asin(iz) */
export function asinh([re, im]: Complex): Complex {
  const [p, q] = asin([-im, re]);
  return [q, -p];
}

/** acosh z = ±i acos z, the sign that makes the real part positive */
export function acosh(z: Complex): Complex {
  const [p, q] = acos(z);
  return isNegative(z[1]) ? [q, -p] : [-q, p];
}

/** Re = log1p(4x / ((1 − x)² + y²)) / 4, Im = atan2(2y, (1 − x)(1 + x) − y²) / 2, in the first quadrant */
export function atanh([re, im]: Complex): Complex {
  const x = Math.abs(re);
  const y = Math.abs(im);
  const r = abs([x, y]);
  if (r > SAFE_MAX) {
    const far = r === Number.POSITIVE_INFINITY ? 0 : x / r / r;
    return [withSign(far, re), withSign(HALF_PI, im)];
  }
  const d = (1 - x) * (1 - x) + y * y;
  // At 1 + iy the square of a small y is lost, but y is not.
  const real = x === 1 && y < 1e-100 ? (Math.LN2 - Math.log(y)) / 2 : Math.log1p((4 * x) / d) / 4;
  const imaginary = Math.atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2;
  return [withSign(real, re), withSign(imaginary, im)];
}

/** atan z = −i atanh(iz) */
export function atan([re, im]: Complex): Complex {
  const [p, q] = atanh([-im, re]);
  return [q, -p];
}
