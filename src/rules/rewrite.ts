/** Rewrite rules: this subgraph is that subgraph, when the guards hold, as far as the contract says. */
import type { Value } from '../hlo/index.js';
import type { Builder } from './builder.js';
import type { FpContract } from './contract.js';
import type { Guard } from './guard.js';
import type { BindingsOf, OpPattern } from './pattern.js';

/** Where in the pipeline a rule runs. */
export type Stage = 'simplify' | 'decompose';

/** What a pattern has bound, as the engine sees it. */
export type Bindings = { readonly [name: string]: unknown };

export interface RewriteRule {
  readonly kind: 'rewrite';
  /** Op and effect, `Transpose_Transpose_Merge`; given where the rule is exported (`rulesIn`). */
  readonly name: string;
  readonly equation: string;
  readonly stage: Stage;
  readonly match: OpPattern;
  readonly when: readonly Guard<Bindings>[];
  /** The value that replaces the root, or as many as the root has results. */
  readonly to: (bindings: Bindings, build: Builder) => Value | readonly Value[];
  readonly fp: FpContract;
}

/**
 * `rewrite('x + 0 = x', op('add', [x, number(0)]), { to: ({ x }) => x, fp: ['signed-zero'] })`: guards and right side see
 * what the pattern binds, by name and type.
 */
export function rewrite<const P extends OpPattern>(
  equation: string,
  match: P,
  rule: {
    readonly when?: readonly Guard<BindingsOf<P>>[];
    readonly to: (bindings: BindingsOf<P>, build: Builder) => Value | readonly Value[];
    readonly fp: FpContract;
    readonly stage?: Stage;
    readonly name?: string;
  },
): RewriteRule {
  const { name = '', stage = 'simplify', when = [], to, fp } = rule;
  return {
    kind: 'rewrite',
    name,
    equation,
    stage,
    match,
    when: when as readonly Guard<Bindings>[],
    to: to as RewriteRule['to'],
    fp,
  };
}
