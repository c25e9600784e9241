/** Which instructions may be merged, folded, dropped. */
import type { Computation, Instruction, OpRegistry } from '../../hlo/index.js';
import { reachableFrom } from './computations.js';

type Test = (i: Instruction, ops: OpRegistry) => boolean;

const own: { readonly effect: Test; readonly chance: Test } = {
  // A custom call says for itself whether it has an effect.
  effect: (i, ops) => ops.has(i, 'side-effect') || i.attributes.hasSideEffect === true,
  chance: (i, ops) => ops.has(i, 'nondeterministic') || ops.has(i, 'collective'),
};

const anywhere = (called: readonly Computation[], ops: OpRegistry, test: Test): boolean =>
  called.length > 0 && reachableFrom(called).some((c) => [...c.instructions].some((i) => test(i, ops)));

/** Must run, whoever reads it: itself, or something in what it calls. */
export const hasEffect = (i: Instruction, ops: OpRegistry): boolean =>
  own.effect(i, ops) || anywhere(i.called, ops, own.effect);

/** Gives the same results whenever it runs on the same operands, and does nothing else. */
export const isPure = (i: Instruction, ops: OpRegistry): boolean =>
  !hasEffect(i, ops) && !own.chance(i, ops) && !anywhere(i.called, ops, own.chance);
