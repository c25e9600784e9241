/** The two factors of a product: what evaluating one takes, and how its memory lies. */
import { expressionsUnder } from '../../../fusion/expressions.js';
import { costOf, movesOnly } from '../../../fusion/facts.js';
import type { Group } from '../../../fusion/group.js';
import type { ContractionSpace } from '../../../fusion/space.js';
import type { Value } from '../../../hlo/index.js';
import { decide, type IndexExpr, type Predicate } from '../../../rules/index/index.js';
import type { RuleSet } from '../../../rules/index.js';

export interface Factor {
  readonly value: Value;
  /** In the role's variables; zero where `when` does not hold. */
  readonly at: readonly IndexExpr[];
  readonly when: Predicate;
  readonly loads: readonly IndexExpr[];
  readonly asked: readonly IndexExpr[];
  /** Loaded as it lies in memory: not computed, padded or chosen. */
  readonly plain: boolean;
  /** Operations an element takes. */
  readonly cost: number;
}

export function factorOf(rules: RuleSet, g: Group, side: 'lhs' | 'rhs'): Factor {
  const { product, role } = g.space as ContractionSpace;
  const { operand, at, when } = role[side];
  const value = product.operands[operand]!;
  const { loads, others, reached } = expressionsUnder(rules, g.members, value, at);
  const predicate = when.map((b) => b.expr);
  return {
    value,
    at,
    when,
    loads,
    asked: [...others, ...predicate],
    plain:
      loads.length === 1 &&
      others.length === 0 &&
      decide(when) === true &&
      [...reached].every((i) => movesOnly(rules, i)),
    cost: [...reached].reduce((n, i) => n + costOf(rules, i), 0),
  };
}
