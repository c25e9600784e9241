/** Chebyshev series of a function on an interval. */
export interface ChebyshevSeries {
  readonly lo: number;
  readonly hi: number;
  /** c[k] of Σ c[k] T_k(t), t running from −1 at `lo` to 1 at `hi`. */
  readonly coefficients: readonly number[];
}

/** The series' sum at x by Clenshaw's recurrence (Mathematics of Computation 9, 1955). */
export function chebyshev({ lo, hi, coefficients }: ChebyshevSeries, x: number): number {
  const t = (x - lo - (hi - x)) / (hi - lo);
  let b1 = 0;
  let b2 = 0;
  for (let k = coefficients.length - 1; k > 0; k--) {
    const b0 = 2 * t * b1 - b2 + coefficients[k]!;
    b2 = b1;
    b1 = b0;
  }
  return t * b1 - b2 + coefficients[0]!;
}
