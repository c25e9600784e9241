/**
 * Building index expressions and asking about them. Every result is in canonical form (expr.ts); quotients and
 * remainders are floored: −1 mod 4 is 3. Expressions are exact below 2^53.
 */
import { rowMajorStrides } from '../../hlo/index.js';
import type { Atom, IndexExpr, IndexSource } from './expr.js';
import { mapLeaves, present, sumOf } from './present.js';
import { quotient, remainder } from './quotient.js';
import { integer, type Leaf, plus, type Range, type Sum, single, times } from './sum.js';

export type { Range } from './sum.js';

export const constant = (n: number): IndexExpr => present(integer(n));

/** A loop variable, 0 ≤ name < extent. With extent 1 (or 0: nothing runs) it is the constant 0. */
export function variable(name: string, extent: number): IndexExpr {
  if (extent <= 1) return constant(0);
  return present(single({ kind: 'var', key: `${name}:${extent}`, name, extent }));
}

export const add = (a: IndexExpr, b: IndexExpr): IndexExpr => present(plus(sumOf(a), sumOf(b)));
export const sub = (a: IndexExpr, b: IndexExpr): IndexExpr => present(plus(sumOf(a), sumOf(b), -1));
export const addConstant = (e: IndexExpr, n: number): IndexExpr => present(plus(sumOf(e), integer(n)));
export const scale = (e: IndexExpr, by: number): IndexExpr => present(times(sumOf(e), by));

/** ⌊e / by⌋, by ≥ 1 */
export function floorDiv(e: IndexExpr, by: number): IndexExpr {
  checkDivisor(by);
  return present(quotient(sumOf(e), by));
}

/** e − by·⌊e / by⌋, by ≥ 1 */
export function mod(e: IndexExpr, by: number): IndexExpr {
  checkDivisor(by);
  return present(remainder(sumOf(e), by));
}

function checkDivisor(by: number): void {
  if (!Number.isInteger(by) || by < 1) throw new RangeError(`an index is divided by a positive integer, not by ${by}`);
}

/** The element of an integer tensor at `at`, clamped into min … max (both included). */
export function read(source: IndexSource, at: readonly IndexExpr[], min: number, max: number): IndexExpr {
  if (min === max) return constant(min);
  return present(single(readAtom(source, at, min, max)));
}

function readAtom(source: IndexSource, at: readonly IndexExpr[], min: number, max: number): Leaf {
  const key = `${source.key}[${at.map((e) => e.key).join(',')}]{${min}..${max}}`;
  return { kind: 'read', key, source, at, min, max };
}

/** Values that e may take: sound, and tight but for terms that depend on each other. */
export const range = (e: IndexExpr): Range => sumOf(e).range;

/** Terms of e, those inside quotients too: what computing it takes. Reshapes that do not fit each other multiply it. */
export const sizeOf = (e: IndexExpr): number => sumOf(e).size;

export const equal = (a: IndexExpr, b: IndexExpr): boolean => a === b || a.key === b.key;

/** The value of an expression without terms. */
export const constantValue = (e: IndexExpr): number | undefined => (e.terms.length === 0 ? e.constant : undefined);

/** Row-major offset of an index into a tensor of these dimensions. */
export function linearize(index: readonly IndexExpr[], dims: readonly number[]): IndexExpr {
  const strides = rowMajorStrides(dims);
  return present(index.reduce<Sum>((sum, e, d) => plus(sum, sumOf(e), strides[d]!), integer(0)));
}

/** The index of the element at row-major offset e, which must lie inside the tensor. */
export function delinearize(e: IndexExpr, dims: readonly number[]): IndexExpr[] {
  // A tensor without elements has no index: any will do.
  if (dims.includes(0)) return dims.map(() => constant(0));
  const strides = rowMajorStrides(dims);
  const offset = sumOf(e);
  // Each digit is ⌊e/stride⌋ less what the digit above holds, so that all of them add up to e again exactly.
  let above: Sum | undefined;
  return dims.map((n, d) => {
    if (n === 1) return constant(0);
    const q = quotient(offset, strides[d]!);
    const digit = above ? plus(q, above, -n) : q;
    above = q;
    return present(digit);
  });
}

/** Variables by name, with their extents; those inside quotients and reads too. */
export function variablesOf(...expressions: readonly IndexExpr[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const e of expressions) {
    visitAtoms(e, (atom) => {
      if (atom.kind === 'var') found.set(atom.name, atom.extent);
    });
  }
  return found;
}

