/**
 * Patterns compiled to matchers. Commutative ops are spread out beforehand into patterns for each way round, so that
 * matching one of them never backtracks.
 */
import { isMatching } from 'ts-pattern';
import {
  type AttributeValue,
  Computation,
  type Instruction,
  Literal,
  type Opcode,
  type OpRegistry,
  Value,
} from '../hlo/index.js';
import { isEverywhere, sameLiteral } from './literals.js';
import {
  type AttributePattern,
  type CalledPattern,
  isBind,
  isVariable,
  type OperandPattern,
  type OpPattern,
  opNames,
  type RegionPattern,
  type RestPattern,
} from './pattern.js';
import type { Bindings } from './rewrite.js';
import { Keys } from './structure.js';

type Environment = { [name: string]: unknown };
type ValueMatcher = (v: Value, env: Environment) => boolean;
type InstructionMatcher = (i: Instruction, env: Environment) => boolean;
type CalledMatcher = (c: Computation, env: Environment) => boolean;
type AttributeMatcher = (a: AttributeValue, env: Environment) => boolean;

export interface Matcher {
  /** Opcodes that the root may have. */
  readonly opcodes: readonly Opcode[];
  /** Calls `found` with the bindings of each way in which the instruction matches, until it says true. */
  each(i: Instruction, found: (bindings: Bindings) => boolean): boolean;
}

export function compileMatcher(pattern: OpPattern, ops: OpRegistry): Matcher {
  const ways = spread(pattern, ops).map((way) => ({ quick: quickCheck(way, ops), full: instruction(way, ops) }));
  return {
    opcodes: opNames(pattern, ops).map((name) => ops.opcode(name)),
    each: (i, found) => {
      for (const { quick, full } of ways) {
        if (!quick(i)) continue;
        const env: Environment = Object.create(null);
        if (full(i, env) && found(env)) return true;
      }
      return false;
    },
  };
}

/** What the pattern binds where the value matches it, in the first way that it does. */
export function matchValue(pattern: OperandPattern, v: Value, ops: OpRegistry): Bindings | undefined {
  for (const way of spreadOperand(pattern, ops)) {
    const env: Environment = Object.create(null);
    if (operand(way, ops)(v, env)) return env;
  }
  return undefined;
}

/** Every combination of orders of the operands of commutative ops. */
function spread(p: OpPattern, ops: OpRegistry): OpPattern[] {
  const operands = product(p.operands.map((o) => spreadOperand(o, ops)));
  const called = p.called && product(p.called.map((c) => spreadCalled(c, ops)));
  return operands.flatMap((list) =>
    (called ?? [undefined]).flatMap((c) => {
      const way: OpPattern = { ...p, operands: list, called: c };
      const swappable = p.ops.filter((name) => isCommutative(name, ops));
      const [a, b, ...others] = list;
      if (swappable.length === 0 || !a || !b || a.kind === 'rest' || b.kind === 'rest') return [way];
      if (a.kind === 'variable' && b.kind === 'variable' && a.name === b.name) return [way];
      return [way, { ...way, ops: swappable, operands: [b, a, ...others] }];
    }),
  );
}

const isCommutative = (name: string, ops: OpRegistry): boolean =>
  ops.find(ops.opcode(name))?.traits.includes('commutative') ?? false;

function spreadOperand<P extends OperandPattern | RestPattern>(p: P, ops: OpRegistry): P[] {
  switch (p.kind) {
    case 'op':
      return spread(p, ops) as OperandPattern[] as P[];
    case 'result':
      return spread(p.of, ops).map((of) => ({ ...p, of }));
    case 'typed':
    case 'bind':
      return spreadOperand(p.of as OperandPattern, ops).map((of) => ({ ...p, of }));
    default:
      return [p];
  }
}

function spreadCalled(p: CalledPattern, ops: OpRegistry): CalledPattern[] {
  if (p.kind === 'variable') return [p];
  return product(p.results.map((r) => spreadOperand(r, ops))).map((results): RegionPattern => ({ ...p, results }));
}

function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((head) => list.map((x) => [...head, x])), [[]]);
}

/** Cheap rejection: number of operands, and the opcodes of operands that must be instructions. */
function quickCheck(p: OpPattern, ops: OpRegistry): (i: Instruction) => boolean {
  const roots = new Set(opNames(p, ops).map((name) => ops.opcode(name)));
  const variadic = p.operands.some((o) => o.kind === 'rest');
  const fixed = p.operands.length - (variadic ? 1 : 0);
  const wanted = p.operands.flatMap((o, k) => {
    const inner = instructionOf(o);
    return inner ? [{ k, opcodes: new Set(opNames(inner, ops).map((name) => ops.opcode(name))) }] : [];
  });
  return (i) => {
    const n = i.operands.length;
    if (variadic ? n < fixed : n !== fixed) return false;
    if (!roots.has(i.opcode)) return false;
    if (p.quantized !== undefined && ![...i.operands, ...i.results].some(isQuantized)) return false;
    for (const { k, opcodes } of wanted) if (!opcodes.has(i.operands[k]!.producer.opcode)) return false;
    return true;
  };
}

