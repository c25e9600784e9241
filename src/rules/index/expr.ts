/**
 * Index expressions: affine sums of loop variables, floor quotients and remainders by constants, and clamped reads of
 * integer operands. Data, always in canonical form, so that two expressions are equal exactly when their keys are.
 *
 * Canonical form: a constant plus terms coefficient × atom, atoms ordered by key, no zero coefficients. `floorDiv` and
 * `mod` split off what divides, drop what the ranges decide, and recombine (c·⌊e/c⌋ + e mod c = e).
 */

/** What a `read` reads: a tensor of integers, known to whoever made the expression. */
export interface IndexSource {
  readonly key: string;
}

export type Atom =
  | { readonly kind: 'var'; readonly key: string; readonly name: string; readonly extent: number }
  | { readonly kind: 'div'; readonly key: string; readonly of: IndexExpr; readonly by: number }
  | { readonly kind: 'mod'; readonly key: string; readonly of: IndexExpr; readonly by: number }
  /** The element at `at` of an integer tensor, clamped into min … max (both included). */
  | {
      readonly kind: 'read';
      readonly key: string;
      readonly source: IndexSource;
      readonly at: readonly IndexExpr[];
      readonly min: number;
      readonly max: number;
    };

export interface Term {
  readonly coefficient: number;
  readonly atom: Atom;
}

export interface IndexExpr {
  readonly key: string;
  readonly constant: number;
  readonly terms: readonly Term[];
}

/** min ≤ expr ≤ max. */
export interface Bound {
  readonly expr: IndexExpr;
  readonly min: number;
  readonly max: number;
}

/** All bounds hold; no bounds: always. */
export type Predicate = readonly Bound[];
