/** Named conditions of rewrite rules: a sentence each, so that "why did it not fire?" answers itself. */
import type { Instruction, TensorType, Value } from '../hlo/index.js';
import type { OperandPattern } from './pattern.js';
import type { Random } from './random.js';

/**
 * How verification finds what the guard asks for: by variable, an attribute (or a constant's literal) for an
 * instruction that is to have the given result type.
 */
export type Generators<B> = { readonly [K in keyof B]?: (random: Random, result: TensorType) => unknown };

/** What a pattern binds where a value matches it. */
export type MatchValue = (pattern: OperandPattern, v: Value) => { readonly [name: string]: unknown } | undefined;

export interface Guard<B> {
  /** What must hold, as a sentence: `the permutation is the identity`. */
  readonly sentence: string;
  /** `root` is the instruction that the pattern's root matched; `match` is for values that the pattern cannot reach. */
  test(bindings: B, root: Instruction, match: MatchValue): boolean;
  readonly generate?: Generators<B> | undefined;
}

export const guard = <B>(
  sentence: string,
  test: (bindings: B, root: Instruction, match: MatchValue) => boolean,
  generate?: Generators<NoInfer<B>>,
): Guard<B> => ({ sentence, test, generate });
