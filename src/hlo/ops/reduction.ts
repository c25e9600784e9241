/** reduce, and the checks that ops with a reducer share. */
import type { ReduceAttributes } from '../attributes.js';
import type { Computation } from '../graph.js';
import { reader, writer } from '../numeric/access.js';
import { narrow, type Width, widen, widthOfSum } from '../numeric/wide.js';
import { defineOp, type EvaluateContext, type InferContext, type OpDefinition, type Scalar } from '../registry.js';
import type { Tensor } from '../tensor.js';
import { ELEMENT, elementCount, rowMajorStrides, showType, type TensorType } from '../types.js';
import { attributesOf, check, checkDimensions, checkRank, dimsAgree, operandTensor, operandType } from './context.js';
import { broadcastTo, withDims } from './movement.js';

/**
 * Operands are n inputs of one shape, then n rank-0 initial values (after which captured values may follow).
 * Returns the input types; each result has the element type that the reducer gives.
 */
export function reducedInputs(c: InferContext): TensorType[] {
  const captures = capturesOf(c);
  const count = (c.operands.length - captures) / 2;
  check(Number.isInteger(count) && count >= 1, 'needs as many initial values as inputs, and one at least');
  const inputs = Array.from({ length: count }, (_, i) => operandType(c, i));
  inputs.forEach((t, i) => {
    const init = operandType(c, count + i);
    checkRank(init, 0, `initial value ${i}`);
    check(
      dimsAgree(t.dims, inputs[0]!.dims),
      () => `inputs ${showType(t)} and ${showType(inputs[0]!)} differ in shape`,
    );
  });
  return inputs;
}

/** Trailing operands that a region reads from outside. */
export const capturesOf = (c: { attributes: { captures?: unknown } | object }): number =>
  ((c.attributes as { captures?: number }).captures ?? 0) | 0;

/** A reducer over n accumulators and n elements (then captured values) gives n rank-0 results. */
export function checkReducer(reducer: Computation, count: number, captures: number): TensorType[] {
  const n = reducer.parameters.length;
  check(n === 2 * count + captures, () => `the reducer must take ${2 * count} scalars, but takes ${n - captures}`);
  check(
    reducer.results.length === count,
    () => `the reducer must give ${count} results, but gives ${reducer.results.length}`,
  );
  const results = reducer.results.map((r) => r.tensorType);
  for (const t of [...results, ...reducer.parameters.slice(0, 2 * count).map((p) => p.result.tensorType)]) {
    check(t.dims.length === 0, () => `the reducer must work on scalars, not on ${showType(t)}`);
  }
  return results;
}

/** Element values of captured operands, for calls of a scalar region. */
export const capturedScalars = (c: EvaluateContext): Scalar[] =>
  c.operands.slice(c.operands.length - capturesOf(c)).map((_, k, all) => {
    const t = operandTensor(c, c.operands.length - all.length + k);
    return reader(t.type.element)(t.data, 0);
  });

/** Keeps the type's wide form only where the region could be widened. */
export const forRegion = (t: Tensor, width: Width): Tensor => widen(t, width);

interface Walk {
  readonly dims: readonly number[];
  /** Of the result, by input dimension: 0 where reduced. */
  readonly strides: readonly number[];
}

/** For each row of the last dimension, in row-major order: where it starts in the result. */
function forEachRow({ dims, strides }: Walk, visit: (row: number, to: number) => void): void {
  const outer = dims.length - 1;
  const rows = elementCount(dims.slice(0, outer));
  const index = new Array<number>(outer).fill(0);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    visit(row, to);
    for (let d = outer - 1; d >= 0; d--) {
      to += strides[d]!;
      if (++index[d]! < dims[d]!) break;
      index[d] = 0;
      to -= strides[d]! * dims[d]!;
    }
  }
}

export type Fold = (a: Scalar, x: Scalar) => Scalar;

type Numbers = Float64Array;
interface FoldLoops {
  /** x[i … i + n) join acc[to]. */
  row(acc: Numbers, to: number, x: Numbers, i: number, n: number): void;
  /** x[i + k] joins acc[to + k]. */
  column(acc: Numbers, to: number, x: Numbers, i: number, n: number): void;
}

/** Loops of its own for each reducer: shared ones would call through, and box, every element. */
const foldLoops = new WeakMap<Fold, FoldLoops>();

export function foldLoopsOf(f: Fold): FoldLoops {
  let loops = foldLoops.get(f);
  if (!loops) {
    const text = `return {
      row(acc, to, x, i, n) { let a = acc[to]; for (const end = i + n; i < end; i++) a = f(a, x[i]); acc[to] = a; },
      column(acc, to, x, i, n) { for (const end = i + n; i < end; i++, to++) acc[to] = f(acc[to], x[i]); },
    }`;
    foldLoops.set(f, (loops = new Function('f', text)(f) as FoldLoops));
  }
  return loops;
}

