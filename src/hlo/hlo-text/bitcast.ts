/**
 * What a bitcast means without layouts: the operand's elements in the order in which they lie in memory are the
 * result's in the order in which they lie there. So it is a transpose to memory order, a reshape, and a transpose
 * back, of which little is left in most cases. Dimensions of size 1 lie anywhere.
 */
import { rowMajorStrides, sameDims } from '../types.js';

export type Step =
  | { readonly kind: 'reshape'; readonly dims: readonly number[] }
  | { readonly kind: 'transpose'; readonly permutation: readonly number[]; readonly dims: readonly number[] };

/** Layouts are dimensions from minor to major; undefined: row-major. */
export interface Laid {
  readonly dims: readonly number[];
  readonly layout: readonly number[] | undefined;
}

export function bitcastSteps(from: Laid, to: Laid): Step[] {
  const [a, b] = [withoutOnes(from), withoutOnes(to)];
  const path = new Path(from.dims);
  if (!from.dims.includes(0) && !(isPlain(a.order) && isPlain(b.order))) {
    const m = move(a, b);
    if (m) path.reshape(m.source).transpose(m.permutation);
    else {
      path.reshape(a.dims).transpose(a.order);
      path.reshape(b.order.map((d) => b.dims[d]!)).transpose(inverse(b.order));
    }
  }
  return path.reshape(to.dims).steps;
}

const isPlain = (order: readonly number[]): boolean => order.every((d, k) => d === k);

/** Steps one after another, without those that change nothing. */
class Path {
  readonly steps: Step[] = [];

  constructor(private readonly start: readonly number[]) {}

  private get dims(): readonly number[] {
    return this.steps.at(-1)?.dims ?? this.start;
  }

  reshape(dims: readonly number[]): this {
    if (this.steps.at(-1)?.kind === 'reshape') this.steps.pop();
    if (!sameDims(this.dims, dims)) this.steps.push({ kind: 'reshape', dims });
    return this;
  }

  transpose(permutation: readonly number[]): this {
    if (!isPlain(permutation)) {
      this.steps.push({ kind: 'transpose', permutation, dims: permutation.map((p) => this.dims[p]!) });
    }
    return this;
  }
}

interface Ordered {
  readonly dims: readonly number[];
  /** Dimensions from major to minor. */
  readonly order: readonly number[];
}

function withoutOnes({ dims, layout }: Laid): Ordered {
  const kept = dims.map((_, d) => d).filter((d) => dims[d] !== 1);
  const order = layout ? [...layout].reverse() : dims.map((_, d) => d);
  const place = new Map(kept.map((d, k) => [d, k]));
  return {
    dims: kept.map((d) => dims[d]!),
    order: order.filter((d) => place.has(d)).map((d) => place.get(d)!),
  };
}

function inverse(order: readonly number[]): number[] {
  const out: number[] = [];
  order.forEach((d, k) => {
    out[d] = k;
  });
  return out;
}

/**
 * Memory cut at the strides of both sides: where every dimension of both is a product of such pieces, the whole is one
 * transpose of the pieces. Undefined where they overlap in part.
 */
function move(a: Ordered, b: Ordered): { source: number[]; permutation: number[] } | undefined {
  const strides = [a, b].flatMap((x) => rowMajorStrides(x.order.map((d) => x.dims[d]!)));
  const total = a.dims.reduce((n, d) => n * d, 1);
  const cuts = [...new Set([...strides, total])].sort((x, y) => y - x);
  if (cuts.some((c, k) => k > 0 && cuts[k - 1]! % c !== 0)) return undefined;
  // In memory order.
  const pieces = cuts.slice(1).map((c, k) => cuts[k]! / c);
  const logical = (x: Ordered): number[] => {
    const own: number[][] = [];
    let next = 0;
    for (const d of x.order) {
      own[d] = [];
      for (let n = 1; n < x.dims[d]!; next++) {
        own[d]!.push(next);
        n *= pieces[next]!;
      }
    }
    return own.flat();
  };
  const [from, to] = [logical(a), logical(b)];
  const place = inverse(from);
  return { source: from.map((k) => pieces[k]!), permutation: to.map((k) => place[k]!) };
}
