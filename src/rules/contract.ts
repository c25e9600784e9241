/** What a rewrite may change in floating point. Integers never change. */

/** A deviation that a rule admits to. */
export type FpEffect =
  /** −0 may become +0, or the other way round */
  | 'signed-zero'
  /** a NaN may carry other bits */
  | 'nan-payload'
  /** equal only where operands and results are finite */
  | 'finite-only'
  /** sums and products are taken in another order */
  | 'reassociates'
  /** at most so many units in the last place away */
  | { readonly approximates: number };

export type FpContract = 'exact' | readonly FpEffect[];

/** `strict`: compiled code is bit-equal to the interpreter, so only exact rules run. */
export type Precision = 'default' | 'strict';

export const permits = (precision: Precision, fp: FpContract): boolean => precision === 'default' || fp === 'exact';

export function showContract(fp: FpContract): string {
  if (fp === 'exact') return fp;
  return fp.map((e) => (typeof e === 'string' ? e : `approximates(${e.approximates} ulp)`)).join(', ');
}