/** One input of numbers: each element joins its accumulator in row-major order. */
function foldNumbers(out: Tensor, input: Tensor, walk: Walk, f: Fold): void {
  const acc = out.data as Numbers;
  const x = input.data as Numbers;
  const last = walk.dims.length - 1;
  const n = walk.dims[last]!;
  const { row, column } = foldLoopsOf(f);
  const join = walk.strides[last] === 0 ? row : column;
  forEachRow(walk, (k, to) => join(acc, to, x, k * n, n));
}

/** Several inputs, or complex ones. */
function foldScalars(
  out: readonly Tensor[],
  inputs: readonly Tensor[],
  walk: Walk,
  f: (args: Scalar[]) => readonly Scalar[],
  rest: readonly Scalar[],
): void {
  const count = inputs.length;
  const readOut = out.map((t) => reader(t.type.element));
  const write = out.map((t) => writer(t.type.element));
  const read = inputs.map((t) => reader(t.type.element));
  const args: Scalar[] = [...new Array<Scalar>(2 * count).fill(0), ...rest];
  const last = walk.dims.length - 1;
  const n = walk.dims[last]!;
  const step = walk.strides[last]!;
  forEachRow(walk, (row, start) => {
    for (let k = 0, i = row * n, to = start; k < n; k++, i++, to += step) {
      for (let j = 0; j < count; j++) {
        args[j] = readOut[j]!(out[j]!.data, to);
        args[count + j] = read[j]!(inputs[j]!.data, i);
      }
      const values = f(args);
      for (let j = 0; j < count; j++) write[j]!(out[j]!.data, to, values[j]!);
    }
  });
}

/**
 * Each result element starts at its initial value and takes the elements of the reduced dimensions in row-major
 * order. Floats narrower than 32 bits accumulate in f32, floats of long sums in f64; both are rounded once.
 */
export function reduceTensors(
  c: EvaluateContext,
  inputs: readonly Tensor[],
  inits: readonly Tensor[],
  dimensions: readonly number[],
): Tensor[] {
  const reducer = c.called[0]!;
  const elements = reducer.results.map((r) => r.tensorType.element);
  const { dims } = inputs[0]!.type;
  const region = c.region(reducer, widthOfSum(elementCount(dimensions.map((d) => dims[d]!))));
  const kept = dims.map((_, d) => d).filter((d) => !dimensions.includes(d));
  const outDims = kept.map((d) => dims[d]!);
  const outStrides = rowMajorStrides(outDims);
  const strides = dims.map(() => 0);
  kept.forEach((d, k) => {
    strides[d] = outStrides[k]!;
  });
  const walk = dims.length > 0 ? { dims, strides } : { dims: [1], strides: [0] };
  const out = inits.map((t) => broadcastTo(forRegion(t, region.width), outDims, []));
  const wideInputs = inputs.map((t) => forRegion(t, region.width));
  const rest = capturedScalars(c);
  if (!dims.includes(0)) {
    const plain = inputs.length === 1 && rest.length === 0 && isPlain(out[0]!) && isPlain(wideInputs[0]!);
    if (plain) foldNumbers(out[0]!, wideInputs[0]!, walk, region.first as Fold);
    else foldScalars(out, wideInputs, walk, region.all, rest);
  }
  return out.map((t, i) => narrow(t, elements[i]!));
}

/** Whether the array's numbers are the elements' values. */
export function isPlain(t: Tensor): boolean {
  const { class: cls, bits } = ELEMENT[t.type.element];
  return cls !== 'complex' && !(cls === 'float' && bits < 32) && (cls === 'pred' || bits >= 8);
}

export const REDUCTION_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'reduce',
    doc: 'combines the elements along dimensions with a computation, from initial values',
    traits: ['combines'],
    operands: { min: 2 },
    regions: 1,
    stablehlo: ['stablehlo.reduce'],
    hlo: ['reduce'],
    infer: (c) => {
      const inputs = reducedInputs(c);
      const { dimensions } = attributesOf<ReduceAttributes>(c);
      checkDimensions(dimensions, inputs[0]!.dims.length, 'reduced dimension');
      const results = checkReducer(c.called[0]!, inputs.length, capturesOf(c));
      return inputs.map((t, i) => ({
        ...withDims(
          t,
          t.dims.filter((_, d) => !dimensions.includes(d)),
        ),
        element: results[i]!.element,
      }));
    },
    evaluate: (c) => {
      const count = (c.operands.length - capturesOf(c)) / 2;
      const inputs = Array.from({ length: count }, (_, i) => operandTensor(c, i));
      const inits = Array.from({ length: count }, (_, i) => operandTensor(c, count + i));
      return reduceTensors(c, inputs, inits, attributesOf<ReduceAttributes>(c).dimensions);
    },
  }),
];
