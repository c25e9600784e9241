/** Random graphs that a pattern matches, made from the pattern itself: from the root's type down to the operands'. */
import { isMatching } from 'ts-pattern';
import {
  type AttributeValue,
  Computation,
  type Instruction,
  Literal,
  OpError,
  type OpRegistry,
  type TensorType,
  type Value,
} from '../../hlo/index.js';
import { Builder, constantOpcode } from '../builder.js';
import type { Generators } from '../guard.js';
import { isEverywhere, literalOf } from '../literals.js';
import { same } from '../match.js';
import {
  type AttributePattern,
  type CalledPattern,
  isBind,
  isVariable,
  type OperandPattern,
  type OpPattern,
  opNames,
  type RestPattern,
} from '../pattern.js';
import type { Random } from '../random.js';
import type { Bindings, RewriteRule } from '../rewrite.js';
import type { RuleSet } from '../rule-set.js';
import type { RegionSample, Sample } from '../sample.js';
import { randomLiteral } from './values.js';

/** This draw does not lead to a match; another may. */
export class Misfit extends Error {}

export interface Instance {
  readonly computation: Computation;
  readonly root: Instruction;
}

/** Throws `Misfit`, with the reason, where the draw leads nowhere. */
export function generateInstance(rule: RewriteRule, rules: RuleSet, random: Random, type: TensorType): Instance {
  const generators: Generators<Bindings> = Object.assign({}, ...rule.when.map((g) => g.generate ?? {}));
  const g = new Generator(rules, random, generators, new Computation('main'));
  const root = g.instruction(rule.match, type);
  g.computation.setResults(root.results);
  return { computation: g.computation, root };
}

class Generator {
  private readonly ops: OpRegistry;

  constructor(
    private readonly rules: RuleSet,
    private readonly random: Random,
    private readonly generators: Generators<Bindings>,
    readonly computation: Computation,
    private readonly env = new Map<string, unknown>(),
  ) {
    this.ops = rules.ops;
  }

  instruction(p: OpPattern, type: TensorType): Instruction {
    const name = this.opName(p);
    const fixed = this.fixedAttributes(p, type);
    const sampled = this.sample(name, type, fixed, p.operands);
    const attributes = { ...sampled.attributes, ...fixed } as { [name: string]: AttributeValue };
    for (const [key, pattern] of Object.entries(p.attributes)) this.attribute(pattern, attributes[key]);
    const operands = this.operands(p.operands, sampled.operands);
    const called = (sampled.regions ?? []).map((r, k) => this.region(p.called?.[k], r, type));
    const declared = sampled.results ?? [type];
    try {
      return this.ops.build(this.computation, this.ops.opcode(name), { operands, attributes, called, declared });
    } catch (e) {
      if (e instanceof OpError) throw new Misfit(e.message);
      throw e;
    }
  }

  private opName(p: OpPattern): string {
    const known = p.opVariable === undefined ? undefined : (this.env.get(p.opVariable) as string | undefined);
    const name = known ?? this.random.pick(this.namesFor(p));
    if (p.opVariable !== undefined) this.bind(p.opVariable, name);
    return name;
  }

  /** Of ops that a pattern does not name, those that instances can be made of. */
  private namesFor(p: OpPattern): readonly string[] {
    const names = opNames(p, this.ops);
    if (p.quantized === undefined) return names;
    return names.filter((name) => {
      const opcode = this.ops.opcode(name);
      return this.rules.sampleRule(opcode) !== undefined || this.ops.get(opcode).traits.includes('elementwise');
    });
  }

  private fixedAttributes(p: OpPattern, type: TensorType): { readonly [name: string]: unknown } {
    const fixed: { [name: string]: unknown } = {};
    for (const [key, a] of Object.entries(p.attributes)) {
      const name = isVariable(a) || isBind(a) ? a.name : undefined;
      if (name !== undefined) {
        const value = this.env.get(name) ?? this.generators[name]?.(this.random, type);
        if (value !== undefined) fixed[key] = value;
      } else if (isPlain(a)) fixed[key] = a;
    }
    return fixed;
  }

