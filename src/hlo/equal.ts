/** Whether two modules or computations are the same graph, whatever their names, ids and source places. */
import type { AttributeValue } from './attributes.js';
import type { Computation, Instruction, Module, Value } from './graph.js';
import { Literal } from './literal.js';
import { bytesOf } from './tensor.js';
import { sameType, type ValueType } from './types.js';

/**
 * Same functions by name, and in each the same instructions in the same order (`topological`), with equal attributes,
 * types and called computations. Names of called computations and of the module do not count.
 */
export function structurallyEqual(a: Module, b: Module): boolean {
  return firstDifference(a, b) === undefined;
}

/** What keeps two modules from being structurally equal, or undefined. */
export function firstDifference(a: Module, b: Module): string | undefined {
  const names = [...a.computations.keys()];
  if (names.length !== b.computations.size) return `${names.length} functions against ${b.computations.size}`;
  if (!sameAttribute(a.attributes, b.attributes)) return 'module attributes differ';
  const known = new Map<Computation, Computation>();
  for (const name of names) {
    const other = b.computations.get(name);
    if (!other) return `@${name} is in one alone`;
    const difference = compare(a.computations.get(name)!, other, known);
    if (difference) return `@${name}: ${difference}`;
  }
  return undefined;
}

/** `known` pairs computations that are compared already, so that shared ones stay shared. */
function compare(a: Computation, b: Computation, known: Map<Computation, Computation>): string | undefined {
  const paired = known.get(a);
  if (paired) return paired === b ? undefined : `shares @${a.name} where the other does not`;
  known.set(a, b);
  const places = new Map<Value, Value>();
  const pair = (x: Instruction, y: Instruction): void =>
    x.results.forEach((v, i) => {
      places.set(v, y.results[i]!);
    });
  if (!sameList(types(a), types(b), sameType)) return 'parameters differ';
  a.parameters.forEach((p, i) => {
    pair(p, b.parameters[i]!);
  });
  if (!sameAttribute(a.argumentAttributes, b.argumentAttributes)) return 'argument attributes differ';
  if (!sameAttribute(a.resultAttributes, b.resultAttributes)) return 'result attributes differ';
  const [left, right] = [body(a), body(b)];
  if (left.length !== right.length) return `${left.length} instructions against ${right.length}`;
  for (const [i, x] of left.entries()) {
    const y = right[i]!;
    const difference = compareInstructions(x, y, places, known);
    if (difference) return `instruction ${i}, ${x.opcode}: ${difference}`;
    pair(x, y);
  }
  return sameList(a.results, b.results, (v, w) => places.get(v) === w) ? undefined : 'results differ';
}

const types = (c: Computation): ValueType[] => c.parameters.map((p) => p.result.type);

/** All but the parameters, whose place among the others says nothing. */
function body(c: Computation): Instruction[] {
  const parameters = new Set(c.parameters);
  return c.topological().filter((i) => !parameters.has(i));
}

function compareInstructions(
  a: Instruction,
  b: Instruction,
  places: ReadonlyMap<Value, Value>,
  known: Map<Computation, Computation>,
): string | undefined {
  if (a.opcode !== b.opcode) return `the other is ${b.opcode}`;
  if (!sameList(a.operands, b.operands, (v, w) => places.get(v) === w)) return 'operands differ';
  if (!sameAttribute(a.attributes, b.attributes)) return 'attributes differ';
  const typesOf = (i: Instruction) => i.results.map((r) => r.type);
  if (!sameList(typesOf(a), typesOf(b), sameType)) return 'result types differ';
  if (a.called.length !== b.called.length) return 'called computations differ';
  for (const [i, c] of a.called.entries()) {
    const difference = compare(c, b.called[i]!, known);
    if (difference) return `computation ${i}: ${difference}`;
  }
  return undefined;
}

const sameList = <T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean =>
  a.length === b.length && a.every((x, i) => same(x, b[i]!));

/** Deep equality; literals by type and bits, a key that is undefined like one that is absent. */
export function sameAttribute(a: AttributeValue, b: AttributeValue): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Literal || b instanceof Literal) {
    return a instanceof Literal && b instanceof Literal && sameLiteral(a, b);
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && sameList<AttributeValue>(a, b, sameAttribute);
  }
  const [x, y] = [a, b] as { readonly [key: string]: AttributeValue }[] as [Entries, Entries];
  const keys = (e: Entries): string[] => Object.keys(e).filter((k) => e[k] !== undefined);
  const own = keys(x);
  return own.length === keys(y).length && own.every((k) => Object.hasOwn(y, k) && sameAttribute(x[k], y[k]));
}

type Entries = { readonly [key: string]: AttributeValue };

function sameLiteral(a: Literal, b: Literal): boolean {
  if (!sameType(a.type, b.type)) return false;
  if (a.isSplat && b.isSplat) return sameBytes(viewOf(a), viewOf(b));
  return sameBytes(bytesOf(a.tensor()), bytesOf(b.tensor()));
}

function viewOf(l: Literal): Uint8Array {
  const { buffer, byteOffset, byteLength } = l.scalar();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
