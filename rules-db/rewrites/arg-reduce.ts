/** Reductions to the place of the largest or smallest element, as frameworks write them: in reductions of one operand. */
import {
  type Builder,
  guard,
  number,
  op,
  region,
  rewrite,
  typed,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { float } from './common.js';

const { x, d, a, m, b, n } = variables('x', 'd', 'a', 'm', 'b', 'n');

/** (a, m), (b, n): the better value, NaN best of all; of equal values the one at the lower place. */
function byPlace(direction: 'GT' | 'LT') {
  const better = op('or', [
    op('compare', [a, b], { direction, type: 'FLOAT' }),
    op('compare', [a, a], { direction: 'NE', type: 'FLOAT' }),
  ]);
  const earlier = op('and', [
    op('compare', [a, b], { direction: 'EQ', type: 'FLOAT' }),
    op('compare', [m, n], { direction: 'LT', type: 'SIGNED' }),
  ]);
  return [
    region([a, m, b, n], op('select', [better, a, b]), op('select', [op('or', [better, earlier]), m, n])),
  ] as const;
}

const onePlaceEach = guard(
  'the second operand is the place of each element along the reduced dimension',
  ({ d, x }: { readonly d: readonly number[]; readonly x: Value }, root) =>
    d.length === 1 &&
    x.tensorType.dims[d[0]!]! > 0 &&
    root.operands[1]!.producer.attributes.dimension === d[0] &&
    root.operands[1]!.tensorType.element === 's32',
);

/** Places of the extreme elements; the first of them, and the value at the last: that is the one that a fold keeps. */
function placeAndValue(build: Builder, x: Value, place: Value, axis: number, extreme: 'maximum' | 'minimum'): Value[] {
  const worst = extreme === 'maximum' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const rows = { ...x.tensorType, dims: x.tensorType.dims.filter((_, k) => k !== axis) };
  const places = { ...rows, element: 's32' } as const;
  const scalar = (type: typeof rows, value: number) => build.fill({ ...type, dims: [] }, value);
  const reduce = (of: Value, init: Value, by: string) =>
    build.op('reduce', [of, init], { dimensions: [axis] }, { called: [build.reducer(by, of.tensorType.element)] });
  const kept = x.tensorType.dims.map((_, k) => k).filter((k) => k !== axis);
  const back = (row: Value) =>
    build.op('broadcast', [row], { dimensions: kept }, { type: { ...x.tensorType, element: row.tensorType.element } });
  const compare = (p: Value, q: Value, direction: string, type: string) =>
    build.op('compare', [p, q], { direction, type });
  const best = back(reduce(x, scalar(rows, worst), extreme));
  const bothNaN = build.op('and', [compare(x, x, 'NE', 'FLOAT'), compare(best, best, 'NE', 'FLOAT')]);
  const hit = build.op('or', [compare(x, best, 'EQ', 'FLOAT'), bothNaN]);
  const largest = 2 ** 31 - 1;
  const first = reduce(
    build.op('select', [hit, place, build.fill(place.tensorType, largest)]),
    scalar(places, largest),
    'minimum',
  );
  const last = reduce(
    build.op('select', [hit, place, build.fill(place.tensorType, -1)]),
    scalar(places, -1),
    'maximum',
  );
  const chosen = compare(place, back(last), 'EQ', 'SIGNED');
  const value = reduce(build.op('select', [chosen, x, build.fill(x.tensorType, worst)]), scalar(rows, worst), extreme);
  return [value, first];
}

export const Reduce_ArgMax_ByMaximum = rewrite(
  'argmax(x, i) = min(i where x = max x)',
  op(
    'reduce',
    [typed(x, { element: float }), op('iota', []), number(-Infinity), number(0)],
    { dimensions: d },
    byPlace('GT'),
  ),
  {
    when: [onePlaceEach],
    to: ({ x, d }, build) => placeAndValue(build, x, build.root.operands[1]!, d[0]!, 'maximum'),
    fp: ['nan-payload'],
  },
);

export const Reduce_ArgMin_ByMinimum = rewrite(
  'argmin(x, i) = min(i where x = min x)',
  op(
    'reduce',
    [typed(x, { element: float }), op('iota', []), number(Infinity), number(0)],
    { dimensions: d },
    byPlace('LT'),
  ),
  {
    when: [onePlaceEach],
    to: ({ x, d }, build) => placeAndValue(build, x, build.root.operands[1]!, d[0]!, 'minimum'),
    fp: ['nan-payload'],
  },
);