const isQuantized = ({ type }: Value): boolean => type.kind === 'tensor' && type.quantization !== undefined;

function instructionOf(p: OperandPattern | RestPattern): OpPattern | undefined {
  if (p.kind === 'op') return p;
  if (p.kind === 'result' || p.kind === 'typed' || p.kind === 'bind') return instructionOf(p.of as OperandPattern);
  return undefined;
}

/** The operands, attributes and called computations; opcode and number of operands as `quickCheck`. */
function instruction(p: OpPattern, ops: OpRegistry): InstructionMatcher {
  const quick = quickCheck(p, ops);
  const tail = p.operands.find((o) => o.kind === 'rest');
  const heads = p.operands.filter((o) => o.kind !== 'rest').map((o) => operand(o, ops));
  const attributes = Object.entries(p.attributes).map(([name, a]) => ({ name, matches: attribute(a) }));
  const called = p.called?.map((c) => calledMatcher(c, ops));
  const names = new Map(opNames(p, ops).map((name) => [ops.opcode(name), name]));
  return (i, env) => {
    if (!quick(i)) return false;
    if (p.opVariable !== undefined && !bindTo(env, p.opVariable, names.get(i.opcode))) return false;
    for (const { name, matches } of attributes) if (!matches(i.attributes[name], env)) return false;
    for (let k = 0; k < heads.length; k++) if (!heads[k]!(i.operands[k]!, env)) return false;
    if (tail && !bindTo(env, tail.name, i.operands.slice(heads.length))) return false;
    if (!called) return true;
    return called.length === i.called.length && called.every((m, k) => m(i.called[k]!, env));
  };
}

function operand(p: OperandPattern, ops: OpRegistry): ValueMatcher {
  switch (p.kind) {
    case 'variable':
      return (v, env) => bindTo(env, p.name, v);
    case 'op': {
      const inner = instruction(p, ops);
      return (v, env) => v.producer.results.length === 1 && inner(v.producer, env);
    }
    case 'result': {
      const inner = instruction(p.of, ops);
      return (v, env) => v.index === p.index && inner(v.producer, env);
    }
    case 'bind': {
      const inner = operand(p.of as OperandPattern, ops);
      return (v, env) => inner(v, env) && bindTo(env, p.name, v);
    }
    case 'typed': {
      const inner = operand(p.of, ops);
      const element = attribute(p.element);
      const dims = attribute(p.dims);
      return (v, env) =>
        v.type.kind === 'tensor' &&
        (p.element === undefined || element(v.type.element, env)) &&
        (p.dims === undefined || dims(v.type.dims, env)) &&
        inner(v, env);
    }
    case 'scalar':
      return (v) => {
        const literal = literalValue(v, ops);
        return literal !== undefined && isEverywhere(literal, p.value);
      };
    case 'literal':
      return (v, env) => {
        const literal = literalValue(v, ops);
        return literal !== undefined && (!p.splat || literal.isSplat) && bindTo(env, p.name, literal);
      };
  }
}

/** The literal of a constant; not of a quantized one, whose integers are not what it means. */
export function literalValue(v: Value, ops: OpRegistry): Literal | undefined {
  if (ops.find(v.producer.opcode)?.kind !== 'constant') return undefined;
  const { value } = v.producer.attributes;
  return value instanceof Literal && !value.type.quantization ? value : undefined;
}

function attribute(p: AttributePattern): AttributeMatcher {
  if (isVariable(p)) return (a, env) => bindTo(env, p.name, a);
  if (isBind(p)) {
    const inner = attribute(p.of as AttributePattern);
    return (a, env) => inner(a, env) && bindTo(env, p.name, a);
  }
  const matches = isMatching(p as never) as (a: unknown) => boolean;
  return (a) => matches(a);
}

function calledMatcher(p: CalledPattern, ops: OpRegistry): CalledMatcher {
  if (p.kind === 'variable') return (c, env) => bindTo(env, p.name, c);
  const results = p.results.map((r) => operand(r, ops));
  return (c, env) =>
    c.parameters.length === p.parameters.length &&
    c.results.length === results.length &&
    p.parameters.every((name, k) => bindTo(env, name, c.parameters[k]!.result)) &&
    results.every((m, k) => m(c.results[k]!, env));
}

/** Binds, or compares with what the name stands for already. */
function bindTo(env: Environment, name: string, thing: unknown): boolean {
  if (name in env) return same(env[name], thing);
  env[name] = thing;
  return true;
}

/** Whether a variable may stand for both. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Value || b instanceof Value) return false;
  if (a instanceof Literal && b instanceof Literal) return sameLiteral(a, b);
  const keys = new Keys();
  if (a instanceof Computation && b instanceof Computation) return keys.computation(a) === keys.computation(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, k) => same(x, b[k]));
  return keys.attribute(a as AttributeValue) === keys.attribute(b as AttributeValue);
}
