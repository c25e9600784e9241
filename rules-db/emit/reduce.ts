/** Combining elements along dimensions. */
import {
  type Combination,
  type EmitRule,
  emit,
  type ReduceAttributes,
  type RoleView,
  tensorType,
  type Value,
} from '../../src/rules/index.js';
import { range } from './range.js';

/** Operands: inputs, as many initial values, and what the computation captures. */
export function combination(op: RoleView): Combination {
  const count = op.results.length;
  return {
    inputs: range(0, count),
    inits: range(count, 2 * count),
    captures: range(2 * count, op.operands.length),
    combiner: op.called[0]!,
  };
}

/** result[i] = init ∘ all of input[i, …] along `dimensions`, ∘ being the called computation */
export const Reduce = emit('reduce', {
  role: (op) => {
    const { dimensions } = op.attributes as ReduceAttributes;
    return { template: 'reduce', ...combination(op), axes: dimensions };
  },
  inParts: (build, wanted, identity) => {
    const { dimensions } = build.attributes as ReduceAttributes;
    const [x, init] = build.root.operands as [Value, Value];
    const { element, dims } = x.tensorType;
    const { from, to, size } = longestRun(dims, dimensions);
    const parts = Math.min(wanted, size);
    const columns = Math.floor(size / parts);
    const start = build.fill(tensorType(element), identity);
    const outside = (d: number) => d < from || d >= to;
    // [… before, parts, columns, … behind]: what is reduced of it, columns among it.
    const inner = [...dimensions.filter(outside).map((d) => (d < from ? d : d - (to - from) + 2)), from + 1];
    const reduced = (first: number, count: number, dimension: readonly number[]) => {
      const flat = [...dims.slice(0, from), size, ...dims.slice(to)];
      const all = build.op('reshape', [x], {}, { type: tensorType(element, flat) });
      const cut = build.op('slice', [all], {
        starts: flat.map((_, d) => (d === from ? first : 0)),
        limits: flat.map((n, d) => (d === from ? first + count : n)),
        strides: flat.map(() => 1),
      });
      const split = [...dims.slice(0, from), ...dimension, ...dims.slice(to)];
      const pieces = build.op('reshape', [cut], {}, { type: tensorType(element, split) });
      return build.again([pieces, start], { dimensions: inner });
    };
    const many = reduced(0, parts * columns, [parts, columns]);
    const rest = size - parts * columns;
    const place = from - dimensions.filter((d) => d < from).length;
    const partial =
      rest === 0
        ? many
        : build.op('concatenate', [many, reduced(parts * columns, rest, [1, rest])], { dimension: place });
    return build.again([partial, init], { dimensions: [place] });
  },
});

/** Of neighbouring dimensions that are all reduced those with the most elements: dimensions from … to − 1. */
function longestRun(dims: readonly number[], dimensions: readonly number[]) {
  const runs: { from: number; to: number; size: number }[] = [];
  for (const d of range(0, dims.length).filter((k) => dimensions.includes(k))) {
    const last = runs.at(-1);
    if (last?.to === d) runs[runs.length - 1] = { from: last.from, to: d + 1, size: last.size * dims[d]! };
    else runs.push({ from: d, to: d + 1, size: dims[d]! });
  }
  return runs.reduce((a, b) => (b.size > a.size ? b : a));
}

export const REDUCE: readonly EmitRule[] = [Reduce];