function visitAtoms(e: IndexExpr, visit: (atom: Atom) => void): void {
  for (const { atom } of e.terms) {
    visit(atom);
    if (atom.kind === 'read') for (const i of atom.at) visitAtoms(i, visit);
    else if (atom.kind !== 'var') visitAtoms(atom.of, visit);
  }
}

export const dependsOn = (e: IndexExpr, name: string): boolean => e.terms.some((t) => atomDependsOn(t.atom, name));

function atomDependsOn(atom: Atom, name: string): boolean {
  if (atom.kind === 'var') return atom.name === name;
  return atom.kind === 'read' ? atom.at.some((i) => dependsOn(i, name)) : dependsOn(atom.of, name);
}

export const hasReads = (e: IndexExpr): boolean =>
  e.terms.some(({ atom }) => atom.kind === 'read' || (atom.kind !== 'var' && hasReads(atom.of)));

/** How far e moves when the variable moves by one; undefined where that depends on where it stands. */
export function coefficientOf(e: IndexExpr, name: string): number | undefined {
  let coefficient = 0;
  for (const t of e.terms) {
    if (t.atom.kind === 'var') coefficient += t.atom.name === name ? t.coefficient : 0;
    else if (atomDependsOn(t.atom, name)) return undefined;
  }
  return coefficient;
}

/** e with variables replaced; undefined leaves one as it is. */
export function substitute(e: IndexExpr, replace: (name: string) => IndexExpr | undefined): IndexExpr {
  const leaf = (atom: Leaf): Sum => {
    if (atom.kind === 'var') {
      const to = replace(atom.name);
      return to ? sumOf(to) : single(atom);
    }
    const at = atom.at.map((i) => substitute(i, replace));
    return single(readAtom(atom.source, at, atom.min, atom.max));
  };
  return e.terms.length === 0 ? e : present(mapLeaves(sumOf(e), leaf));
}

/** e reading from other tensors. */
export function mapSources(e: IndexExpr, replace: (source: IndexSource) => IndexSource): IndexExpr {
  if (!hasReads(e)) return e;
  const leaf = (atom: Leaf): Sum => {
    if (atom.kind === 'var') return single(atom);
    const at = atom.at.map((i) => mapSources(i, replace));
    return single(readAtom(replace(atom.source), at, atom.min, atom.max));
  };
  return present(mapLeaves(sumOf(e), leaf));
}

/** The number e stands for. `readElement` gives elements as they are: they are clamped here. */
export function evaluate(
  e: IndexExpr,
  variables: (name: string) => number,
  readElement: (source: IndexSource, at: readonly number[]) => number = noReads,
): number {
  const value = (atom: Atom): number => {
    if (atom.kind === 'var') return variables(atom.name);
    if (atom.kind === 'read') {
      const at = atom.at.map((i) => evaluate(i, variables, readElement));
      return Math.min(Math.max(readElement(atom.source, at), atom.min), atom.max);
    }
    const of = evaluate(atom.of, variables, readElement);
    const floor = Math.floor(of / atom.by);
    return atom.kind === 'div' ? floor : of - atom.by * floor;
  };
  return e.terms.reduce((sum, t) => sum + t.coefficient * value(t.atom), e.constant);
}

function noReads(source: IndexSource): never {
  throw new Error(`nothing to read ${source.key} from`);
}

/** For people: `4*i + (j mod 8)`. */
export function printExpr(e: IndexExpr): string {
  const parts = e.terms.map(({ coefficient, atom }) => ({
    sign: coefficient < 0 ? '-' : '+',
    text: Math.abs(coefficient) === 1 ? printAtom(atom) : `${Math.abs(coefficient)}*${printAtom(atom)}`,
  }));
  if (e.constant !== 0 || parts.length === 0) {
    parts.push({ sign: e.constant < 0 ? '-' : '+', text: `${Math.abs(e.constant)}` });
  }
  const [first, ...rest] = parts;
  return `${first!.sign === '-' ? '-' : ''}${first!.text}${rest.map((p) => ` ${p.sign} ${p.text}`).join('')}`;
}

function printAtom(atom: Atom): string {
  if (atom.kind === 'var') return atom.name;
  if (atom.kind === 'read') {
    return `clamp(${atom.min}, ${atom.source.key}[${atom.at.map(printExpr).join(', ')}], ${atom.max})`;
  }
  const of = atom.of.terms.length === 1 && atom.of.constant === 0 ? printExpr(atom.of) : `(${printExpr(atom.of)})`;
  return atom.kind === 'div' ? `⌊${of}/${atom.by}⌋` : `(${of} mod ${atom.by})`;
}
