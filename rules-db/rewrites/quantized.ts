/**
 * Quantized numbers become integers and real numbers: arithmetic on them is arithmetic on the real numbers that they
 * stand for, what moves them moves integers. Behind these rules nothing has a quantized type but parameters, constants,
 * results, control flow and the `bitcast-convert` next to them.
 */
import {
  type Builder,
  type Computation,
  type ElementType,
  op,
  type Quantization,
  quantized,
  rest,
  rewrite,
  type TensorType,
  tensorType,
  type Value,
  type ValueType,
  variables,
} from '../../src/rules/index.js';

const { x, xs } = variables('x', 'xs');

const quantizationOf = (t: ValueType): Quantization | undefined => (t.kind === 'tensor' ? t.quantization : undefined);

/** The type without its quantization, as what its elements stand for or as what is stored. */
function plain(t: ValueType, as: 'expressed' | 'storage'): ValueType {
  const q = quantizationOf(t);
  return q && t.kind === 'tensor' ? tensorType(as === 'expressed' ? q.expressed : q.storage, t.dims) : t;
}

const toReal = (v: Value, build: Builder): Value => (quantizationOf(v.type) ? build.op('uniform-dequantize', [v]) : v);

const cast = (v: Value, type: ValueType, build: Builder): Value =>
  quantizationOf(v.type) || quantizationOf(type) ? build.op('bitcast-convert', [v], {}, { type }) : v;

export const Quantized_ThroughReals = rewrite(
  'f(q) = uniform-quantize(f(uniform-dequantize(q)))',
  op(quantized('through-reals'), [rest(xs)]),
  {
    to: ({ xs }, build) => {
      const types = build.root.results.map((r) => r.type);
      const operands = xs.map((v) => toReal(v, build));
      const real = types.map((t) => plain(t, 'expressed'));
      return build.againAll(operands, real).map((v, k) => {
        const type = types[k]!;
        return quantizationOf(type) ? build.op('uniform-quantize', [v], {}, { type }) : v;
      });
    },
    fp: 'exact',
  },
);

/** The root on what is stored, its computations called with quantized elements all the same. */
function onStorage(xs: readonly Value[], build: Builder): readonly Value[] {
  const { results, called } = build.root;
  const operands = xs.map((v) => cast(v, plain(v.type, 'storage'), build));
  const types = results.map((r) => plain(r.type, 'storage'));
  const made = build.againAll(
    operands,
    types,
    called.map((c) => storedCall(c, build)),
  );
  return made.map((v, k) => cast(v, results[k]!.type, build));
}

function storedCall(c: Computation, build: Builder): Computation {
  const types = c.parameters.map((p) => p.result.tensorType);
  const stored = types.map((t) => plain(t, 'storage') as TensorType);
  return build.computation(c.name, stored, (inner, parameters) => {
    const args = parameters.map((p, k) => cast(p, types[k]!, inner));
    return inner.inline(c, args).map((v) => cast(v, plain(v.type, 'storage'), inner));
  });
}

export const Quantized_Moved = rewrite(
  'f(q) = bitcast-convert(f(bitcast-convert(q))) where f moves elements',
  op(quantized('shape-only'), [rest(xs)]),
  { to: ({ xs }, build) => onStorage(xs, build), fp: 'exact' },
);

export const Quantized_Combined = rewrite(
  'f(q; g) = bitcast-convert(f(bitcast-convert(q); g on bitcast-convert)) where f calls g on elements',
  op(quantized('combines'), [rest(xs)]),
  { to: ({ xs }, build) => onStorage(xs, build), fp: 'exact' },
);

/** What belongs to each element's channel, `of` being by channel. */
function channels(
  q: Quantization,
  dims: readonly number[],
  element: ElementType,
  of: readonly number[],
  build: Builder,
) {
  const type = tensorType(element, dims);
  if (q.axis === undefined || of.every((n) => n === of[0])) return build.fill(type, of[0]!);
  const list = build.list(tensorType(element, [of.length]), of);
  return build.op('broadcast', [list], { dimensions: [q.axis] }, { type });
}

/** An integer type for stored integers less their zero points. */
function differenceType(q: Quantization): ElementType {
  const least = q.storageMin - Math.max(...q.zeroPoints);
  const most = q.storageMax - Math.min(...q.zeroPoints);
  return least >= -(2 ** 31) && most < 2 ** 31 ? 's32' : 's64';
}

export const UniformDequantize_OfIntegers = rewrite(
  'uniform-dequantize(x) = (x − zero) · scale',
  op('uniform-dequantize', [x]),
  {
    to: ({ x }, build) => {
      const { dims, quantization: q } = x.tensorType as TensorType & { readonly quantization: Quantization };
      const stored = cast(x, plain(x.type, 'storage'), build);
      const scale = channels(q, dims, q.expressed, q.scales, build);
      if (q.zeroPoints.every((z) => z === 0)) return build.op('dequantize', [stored, scale]);
      const wide = differenceType(q);
      const zero = channels(q, dims, wide, q.zeroPoints, build);
      return build.op('dequantize', [build.op('subtract', [build.as(stored, wide), zero]), scale]);
    },
    fp: 'exact',
  },
);

export const UniformQuantize_ToIntegers = rewrite(
  'uniform-quantize(x) = clamp(least, convert(round(x / scale) + zero), most)',
  op('uniform-quantize', [x]),
  {
    to: ({ x }, build) => {
      const { dims, quantization: q } = build.type as TensorType & { readonly quantization: Quantization };
      const scale = channels(q, dims, q.expressed, q.scales, build);
      const rounded = build.op('round-nearest-even', [build.op('divide', [toReal(x, build), scale])]);
      const zero = channels(q, dims, q.expressed, q.zeroPoints, build);
      const shifted = q.zeroPoints.every((z) => z === 0) ? rounded : build.op('add', [rounded, zero]);
      const wide = q.storageMax < 2 ** 31 ? 's32' : 's64';
      const [least, most] = [q.storageMin, q.storageMax].map((n) => build.fill(tensorType(wide, dims), n));
      const kept = build.op('clamp', [least!, build.as(shifted, wide), most!]);
      return cast(build.as(kept, q.storage), build.type, build);
    },
    fp: 'exact',
  },
);
