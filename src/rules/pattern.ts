/**
 * Patterns of rewrite rules, as data. Their types carry what they bind, so that a rule whose right side names an
 * unbound variable does not compile.
 *
 * `op('transpose', [op('transpose', [x], { permutation: p })], { permutation: q })` binds x to a value, p and q to
 * attributes. A variable that occurs twice must be bound to equal things. Commutative ops match either way round.
 */
import type { Pattern as Leaf } from 'ts-pattern';
import type {
  AttributeValue,
  Computation,
  ElementType,
  Literal,
  OpAttributes,
  OpRegistry,
  Trait,
  Value,
} from '../hlo/index.js';

declare const binds: unique symbol;

/** A variable: what it stands for follows from where it stands. */
export interface Variable<N extends string = string> {
  readonly kind: 'variable';
  readonly name: N;
}

/** `const { x, p } = variables('x', 'p')` */
export function variables<const N extends string>(...names: readonly N[]): { readonly [K in N]: Variable<K> } {
  const all = names.map((name) => [name, { kind: 'variable', name }]);
  return Object.fromEntries(all) as { readonly [K in N]: Variable<K> };
}

interface Binding<B> {
  readonly [binds]?: B;
}

/** An instruction of one of `ops` (canonical names); as an operand, its only result. */
export interface OpPattern<B = unknown> extends Binding<B> {
  readonly kind: 'op';
  /** Canonical names; none where `quantized` says which ops. */
  readonly ops: readonly string[];
  /** Any op of this trait that has a quantized operand or result. */
  readonly quantized: Trait | undefined;
  /** Bound to the canonical name of the op that matched. */
  readonly opVariable: string | undefined;
  readonly operands: readonly (OperandPattern | RestPattern)[];
  readonly attributes: { readonly [name: string]: AttributePattern };
  /** Absent: any. */
  readonly called: readonly CalledPattern[] | undefined;
}

/** All operands from here on, as a list. */
export interface RestPattern<N extends string = string> {
  readonly kind: 'rest';
  readonly name: N;
}

/** Result `index` of an instruction with several. */
export interface ResultPattern<B = unknown> extends Binding<B> {
  readonly kind: 'result';
  readonly index: number;
  readonly of: OpPattern;
}

/** A value of this type; `element` and `dims` are attribute patterns. */
export interface TypedPattern<B = unknown> extends Binding<B> {
  readonly kind: 'typed';
  readonly of: OperandPattern;
  readonly element: AttributePattern | undefined;
  readonly dims: AttributePattern | undefined;
}

/** What the inner pattern matches, bound to a variable too. */
export interface BindPattern<N extends string = string, P = unknown> {
  readonly kind: 'bind';
  readonly name: N;
  readonly of: P;
}

/** A constant whose every element is this number (−0 is not 0). Never complex. */
export interface ScalarPattern {
  readonly kind: 'scalar';
  readonly value: number;
}

/** A constant, bound as a literal; a splat only where `splat`. */
export interface LiteralPattern<B = unknown> extends Binding<B> {
  readonly kind: 'literal';
  readonly name: string;
  readonly splat: boolean;
}

/** A called computation: parameters bound to variables, results matched. */
export interface RegionPattern<B = unknown> extends Binding<B> {
  readonly kind: 'region';
  readonly parameters: readonly string[];
  readonly results: readonly OperandPattern[];
}

export type OperandPattern =
  | Variable
  | OpPattern
  | ResultPattern
  | TypedPattern
  | BindPattern
  | ScalarPattern
  | LiteralPattern;
export type CalledPattern = Variable | RegionPattern;
/** A variable, a bound pattern, a ts-pattern predicate (`P.union(…)`, `P.when(…)`), or the value itself. */
export type AttributePattern = Variable | BindPattern | Leaf.Pattern<unknown> | AttributeValue;

/** Nothing bound. Not `unknown`, which would swallow what its neighbours in a union bind. */
type None = Record<never, never>;
type Intersect<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;
type AttributeOf<O extends string, K> = O extends keyof OpAttributes
  ? K extends keyof OpAttributes[O]
    ? OpAttributes[O][K]
    : AttributeValue
  : AttributeValue;
type OperandBinds<P> =
  P extends Variable<infer N>
    ? { readonly [K in N]: Value }
    : P extends RestPattern<infer N>
      ? { readonly [K in N]: readonly Value[] }
      : P extends BindPattern<infer N, infer Q>
        ? { readonly [K in N]: Value } & OperandBinds<Q>
        : P extends Binding<infer B>
          ? B
          : None;
type AttributeBinds<P, T> =
  P extends Variable<infer N>
    ? { readonly [K in N]: T }
    : P extends BindPattern<infer N, unknown>
      ? { readonly [K in N]: T }
      : None;
type AttributesBind<O extends string, A> = [A] extends [never]
  ? None
  : Intersect<{ [K in keyof A]: AttributeBinds<A[K], AttributeOf<O, K>> }[keyof A]>;
type CalledBinds<P> =
  P extends Variable<infer N> ? { readonly [K in N]: Computation } : P extends Binding<infer B> ? B : None;
type AttributesFor<O extends string> = O extends keyof OpAttributes
  ? { readonly [K in keyof OpAttributes[O]]?: AttributePattern }
  : { readonly [name: string]: AttributePattern };

/** What a pattern binds, by name. */
export type BindingsOf<P> = P extends Binding<infer B> ? B : never;

/** One of several ops, the canonical name of the one that matched bound to a variable. */
export interface OneOf<N extends string = string, O extends string = string> {
  readonly variable: Variable<N>;
  readonly ops: readonly O[];
}
export const oneOf = <const N extends string, const O extends string>(
  variable: Variable<N>,
  ...ops: readonly O[]
): OneOf<N, O> => ({ variable, ops });

