/** Roots of unity for the tables of compiled transforms. */

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
