/**
 * Tests a rewrite rule on random graphs made from its own pattern: the interpreter must give the same for both sides, as
 * far as the rule's contract promises, and the right side must be the lesser term.
 */
import {
  type Computation,
  type ElementType,
  type Instruction,
  type Module,
  OpError,
  type RuntimeValue,
  type Tensor,
  type TensorType,
  type Value,
} from '../../hlo/index.js';
import { runComputation } from '../../hlo/interpreter.js';
import { applyRule, describe } from '../engine.js';
import { compileMatcher, type Matcher } from '../match.js';
import { Random } from '../random.js';
import type { Bindings, RewriteRule } from '../rewrite.js';
import { RuleError } from '../rule-error.js';
import type { RuleSet } from '../rule-set.js';
import { TermOrder } from '../term-order.js';
import { difference } from './compare.js';
import { generateInstance, Misfit } from './generate.js';
import { programOf } from './program.js';
import { randomTensor, randomType, type Sizes, USUAL_SIZES } from './values.js';

export interface VerifyOptions {
  /** Graphs that the rule is to fire on. */
  readonly cases: number;
  readonly seed: number;
}

export interface Counterexample {
  readonly sentence: string;
  /** Both sides on the values that tell them apart: `main` takes nothing and gives the left side's results, then the right side's. */
  readonly program: Module;
}

export interface RuleReport {
  readonly rule: string;
  readonly fired: number;
  /** Draws made, those included that did not match. */
  readonly tried: number;
  /** Why the rule is not verified. */
  readonly failure?: string;
  readonly counterexample?: Counterexample;
}

/** Draws for each wanted case before giving up. */
const DRAWS = 300;
const INPUTS_PER_CASE = 2;

export function verifyRule(rule: RewriteRule, rules: RuleSet, { cases, seed }: VerifyOptions): RuleReport {
  const trial = new Trial(rule, rules);
  const random = new Random(seed);
  const misses = new Map<string, number>();
  let fired = 0;
  let tried = 0;
  const result = (more: Partial<RuleReport> = {}): RuleReport => ({ rule: rule.name, fired, tried, ...more });
  try {
    while (fired < cases && tried < cases * DRAWS && !(fired === 0 && tried > 20 * DRAWS)) {
      tried++;
      const outcome = trial.draw(random, USUAL_SIZES);
      if (outcome.kind === 'miss') misses.set(outcome.why, (misses.get(outcome.why) ?? 0) + 1);
      else fired++;
      if (outcome.kind === 'wrong') {
        const smallest = shrink(trial, seed, outcome);
        return result({ failure: smallest.sentence, counterexample: smallest });
      }
    }
  } catch (e) {
    if (e instanceof RuleError || e instanceof OpError) return result({ failure: e.message });
    throw e;
  }
  if (fired > 0) return result();
  const common = [...misses].sort((a, b) => b[1] - a[1]).slice(0, 3);
  return result({ failure: `never fired in ${tried} draws: ${common.map(([why, n]) => `${why} (${n}×)`).join('; ')}` });
}

type Wrong = { readonly kind: 'wrong'; readonly size: number } & Counterexample;
type Outcome = { readonly kind: 'right' } | { readonly kind: 'miss'; readonly why: string } | Wrong;

class Trial {
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
    this.checkDescent(root, replacements);
    this.elements.push(type.element);
    const left = c.results;
    c.setResults(replacements);
    for (let k = 0; k < inputs.length; k++) {
      const args = inputs[k]!;
      const after = runComputation(c, rules.ops, args);
      const wrong = difference(before[k]!, after, rule.fp, args.every(holdsFinite));
      if (wrong) {
        const sentence = `${rule.equation}, but for ${describe(root)} ${wrong}`;
        const size = args.reduce((n, t) => n + t.data.length, c.instructions.size);
        return { kind: 'wrong', size, sentence, program: programOf(c, [...left, ...replacements], args, rules.ops) };
      }
    }
    return { kind: 'right' };
  }

  /** Often of an element type that has led to a match before. */
  private rootType(random: Random, sizes: Sizes): TensorType {
    const type = randomType(random, sizes);
    return this.elements.length > 0 && random.chance(0.7) ? { ...type, element: random.pick(this.elements) } : type;
  }

  private bindings(root: Instruction): Bindings {
    let found: Bindings | undefined;
    let why = 'the pattern does not match its own instance';
    this.matcher.each(root, (b) => {
      const refused = this.rule.when.find((g) => !g.test(b, root));
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

  private checkDescent(root: Instruction, replacements: readonly Value[]): void {
    const order = new TermOrder(this.rules.ops, this.rules.order);
    root.results.forEach((r, k) => {
      const to = replacements[k]!;
      if (!order.greater(r, to)) {
        throw new RuleError(
          this.rule.name,
          `${describe(root)} becomes ${describe(to.producer)}, which does not weigh less in the order of the rule set: ` +
            'this rule, or it and others, could go on for ever',
        );
      }
    });
  }
}

const holdsFinite = (t: Tensor): boolean =>
  typeof t.data[0] === 'bigint' || Array.from(t.data as Float64Array).every(Number.isFinite);

/** The smallest failure among many small draws. */
function shrink(trial: Trial, seed: number, first: Wrong): Wrong {
  let smallest = first;
  const random = new Random(seed ^ 0x5eed);
  for (const sizes of [
    { rank: 0, extent: 1 },
    { rank: 1, extent: 2 },
    { rank: 2, extent: 2 },
  ]) {
    for (let n = 0; n < DRAWS; n++) {
      const outcome = trial.draw(random, sizes);
      if (outcome.kind === 'wrong' && outcome.size < smallest.size) smallest = outcome;
    }
  }
  return smallest;
}
