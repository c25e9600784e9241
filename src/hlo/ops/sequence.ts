/** scan, and ragged-dot: a dot for each group of rows. */
import type { DotAttributes, RaggedDotAttributes } from '../attributes.js';
import type { Computation } from '../graph.js';
import {
  defineOp,
  type EvaluateContext,
  type InferContext,
  type OpDefinition,
  type RuntimeValue,
} from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { DYNAMIC, elementCount, showType, type TensorType, tensorType } from '../types.js';
import {
  asTensor,
  attributesOf,
  check,
  checkDimension,
  checkInteger,
  integersOf,
  operandTensor,
  operandType,
  resultType,
  toIndex,
} from './context.js';
import { checkPairs, dot } from './contraction.js';
import { place, reshapeTo, sliceOf, withDims } from './movement.js';
import { capturesOf } from './reduction.js';

type ScanAttributes = { dimension: number; isReverse?: boolean };

/** The body takes a slice of each input, then the carries; it gives the outputs' slices, then the carries. */
interface ScanParts {
  readonly inputs: number;
  readonly carries: number;
  readonly outputs: number;
}

/** An input has one dimension more than the slice that the body takes of it. */
function scanParts(operands: readonly TensorType[], body: Computation, captures: number): ScanParts {
  const count = operands.length - captures;
  let inputs = 0;
  while (inputs < count && operands[inputs]!.dims.length === rank(body, inputs) + 1) inputs++;
  const carries = count - inputs;
  check(inputs >= 1, 'a scan needs an input');
  return { inputs, carries, outputs: body.results.length - carries };
}

const rank = (body: Computation, i: number): number => body.parameters[i]?.result.tensorType.dims.length ?? -1;

function inferScan(c: InferContext): TensorType[] {
  const [body] = c.called as [Computation];
  const { dimension } = attributesOf<ScanAttributes>(c);
  check(body.parameters.length === c.operands.length, () => `the body must take ${c.operands.length} values`);
  const operands = c.operands.map((_, i) => operandType(c, i));
  const { carries, outputs } = scanParts(operands, body, capturesOf(c));
  const first = operands[0]!;
  checkDimension(dimension, first.dims.length, 'the scanned dimension');
  check(outputs >= 0, () => `the body must give the ${carries} carries after its outputs`);
  return body.results.map((r, k) => {
    const t = r.tensorType;
    if (k >= outputs) return t;
    return withDims(t, [...t.dims.slice(0, dimension), first.dims[dimension]!, ...t.dims.slice(dimension)]);
  });
}

function evaluateScan(c: EvaluateContext): RuntimeValue[] {
  const [body] = c.called as [Computation];
  const { dimension, isReverse } = attributesOf<ScanAttributes>(c);
  const operands = c.operands.map((_, i) => operandTensor(c, i));
  const { inputs, carries, outputs } = scanParts(
    operands.map((t) => t.type),
    body,
    capturesOf(c),
  );
  const n = operands[0]!.type.dims[dimension]!;
  const rest = operands.slice(inputs + carries);
  let state: readonly Tensor[] = operands.slice(inputs, inputs + carries);
  const stacked = body.results.slice(0, outputs).map((r) => {
    const { dims } = r.tensorType;
    return allocate(withDims(r.tensorType, [...dims.slice(0, dimension), n, ...dims.slice(dimension)]));
  });
  for (let step = 0; step < n; step++) {
    const i = isReverse ? n - 1 - step : step;
    const slices = operands.slice(0, inputs).map((t) => slice(t, dimension, i));
    const results = c.run(body, [...slices, ...state, ...rest]).map(asTensor);
    stacked.forEach((out, k) => {
      const starts = out.type.dims.map((_, d) => (d === dimension ? i : 0));
      place(
        out,
        reshapeTo(
          results[k]!,
          out.type.dims.map((size, d) => (d === dimension ? 1 : size)),
        ),
        starts,
      );
    });
    state = results.slice(outputs);
  }
  return [...stacked, ...state];
}

/** Index `i` along a dimension, which is dropped. */
function slice(t: Tensor, dimension: number, i: number): Tensor {
  const { dims } = t.type;
  const cut = sliceOf(
    t,
    dims.map((_, d) => (d === dimension ? i : 0)),
    dims.map((n, d) => (d === dimension ? 1 : n)),
  );
  return reshapeTo(
    cut,
    dims.filter((_, d) => d !== dimension),
  );
}

/** Which part of lhs the groups divide. */
type RaggedMode = 'rows' | 'contracting' | 'batch';

function raggedMode(a: RaggedDotAttributes): RaggedMode {
  check(a.lhsRagged.length === 1, 'exactly one dimension of lhs is ragged');
  const d = a.lhsRagged[0]!;
  return a.lhsBatch.includes(d) ? 'batch' : a.lhsContracting.includes(d) ? 'contracting' : 'rows';
}

