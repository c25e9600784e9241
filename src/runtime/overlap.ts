/** Kernels assume that what they write overlaps nothing else: finds arguments for which that does not hold. */
import { byteSize } from '../hlo/types.js';
import { bufferLifetimes } from './encode-plan.js';
import type { Plan } from './plan.js';

/** `of` is the number of an output, `with` names the other argument. */
export interface Overlap {
  readonly output: number;
  readonly other: { readonly kind: 'input' | 'output'; readonly index: number };
}

export class OverlapCheck {
  /** Outputs that have bytes, in the order of their addresses once sorted. */
  private readonly order: Int32Array;

  constructor(
    private readonly inputBytes: readonly number[],
    private readonly outputBytes: readonly number[],
    /** May the output take the very place of the input, because the input is not read any more by then? */
    private readonly mayReplace: (input: number, output: number) => boolean,
  ) {
    this.order = Int32Array.from(outputBytes.keys()).filter((o) => outputBytes[o]! > 0);
  }

  find(inputs: Float64Array, outputs: Float64Array): Overlap | undefined {
    this.sort(outputs);
    const { order, outputBytes, inputBytes } = this;
    for (let k = 1; k < order.length; k++) {
      const before = order[k - 1]!;
      const o = order[k]!;
      if (outputs[before]! + outputBytes[before]! > outputs[o]!) {
        return { output: o, other: { kind: 'output', index: before } };
      }
    }
    for (let i = 0; i < inputs.length; i++) {
      const start = inputs[i]!;
      const end = start + inputBytes[i]!;
      for (let k = this.firstEndingAfter(start, outputs); k < order.length; k++) {
        const o = order[k]!;
        if (outputs[o]! >= end) break;
        if (!this.mayReplace(i, o)) return { output: o, other: { kind: 'input', index: i } };
      }
    }
    return undefined;
  }

  /** By insertion: callers hand in the same arrays again and again, so the order is mostly right already. */
  private sort(starts: Float64Array): void {
    const { order } = this;
    for (let k = 1; k < order.length; k++) {
      const o = order[k]!;
      let j = k;
      for (; j > 0 && starts[order[j - 1]!]! > starts[o]!; j--) order[j] = order[j - 1]!;
      order[j] = o;
    }
  }

  /** Position in `order`, by bisection: outputs are known to be disjoint. */
  private firstEndingAfter(start: number, starts: Float64Array): number {
    const { order, outputBytes } = this;
    let lo = 0;
    let hi = order.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      const o = order[mid]!;
      if (starts[o]! + outputBytes[o]! > start) hi = mid;
      else lo = mid + 1;
    }
    return lo;
  }
}

/** Of a plan's inputs and outputs, and of other things that a run writes: bytes of each. */
export function argumentOverlap(plan: Plan, more: readonly number[] = []): OverlapCheck {
  const lifetimes = bufferLifetimes(plan);
  const buffersOf = (kind: 'input' | 'output', index: number): readonly number[] =>
    plan.buffers.filter(({ home }) => home.kind === kind && home.index === index).map((b) => b.id);
  const lastRead = plan.inputs.map((_, i) =>
    Math.max(...buffersOf('input', i).map((b) => lifetimes.get(b)?.last ?? -1)),
  );
  const firstWrite = plan.outputs.map((_, o) =>
    Math.min(...buffersOf('output', o).map((b) => lifetimes.get(b)?.first ?? Number.POSITIVE_INFINITY)),
  );
  return new OverlapCheck(plan.inputs.map(byteSize), [...plan.outputs.map(byteSize), ...more], (input, output) => {
    const donation = plan.donations.find((d) => d.output === output);
    if (donation) return donation.input === input;
    return output < firstWrite.length && lastRead[input]! < firstWrite[output]!;
  });
}
