/** Ops that only move elements: result[i] is an operand's element at another index. */
import {
  type Access,
  type BroadcastAttributes,
  type ConcatenateAttributes,
  type EmitRule,
  emit,
  type IndexExpr,
  type IndexView,
  type IotaAttributes,
  index,
  type PadAttributes,
  type Predicate,
  type ReverseAttributes,
  type SliceAttributes,
  type TransposeAttributes,
} from '../../src/rules/index.js';

/** Operand k's element at an index. */
export const operand = (k: number, at: readonly IndexExpr[]): Access => ({ kind: 'operand', operand: k, at });

/** result[i] = operand[i] */
export const Copy = emit('copy', { index: (i) => operand(0, i) });

/** result[i] = operand[i at `dimensions`], index 0 along a dimension of size 1 */
export const Broadcast = emit('broadcast', {
  index: (i, op) => {
    const { dimensions } = op.attributes as BroadcastAttributes;
    const { dims } = op.operands[0]!;
    return operand(
      0,
      dimensions.map((d, k) => (dims[k] === 1 ? index.constant(0) : i[d]!)),
    );
  },
});

/** result and operand hold the same elements in row-major order */
const sameOrder = (i: readonly IndexExpr[], op: IndexView): Access =>
  operand(0, index.delinearize(index.linearize(i, op.results[0]!.dims), op.operands[0]!.dims));

export const Reshape = emit('reshape', { index: sameOrder });

/** As reshape: the importer turns what a bitcast does to layouts into transposes. */
export const Bitcast = emit('bitcast', {
  index: (i, op) => {
    const [from, to] = [op.operands[0]!.element, op.results[0]!.element];
    if (from !== to) throw new TypeError(`a bitcast from ${from} to ${to} moves no elements: use bitcast-convert`);
    return sameOrder(i, op);
  },
});

/** result[i] = operand[j] with j[permutation[d]] = i[d] */
export const Transpose = emit('transpose', {
  index: (i, op) => {
    const { permutation } = op.attributes as TransposeAttributes;
    return operand(
      0,
      i.map((_, d) => i[permutation.indexOf(d)]!),
    );
  },
});

/** result[i] = operand[starts + i·strides] */
export const Slice = emit('slice', {
  index: (i, op) => {
    const { starts, strides } = op.attributes as SliceAttributes;
    return operand(
      0,
      i.map((e, d) => index.addConstant(index.scale(e, strides[d]!), starts[d]!)),
    );
  },
});

/** result[i] = operand[size − 1 − i] along `dimensions` */
export const Reverse = emit('reverse', {
  index: (i, op) => {
    const { dimensions } = op.attributes as ReverseAttributes;
    const { dims } = op.operands[0]!;
    return operand(
      0,
      i.map((e, d) => (dimensions.includes(d) ? index.sub(index.constant(dims[d]! - 1), e) : e)),
    );
  },
});

/** result[i] = i[dimension] */
export const Iota = emit('iota', {
  index: (i, op) => ({ kind: 'position', value: i[(op.attributes as IotaAttributes).dimension]! }),
});

/** Where element `at` of data spread `step` apart comes from, and the predicate that it is data and no gap or margin. */
export function spread(at: IndexExpr, step: number, size: number): { at: IndexExpr; when: Predicate } {
  const source = index.floorDiv(at, step);
  const aligned = step === 1 ? [] : index.bound(index.mod(at, step), 0, 0);
  return { at: source, when: index.conjunction(index.bound(source, 0, size - 1), aligned) };
}

/** result[low + i·(interior + 1)] = operand[i], the rest is the padding value; negative low and high cut */
export const Pad = emit('pad', {
  index: (i, op) => {
    const { low, interior } = op.attributes as PadAttributes;
    const { dims } = op.operands[0]!;
    const from = i.map((e, d) => spread(index.addConstant(e, -low[d]!), interior[d]! + 1, dims[d]!));
    return {
      kind: 'choose',
      when: index.conjunction(...from.map((f) => f.when)),
      then: operand(
        0,
        from.map((f) => f.at),
      ),
      else: operand(1, []),
    };
  },
});

/** result[i] = operand k[i − start of k], k being the one in whose part i lies; found by halving */
export const Concatenate = emit('concatenate', {
  index: (i, op) => {
    const { dimension } = op.attributes as ConcatenateAttributes;
    const parts: { k: number; start: number }[] = [];
    let size = 0;
    op.operands.forEach((t, k) => {
      if (t.dims[dimension] !== 0) parts.push({ k, start: size });
      size += t.dims[dimension]!;
    });
    const choose = (from: number, to: number): Access => {
      const { k, start } = parts[from]!;
      if (to - from === 1) {
        return operand(
          k,
          i.map((e, d) => (d === dimension ? index.addConstant(e, -start) : e)),
        );
      }
      const middle = (from + to) >> 1;
      const when = index.bound(i[dimension]!, 0, parts[middle]!.start - 1);
      return { kind: 'choose', when, then: choose(from, middle), else: choose(middle, to) };
    };
    return parts.length === 0 ? operand(0, i) : choose(0, parts.length);
  },
});

export const SHAPE: readonly EmitRule[] = [
  Copy,
  Broadcast,
  Reshape,
  Bitcast,
  Transpose,
  Slice,
  Reverse,
  Iota,
  Pad,
  Concatenate,
];