  private sample(
    name: string,
    result: TensorType,
    fixed: { readonly [name: string]: unknown },
    patterns: readonly (OperandPattern | RestPattern)[],
  ): Sample {
    const { random, ops } = this;
    const operands = patterns.some((o) => o.kind === 'rest') ? undefined : patterns.length;
    const known = patterns.map((o) =>
      o.kind === 'variable' ? (this.env.get(o.name) as Value | undefined)?.tensorType : undefined,
    );
    const opcode = ops.opcode(name);
    const rule = this.rules.sampleRule(opcode);
    const d = ops.get(opcode);
    if (!rule && !d.traits.includes('elementwise')) {
      throw new OpError(`no sample rule says how to make instances of op '${name}': add sample('${name}', …)`);
    }
    const made = rule ? rule.make({ random, result, fixed, ops, operands, known }) : undefined;
    if (rule && !made) throw new Misfit(`no ${name} comes to mind`);
    const n = typeof d.operands === 'number' ? d.operands : d.operands.min;
    return made ?? { operands: Array.from({ length: n }, () => result) };
  }

  private operands(
    patterns: readonly (OperandPattern | RestPattern)[],
    types: readonly (TensorType | Literal)[],
  ): Value[] {
    return patterns.flatMap((p, k) => {
      if (p.kind === 'rest') {
        const known = this.env.get(p.name) as readonly Value[] | undefined;
        const values =
          known ?? types.slice(k).map((t) => (t instanceof Literal ? this.constant(t) : this.leaf(p.name, t)));
        this.bind(p.name, values);
        return values;
      }
      const type = types[k];
      if (!type) throw new Misfit(`operand ${k} is missing`);
      return [type instanceof Literal ? this.given(p, type) : this.value(p, type)];
    });
  }

  /** A constant that the op must have there. */
  private given(p: OperandPattern, literal: Literal): Value {
    const v = this.constant(literal);
    if (p.kind === 'variable') this.bind(p.name, v);
    else if (p.kind === 'literal') this.bind(p.name, literal);
    else throw new Misfit('the op needs a constant of its own there');
    return v;
  }

  private value(p: OperandPattern, type: TensorType): Value {
    switch (p.kind) {
      case 'variable': {
        const known = this.env.get(p.name) as Value | undefined;
        const v = known ?? this.leaf(p.name, type);
        if (known && JSON.stringify(known.type) !== JSON.stringify(type)) throw new Misfit(`${p.name} has two types`);
        this.bind(p.name, v);
        return v;
      }
      case 'op':
        return this.instruction(p, type).result;
      case 'result': {
        const v = this.instruction(p.of, type).results[p.index];
        if (!v) throw new Misfit(`there is no result ${p.index}`);
        return v;
      }
      case 'bind': {
        const v = this.value(p.of as OperandPattern, type);
        this.bind(p.name, v);
        return v;
      }
      case 'typed':
        if (p.element !== undefined) this.attribute(p.element, type.element);
        if (p.dims !== undefined) this.attribute(p.dims, type.dims);
        return this.value(p.of, type);
      case 'scalar':
        return this.constant(representable(type, p.value));
      case 'literal': {
        const given = (this.env.get(p.name) ?? this.generators[p.name]?.(this.random, type)) as Literal | undefined;
        const literal = given ?? randomLiteral(this.random, type, p.splat || undefined);
        if (JSON.stringify(literal.type) !== JSON.stringify(type)) throw new Misfit(`${p.name} has two types`);
        this.bind(p.name, literal);
        return this.constant(literal);
      }
    }
  }

  /** An operand that the pattern does not look into: a parameter, or what a generator asks for. */
  private leaf(name: string, type: TensorType): Value {
    const asked = this.generators[name]?.(this.random, type);
    if (asked instanceof Literal) return this.constant(asked);
    if (asked !== undefined) return this.value(asked as OperandPattern, type);
    const { parameters } = this.computation;
    // Now and then the same value twice: rules must not take different variables for different values.
    const same = parameters.filter((q) => JSON.stringify(q.result.type) === JSON.stringify(type));
    if (same.length > 0 && this.random.chance(0.15)) return this.random.pick(same).result;
    return this.parameter(this.computation, type);
  }

