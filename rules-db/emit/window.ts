/** Combining the elements in a window that moves. */
import {
  type EmitRule,
  emit,
  type IndexExpr,
  index,
  type MovingWindow,
  type OpView,
  type RoleView,
  type ScanRole,
  type TensorType,
  type WindowAttributes,
} from '../../src/rules/index.js';
import { combination } from './reduce.js';
import { spread } from './shape.js';

/** Element o·stride + w·dilation − low of the input, whose elements are spread by the base dilation. */
const movingWindow = (a: WindowAttributes, { dims }: TensorType): MovingWindow => ({
  sizes: a.size,
  element: (result: readonly IndexExpr[], offset: readonly IndexExpr[]) => {
    const places = result.map((o, d) => {
      const tap = index.scale(offset[d]!, a.windowDilations[d]!);
      const at = index.addConstant(index.add(index.scale(o, a.strides[d]!), tap), -a.padding[d]![0]);
      return spread(at, a.baseDilations[d]!, dims[d]!);
    });
    return { at: places.map((p) => p.at), when: index.conjunction(...places.map((p) => p.when)) };
  },
});

/**
 * Windows that hold all elements up to their own, or all from it on, along one dimension: a cumulative reduction. Taken
 * from the end, elements join in another order than the window says, so the combiner must allow that.
 */
function cumulative(a: WindowAttributes, op: RoleView & OpView): Pick<ScanRole, 'dimension' | 'reverse'> | undefined {
  const [{ dims }] = op.operands as [TensorType];
  const wide = a.size.flatMap((n, d) => (n > 1 ? [d] : []));
  const [d] = wide;
  const plain = [...a.strides, ...a.baseDilations, ...a.windowDilations].every((n) => n === 1);
  if (!plain || wide.length !== 1 || d === undefined || a.size[d]! < dims[d]!) return undefined;
  const isPadded = (low: number, high: number): boolean =>
    a.padding.every(([l, h], k) => l === (k === d ? low : 0) && h === (k === d ? high : 0));
  const rest = a.size[d]! - 1;
  if (isPadded(rest, 0)) return { dimension: d, reverse: false };
  return isPadded(0, rest) && op.reducer(op.called[0]!) ? { dimension: d, reverse: true } : undefined;
}

/** result[o] = init ∘ all of input[o·stride + w·dilation − low] for w in the window, padding left out */
export const ReduceWindow = emit('reduce-window', {
  role: (op) => {
    const a = op.attributes as WindowAttributes;
    const scan = cumulative(a, op);
    if (scan) return { template: 'scan', ...combination(op), ...scan };
    return { template: 'reduce', ...combination(op), axes: [], window: movingWindow(a, op.operands[0]!) };
  },
});

export const WINDOW: readonly EmitRule[] = [ReduceWindow];
