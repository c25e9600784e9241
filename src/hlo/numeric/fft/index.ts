/** Discrete Fourier transforms of any length, each operation rounded to the type computed in. */
import { complexPasses, convolution, signal, type Transform } from './complex.js';
import { type RealTransform, realPasses } from './real.js';
import { convolutionSize, isConvolved, type Round } from './roots.js';

export { type Signal, signal, type Transform } from './complex.js';
export type { RealTransform } from './real.js';

const rounding = (element: 'f32' | 'f64'): Round => (element === 'f32' ? Math.fround : (x) => x);

/** The transform of n complex points; unscaled where `scale` is 1. */
export function complexTransform(n: number, element: 'f32' | 'f64'): Transform {
  const round = rounding(element);
  return isConvolved(n, false) ? convolution(n, convolutionSize(n), round) : complexPasses(n, round);
}

/** The transforms of n real points to re₀, re₁, im₁, re₂ … and back. */
export function realTransform(n: number, element: 'f32' | 'f64'): RealTransform {
  const round = rounding(element);
  if (!isConvolved(n, true)) return realPasses(n, round);
  const whole = convolution(n, convolutionSize(n), round);
  return {
    forward: (x) => {
      const s = signal(n);
      s.re.set(x);
      whole(s, -1, 1);
      for (let k = 0; k < n; k++) x[k] = k % 2 === 1 ? s.re[(k + 1) / 2]! : k === 0 ? s.re[0]! : s.im[k / 2]!;
    },
    backward: (x, scale) => {
      const s = signal(n);
      s.re[0] = x[0]!;
      for (let k = 1; 2 * k <= n; k++) {
        const [re, im] = [x[2 * k - 1]!, 2 * k < n ? x[2 * k]! : 0];
        [s.re[k], s.im[k]] = [re, im];
        if (2 * k < n) [s.re[n - k], s.im[n - k]] = [re, -im];
      }
      whole(s, 1, scale);
      x.set(s.re);
    },
  };
}