const free = (rank: number, ...used: (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !used.some((list) => list.includes(d)));

function inferRaggedDot(c: InferContext): TensorType[] {
  const a = attributesOf<RaggedDotAttributes>(c);
  const [l, r, sizes] = [operandType(c, 0), operandType(c, 1), operandType(c, 2)];
  checkInteger(sizes, 'the group sizes');
  checkPairs(l, r, a.lhsBatch, a.rhsBatch, 'batch');
  checkPairs(l, r, a.lhsContracting, a.rhsContracting, 'contracting');
  const mode = raggedMode(a);
  check(
    a.rhsGroup.length === (mode === 'rows' ? 1 : 0),
    () => `rhs must have ${mode === 'rows' ? 'one group dimension' : 'no group dimension'}`,
  );
  const groups = sizes.dims[sizes.dims.length - 1] ?? DYNAMIC;
  if (mode === 'rows')
    check(
      r.dims[a.rhsGroup[0]!] === groups,
      () => `rhs has no group for each of the ${groups} sizes in ${showType(sizes)}`,
    );
  const batch = a.lhsBatch.map((d) => l.dims[d]!);
  const rows = free(l.dims.length, a.lhsBatch, a.lhsContracting).map((d) => l.dims[d]!);
  const columns = free(r.dims.length, a.rhsBatch, a.rhsContracting, a.rhsGroup).map((d) => r.dims[d]!);
  const dims = [...(mode === 'contracting' ? [groups] : []), ...batch, ...rows, ...columns];
  return [{ ...((c.declared?.[0] as TensorType | undefined) ?? tensorType(l.element)), dims }];
}

const cut = (t: Tensor, dimension: number, start: number, size: number): Tensor =>
  sliceOf(
    t,
    t.type.dims.map((_, d) => (d === dimension ? start : 0)),
    t.type.dims.map((n, d) => (d === dimension ? size : n)),
  );

/** The batches that share group sizes: each is its own problem where sizes differ between them. */
function evaluateRaggedDot(c: EvaluateContext): Tensor[] {
  const a = attributesOf<RaggedDotAttributes>(c);
  const [lhs, rhs, sizes] = [operandTensor(c, 0), operandTensor(c, 1), operandTensor(c, 2)];
  const out = allocate(resultType(c));
  const mode = raggedMode(a);
  const plain: DotAttributes = a;
  const { element } = out.type;
  if (mode === 'batch') return [dot(lhs, rhs, plain, element)];
  const prefix = sizes.type.dims.slice(0, -1);
  const groups = sizes.type.dims[sizes.type.dims.length - 1]!;
  const all = integersOf(sizes);
  check(
    elementCount(prefix) === 1 || prefix.length <= a.lhsBatch.length,
    () => `the group sizes ${showType(sizes.type)} have dimensions beyond the batch`,
  );
  for (let p = 0; p < elementCount(prefix); p++) {
    const index = unflatten(p, prefix);
    // Batches of this row of sizes alone, kept as dimensions of size 1.
    const l = index.reduce((t, i, k) => cut(t, a.lhsBatch[k]!, i, 1), lhs);
    const r = index.reduce((t, i, k) => cut(t, a.rhsBatch[k]!, i, 1), rhs);
    raggedGroups(l, r, a, mode, all.slice(p * groups, (p + 1) * groups), out, index);
  }
  return [out];
}

function unflatten(flat: number, dims: readonly number[]): number[] {
  const index: number[] = [];
  for (let d = dims.length - 1, rest = flat; d >= 0; d--) {
    index[d] = rest % dims[d]!;
    rest = Math.floor(rest / dims[d]!);
  }
  return index;
}

function raggedGroups(
  l: Tensor,
  r: Tensor,
  a: RaggedDotAttributes,
  mode: RaggedMode,
  sizes: readonly number[],
  out: Tensor,
  batch: readonly number[],
): void {
  const ragged = a.lhsRagged[0]!;
  const limit = l.type.dims[ragged]!;
  const rowAt = a.lhsBatch.length + free(l.type.dims.length, a.lhsBatch, a.lhsContracting).indexOf(ragged);
  let start = 0;
  sizes.forEach((given, g) => {
    const size = Math.max(0, Math.min(toIndex(given), limit - start));
    const left = cut(l, ragged, start, size);
    if (mode === 'rows') {
      const group = a.rhsGroup[0]!;
      const one = slice(r, group, g);
      const shift = (d: number) => (d > group ? d - 1 : d);
      const shifted = { ...a, rhsBatch: a.rhsBatch.map(shift), rhsContracting: a.rhsContracting.map(shift) };
      const part = dot(left, one, shifted, out.type.element);
      place(
        out,
        part,
        out.type.dims.map((_, d) => (d === rowAt ? start : (batch[d] ?? 0))),
      );
    } else {
      const right = cut(r, a.rhsContracting[a.lhsContracting.indexOf(ragged)]!, start, size);
      const part = dot(left, right, a, out.type.element);
      place(
        out,
        reshapeTo(part, [1, ...part.type.dims]),
        out.type.dims.map((_, d) => (d === 0 ? g : (batch[d - 1] ?? 0))),
      );
    }
    start += size;
  });
}

export const SEQUENCE_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'scan',
    doc: 'runs a body along a dimension: slices of the inputs and carries to slices of the outputs and carries',
    traits: ['combines'],
    operands: { min: 1 },
    regions: 1,
    stablehlo: ['chlo.scan'],
    hlo: ['scan'],
    infer: inferScan,
    evaluate: evaluateScan,
  }),
  defineOp({
    name: 'ragged-dot',
    doc: 'a dot for each group of rows (or of terms, or of batches) of lhs, of the sizes in operand 2',
    operands: 3,
    stablehlo: ['chlo.ragged_dot'],
    hlo: ['ragged-dot'],
    infer: inferRaggedDot,
    evaluate: evaluateRaggedDot,
  }),
];
