/** Floor quotients of sums by constants, in the one form that equal quotients share. */
import { type DigitSum, type DigitTerm, digitRange, digitsOf, undigit } from './digits.js';
import { floorMod, gcd, integer, plus, type Range, type Sum, single, times } from './sum.js';

/** Merging nested quotients multiplies divisors; past this they stay nested. */
const LARGEST_DIVISOR = 2 ** 40;
/** Merging and splitting in turn could go on: past this depth a quotient stays as it is. */
const DEEPEST = 6;
/** Larger dividends (many reshapes in a row that do not fit each other) stay as they are: the time would explode. */
const LARGEST_DIVIDEND = 32;

/** ⌊e / n⌋ for n ≥ 1 */
export function quotient(e: Sum, n: number, depth = 0): Sum {
  if (n === 1) return e;
  const known = constantQuotient(e.range, n);
  if (known !== undefined) return integer(known);
  const { multiples, rest } = splitMultiples(digitsOf(e), n);
  return rest.terms.length === 0 ? multiples : plus(multiples, properQuotient(rest, n, depth));
}

/** e mod n = e − n·⌊e/n⌋ */
export const remainder = (e: Sum, n: number): Sum => plus(e, quotient(e, n), -n);

/** What a range alone says. */
function constantQuotient({ min, max }: Range, n: number): number | undefined {
  const low = Math.floor(min / n);
  return low === Math.floor(max / n) ? low : undefined;
}

/** e = n·multiples + rest, every number in rest from 0 to n − 1 */
function splitMultiples(e: DigitSum, n: number): { multiples: Sum; rest: DigitSum } {
  const multiples: DigitTerm[] = [];
  const rest: DigitTerm[] = [];
  for (const { coefficient, atom } of e.terms) {
    const left = floorMod(coefficient, n);
    if (left !== 0) rest.push({ coefficient: left, atom });
    if (left !== coefficient) multiples.push({ coefficient: (coefficient - left) / n, atom });
  }
  const constant = floorMod(e.constant, n);
  return {
    multiples: undigit({ constant: (e.constant - constant) / n, terms: multiples }),
    rest: { constant, terms: rest },
  };
}

/** ⌊e / n⌋ where every number in e is from 0 to n − 1. */
function properQuotient(e: DigitSum, n: number, depth: number): Sum {
  const known = constantQuotient(digitRange(e), n);
  if (known !== undefined) return integer(known);
  const of = undigit(e);
  if (depth < DEEPEST && of.size <= LARGEST_DIVIDEND) {
    const simpler = inTwoSteps(e, n, depth) ?? widened(e, n, depth) ?? negated(e, n, depth) ?? merged(e, n, depth);
    if (simpler) return simpler;
  }
  return single({ kind: 'quotient', key: `(${of.key})/${n}`, of, by: n });
}

/**
 * ⌊(g·a + b) / (g·m)⌋ = ⌊(a + ⌊b/g⌋) / m⌋, where that leaves no quotient of b: 0 ≤ b < g, or ⌊b/g⌋ cancels against a.
 */
function inTwoSteps(e: DigitSum, n: number, depth: number): Sum | undefined {
  const divisors = new Set(e.terms.map((t) => gcd(t.coefficient, n)));
  divisors.delete(1);
  for (const g of [...divisors].sort((a, b) => b - a)) {
    const a: DigitTerm[] = [];
    const b: DigitTerm[] = [];
    for (const t of e.terms) {
      if (t.coefficient % g === 0) a.push({ coefficient: t.coefficient / g, atom: t.atom });
      else b.push(t);
    }
    const inner = quotient(undigit({ constant: e.constant, terms: b }), g, depth + 1);
    const sum = plus(undigit({ constant: 0, terms: a }), inner);
    const m = n / g;
    const leaves = inner.terms.some(
      (t) => t.atom.kind === 'quotient' && sum.terms.some((s) => s.atom.key === t.atom.key && s.coefficient % m !== 0),
    );
    if (!leaves) return quotient(sum, m, depth + 1);
  }
  return undefined;
}

/** ⌊(k·(a mod m) + b) / n⌋ = ⌊(k·a + b) / n⌋ − (k·m/n)·⌊a/m⌋, where n divides k·m. */
function widened(e: DigitSum, n: number, depth: number): Sum | undefined {
  for (const { coefficient: k, atom } of e.terms) {
    if (atom.kind !== 'remainder' || (k * atom.by) % n !== 0) continue;
    const wide = plus(undigit(e), plus(atom.of, atom.sum, -1), k);
    if (digitsOf(wide).terms.some((t) => t.atom.key === atom.key)) continue;
    return plus(quotient(wide, n, depth + 1), quotient(atom.of, atom.by, depth + 1), (-k * atom.by) / n);
  }
  return undefined;
}

/**
 * ⌊e / n⌋ = −⌊(n − 1 − e) / n⌋, where that makes every coefficient smaller: ⌊(7 − x) / 4⌋ = 1 − ⌊x/4⌋.
 * Whether, depends on remainders by n alone, so that −x and 3x over 4 come out alike.
 */
function negated(e: DigitSum, n: number, depth: number): Sum | undefined {
  if (e.terms.some((t) => 2 * t.coefficient < n)) return undefined;
  const even = e.terms.every((t) => 2 * t.coefficient === n);
  if (even && 2 * e.constant < n) return undefined;
  return times(quotient(plus(integer(n - 1), undigit(e), -1), n, depth + 1), -1);
}

/** ⌊(⌊a/m⌋ + b) / n⌋ = ⌊(a + m·b) / (m·n)⌋, where b holds no digits. */
function merged(e: DigitSum, n: number, depth: number): Sum | undefined {
  const inner = e.terms.find((t) => t.atom.kind !== 'var' && t.atom.kind !== 'read');
  if (inner?.coefficient !== 1 || inner.atom.kind !== 'quotient' || inner.atom.by * n > LARGEST_DIVISOR) {
    return undefined;
  }
  const { of, by } = inner.atom;
  const others = e.terms.filter((t) => t !== inner);
  if (others.some((t) => t.atom.kind === 'quotient' || t.atom.kind === 'remainder')) return undefined;
  return quotient(plus(of, undigit({ constant: e.constant, terms: others }), by), by * n, depth + 1);
}
