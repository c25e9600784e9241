/** Loops and branches, by their structure kind alone: what they call, and what of a loop never changes. */
import { byteSize, type Computation, type Instruction, type OpRegistry, type Value } from '../hlo/index.js';
import type { RuleSet, Trips } from '../rules/index.js';
import { isSplatConstant } from './accesses.js';

/** A step that runs other steps: what it calls is planned by itself, and nothing fuses with it. */
export const isControl = (ops: OpRegistry, i: Instruction): boolean =>
  ops.kind(i) === 'loop' || ops.kind(i) === 'branch';

export const conditionOf = (loop: Instruction): Computation => loop.called[0]!;
export const bodyOf = (loop: Instruction): Computation => loop.called[1]!;

/** How often a loop's body runs, where its emission rule knows that before: then nobody asks the condition. */
export function tripsOf(rules: RuleSet, loop: Instruction): Trips | undefined {
  if (rules.ops.kind(loop) !== 'loop') return undefined;
  const { operands } = loop;
  const view = { operands, condition: conditionOf(loop), body: bodyOf(loop), match: rules.match };
  return rules.emitRule(loop.opcode)?.trips?.(view);
}

/** The body returns carried value k as it came, and nobody asks for it behind the loop: the operand serves as it is. */
export function isInvariant(loop: Instruction, k: number): boolean {
  const { parameters, results } = bodyOf(loop);
  const after = loop.results[k]!;
  return results[k] === parameters[k]!.result && after.users.size === 0 && !loop.parent.isResult(after);
}

/** Of a loop's body, the value that each result takes the place of: an iteration may overwrite what it carries on anew. */
export function rewrittenParameters(loop: Instruction): ReadonlyMap<number, Value> {
  const { parameters } = bodyOf(loop);
  return new Map([...parameters.entries()].filter(([k]) => !isInvariant(loop, k)).map(([k, p]) => [k, p.result]));
}

/** Worth a kernel that fills a buffer: constants as long as this would take the memory of their elements. */
const FILLED_BYTES = 4096;

/** One number, all over the first value of something that a loop carries: written there, not copied from a constant. */
export function startsLoop(rules: RuleSet, i: Instruction): boolean {
  if (!isSplatConstant(rules.ops, i) || byteSize(i.result.tensorType) < FILLED_BYTES) return false;
  const carries = (user: Instruction) => user.operands.some((v, k) => v === i.result && !isInvariant(user, k));
  return [...i.result.users.keys()].some((user) => rules.ops.kind(user) === 'loop' && carries(user));
}
