/** What planner and templates ask about the accesses of a loop nest. */
import { elementCount } from '../../hlo/index.js';
import {
  add,
  coefficientOf,
  constant,
  delinearize,
  equal,
  floorDiv,
  linearize,
  mod,
  scale,
  substitute,
  variable,
} from './algebra.js';
import type { Atom, IndexExpr } from './expr.js';

export interface LoopDim {
  readonly name: string;
  readonly extent: number;
}

/** Replaces loop variables; undefined leaves one as it is. */
export type Substitution = (name: string) => IndexExpr | undefined;

const variables = (dims: readonly LoopDim[]): IndexExpr[] => dims.map((d) => variable(d.name, d.extent));
const extents = (dims: readonly LoopDim[]): number[] => dims.map((d) => d.extent);

/** How far an offset moves along each dimension; undefined where that depends on where it stands. */
export const stridesOf = (offset: IndexExpr, dims: readonly LoopDim[]): (number | undefined)[] =>
  dims.map((d) => (d.extent <= 1 ? 0 : coefficientOf(offset, d.name)));

/** Whether the nest, major to minor, visits the elements of a tensor one after the other, from the first. */
export const isRowMajorIdentity = (
  at: readonly IndexExpr[],
  tensorDims: readonly number[],
  nest: readonly LoopDim[],
): boolean => equal(linearize(at, tensorDims), linearize(variables(nest), extents(nest)));

export interface Collapsed {
  readonly dims: readonly LoopDim[];
  /** The old variables in terms of the new ones. */
  readonly substitution: Substitution;
}

/**
 * The nest (major to minor) with neighbouring dimensions merged wherever every offset allows: its stride along the
 * outer is its stride along the inner times the inner's extent. Dimensions of extent 1 go.
 */
export function collapse(nest: readonly LoopDim[], offsets: readonly IndexExpr[]): Collapsed {
  const groups: LoopDim[][] = [];
  for (const d of nest) {
    if (d.extent === 1) continue;
    const outer = groups.at(-1)?.at(-1);
    if (outer && offsets.every((e) => continues(e, outer, d))) groups.at(-1)!.push(d);
    else groups.push([d]);
  }
  const replaced = new Map<string, IndexExpr>();
  const dims = groups.map((group) => {
    if (group.length === 1) return group[0]!;
    const merged = { name: group.map((d) => d.name).join('.'), extent: elementCount(extents(group)) };
    const digits = delinearize(variable(merged.name, merged.extent), extents(group));
    group.forEach((d, k) => {
      replaced.set(d.name, digits[k]!);
    });
    return merged;
  });
  return { dims, substitution: (name) => replaced.get(name) };
}

function continues(offset: IndexExpr, outer: LoopDim, inner: LoopDim): boolean {
  const step = coefficientOf(offset, inner.name);
  return step !== undefined && coefficientOf(offset, outer.name) === step * inner.extent;
}

/** Whether no two points of the nest give one offset; false also where that cannot be told. */
export function injective(offset: IndexExpr, nest: readonly LoopDim[]): boolean {
  const strides = stridesOf(offset, nest);
  const steps: { step: number; extent: number }[] = [];
  for (const [k, stride] of strides.entries()) {
    if (stride === undefined) return false;
    if (nest[k]!.extent > 1) steps.push({ step: Math.abs(stride), extent: nest[k]!.extent });
  }
  steps.sort((a, b) => a.step - b.step);
  let reach = 0;
  for (const { step, extent } of steps) {
    if (step <= reach) return false;
    reach += step * (extent - 1);
  }
  return true;
}

/**
 * The point of the nest whose element lies at `at` of a tensor, where `index` says which element each point reads and
 * each element is read once: reshapes, transposes and what they compose to. Undefined: not of that kind.
 */
export function invert(
  index: readonly IndexExpr[],
  tensorDims: readonly number[],
  nest: readonly LoopDim[],
  at: readonly IndexExpr[],
): IndexExpr[] | undefined {
  if (elementCount(tensorDims) !== elementCount(extents(nest))) return undefined;
  const point = isRowMajorIdentity(index, tensorDims, nest)
    ? delinearize(linearize(at, tensorDims), extents(nest))
    : fromDigits(index, tensorDims, nest, at);
  if (!point) return undefined;
  const byName = new Map(nest.map((d, k) => [d.name, point[k]!]));
  return index.every((e, d) =>
    equal(
      substitute(e, (name) => byName.get(name)),
      at[d]!,
    ),
  )
    ? point
    : undefined;
}

/** Every term of an index is a digit of one variable; each variable is the sum of its digits. */
function fromDigits(
  index: readonly IndexExpr[],
  tensorDims: readonly number[],
  nest: readonly LoopDim[],
  at: readonly IndexExpr[],
): IndexExpr[] | undefined {
  const point = new Map<string, IndexExpr>();
  for (const [d, e] of index.entries()) {
    const terms = [...e.terms].sort((a, b) => b.coefficient - a.coefficient);
    let above = tensorDims[d]!;
    for (const { coefficient, atom } of terms) {
      const digit = digitOf(atom);
      if (!digit || coefficient < 1 || above % coefficient !== 0) return undefined;
      const value = mod(floorDiv(at[d]!, coefficient), above / coefficient);
      point.set(digit.name, add(point.get(digit.name) ?? constant(0), scale(value, digit.weight)));
      above = coefficient;
    }
  }
  return nest.map((d) => point.get(d.name) ?? constant(0));
}

/** The variable that an atom is a digit of, and what the digit weighs in it. */
function digitOf(atom: Atom): { name: string; weight: number } | undefined {
  if (atom.kind === 'var') return { name: atom.name, weight: 1 };
  if (atom.kind === 'read') return undefined;
  const [term, ...others] = atom.of.terms;
  if (!term || others.length > 0 || term.coefficient !== 1 || atom.of.constant !== 0) return undefined;
  const inner = digitOf(term.atom);
  return inner && { name: inner.name, weight: atom.kind === 'div' ? inner.weight * atom.by : inner.weight };
}
