/** dot and convolution. */
import type { ConvolutionAttributes, DotAttributes } from '../attributes.js';
import { codec } from '../numeric/access.js';
import { asSummand, fromSum, rowKernel, sumType } from '../numeric/contraction.js';
import { dequantize, expressedType, quantize } from '../numeric/quantization.js';
import { defineOp, type EvaluateContext, type OpDefinition } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import {
  DYNAMIC,
  ELEMENT,
  type ElementType,
  elementCount,
  partType,
  rowMajorStrides,
  showType,
  type TensorType,
  tensorType,
} from '../types.js';
import {
  attributesOf,
  check,
  checkDimensions,
  checkLength,
  operandTensor,
  operandType,
  resultType,
  sizesAgree,
} from './context.js';
import { gatherStrided } from './movement.js';

const rest = (rank: number, ...used: (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !used.some((list) => list.includes(d)));

/** The tensor with its dimensions in the order given; those in `reversed` run backwards. */
function arranged(t: Tensor, order: readonly number[], reversed: readonly number[] = []): Tensor {
  const strides = rowMajorStrides(t.type.dims);
  let offset = 0;
  for (const d of reversed) {
    offset += strides[d]! * (t.type.dims[d]! - 1);
    strides[d] = -strides[d]!;
  }
  return gatherStrided(
    t,
    order.map((d) => t.type.dims[d]!),
    offset,
    order.map((d) => strides[d]!),
  );
}

const product = (t: TensorType, dims: readonly number[]): number => elementCount(dims.map((d) => t.dims[d]!));

/** Terms of k that stay in cache while all rows of the result take them. */
const K_BLOCK = 128;

/** Result dimensions: batch, the rest of lhs, the rest of rhs. */
export function dot(lhs: Tensor, rhs: Tensor, a: DotAttributes, element: ElementType): Tensor {
  const lhsFree = rest(lhs.type.dims.length, a.lhsBatch, a.lhsContracting);
  const rhsFree = rest(rhs.type.dims.length, a.rhsBatch, a.rhsContracting);
  const sum = sumType(lhs.type.element, rhs.type.element, element);
  const x = asSummand(arranged(lhs, [...a.lhsBatch, ...lhsFree, ...a.lhsContracting]), sum);
  const y = asSummand(arranged(rhs, [...a.rhsBatch, ...a.rhsContracting, ...rhsFree]), sum);
  const batch = product(lhs.type, a.lhsBatch);
  const m = product(lhs.type, lhsFree);
  const n = product(rhs.type, rhsFree);
  const k = product(lhs.type, a.lhsContracting);
  const dims = [...[...a.lhsBatch, ...lhsFree].map((d) => lhs.type.dims[d]!), ...rhsFree.map((d) => rhs.type.dims[d]!)];
  const out = allocate(tensorType(sum, dims));
  const row = rowKernel(sum);
  for (let b = 0; b < batch; b++) {
    for (let k0 = 0; k0 < k; k0 += K_BLOCK) {
      const terms = Math.min(K_BLOCK, k - k0);
      for (let i = 0; i < m; i++) {
        row(out.data, (b * m + i) * n, n, x.data, (b * m + i) * k + k0, terms, y.data, (b * k + k0) * n, n);
      }
    }
  }
  return rounded(out, element);
}

const rounded = (sums: Tensor, element: ElementType): Tensor =>
  fromSum(sums, element, ELEMENT[element].class === 'complex' ? undefined : codec(partType(element)).encode);

export function checkPairs(
  l: TensorType,
  r: TensorType,
  ld: readonly number[],
  rd: readonly number[],
  what: string,
): void {
  check(ld.length === rd.length, () => `lhs has ${ld.length} ${what} dimensions, rhs ${rd.length}`);
  ld.forEach((d, i) => {
    check(sizesAgree(l.dims[d]!, r.dims[rd[i]!]!), () => {
      return `${what} dimension ${d} of ${showType(l)} and ${rd[i]} of ${showType(r)} differ in size`;
    });
  });
}

/** Shape of a dot; its element type is the one declared (the preferred type), else the operands'. */
export function dotType(l: TensorType, r: TensorType, a: DotAttributes, declared: TensorType | undefined): TensorType {
  checkDimensions([...a.lhsBatch, ...a.lhsContracting], l.dims.length, 'lhs dimension');
  checkDimensions([...a.rhsBatch, ...a.rhsContracting], r.dims.length, 'rhs dimension');
  checkPairs(l, r, a.lhsBatch, a.rhsBatch, 'batch');
  checkPairs(l, r, a.lhsContracting, a.rhsContracting, 'contracting');
  const dims = [
    ...a.lhsBatch.map((d, i) => (l.dims[d]! < 0 ? r.dims[a.rhsBatch[i]!]! : l.dims[d]!)),
    ...rest(l.dims.length, a.lhsBatch, a.lhsContracting).map((d) => l.dims[d]!),
    ...rest(r.dims.length, a.rhsBatch, a.rhsContracting).map((d) => r.dims[d]!),
  ];
  return { ...(declared ?? tensorType(l.element)), dims };
}

const declaredTensor = (c: { declared: readonly unknown[] | undefined }): TensorType | undefined =>
  c.declared?.[0] as TensorType | undefined;

/** Size along one spatial dimension of a window moving over padded, dilated data. */
export function windowedSize(
  n: number,
  { baseDilation, low, high, size, windowDilation, stride }: WindowDimension,
): number {
  if (n === DYNAMIC || size === DYNAMIC) return DYNAMIC;
  const dilated = (k: number, by: number) => (k === 0 ? 0 : (k - 1) * by + 1);
  const padded = low + dilated(n, baseDilation) + high;
  const window = dilated(size, windowDilation);
  return padded < window || padded <= 0 ? 0 : Math.floor((padded - window) / stride) + 1;
}

export interface WindowDimension {
  readonly size: number;
  readonly stride: number;
  readonly low: number;
  readonly high: number;
  readonly baseDilation: number;
  readonly windowDilation: number;
}

/** For each position of the window and each of its elements: the index in the data, or −1 in padding and gaps. */
export function windowIndices(n: number, w: WindowDimension): Int32Array[] {
  return Array.from({ length: windowedSize(n, w) }, (_, o) =>
    Int32Array.from({ length: w.size }, (_, k) => {
      const at = o * w.stride - w.low + k * w.windowDilation;
      const i = at / w.baseDilation;
      return at >= 0 && Number.isInteger(i) && i < n ? i : -1;
    }),
  );
}

function convolutionWindow(rhs: TensorType, a: ConvolutionAttributes): WindowDimension[] {
  return a.dims.rhsSpatial.map((d, i) => ({
    size: rhs.dims[d]!,
    stride: a.strides[i]!,
    low: a.padding[i]![0],
    high: a.padding[i]![1],
    baseDilation: a.lhsDilation[i]!,
    windowDilation: a.rhsDilation[i]!,
  }));
}

/** All index tuples within `sizes`, row-major. The array yielded is the same each time. */
export function* indicesWithin(sizes: readonly number[]): Generator<readonly number[]> {
  if (sizes.includes(0)) return;
  const index = sizes.map(() => 0);
  for (;;) {
    yield index;
    let d = sizes.length - 1;
    for (; d >= 0 && ++index[d]! === sizes[d]; d--) index[d] = 0;
    if (d < 0) return;
  }
}

/** All index tuples within `sizes`, row-major, as a list. */
export function indexList(sizes: readonly number[]): number[][] {
  const list: number[][] = [];
  for (const index of indicesWithin(sizes)) list.push([...index]);
  return list;
}

/** Terms join each sum in the order: window position (row-major), then input feature. Padding adds nothing. */
export function convolve(lhs: Tensor, rhs: Tensor, a: ConvolutionAttributes, result: TensorType): Tensor {
  const { dims } = a;
  const sum = sumType(lhs.type.element, rhs.type.element, result.element);
  const x = asSummand(arranged(lhs, [dims.lhsBatch, ...dims.lhsSpatial, dims.lhsFeature]), sum);
  const reversed = dims.rhsSpatial.filter((_, i) => a.reversal[i]);
  const w = asSummand(arranged(rhs, [...dims.rhsSpatial, dims.rhsInputFeature, dims.rhsOutputFeature], reversed), sum);
  const window = convolutionWindow(rhs.type, a);
  const indices = dims.lhsSpatial.map((d, i) => windowIndices(lhs.type.dims[d]!, window[i]!));
  const groups = Math.max(a.featureGroupCount, a.batchGroupCount);
  const batch = lhs.type.dims[dims.lhsBatch]! / a.batchGroupCount;
  const features = rhs.type.dims[dims.rhsOutputFeature]!;
  const terms = rhs.type.dims[dims.rhsInputFeature]!;
  const perGroup = features / groups;
  const batchStep = a.batchGroupCount > 1 ? batch : 0;
  const featureStep = a.featureGroupCount > 1 ? terms : 0;
  const xStrides = rowMajorStrides(x.type.dims);
  const sizes = window.map((s) => s.size);
  const outSizes = indices.map((list) => list.length);
  const out = allocate(tensorType(sum, [batch, ...outSizes, features]));
  const row = rowKernel(sum);
  const taps = indexList(sizes);
  let to = 0;
  for (let n = 0; n < batch; n++) {
    for (const position of indicesWithin(outSizes)) {
      taps.forEach((tap, t) => {
        let from = n * xStrides[0]!;
        for (let d = 0; d < tap.length; d++) {
          const i = indices[d]![position[d]!]![tap[d]!]!;
          if (i < 0) return;
          from += i * xStrides[d + 1]!;
        }
        for (let g = 0; g < groups; g++) {
          const start = from + g * (batchStep * xStrides[0]! + featureStep);
          row(
            out.data,
            to + g * perGroup,
            perGroup,
            x.data,
            start,
            terms,
            w.data,
            t * terms * features + g * perGroup,
            features,
          );
        }
      });
      to += features;
    }
  }
  const order: number[] = [];
  order[dims.resultBatch] = 0;
  dims.resultSpatial.forEach((d, i) => {
    order[d] = i + 1;
  });
  order[dims.resultFeature] = outSizes.length + 1;
  return rounded(arranged(out, order), result.element);
}

export function convolutionType(
  l: TensorType,
  r: TensorType,
  a: ConvolutionAttributes,
  declared?: TensorType,
): TensorType {
  const { dims, featureGroupCount: fg, batchGroupCount: bg } = a;
  const rank = l.dims.length;
  const spatial = rank - 2;
  check(rank >= 2 && r.dims.length === rank, () => `${showType(l)} and ${showType(r)} must have one rank, 2 or more`);
  checkDimensions([dims.lhsBatch, dims.lhsFeature, ...dims.lhsSpatial], rank, 'lhs dimension');
  checkDimensions([dims.rhsInputFeature, dims.rhsOutputFeature, ...dims.rhsSpatial], rank, 'rhs dimension');
  checkDimensions([dims.resultBatch, dims.resultFeature, ...dims.resultSpatial], rank, 'result dimension');
  for (const [list, what] of [
    [dims.lhsSpatial, 'lhs spatial dimensions'],
    [dims.rhsSpatial, 'rhs spatial dimensions'],
    [dims.resultSpatial, 'result spatial dimensions'],
    [a.strides, 'strides'],
    [a.padding, 'padding'],
    [a.lhsDilation, 'lhs dilation'],
    [a.rhsDilation, 'rhs dilation'],
    [a.reversal, 'window reversal'],
  ] as const) {
    checkLength(list, spatial, what);
  }
  check(
    [...a.strides, ...a.lhsDilation, ...a.rhsDilation].every((n) => n >= 1),
    'strides and dilations must be at least 1',
  );
  check(
    fg >= 1 && bg >= 1 && (fg === 1 || bg === 1),
    'feature and batch group counts must be positive, and one of them 1',
  );
  const [batch, features] = [l.dims[dims.lhsBatch]!, l.dims[dims.lhsFeature]!];
  const [terms, outputs] = [r.dims[dims.rhsInputFeature]!, r.dims[dims.rhsOutputFeature]!];
  const divides = (n: number, by: number) => n === DYNAMIC || n % by === 0;
  check(divides(batch, bg), () => `batch size ${batch} is no multiple of the batch group count ${bg}`);
  check(divides(features, fg), () => `${features} input features are no multiple of the feature group count ${fg}`);
  check(features < 0 || terms < 0 || features / fg === terms, () => {
    return `the kernel takes ${terms} input features, but ${features} in ${fg} groups are given`;
  });
  check(divides(outputs, fg * bg), () => `${outputs} output features are no multiple of the group count ${fg * bg}`);
  const out: number[] = [];
  out[dims.resultBatch] = batch < 0 ? DYNAMIC : batch / bg;
  out[dims.resultFeature] = outputs;
  convolutionWindow(r, a).forEach((w, i) => {
    out[dims.resultSpatial[i]!] = windowedSize(l.dims[dims.lhsSpatial[i]!]!, w);
  });
  return { ...(declared ?? tensorType(l.element)), dims: out };
}

/** On real numbers: quantized operands are dequantized first, a quantized result is quantized last. */
function inReals(c: EvaluateContext, compute: (l: Tensor, r: Tensor, result: TensorType) => Tensor): [Tensor] {
  const type = resultType(c);
  const [l, r] = [operandTensor(c, 0), operandTensor(c, 1)].map(dequantize) as [Tensor, Tensor];
  const out = compute(l, r, expressedType(type));
  return [type.quantization ? quantize(out, type) : out];
}

export const CONTRACTION_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'dot',
    doc: 'sums of products along contracting dimensions, batch dimensions side by side',
    operands: 2,
    stablehlo: ['stablehlo.dot_general', 'stablehlo.dot'],
    hlo: ['dot'],
    infer: (c) => [dotType(operandType(c, 0), operandType(c, 1), attributesOf<DotAttributes>(c), declaredTensor(c))],
    evaluate: (c) => inReals(c, (l, r, type) => dot(l, r, attributesOf<DotAttributes>(c), type.element)),
  }),
  defineOp({
    name: 'convolution',
    doc: 'sums of products of a kernel with a window that moves over the padded, dilated input',
    operands: 2,
    stablehlo: ['stablehlo.convolution'],
    hlo: ['convolution'],
    infer: (c) => {
      const a = attributesOf<ConvolutionAttributes>(c);
      return [convolutionType(operandType(c, 0), operandType(c, 1), a, declaredTensor(c))];
    },
    evaluate: (c) => inReals(c, (l, r, type) => convolve(l, r, attributesOf<ConvolutionAttributes>(c), type)),
  }),
];
