/** Ops that put rows in order. */
import {
  type CompareAttributes,
  type EmitRule,
  emit,
  isComplex,
  number,
  op,
  type RoleView,
  type SortAttributes,
  type SortKey,
  type SortRole,
  type TopKAttributes,
  type TopKRole,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { range } from './range.js';

const { a, b, x, y, d, t } = variables('a', 'b', 'x', 'y', 'd', 't');

const order = op('compare', [a, b], { direction: d, type: t });
/** −0 becomes 0 and every NaN the same: so frameworks make floats comparable in the total order. */
const canonical = op('select', [
  op('compare', [x, x], { direction: 'NE', type: 'FLOAT' }),
  number(Number.NaN),
  op('select', [op('compare', [x, number(0)], { direction: 'EQ', type: 'FLOAT' }), y, x]),
]);

/** What one side of the comparison is: a parameter, as it is or made canonical. */
function side(view: RoleView, v: Value): { parameter: number; canonical: boolean } | undefined {
  const { parameters } = view.called[0]!;
  const numberOf = (p: Value) => parameters.findIndex((q) => q.result === p);
  const parameter = numberOf(v);
  if (parameter >= 0) return { parameter, canonical: false };
  const found = view.match(canonical, v) as { x: Value; y: Value } | undefined;
  if (!found || numberOf(found.x) < 0 || view.match(number(0), found.y) === undefined) return undefined;
  return { parameter: numberOf(found.x), canonical: true };
}

/** The key where the comparator is one comparison of an operand's two elements. */
export function plainKey(view: RoleView, inputs: number): SortKey | undefined {
  const comparator = view.called[0]!;
  const found = view.match(order, comparator.results[0]!) as
    | { a: Value; b: Value; d: CompareAttributes['direction']; t: CompareAttributes['type'] }
    | undefined;
  if (!found || (found.d !== 'LT' && found.d !== 'GT')) return undefined;
  const [left, right] = [side(view, found.a), side(view, found.b)];
  if (!left || !right || left.canonical !== right.canonical) return undefined;
  const [low, high] = [Math.min(left.parameter, right.parameter), Math.max(left.parameter, right.parameter)];
  if (low % 2 !== 0 || high !== low + 1 || high >= 2 * inputs) return undefined;
  if (isComplex(view.operands[low / 2]!.element)) return undefined;
  const equal = left.canonical || found.t === 'FLOAT';
  return {
    operand: low / 2,
    descending: (found.d === 'GT') !== left.parameter > right.parameter,
    equalZeros: equal,
    equalNans: equal,
  };
}

/** Each row along `dimension`, ordered so that the comparator holds of no element and the one before it */
export const Sort = emit('sort', {
  role: (view): SortRole => {
    const { dimension, captures = 0 } = view.attributes as SortAttributes & { captures?: number };
    const count = view.operands.length - captures;
    return {
      template: 'sort',
      inputs: range(0, count),
      dimension,
      comparator: view.called[0]!,
      captures: range(count, view.operands.length),
      key: plainKey(view, count),
    };
  },
});

/** The k largest (smallest) of each row in order, NaN being the largest of all, and where they were */
export const TopK = emit('topk', {
  role: (view): TopKRole => {
    const { k, largest } = view.attributes as TopKAttributes;
    return {
      template: 'topk',
      count: k,
      key: { operand: 0, descending: largest, equalZeros: false, equalNans: true },
    };
  },
});

export const ORDERING: readonly EmitRule[] = [Sort, TopK];
