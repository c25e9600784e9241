/**
 * Sums written with remainders: x, ⌊x/4⌋ and ⌊x/16⌋ become the digits x mod 4, ⌊x/4⌋ mod 4 and ⌊x/16⌋, which vary
 * independently. It is what quotients are simplified in, and what index expressions show.
 */
import { quotient } from './quotient.js';
import { atomRange, byKey, type Leaf, plus, type Quotient, type Range, Sum, type SumTerm, single } from './sum.js';

/** of mod by; it is of − by·⌊of/by⌋. */
export interface Remainder {
  readonly kind: 'remainder';
  readonly key: string;
  readonly of: Sum;
  readonly by: number;
  readonly sum: Sum;
}

export type Digit = Leaf | Quotient | Remainder;

export interface DigitTerm {
  readonly coefficient: number;
  readonly atom: Digit;
}

/** constant + Σ coefficient · digit; terms ordered by key. */
export interface DigitSum {
  readonly constant: number;
  readonly terms: readonly DigitTerm[];
}

export function digitsOf(sum: Sum): DigitSum {
  // A remainder needs a quotient and its dividend.
  if (sum.affine || sum.terms.length === 1) return sum;
  sum.digits ??= new Writer(sum).write();
  return sum.digits;
}

/** The sum that digits stand for. */
export function undigit({ constant, terms }: DigitSum): Sum {
  let sum = new Sum(
    constant,
    terms.filter((t): t is SumTerm => t.atom.kind !== 'remainder'),
  );
  for (const { coefficient, atom } of terms) if (atom.kind === 'remainder') sum = plus(sum, atom.sum, coefficient);
  return sum;
}

export function digitRange({ constant, terms }: DigitSum): Range {
  let min = constant;
  let max = constant;
  for (const { coefficient: c, atom } of terms) {
    const r = atom.kind === 'remainder' ? { min: 0, max: atom.by - 1 } : atomRange(atom);
    min += c * (c > 0 ? r.min : r.max);
    max += c * (c > 0 ? r.max : r.min);
  }
  return { min, max };
}

/** One sum on its way to digits. */
class Writer {
  private constant: number;
  private readonly open = new Map<string, { coefficient: number; readonly atom: Leaf | Quotient }>();
  private readonly remainders = new Map<string, { coefficient: number; readonly atom: Remainder }>();

  constructor(private readonly sum: Sum) {
    this.constant = sum.constant;
    for (const t of sum.terms) this.open.set(t.atom.key, { ...t });
  }

  write(): DigitSum {
    const quotients = this.sum.terms.flatMap((t) => (t.atom.kind === 'quotient' ? [t.atom] : []));
    quotients.sort((a, b) => a.by - b.by);
    for (const q of quotients) this.formRemainder(q);
    const terms = [...this.remainders.values(), ...this.open.values()].filter((t) => t.coefficient !== 0);
    return { constant: this.constant, terms: terms.sort(byKey) };
  }

  /** k·e + c·⌊e/m⌋ = k·(e mod m) + (k·m + c)·⌊e/m⌋, where that is no longer; e = ⌊of/g⌋, m = by/g for some g. */
  private formRemainder(q: Quotient): void {
    const c = this.coefficient(q.key);
    if (c === 0) return;
    for (const g of this.steps(q)) {
      const m = q.by / g;
      const dividend = quotient(q.of, g);
      const first = dividend.terms[0];
      if (!first) continue;
      for (const k of [this.coefficient(first.atom.key) / first.coefficient, -c / m]) {
        if (!Number.isInteger(k) || k === 0 || this.growth(dividend.terms, k) + (c + k * m === 0 ? 0 : 1) > 0) continue;
        this.constant -= k * dividend.constant;
        for (const t of dividend.terms) this.add(t.atom, -k * t.coefficient);
        this.add(q, k * m);
        this.addRemainder(dividend, m, q, k);
        return;
      }
    }
  }

  /** How many more terms there are without k times these. */
  private growth(terms: readonly SumTerm[], k: number): number {
    let growth = 0;
    for (const t of terms) {
      const has = this.coefficient(t.atom.key);
      if (has === 0) growth++;
      else if (has === k * t.coefficient) growth--;
    }
    return growth;
  }

  /** Divisors g of q.by such that ⌊of/g⌋ may stand in the sum, largest first. */
  private steps(q: Quotient): number[] {
    const found = [1];
    for (const { atom } of this.sum.terms) {
      if (atom.kind === 'quotient' && atom.by < q.by && q.by % atom.by === 0) found.push(atom.by);
    }
    return found.sort((a, b) => b - a);
  }

  private coefficient(key: string): number {
    return this.open.get(key)?.coefficient ?? 0;
  }

  private add(atom: Leaf | Quotient, coefficient: number): void {
    const t = this.open.get(atom.key);
    if (t) t.coefficient += coefficient;
    else this.open.set(atom.key, { coefficient, atom });
  }

  private addRemainder(of: Sum, by: number, quotientOfIt: Quotient, coefficient: number): void {
    const key = `(${of.key})%${by}`;
    const t = this.remainders.get(key);
    if (t) t.coefficient += coefficient;
    else {
      const sum = plus(of, single(quotientOfIt), -by);
      this.remainders.set(key, { coefficient, atom: { kind: 'remainder', key, of, by, sum } });
    }
  }
}
