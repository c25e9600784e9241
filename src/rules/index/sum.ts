/**
 * The normal form behind index expressions: integer combinations of variables, reads and floor quotients. There is no
 * remainder here: e mod n is e − n·⌊e/n⌋, so that digits of a number recombine by cancelling, and c·⌊e/c⌋ + e mod c = e
 * needs no rule. An affine sum is an index expression as it stands; present.ts writes the others with remainders.
 */
import type { DigitSum } from './digits.js';
import type { Atom, IndexExpr, Term } from './expr.js';

export type Leaf = Extract<Atom, { kind: 'var' | 'read' }>;

/** ⌊of / by⌋ with by ≥ 2 and `of` reduced as quotient.ts says. */
export interface Quotient {
  readonly kind: 'quotient';
  readonly key: string;
  readonly of: Sum;
  readonly by: number;
}

export interface SumTerm {
  readonly coefficient: number;
  readonly atom: Leaf | Quotient;
}

/** Smallest and largest value, both included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export class Sum {
  private cachedKey: string | undefined;
  private cachedRange: Range | undefined;
  /** Kept by digits.ts and present.ts (as fields: weak maps would cost more than the work they save). */
  digits: DigitSum | undefined;
  presented: IndexExpr | undefined;
  /** No quotients. */
  readonly affine: boolean;
  /** Terms, those inside quotients too: what simplifying it costs. */
  readonly size: number;

  constructor(
    readonly constant: number,
    /** Ordered by key, no zero coefficients. */
    readonly terms: readonly SumTerm[],
  ) {
    let size = terms.length;
    let affine = true;
    for (const { atom } of terms) {
      if (atom.kind !== 'quotient') continue;
      affine = false;
      size += atom.of.size;
    }
    this.affine = affine;
    this.size = size;
  }

  get key(): string {
    this.cachedKey ??= combinationKey(this.constant, this.terms);
    return this.cachedKey;
  }

  get range(): Range {
    this.cachedRange ??= this.affine ? termwise(this) : meet(termwise(this), relaxed(this));
    return this.cachedRange;
  }
}

export function combinationKey(
  constant: number,
  terms: readonly { readonly coefficient: number; readonly atom: { readonly key: string } }[],
): string {
  let key = '';
  for (const t of terms) {
    const sign = t.coefficient < 0 ? '-' : key === '' ? '' : '+';
    const size = Math.abs(t.coefficient);
    key += size === 1 ? `${sign}${t.atom.key}` : `${sign}${size}*${t.atom.key}`;
  }
  if (key === '') return `${constant}`;
  return constant === 0 ? key : `${key}${constant < 0 ? '' : '+'}${constant}`;
}

export const byKey = (a: { readonly atom: { readonly key: string } }, b: typeof a): number =>
  a.atom.key < b.atom.key ? -1 : a.atom.key > b.atom.key ? 1 : 0;

export const ZERO = new Sum(0, []);
export const integer = (n: number): Sum => (n === 0 ? ZERO : new Sum(n, []));
export const single = (atom: Leaf | Quotient, coefficient = 1): Sum => new Sum(0, [{ coefficient, atom }]);

/** a + k·b */
export function plus(a: Sum, b: Sum, k = 1): Sum {
  if (k === 0 || (b.terms.length === 0 && b.constant === 0)) return a;
  const constant = a.constant + k * b.constant;
  if (b.terms.length === 0) return new Sum(constant, a.terms);
  const terms: SumTerm[] = [];
  let i = 0;
  let j = 0;
  while (i < a.terms.length || j < b.terms.length) {
    const x = a.terms[i];
    const y = b.terms[j];
    const order = !x ? 1 : !y ? -1 : byKey(x, y);
    if (order < 0) {
      terms.push(x!);
      i++;
    } else if (order > 0) {
      terms.push({ coefficient: k * y!.coefficient, atom: y!.atom });
      j++;
    } else {
      const coefficient = x!.coefficient + k * y!.coefficient;
      if (coefficient !== 0) terms.push({ coefficient, atom: x!.atom });
      i++;
      j++;
    }
  }
  return new Sum(constant, terms);
}

export const times = (a: Sum, k: number): Sum => (k === 1 ? a : plus(ZERO, a, k));

export function atomRange(atom: Leaf | Quotient): Range {
  if (atom.kind === 'var') return { min: 0, max: atom.extent - 1 };
  if (atom.kind === 'read') return atom;
  const { min, max } = atom.of.range;
  return { min: Math.floor(min / atom.by), max: Math.floor(max / atom.by) };
}

/** The range of a sum whose terms vary independently. */
function termwise(sum: Sum): Range {
  let min = sum.constant;
  let max = sum.constant;
  for (const { coefficient: c, atom } of sum.terms) {
    const r = atomRange(atom);
    min += c * (c > 0 ? r.min : r.max);
    max += c * (c > 0 ? r.max : r.min);
  }
  return { min, max };
}

/**
 * The range with each quotient ⌊e/n⌋ replaced by (e − ρ)/n, 0 ≤ ρ < n. It sees what terms have in common:
 * x − 8⌊x/8⌋ = ρ lies in 0 … 7 however large x is.
 */
function relaxed(sum: Sum): Range | undefined {
  let scale = 1;
  for (const { atom } of sum.terms) if (atom.kind === 'quotient') scale = lcm(scale, atom.by);
  if (scale > 2 ** 24) return undefined;
  const weights = new Map<string, { weight: number; atom: Leaf | Quotient }>();
  const addWeight = (atom: Leaf | Quotient, weight: number) => {
    const w = weights.get(atom.key);
    if (w) w.weight += weight;
    else weights.set(atom.key, { weight, atom });
  };
  let min = sum.constant * scale;
  let max = min;
  for (const { coefficient, atom } of sum.terms) {
    if (atom.kind !== 'quotient') {
      addWeight(atom, coefficient * scale);
      continue;
    }
    const weight = (coefficient * scale) / atom.by;
    for (const t of atom.of.terms) addWeight(t.atom, weight * t.coefficient);
    min += weight * atom.of.constant - (weight > 0 ? weight * (atom.by - 1) : 0);
    max += weight * atom.of.constant - (weight < 0 ? weight * (atom.by - 1) : 0);
  }
  for (const { weight, atom } of weights.values()) {
    if (weight === 0) continue;
    const r = atomRange(atom);
    min += weight * (weight > 0 ? r.min : r.max);
    max += weight * (weight > 0 ? r.max : r.min);
  }
  // Beyond 2^53 the sums above were rounded.
  if (Math.max(Math.abs(min), Math.abs(max)) > Number.MAX_SAFE_INTEGER) return undefined;
  return { min: Math.ceil(min / scale), max: Math.floor(max / scale) };
}

export const meet = (a: Range, b: Range | undefined): Range =>
  b ? { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) } : a;

export function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** e mod n in 0 … n − 1 */
export const floorMod = (e: number, n: number): number => e - n * Math.floor(e / n);

/** An affine sum is an index expression: no quotients, the rest is the same. */
export const isExpr = (sum: Sum): sum is Sum & IndexExpr & { readonly terms: readonly Term[] } => sum.affine;
