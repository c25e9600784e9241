/** Index expressions from sums and back. */
import { type Digit, digitsOf } from './digits.js';
import type { Atom, IndexExpr, Term } from './expr.js';
import { quotient } from './quotient.js';
import { byKey, combinationKey, isExpr, type Leaf, plus, Sum } from './sum.js';

/** A sum with quotients, as its digits. */
class Presented implements IndexExpr {
  readonly key: string;
  constructor(
    readonly constant: number,
    readonly terms: readonly Term[],
    readonly sum: Sum,
  ) {
    this.key = combinationKey(constant, terms);
  }
}

export function sumOf(e: IndexExpr): Sum {
  if (e instanceof Sum) return e;
  if (e instanceof Presented) return e.sum;
  throw new TypeError(`${e.key} is no index expression: build it with constant, variable, add, floorDiv …`);
}

export function present(sum: Sum): IndexExpr {
  if (isExpr(sum)) return sum;
  sum.presented ??= presentDigits(sum);
  return sum.presented;
}

function presentDigits(sum: Sum): IndexExpr {
  const { constant, terms } = digitsOf(sum);
  const atoms = terms.map((t) => ({ coefficient: t.coefficient, atom: presentAtom(t.atom) }));
  return new Presented(constant, atoms.sort(byKey), sum);
}

function presentAtom(digit: Digit): Atom {
  if (digit.kind === 'var' || digit.kind === 'read') return digit;
  const of = present(digit.of);
  return digit.kind === 'quotient'
    ? { kind: 'div', key: `(${of.key})/${digit.by}`, of, by: digit.by }
    : { kind: 'mod', key: `(${of.key})%${digit.by}`, of, by: digit.by };
}

/** The sum with every variable and read replaced, inside quotients too. */
export function mapLeaves(sum: Sum, replace: (leaf: Leaf) => Sum): Sum {
  let out = new Sum(sum.constant, []);
  for (const { coefficient, atom } of sum.terms) {
    const value = atom.kind === 'quotient' ? quotient(mapLeaves(atom.of, replace), atom.by) : replace(atom);
    out = plus(out, value, coefficient);
  }
  return out;
}
