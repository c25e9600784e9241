/** Ops over a window that moves: reduce-window and select-and-scatter; and map. */
import type { WindowAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { narrow } from '../numeric/wide.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition, type Scalar } from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { elementCount, rowMajorStrides, showType, type TensorType } from '../types.js';
import {
  attributesOf,
  check,
  checkElement,
  checkLength,
  checkRank,
  dimsAgree,
  operandTensor,
  operandType,
} from './context.js';
import { indexList, indicesWithin, type WindowDimension, windowedSize, windowIndices } from './contraction.js';
import { broadcastTo, withDims } from './movement.js';
import { rowsAlong } from './ordering.js';
import {
  capturedScalars,
  capturesOf,
  checkReducer,
  type Fold,
  forRegion,
  isPlain,
  reducedInputs,
} from './reduction.js';

export function windowOf(a: WindowAttributes): WindowDimension[] {
  return a.size.map((size, d) => ({
    size,
    stride: a.strides[d]!,
    low: a.padding[d]![0],
    high: a.padding[d]![1],
    baseDilation: a.baseDilations[d]!,
    windowDilation: a.windowDilations[d]!,
  }));
}

function checkWindow(a: WindowAttributes, rank: number): void {
  for (const [list, what] of [
    [a.size, 'window dimensions'],
    [a.strides, 'window strides'],
    [a.baseDilations, 'base dilations'],
    [a.windowDilations, 'window dilations'],
    [a.padding, 'padding'],
  ] as const) {
    checkLength(list, rank, what);
  }
  const positive = [...a.size, ...a.strides, ...a.baseDilations, ...a.windowDilations].every((n) => n >= 1);
  check(positive, 'window sizes, strides and dilations must be at least 1');
}

/** Flat index of each window element that lies in the data, window elements in row-major order. */
function* windows(dims: readonly number[], window: readonly WindowDimension[]): Generator<Int32Array> {
  const strides = rowMajorStrides(dims);
  const indices = dims.map((n, d) => windowIndices(n, window[d]!));
  const taps = indexList(window.map((w) => w.size));
  const found = new Int32Array(taps.length);
  for (const position of indicesWithin(indices.map((list) => list.length))) {
    let count = 0;
    for (const tap of taps) {
      let at = 0;
      for (let d = 0; d < tap.length && at >= 0; d++) {
        const i = indices[d]![position[d]!]![tap[d]!]!;
        at = i < 0 ? -1 : at + i * strides[d]!;
      }
      if (at >= 0) found[count++] = at;
    }
    yield found.subarray(0, count);
  }
}

/**
 * The dimension along which each window is the one before and one element more, others being 1 wide: a cumulative
 * reduction. Undefined where the windows are none such.
 */
function growingDimension(dims: readonly number[], window: readonly WindowDimension[]): number | undefined {
  const plain = window.every((w) => w.stride === 1 && w.baseDilation === 1 && w.windowDilation === 1);
  const wide = window.flatMap((w, d) => (w.size > 1 ? [d] : []));
  const [d] = wide;
  if (!plain || wide.length !== 1 || d === undefined) return undefined;
  const unpadded = window.every((w, k) => k === d || (w.low === 0 && w.high === 0));
  const { size, low, high } = window[d]!;
  return unpadded && low === size - 1 && high === 0 && size >= dims[d]! ? d : undefined;
}

/** Cumulative: each element of `acc`, which holds the initial value, becomes the fold of x up to its own index. */
function runningFold(acc: Float64Array, x: Float64Array, dims: readonly number[], d: number, f: Fold): void {
  const stride = rowMajorStrides(dims)[d]!;
  const n = dims[d]!;
  for (const start of rowsAlong(dims, d)) {
    let a: Scalar = acc[start]!;
    for (let k = 0, i = start; k < n; k++, i += stride) {
      a = f(a, x[i]!);
      acc[i] = a as number;
    }
  }
}

/** Each window's elements, in row-major order, join its initial value; padding adds nothing. */
export function evaluateReduceWindow(c: EvaluateContext): Tensor[] {
  const window = windowOf(attributesOf<WindowAttributes>(c));
  const reducer = c.called[0]!;
  const region = c.region(reducer, 'wide');
  const count = (c.operands.length - capturesOf(c)) / 2;
  const inputs = Array.from({ length: count }, (_, i) => forRegion(operandTensor(c, i), region.width));
  const { dims } = inputs[0]!.type;
  const outDims = dims.map((n, d) => windowedSize(n, window[d]!));
  const out = Array.from({ length: count }, (_, i) =>
    broadcastTo(forRegion(operandTensor(c, count + i), region.width), outDims, []),
  );
  const rest = capturedScalars(c);
  let to = 0;
  if (count === 1 && rest.length === 0 && isPlain(out[0]!) && isPlain(inputs[0]!)) {
    const acc = out[0]!.data as Float64Array;
    const x = inputs[0]!.data as Float64Array;
    const f = region.first;
    const d = growingDimension(dims, window);
    if (d !== undefined) runningFold(acc, x, dims, d, f);
    else {
      for (const found of windows(dims, window)) {
        let a: Scalar = acc[to]!;
        for (const i of found) a = f(a, x[i]!);
        acc[to++] = a as number;
      }
    }
  } else {
    const read = inputs.map((t) => reader(t.type.element));
    const readOut = out.map((t) => reader(t.type.element));
    const write = out.map((t) => writer(t.type.element));
    for (const found of windows(dims, window)) {
      let values: readonly Scalar[] = out.map((t, j) => readOut[j]!(t.data, to));
      for (const i of found) values = region.all([...values, ...inputs.map((t, j) => read[j]!(t.data, i)), ...rest]);
      for (let j = 0; j < count; j++) write[j]!(out[j]!.data, to, values[j]!);
      to++;
    }
  }
  return out.map((t, i) => narrow(t, reducer.results[i]!.tensorType.element));
}

function selectWindow(c: { attributes: object }): WindowDimension[] {
  const { size, strides, padding } = attributesOf<WindowAttributes>(c);
  const ones = size.map(() => 1);
  return windowOf({ size, strides, padding, baseDilations: ones, windowDilations: ones });
}

/** In each window of the operand the selected element (the first, in row-major order, among equals) takes its source. */
function evaluateSelectAndScatter(c: EvaluateContext): Tensor[] {
  const operand = operandTensor(c, 0);
  const source = operandTensor(c, 1);
  const [select, scatter] = [c.region(c.called[0]!).first, c.region(c.called[1]!, 'wide')];
  const element = c.called[1]!.results[0]!.tensorType.element;
  const init = forRegion(operandTensor(c, 2), scatter.width);
  const out = broadcastTo(init, operand.type.dims, []);
  const rest = capturedScalars(c);
  const read = reader(operand.type.element);
  const readSource = reader(source.type.element);
  const [readOut, write] = [reader(out.type.element), writer(out.type.element)];
  let from = 0;
  for (const found of windows(operand.type.dims, selectWindow(c))) {
    const value = readSource(source.data, from++);
    if (found.length === 0) continue;
    let chosen = found[0]!;
    for (const i of found) {
      if (i !== chosen && !select(read(operand.data, chosen), read(operand.data, i), ...rest)) chosen = i;
    }
    write(out.data, chosen, scatter.first(readOut(out.data, chosen), value, ...rest));
  }
  return [narrow(out, element)];
}

function inferMap(c: InferContext): TensorType[] {
  const count = c.operands.length - capturesOf(c);
  const types = Array.from({ length: count }, (_, i) => operandType(c, i));
  const first = types[0]!;
  for (const t of types)
    check(dimsAgree(t.dims, first.dims), () => `operands ${showType(t)} and ${showType(first)} differ in shape`);
  const [computation] = c.called;
  check(
    computation!.parameters.length === c.operands.length,
    () => `the computation must take ${c.operands.length} scalars`,
  );
  check(computation!.results.length === 1, 'the computation must give one result');
  return [{ ...withDims(first, first.dims), element: computation!.results[0]!.tensorType.element }];
}

export function inferReduceWindow(c: InferContext): TensorType[] {
  const inputs = reducedInputs(c);
  const a = attributesOf<WindowAttributes>(c);
  checkWindow(a, inputs[0]!.dims.length);
  const results = checkReducer(c.called[0]!, inputs.length, capturesOf(c));
  const window = windowOf(a);
  return inputs.map((t, i) => ({
    ...withDims(
      t,
      t.dims.map((n, d) => windowedSize(n, window[d]!)),
    ),
    element: results[i]!.element,
  }));
}

export const WINDOW_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'reduce-window',
    doc: 'combines the elements in a window that moves over the padded, dilated inputs',
    traits: ['combines'],
    operands: { min: 2 },
    regions: 1,
    stablehlo: ['stablehlo.reduce_window'],
    hlo: ['reduce-window'],
    infer: inferReduceWindow,
    evaluate: evaluateReduceWindow,
  }),
  defineOp({
    name: 'select-and-scatter',
    doc: 'adds each source element to the element that its window of the operand selects; called: select, scatter',
    traits: ['combines'],
    operands: { min: 3 },
    regions: 2,
    stablehlo: ['stablehlo.select_and_scatter'],
    hlo: ['select-and-scatter'],
    infer: (c) => {
      const operand = operandType(c, 0);
      const source = operandType(c, 1);
      const init = operandType(c, 2);
      checkRank(init, 0, 'the initial value');
      checkElement(source, operand.element, 'the source');
      const window = selectWindow(c);
      checkLength(window, operand.dims.length, 'window dimensions');
      const sizes = operand.dims.map((n, d) => windowedSize(n, window[d]!));
      check(
        dimsAgree(source.dims, sizes),
        () => `the source is ${showType(source)}, but the window has positions [${sizes}]`,
      );
      const [element] = checkReducer(c.called[1]!, 1, capturesOf(c));
      return [{ ...operand, element: element!.element }];
    },
    evaluate: evaluateSelectAndScatter,
  }),
  defineOp({
    name: 'map',
    doc: 'a computation over scalars, applied to the elements of the operands at each index',
    traits: ['combines'],
    operands: { min: 1 },
    regions: 1,
    stablehlo: ['stablehlo.map'],
    hlo: ['map'],
    infer: inferMap,
    evaluate: (c) => {
      const count = c.operands.length - capturesOf(c);
      const inputs = Array.from({ length: count }, (_, i) => operandTensor(c, i));
      const out = allocate(
        inferMap({ ...c, operands: c.operands.map((_, i) => operandTensor(c, i).type), declared: undefined })[0]!,
      );
      const rest = capturedScalars(c);
      const f = c.region(c.called[0]!).first;
      const read = inputs.map((t) => reader(t.type.element));
      const write = writer(out.type.element);
      const n = elementCount(out.type.dims);
      for (let i = 0; i < n; i++) write(out.data, i, f(...inputs.map((t, k) => read[k]!(t.data, i)), ...rest));
      return [out];
    },
  }),
];
