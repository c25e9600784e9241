/** Donation: which arguments of a program give their memory to which results. */
import type { Computation } from './graph.js';
import { OpError } from './registry.js';
import { sameType, showType } from './types.js';

/** The numbers of an argument, and of the result that may lie in its memory. */
export interface Donation {
  readonly input: number;
  readonly output: number;
}

/** What the argument attribute is called in both texts' graphs. */
export const ALIASING_OUTPUT = 'tf.aliasing_output';

/** What the arguments' attributes say. Throws `OpError` where there is no such result, or it does not fit. */
export function donationsOf({ parameters, results, argumentAttributes }: Computation): Donation[] {
  const donorOf = new Map<number, number>();
  return argumentAttributes.flatMap((own, input) => {
    const said = own[ALIASING_OUTPUT];
    if (said === undefined || parameters[input] === undefined) return [];
    const output = numberIn(said);
    const what = `argument ${input} is donated to result ${output ?? '?'}`;
    if (output === undefined || !results[output]) {
      throw new OpError(`${what}, but the program has ${results.length} results`);
    }
    const [from, to] = [parameters[input].result.type, results[output].type];
    if (!sameType(from, to)) throw new OpError(`${what}, but one is ${showType(from)}, the other ${showType(to)}`);
    const other = donorOf.get(output);
    if (other !== undefined) throw new OpError(`${what}, and so is argument ${other}: only one can be`);
    donorOf.set(output, input);
    return [{ input, output }];
  });
}

/** `0 : i32`, as parsed, or a plain number. */
function numberIn(attribute: unknown): number | undefined {
  const n = typeof attribute === 'object' ? (attribute as { readonly value?: unknown }).value : attribute;
  return typeof n === 'number' && Number.isInteger(n) && n >= 0 ? n : undefined;
}