  private parameter(c: Computation, type: TensorType): Value {
    const d = this.ops.definitions.find((o) => o.kind === 'parameter')!;
    return c.addParameter(this.ops.opcode(d.name), type);
  }

  private constant(value: Literal, c = this.computation): Value {
    return c.append(constantOpcode(this.ops), [value.type], { attributes: { value } }).result;
  }

  private attribute(p: AttributePattern, value: AttributeValue): void {
    if (isVariable(p)) this.bind(p.name, value);
    else if (isBind(p)) {
      this.attribute(p.of as AttributePattern, value);
      this.bind(p.name, value);
    } else if (!isMatching(p as never, value as never)) throw new Misfit('an attribute is not the one asked for');
  }

  private region(p: CalledPattern | undefined, signature: RegionSample, type: TensorType): Computation {
    if (p?.kind === 'variable' && this.env.has(p.name)) return this.env.get(p.name) as Computation;
    const c = new Computation('region');
    const inner = new Generator(this.rules, this.random, this.generators, c, this.env);
    const parameters = signature.parameters.map((t) => this.parameter(c, t));
    if (p?.kind === 'region') {
      if (p.parameters.length !== parameters.length) throw new Misfit('the region takes other parameters');
      p.parameters.forEach((name, k) => {
        this.bind(name, parameters[k]);
      });
      c.setResults(p.results.map((r, k) => inner.value(r, signature.results[k]!)));
    } else {
      const asked = p && this.generators[p.name]?.(this.random, type);
      const known = asked instanceof Literal ? inner.constant(asked) : undefined;
      const made = known ? undefined : signature.make?.(new Builder(this.ops, c, parameters[0]!.producer), parameters);
      c.setResults(made ?? signature.results.map((t) => known ?? inner.someValue(parameters, t)));
      if (p) this.bind(p.name, c);
    }
    return c;
  }

  /** Anything of this type that can be made from some values: one of them, two of them combined, or a constant. */
  private someValue(from: readonly Value[], type: TensorType): Value {
    const same = from.filter((v) => JSON.stringify(v.type) === JSON.stringify(type));
    if (same.length === 0 || this.random.chance(0.1)) return this.constant(randomLiteral(this.random, type));
    if (this.random.chance(0.2)) return this.random.pick(same);
    const binary = this.ops.definitions.filter(
      (d) => d.operands === 2 && d.traits.includes('commutative') && d.traits.includes('elementwise'),
    );
    const operands = [this.random.pick(same), this.random.pick(same)];
    try {
      const opcode = this.ops.opcode(this.random.pick(binary).name);
      return this.ops.build(this.computation, opcode, { operands, declared: [type] }).result;
    } catch (e) {
      if (e instanceof OpError) throw new Misfit(e.message);
      throw e;
    }
  }

  /** Names that begin with `_` stand for nothing in particular. */
  private bind(name: string, thing: unknown): void {
    if (name.startsWith('_')) return;
    const known = this.env.get(name);
    if (known === undefined) this.env.set(name, thing);
    else if (!same(known, thing)) throw new Misfit(`${name} stands for two things`);
  }
}

/** A number that the type has; otherwise no match is to be had. */
function representable(type: TensorType, n: number): Literal {
  if (Number.isFinite(n) || ['f', 'b'].includes(type.element[0]!)) {
    const literal = literalOf(type, n);
    if (isEverywhere(literal, n)) return literal;
  }
  throw new Misfit(`${n} is no ${type.element}`);
}

/** An attribute pattern that is just the value. */
function isPlain(a: unknown): boolean {
  if (typeof a === 'object' && a !== null && !Array.isArray(a))
    return Object.getOwnPropertySymbols(a).length === 0 && !('kind' in a);
  return !Array.isArray(a) || a.every(isPlain);
}
