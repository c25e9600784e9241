/** One rule tried out on one random graph: both sides interpreted and compared. */
import {
  type Computation,
  type ElementType,
  type Instruction,
  Module,
  OpError,
  type RuntimeValue,
  type Tensor,
  type TensorType,
  type Value,
} from '../../hlo/index.js';
import { runComputation } from '../../hlo/interpreter.js';
import { applyRule, describe, rewriteModule } from '../engine.js';
import { compileMatcher, type Matcher } from '../match.js';
import { removeDead } from '../passes/dce.js';
import type { Random } from '../random.js';
import type { Bindings, RewriteRule } from '../rewrite.js';
import { RuleError } from '../rule-error.js';
import type { RuleSet } from '../rule-set.js';
import { TermOrder } from '../term-order.js';
import { difference } from './compare.js';
import { generateInstance, Misfit } from './generate.js';
import { programOf } from './program.js';
import { randomQuantized, randomTensor, randomType, type Sizes } from './values.js';

export interface Counterexample {
  readonly sentence: string;
  /** Both sides on the values that tell them apart: `main` takes nothing and gives the left side's results, then the right side's. */
  readonly program: Module;
}

const INPUTS_PER_CASE = 2;
/** Cases on which all rules run to a fixpoint. */
const FIXPOINTS = 4;

export type Wrong = { readonly kind: 'wrong'; readonly size: number } & Counterexample;
export type Outcome = { readonly kind: 'right' } | { readonly kind: 'miss'; readonly why: string } | Wrong;

/** One rule on trial. */
export class Trial {
  /** Why the rule may go on for ever, for all that the order of ops says; undefined while every firing lowered it. */
  ascent: string | undefined;
  private fixpoints = 0;
  private readonly matcher: Matcher;
  private readonly elements: ElementType[] = [];

  constructor(
    private readonly rule: RewriteRule,
    private readonly rules: RuleSet,
  ) {
    this.matcher = compileMatcher(rule.match, rules.ops);
  }

  draw(random: Random, sizes: Sizes): Outcome {
    try {
      return this.attempt(random, sizes);
    } catch (e) {
      if (e instanceof Misfit) return { kind: 'miss', why: e.message };
      throw e;
    }
  }

  private attempt(random: Random, sizes: Sizes): Outcome {
    const { rule, rules } = this;
    const type = this.rootType(random, sizes);
    const { computation: c, root } = generateInstance(rule, rules, random, type);
    const bindings = this.bindings(root);
    const inputs = Array.from({ length: INPUTS_PER_CASE }, () =>
      c.parameters.map((p) => randomTensor(random, p.result.tensorType)),
    );
    const before = inputs.map((args) => this.run(c, args));
    const { replacements } = applyRule(c, root, rule, bindings, rules);
    this.ascent ??= this.ascentOf(root, replacements);
    this.elements.push(type.element);
    const left = c.results;
    c.setResults(replacements);
    for (let k = 0; k < inputs.length; k++) {
      const args = inputs[k]!;
      const after = runComputation(c, rules.ops, args);
      // Of numbers drawn anew each time, no two are alike.
      if (rules.ops.has(root, 'nondeterministic')) continue;
      const wrong = difference(before[k]!, after, rule.fp, args.every(holdsFinite));
      if (wrong) {
        const sentence = `${rule.equation}, but for ${describe(root)} ${wrong}`;
        const size = args.reduce((n, t) => n + t.data.length, c.instructions.size);
        return { kind: 'wrong', size, sentence, program: programOf(c, [...left, ...replacements], args, rules.ops) };
      }
    }
    this.checkFixpoint(c, root);
    return { kind: 'right' };
  }

  /** Often of an element type that has led to a match before. */
  private rootType(random: Random, sizes: Sizes): TensorType {
    const type = randomType(random, sizes);
    const { quantized } = this.rule.match;
    // Called computations take elements, which have no dimension to be quantized along.
    if (quantized === 'combines') return { ...randomQuantized(random, []), dims: type.dims };
    if (quantized !== undefined) return randomQuantized(random, type.dims);
    return this.elements.length > 0 && random.chance(0.7) ? { ...type, element: random.pick(this.elements) } : type;
  }

  private bindings(root: Instruction): Bindings {
    let found: Bindings | undefined;
    let why = 'the pattern does not match its own instance';
    this.matcher.each(root, (b) => {
      const refused = this.rule.when.find((g) => !g.test(b, root, this.rules.match));
      if (refused) why = `not so: ${refused.sentence}`;
      else found = b;
      return found !== undefined;
    });
    if (!found) throw new Misfit(why);
    return found;
  }

  /** A left side that the op itself refuses is no case. */
  private run(c: Computation, args: readonly RuntimeValue[]): RuntimeValue[] {
    try {
      return runComputation(c, this.rules.ops, args);
    } catch (e) {
      if (e instanceof OpError) throw new Misfit(e.message);
      throw e;
    }
  }

  private ascentOf(root: Instruction, replacements: readonly Value[]): string | undefined {
    const order = new TermOrder(this.rules.ops, this.rules.order);
    const k = root.results.findIndex((r, n) => !order.greater(r, replacements[n]!));
    if (k < 0) return undefined;
    const made = describe(replacements[k]!.producer);
    return `${describe(root)} becomes ${made}, which does not weigh less in the order of the rule set`;
  }

  /** Lets all rules run on the right side: they must come to an end. Throws `RuleError` where they do not. */
  private checkFixpoint(c: Computation, root: Instruction): void {
    if (this.fixpoints++ >= FIXPOINTS) return;
    removeDead(c, [root], this.rules.ops);
    const module = new Module('trial');
    module.add(c);
    const report = rewriteModule(module, this.rules, { stage: this.rule.stage, precision: 'default' });
    if (report.stop === 'limit') throw new RuleError(this.rule.name, `does not come to an end: ${report.reason}`);
  }
}

const holdsFinite = (t: Tensor): boolean =>
  typeof t.data[0] === 'bigint' || Array.from(t.data as Float64Array).every(Number.isFinite);
