/**
 * Evaluation that may wait for other processes.
 *
 * An op that meets others, or that runs computations in which somebody may, is evaluated in steps: a generator that
 * yields what it waits for and is resumed with it. So several processes run side by side in one thread, none of them
 * ahead of what it needs, and a program in which nobody can go on is found at once.
 */

import type { Computation } from './graph.js';
import { ALONE, type Process } from './process-groups.js';
import { type EvaluateContext, OpError, type RuntimeValue } from './registry.js';

type Values = readonly RuntimeValue[];

export type Wait =
  /** For everybody in `members`, this process among them, to come to the same place; the answer is what each brings. */
  | { readonly kind: 'meet'; readonly place: string; readonly members: readonly number[]; readonly brings: Values }
  /** Puts values into a channel; the answer is empty and comes at once. */
  | { readonly kind: 'send'; readonly channel: string; readonly values: Values }
  /** For values in a channel; they are the answer. */
  | { readonly kind: 'receive'; readonly channel: string }
  /** For the next values that the host feeds; they are the answer. */
  | { readonly kind: 'infeed' }
  /** Hands values to the host; the answer is empty and comes at once. */
  | { readonly kind: 'outfeed'; readonly values: Values };

/** One list of values for each member that the wait was for. */
export type Answer = readonly Values[];
export type Steps = Generator<Wait, Values, Answer>;

export interface StepContext extends EvaluateContext {
  readonly process: Process;
  /** Runs a called computation, in which there may be waits. */
  call(computation: Computation, args: Values): Steps;
}

/** An op that is defined by its steps alone; run by `evaluate`, there is nobody to wait for. */
export const inSteps = (steps: (c: StepContext) => Steps) => ({
  steps,
  evaluate: (c: EvaluateContext): Values => {
    const { process = ALONE } = c;
    // biome-ignore lint/correctness/useYield: what runs here has already waited
    const call = function* (f: Computation, args: Values): Steps {
      return c.run(f, args);
    };
    return finish(steps({ ...c, process, call }));
  },
});

/** Goes through steps that need nobody else. */
export function finish(steps: Steps): Values {
  let next = steps.next();
  while (!next.done) {
    const wait = next.value;
    next = wait.kind === 'meet' && wait.members.length === 1 ? steps.next([wait.brings]) : steps.throw(nobody(wait));
  }
  return next.value;
}

const nobody = (wait: Wait): OpError =>
  new OpError(
    wait.kind === 'meet'
      ? 'other processes cannot be met inside a computation that runs element by element'
      : 'it needs another process or a host to talk to, which this run does not have',
  );
