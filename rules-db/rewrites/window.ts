/** Windows and computations over scalars, in terms of other ops. */
import {
  type Builder,
  type Computation,
  ELEMENT,
  isFloat,
  op,
  rest,
  rewrite,
  tensorType,
  type Value,
  variables,
  type WindowAttributes,
} from '../../src/rules/index.js';
import { capturesOf, count, dimsOf, elementOf, range } from './common.js';

const { xs, f, x, u, i, s, c } = variables('xs', 'f', 'x', 'u', 'i', 's', 'c');

const broadcastTo = (build: Builder, scalar: Value, dims: readonly number[]): Value =>
  build.op('broadcast', [scalar], { dimensions: [] }, { type: tensorType(elementOf(scalar), dims) });

export const Map_IsElementwise = rewrite('map(xs; f) = f(xs)', op('map', [rest(xs)], {}, [f]), {
  stage: 'decompose',
  to: ({ xs, f }, build) => {
    const tensors = xs.slice(0, xs.length - capturesOf(build.attributes));
    const scalars = xs.slice(tensors.length).map((v) => broadcastTo(build, v, dimsOf(tensors[0]!)));
    return build.lift(f, [...tensors, ...scalars]);
  },
  fp: 'exact',
});

type SelectWindow = Pick<WindowAttributes, 'size' | 'strides' | 'padding'>;

/** The places, counted in row-major order, of the elements that the windows select; −1 where all of one is padding. */
function selectedPlaces(build: Builder, x: Value, select: Computation, captured: readonly Value[]) {
  const { size, strides, padding } = build.attributes as SelectWindow;
  const dims = dimsOf(x);
  const ones = dims.map(() => 1);
  const index = count(dims) < 2 ** 31 ? 's32' : 's64';
  const flat = build.op('iota', [], { dimension: 0 }, { type: tensorType(index, [count(dims)]) });
  const places = build.op('reshape', [flat], {}, { type: tensorType(index, dims) });
  const [value, place] = [tensorType(elementOf(x)), tensorType(index)];
  const types = [value, place, value, place, ...captured.map((v) => v.tensorType)];
  // The first element of a window displaces the initial place, −1.
  const better = build.computation('select', types, (b, [v, p, w, q, ...rest]) => {
    const isPlace = b.op('compare', [p!, b.fill(place, 0)], { direction: 'GE', type: 'SIGNED' });
    const stays = b.op('and', [isPlace, b.inline(select, [v!, w!, ...rest])[0]!]);
    return [b.op('select', [stays, v!, w!]), b.op('select', [stays, p!, q!])];
  });
  const [, selected] = build.results(
    'reduce-window',
    [x, places, build.fill(value, 0), build.fill(place, -1), ...captured],
    { size, strides, padding, baseDilations: ones, windowDilations: ones, captures: captured.length },
    { called: [better] },
  );
  return { places, selected: selected! };
}

/** Each index of `v` for `strides` indices of the result, from `low` on; `fill` around. */
function spreadOut(
  build: Builder,
  v: Value,
  w: { readonly strides: readonly number[]; readonly low: readonly number[]; readonly dims: readonly number[] },
  fill: Value,
): Value {
  const dims = dimsOf(v);
  let all = v;
  if (w.strides.some((n) => n > 1)) {
    const type = v.tensorType;
    const pairs = dims.flatMap((n, d) => [n, w.strides[d]!]);
    const repeated = build.op(
      'broadcast',
      [v],
      { dimensions: dims.map((_, d) => 2 * d) },
      { type: { ...type, dims: pairs } },
    );
    all = build.op('reshape', [repeated], {}, { type: { ...type, dims: dims.map((n, d) => n * w.strides[d]!) } });
  }
  const high = w.dims.map((n, d) => n - w.low[d]! - dimsOf(all)[d]!);
  if ([...w.low, ...high].every((n) => n === 0)) return all;
  return build.op('pad', [all, fill], { low: w.low, high, interior: dims.map(() => 0) });
}

/** All lists of numbers from just below those given down to 0, the last counting fastest. */
const countdowns = (from: readonly number[]): number[][] =>
  from.reduce<number[][]>((lists, n) => lists.flatMap((l) => range(n).map((k) => [...l, n - 1 - k])), [[]]);

/**
 * Result j takes part in the windows ⌊(j + low) / stride⌋ and as many before it as lie over it, window by window in
 * their order: those that selected j add their source.
 */
export const SelectAndScatter_BySelectedPlaces = rewrite(
  'select-and-scatter(x, u, i; s, c)[j] = i ∘ all u of windows that select j, ∘ being c',
  op('select-and-scatter', [x, u, i, rest(xs)], {}, [s, c]),
  {
    stage: 'decompose',
    to: ({ x, u, i, xs, s, c }, build) => {
      const { size, strides, padding } = build.attributes as SelectWindow;
      const dims = dimsOf(x);
      const { element } = build.type;
      const { places, selected } = selectedPlaces(build, x, s, xs);
      const wide = isFloat(element) && ELEMENT[element].bits < 32 ? 'f32' : element;
      const captured = xs.map((v) => broadcastTo(build, v, dims));
      const source = build.as(u, wide);
      const [none, zero] = [build.fill(tensorType(elementOf(places)), -1), build.fill(tensorType(wide), 0)];
      let total = broadcastTo(build, build.as(i, wide), dims);
      for (const before of countdowns(size.map((n, d) => Math.ceil(n / strides[d]!)))) {
        const low = before.map((t, d) => t * strides[d]! - padding[d]![0]);
        const window = { strides, low, dims };
        const place = spreadOut(build, selected, window, none);
        const hit = build.op('compare', [place, places], { direction: 'EQ', type: 'SIGNED' });
        const [added] = build.lift(c, [total, spreadOut(build, source, window, zero), ...captured], true);
        total = build.op('select', [hit, added!, total]);
      }
      return build.as(total, element);
    },
    fp: 'exact',
  },
);
