/** Predicates on indices: conjunctions of bounds. */
import { equal, printExpr, range, substitute } from './algebra.js';
import type { Bound, IndexExpr, Predicate } from './expr.js';

/** min ≤ expr ≤ max */
export const bound = (expr: IndexExpr, min: number, max: number): Predicate => [{ expr, min, max }];

/** All of them hold. Two bounds on one expression become one. */
export function conjunction(...predicates: readonly Predicate[]): Predicate {
  const all: Bound[] = [];
  for (const b of predicates.flat()) {
    const k = all.findIndex((other) => equal(other.expr, b.expr));
    if (k < 0) all.push(b);
    else all[k] = { expr: b.expr, min: Math.max(b.min, all[k]!.min), max: Math.min(b.max, all[k]!.max) };
  }
  return all;
}

function decideBound({ expr, min, max }: Bound): boolean | undefined {
  const r = range(expr);
  if (min > max || r.min > max || r.max < min) return false;
  return r.min >= min && r.max <= max ? true : undefined;
}

/** Whether it holds everywhere (true), nowhere (false), or neither can be told from the ranges. */
export function decide(p: Predicate): boolean | undefined {
  let all: true | undefined = true;
  for (const b of p) {
    const holds = decideBound(b);
    if (holds === false) return false;
    if (holds === undefined) all = undefined;
  }
  return all;
}

/** Without the bounds that always hold; false where it never holds. */
export function simplifyPredicate(p: Predicate): Predicate | false {
  const merged = conjunction(p);
  return decide(merged) === false ? false : merged.filter((b) => decideBound(b) !== true);
}

export const substitutePredicate = (p: Predicate, replace: (name: string) => IndexExpr | undefined): Predicate =>
  p.map((b) => ({ ...b, expr: substitute(b.expr, replace) }));

/** Equal predicates with bounds in another order have equal keys. */
export const predicateKey = (p: Predicate): string =>
  p
    .map((b) => `${b.min}<=${b.expr.key}<=${b.max}`)
    .sort()
    .join('&');

export const printPredicate = (p: Predicate): string =>
  p.length === 0
    ? 'always'
    : p
        .map((b) =>
          b.min === b.max ? `${printExpr(b.expr)} = ${b.min}` : `${b.min} ≤ ${printExpr(b.expr)} ≤ ${b.max}`,
        )
        .join(' and ');
