/** A reduction's arithmetic: partial accumulators, their combination, and the initial value. */
import { reducerFacts } from '../../fusion/facts.js';
import { type ElementType, type Instruction, isFloat } from '../../hlo/index.js';
import { widthOfSum } from '../../hlo/numeric/wide.js';
import type { Combination } from '../../rules/index.js';
import { laneTypeOf, type ValueId } from '../loop/ir.js';
import type { PartIds } from '../stitch/stitcher.js';
import type { EmitOptions, KernelContext } from './kernel-context.js';

/** Does the interpreter keep the total of so many terms in f64? */
const isLongSum = (terms: number): boolean => widthOfSum(terms) === 'widest';

/** What is known of a combination of elements. */
interface Known {
  /** Neutral start of partial accumulators; undefined: none is known. */
  readonly identity: number | bigint | undefined;
  /** May partial results be combined in another order? */
  readonly reorder: boolean;
  /** Is no combination rounded? */
  readonly exact: boolean;
}

export function knownOf(
  { rules, precision }: EmitOptions,
  combiner: Combination['combiner'],
  element: ElementType,
): Known {
  const facts = reducerFacts(rules, combiner);
  const identity = facts?.identity(element);
  const exact =
    facts?.associative === 'exact' ||
    (facts !== undefined && !isFloat(element) && element !== 'c64' && element !== 'c128');
  return { identity, exact, reorder: identity !== undefined && (precision === 'default' || exact) };
}

export class Reducer {
  /** Neutral start of partial accumulators; undefined: the reducer has none that is known. */
  readonly identity: number | bigint | undefined;
  /** May partial results be combined in another order? */
  readonly reorder: boolean;
  /** Does every combination round, so that long runs lose accuracy? */
  readonly rounds: boolean;
  private readonly parts: number;
  private readonly wide: boolean;

  constructor(
    private readonly context: KernelContext,
    readonly instruction: Instruction,
    readonly role: Combination,
    /** Number of elements that make a result. */
    terms: number,
  ) {
    const element = instruction.results[0]!.tensorType.element;
    const known = knownOf(context.options, role.combiner, element);
    this.identity = known.identity;
    this.reorder = known.reorder;
    this.rounds = known.reorder && !known.exact;
    this.parts = role.inputs.length;
    this.wide = context.options.precision === 'strict' && !this.reorder && isFloat(element) && isLongSum(terms);
  }

  /** Strict precision keeps long sums in f64, as the interpreter does: values in the type they are summed in. */
  private widened(v: ValueId): ValueId {
    const b = this.context.builder;
    return this.wide && b.typeOf(v).element === 'f32' ? b.convert(v, 'f64') : v;
  }

  /** Accumulators to start with, `lanes` wide: the identity where order is free, else the initial values. */
  start(lanes: number): ValueId[] {
    const b = this.context.builder;
    const { identity } = this;
    if (!this.reorder || identity === undefined) return this.inits().map((v) => b.splat(v, lanes));
    return this.instruction.results.flatMap((r) => {
      const { element } = r.tensorType;
      const one = b.constant({ element: laneTypeOf(element), lanes }, identity);
      if (element !== 'c64' && element !== 'c128') return [one];
      // A complex sum starts at 0 + 0i, a product at 1 + 0i.
      return [one, b.constant({ element: laneTypeOf(element), lanes }, 0)];
    });
  }

  /** The initial values, of one lane each. */
  inits(): ValueId[] {
    return this.values(this.role.inits).map((v) => this.widened(v));
  }

  private values(operands: readonly number[]): ValueId[] {
    return operands.flatMap((k) => this.context.stitch.value(this.instruction.operands[k]!, []));
  }

  private split(values: readonly ValueId[]): PartIds[] {
    const each = values.length / this.parts;
    return Array.from({ length: this.parts }, (_, k) => values.slice(k * each, (k + 1) * each));
  }

  combine(a: readonly ValueId[], b: readonly ValueId[]): ValueId[] {
    const captured = this.role.captures.map((k) => this.context.stitch.value(this.instruction.operands[k]!, []));
    const wide = this.wide ? 'f64' : undefined;
    return this.context.call(this.role.combiner, [...this.split(a), ...this.split(b), ...captured], wide).flat();
  }

  /** One more element; lanes that do not exist keep what they have. */
  accumulate(acc: readonly ValueId[], elements: readonly ValueId[], exists: ValueId | undefined): ValueId[] {
    const b = this.context.builder;
    const lanes = b.typeOf(acc[0]!).lanes;
    const spread = elements.map((e) => b.splat(this.widened(e), lanes));
    const next = this.combine(acc, spread).map((v) => b.splat(v, lanes));
    return exists === undefined ? next : next.map((v, k) => b.select(b.splat(exists, lanes), v, acc[k]!));
  }

  /** Accumulators of several copies, each `lanes` wide → one of one lane, with the initial value. A fixed tree. */
  finish(copies: readonly (readonly ValueId[])[]): ValueId[] {
    return this.close(this.joined(copies));
  }

  /** The same without the initial value, as the partial result of these copies. */
  joined(copies: readonly (readonly ValueId[])[]): ValueId[] {
    const b = this.context.builder;
    let sets = copies.map((c) => [...c]);
    while (sets.length > 1) {
      const half = Math.ceil(sets.length / 2);
      sets = sets.slice(0, half).map((s, k) => (sets[k + half] ? this.combine(s, sets[k + half]!) : s));
    }
    let [all] = sets as [ValueId[]];
    for (let lanes = b.typeOf(all[0]!).lanes / 2; lanes >= 1; lanes /= 2) {
      const low = all.map((v) => b.part(v, 0, lanes));
      const high = all.map((v) => b.part(v, lanes, lanes));
      all = this.combine(low, high);
    }
    return all;
  }

  /** With the initial value where it is not in yet, rounded to the result's type. */
  close(all: readonly ValueId[]): ValueId[] {
    const b = this.context.builder;
    const lanes = b.typeOf(all[0]!).lanes;
    const total = this.reorder
      ? this.combine(
          this.inits().map((v) => b.splat(v, lanes)),
          all,
        )
      : all;
    return this.rounded(total);
  }

  /** Accumulators as elements of the results' types. */
  rounded(total: readonly ValueId[]): ValueId[] {
    const b = this.context.builder;
    const each = total.length / this.instruction.results.length;
    return total.map((v, k) => {
      const { element } = this.instruction.results[Math.floor(k / each)]!.tensorType;
      const rounded = isFloat(element) && laneTypeOf(element) !== element ? b.roundTo(v, element) : v;
      return b.convert(rounded, laneTypeOf(element));
    });
  }

  /** The parts of each result. */
  results(total: readonly ValueId[]): PartIds[] {
    return this.split(total);
  }
}