/** Ops by what holds for them instead of by name. */
export interface AnyQuantized {
  readonly quantized: Trait;
}
/** Any op of a trait, where an operand or a result of it is quantized. */
export const quantized = (trait: Trait): AnyQuantized => ({ quantized: trait });

/** Canonical names of the ops that a pattern may match. */
export const opNames = (p: OpPattern, ops: OpRegistry): readonly string[] =>
  p.quantized === undefined ? p.ops : ops.definitions.filter((d) => d.traits.includes(p.quantized!)).map((d) => d.name);

type NameOf<H> = H extends OneOf<string, infer O> ? O : H extends string ? H : never;
type HeadBinds<H> = H extends OneOf<infer N, infer O> ? { readonly [K in N]: O } : None;

function headOf(head: string | OneOf | AnyQuantized): Pick<OpPattern, 'ops' | 'quantized' | 'opVariable'> {
  if (typeof head === 'string') return { ops: [head], quantized: undefined, opVariable: undefined };
  if ('quantized' in head) return { ops: [], quantized: head.quantized, opVariable: undefined };
  return { ops: head.ops, quantized: undefined, opVariable: head.variable.name };
}

export function op<
  const H extends string | OneOf | AnyQuantized,
  const Ops extends readonly (OperandPattern | RestPattern)[],
  const A extends AttributesFor<NameOf<H>> = never,
  const C extends readonly CalledPattern[] = readonly [],
>(
  head: H,
  operands: Ops,
  attributes?: A,
  called?: C,
): OpPattern<
  HeadBinds<H> & Intersect<OperandBinds<Ops[number]>> & AttributesBind<NameOf<H>, A> & Intersect<CalledBinds<C[number]>>
> {
  return {
    kind: 'op',
    ...headOf(head),
    operands,
    attributes: (attributes ?? {}) as OpPattern['attributes'],
    called: called as readonly CalledPattern[] | undefined,
  };
}

export const rest = <const N extends string>(v: Variable<N>): RestPattern<N> => ({ kind: 'rest', name: v.name });

export const result = <B>(index: number, of: OpPattern<B>): ResultPattern<B> => ({ kind: 'result', index, of });

export const bind = <const N extends string, const P>(v: Variable<N>, of: P): BindPattern<N, P> => ({
  kind: 'bind',
  name: v.name,
  of,
});

export const typed = <
  const P extends OperandPattern,
  const T extends { readonly element?: AttributePattern; readonly dims?: AttributePattern },
>(
  of: P,
  type: T,
): TypedPattern<
  OperandBinds<P> & AttributeBinds<T['element'], ElementType> & AttributeBinds<T['dims'], readonly number[]>
> => ({ kind: 'typed', of, element: type.element, dims: type.dims });

export const scalar = (value: number): ScalarPattern => ({ kind: 'scalar', value });

export const constant = <const N extends string>(v: Variable<N>): LiteralPattern<{ readonly [K in N]: Literal }> => ({
  kind: 'literal',
  name: v.name,
  splat: false,
});

export const splat = <const N extends string>(v: Variable<N>): LiteralPattern<{ readonly [K in N]: Literal }> => ({
  kind: 'literal',
  name: v.name,
  splat: true,
});

export const region = <const Ps extends readonly Variable[], const R extends OperandPattern>(
  parameters: Ps,
  ...results: readonly R[]
): RegionPattern<Intersect<OperandBinds<Ps[number]>> & Intersect<OperandBinds<R>>> => ({
  kind: 'region',
  parameters: parameters.map((p) => p.name),
  results,
});

/** How many instructions deep a pattern reaches: its root alone is 1. */
export function depthOf(p: OperandPattern | RestPattern): number {
  switch (p.kind) {
    case 'op':
      return 1 + Math.max(0, ...p.operands.map(depthOf));
    case 'result':
    case 'typed':
      return depthOf(p.of);
    case 'bind':
      return depthOf(p.of as OperandPattern);
    case 'scalar':
    case 'literal':
      return 1;
    case 'variable':
    case 'rest':
      return 0;
  }
}

/** Names of the variables that a pattern binds. */
export function boundBy(p: OperandPattern | RestPattern): Set<string> {
  const names = new Set<string>();
  const attribute = (a: AttributePattern): void => {
    if (isVariable(a) || isBind(a)) names.add(a.name);
  };
  const visit = (q: OperandPattern | RestPattern): void => {
    if ('name' in q) names.add(q.name);
    if (q.kind === 'bind') visit(q.of as OperandPattern);
    if (q.kind === 'result') visit(q.of);
    if (q.kind === 'typed') {
      visit(q.of);
      attribute(q.element);
      attribute(q.dims);
    }
    if (q.kind === 'op') {
      if (q.opVariable !== undefined) names.add(q.opVariable);
      q.operands.forEach(visit);
      Object.values(q.attributes).forEach(attribute);
      for (const c of q.called ?? []) {
        if (c.kind === 'variable') names.add(c.name);
        else {
          for (const n of c.parameters) names.add(n);
          c.results.forEach(visit);
        }
      }
    }
  };
  visit(p);
  return names;
}

const hasKind = (a: unknown, kind: string): boolean =>
  typeof a === 'object' && a !== null && (a as { kind?: unknown }).kind === kind;
export const isVariable = (a: unknown): a is Variable => hasKind(a, 'variable');
export const isBind = (a: unknown): a is BindPattern => hasKind(a, 'bind');
