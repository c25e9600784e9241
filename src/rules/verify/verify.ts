/**
 * Tests a rewrite rule on random graphs made from its own pattern: the interpreter must give the same for both sides, as
 * far as the rule's contract promises, and rewriting must come to an end.
 */
import { OpError } from '../../hlo/index.js';
import { Random } from '../random.js';
import type { RewriteRule } from '../rewrite.js';
import { RuleError } from '../rule-error.js';
import type { RuleSet } from '../rule-set.js';
import { type Counterexample, Trial, type Wrong } from './trial.js';
import { USUAL_SIZES } from './values.js';

export interface VerifyOptions {
  /** Graphs that the rule is to fire on. */
  readonly cases: number;
  readonly seed: number;
}

export interface RuleReport {
  readonly rule: string;
  readonly fired: number;
  /** Draws made, those included that did not match. */
  readonly tried: number;
  /** Why the rule is not verified. */
  readonly failure?: string;
  readonly counterexample?: Counterexample;
  /** Where no order of ops proves that rewriting ends: the firing that did not lower the order. No failure by itself. */
  readonly ascent?: string;
}

/** Draws for each wanted case before giving up. */
const DRAWS = 300;

export function verifyRule(rule: RewriteRule, rules: RuleSet, { cases, seed }: VerifyOptions): RuleReport {
  const trial = new Trial(rule, rules);
  const random = new Random(seed);
  const misses = new Map<string, number>();
  let fired = 0;
  let tried = 0;
  const result = (more: Partial<RuleReport> = {}): RuleReport => ({
    rule: rule.name,
    fired,
    tried,
    ...(trial.ascent ? { ascent: trial.ascent } : {}),
    ...more,
  });
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

/**
 * For rules on their way in: a few cases of each, to refuse those that set rewriting going for ever. Throws `RuleError`.
 * Rules that no sample fires, or that are wrong in another way, are left to verification.
 */
export function refuseEndless(rules: RuleSet, added: readonly RewriteRule[]): void {
  for (const rule of added) {
    const trial = new Trial(rule, rules);
    const random = new Random(1);
    try {
      for (let n = 0, fired = 0; n < DRAWS && fired < 4; n++)
        if (trial.draw(random, USUAL_SIZES).kind === 'right') fired++;
    } catch (e) {
      if (!(e instanceof OpError)) throw e;
    }
  }
}

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
