/** Ops in which processes meet: what each of them gets of what all bring. */
import type { CollectiveAttributes, ExchangeAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { connectedTo, exchangeMembers, processCount } from '../process-groups.js';
import { defineOp, type InferContext, type OpDefinition, type Scalar } from '../registry.js';
import { inSteps, type StepContext } from '../steps.js';
import { allocate, type Tensor } from '../tensor.js';
import { elementCount, sameDims, showType, type TensorType } from '../types.js';
import { asTensor, attributesOf, check, checkDimension, integersOf, operandType, sizesAgree } from './context.js';
import { bothPerChannel, groupOp, hasChannel, type Meeting, meet, onePerChannel, pairsOn } from './meeting.js';
import { concatenate, place, sliceOf, withDims } from './movement.js';
import { capturedScalars, capturesOf, checkReducer } from './reduction.js';

const dataOperands = (c: InferContext): TensorType[] =>
  Array.from({ length: c.operands.length - capturesOf(c) }, (_, k) => operandType(c, k));

/** The combiner takes two elements of every operand. */
function checkCombiner(c: InferContext): void {
  checkReducer(c.called[0]!, 1, capturesOf(c));
  const element = c.called[0]!.results[0]!.tensorType.element;
  for (const t of dataOperands(c)) {
    check(t.element === element, () => `the computation combines ${element}, but an operand is ${showType(t)}`);
  }
}

/** How many members the groups have, as far as that can be said without knowing the processes. */
const sizeOfGroups = (a: CollectiveAttributes): number | undefined => {
  const [first] = a.replicaGroups ?? [];
  const counted = a.mode === 'flattened' || !hasChannel(a) || a.useGlobalDeviceIds;
  return first && counted ? first.length : undefined;
};

/** The declared size of a dimension, which must be what `of` makes of the number of members, where that is known. */
function sizedByGroups(c: InferContext, operand: number, dimension: number, of: (n: number, size: number) => number) {
  const t = operandType(c, operand);
  checkDimension(dimension, t.dims.length, 'the dimension');
  const members = sizeOfGroups(attributesOf<CollectiveAttributes>(c));
  const declared = c.declared?.[operand];
  const size = members === undefined || t.dims[dimension]! < 0 ? undefined : of(members, t.dims[dimension]!);
  const given = declared?.kind === 'tensor' ? declared.dims[dimension] : undefined;
  const result = size ?? given;
  check(result !== undefined, 'the result type does not follow from the operands: declare it');
  check(size === undefined || given === undefined || sizesAgree(size, given), () => {
    return `dimension ${dimension} of the result must be ${size} with groups of ${members}, but is ${given}`;
  });
  return withDims(
    t,
    t.dims.map((n, d) => (d === dimension ? result : n)),
  );
}

/** The elements of all members combined, in the order of the group. */
function combined(c: StepContext, parts: readonly Tensor[]): Tensor {
  const [first, ...others] = parts as [Tensor, ...Tensor[]];
  const { element, dims } = first.type;
  const region = c.region(c.called[0]!);
  const rest = capturedScalars(c);
  const join = rest.length > 0 ? (a: Scalar, x: Scalar) => region.all([a, x, ...rest])[0]! : region.first;
  const out = allocate(first.type);
  (out.data as Float64Array).set(first.data as Float64Array);
  const [read, write, n] = [reader(element), writer(element), elementCount(dims)];
  for (const x of others) for (let i = 0; i < n; i++) write(out.data, i, join(read(out.data, i), read(x.data, i)));
  return out;
}

/** Part `index` of `count` equal ones along a dimension. */
function part(t: Tensor, dimension: number, count: number, index: number): Tensor {
  const { dims } = t.type;
  const size = dims[dimension]! / count;
  check(Number.isInteger(size), () => `dimension ${dimension} of ${showType(t.type)} cannot be split into ${count}`);
  return sliceOf(
    t,
    dims.map((_, d) => (d === dimension ? index * size : 0)),
    dims.map((n, d) => (d === dimension ? size : n)),
  );
}

const byOperand = ({ brought }: Meeting): Tensor[][] => brought[0]!.map((_, k) => brought.map((values) => values[k]!));
const zeros = (c: StepContext): Tensor[] => c.operands.map((v) => allocate(asTensor(v).type));
const combinedTypes = (c: InferContext): TensorType[] => {
  checkCombiner(c);
  return dataOperands(c);
};

function inferAllToAll(c: InferContext): TensorType[] {
  const { splitDimension, concatDimension, splitCount } = attributesOf<CollectiveAttributes>(c);
  const operands = dataOperands(c);
  if (splitDimension === undefined || concatDimension === undefined) {
    check(
      operands.every((t) => sameDims(t.dims, operands[0]!.dims)),
      'an operand for each member must have the same shape',
    );
    return operands;
  }
  return operands.map((t) => {
    checkDimension(splitDimension, t.dims.length, 'the split dimension');
    checkDimension(concatDimension, t.dims.length, 'the concatenated dimension');
    if (splitDimension === concatDimension || splitCount === undefined) return t;
    check(t.dims[splitDimension]! < 0 || t.dims[splitDimension]! % splitCount === 0, () => {
      return `dimension ${splitDimension} of ${showType(t)} cannot be split into ${splitCount}`;
    });
    const changed = (n: number, d: number) =>
      n < 0 ? n : d === splitDimension ? n / splitCount : d === concatDimension ? n * splitCount : n;
    return withDims(t, t.dims.map(changed));
  });
}

function allToAll(c: StepContext, m: Meeting): Tensor[] {
  const { splitDimension, concatDimension, splitCount } = attributesOf<CollectiveAttributes>(c);
  const n = m.members.length;
  if (splitDimension === undefined || concatDimension === undefined) {
    check(c.operands.length === n, () => `${c.operands.length} operands are given to a group of ${n}`);
    return m.brought.map((values) => values[m.index]!);
  }
  check(splitCount === undefined || splitCount === n, () => `split_count is ${splitCount}, but the group has ${n}`);
  return byOperand(m).map((parts) =>
    concatenate(
      parts.map((t) => part(t, splitDimension, n, m.index)),
      concatDimension,
    ),
  );
}

/** Operands: input, output, then offsets and sizes: input_offsets, send_sizes, output_offsets, recv_sizes. */
function inferRagged(c: InferContext): TensorType[] {
  const [input, output, ...tables] = dataOperands(c) as [TensorType, TensorType, ...TensorType[]];
  const row = (t: TensorType) => t.dims.slice(1);
  check(input.dims.length > 0 && output.dims.length > 0, 'input and output need a dimension of rows');
  check(input.element === output.element && sameDims(row(input), row(output)), () => {
    return `rows of ${showType(input)} do not fit into ${showType(output)}`;
  });
  for (const t of tables) {
    check(/^s(32|64)$/.test(t.element) && t.dims.length === 1 && sizesAgree(t.dims[0]!, tables[0]!.dims[0]!), () => {
      return `offsets and sizes must be vectors of s32 or s64 of one length, but one is ${showType(t)}`;
    });
  }
  return [output];
}

/** Rows from every member, put where it says; what nobody sends stays as `output` has it. */
function raggedAllToAll(c: StepContext, { brought, index, members }: Meeting): Tensor[] {
  const output = asTensor(c.operands[1]);
  const out = allocate(output.type);
  (out.data as Float64Array).set(output.data as Float64Array);
  const rows = output.type.dims[0]!;
  for (const [input, , inputOffsets, sendSizes, outputOffsets] of brought as readonly (readonly [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ])[]) {
    const [from, sizes, to] = [inputOffsets, sendSizes, outputOffsets].map(integersOf) as [
      number[],
      number[],
      number[],
    ];
    const each = sizes.length / members.length;
    check(Number.isInteger(each), () => `${sizes.length} sizes are given for a group of ${members.length}`);
    const rest = input.type.dims.slice(1);
    for (let k = index * each; k < (index + 1) * each; k++) {
      const fits = from[k]! >= 0 && sizes[k]! >= 0 && from[k]! + sizes[k]! <= input.type.dims[0]!;
      check(fits && to[k]! >= 0 && to[k]! + sizes[k]! <= rows, () => {
        return `rows ${from[k]} + ${sizes[k]} of ${showType(input.type)} do not fit at ${to[k]} of ${showType(output.type)}`;
      });
      const zero = rest.map(() => 0);
      place(out, sliceOf(input, [from[k]!, ...zero], [sizes[k]!, ...rest]), [to[k]!, ...zero]);
    }
  }
  return [out];
}

export const COLLECTIVE_OPS: readonly OpDefinition[] = [
  groupOp({
    name: 'all-gather',
    doc: 'operands of the group one after another along a dimension',
    modeOf: bothPerChannel,
    infer: (c) =>
      dataOperands(c).map((_, k) =>
        sizedByGroups(c, k, attributesOf<{ dimension: number }>(c).dimension, (n, size) => n * size),
      ),
    result: (c, m) => byOperand(m).map((parts) => concatenate(parts, attributesOf<{ dimension: number }>(c).dimension)),
  }),
  groupOp({
    name: 'all-reduce',
    doc: 'operands of the group combined, element by element',
    modeOf: bothPerChannel,
    combines: true,
    infer: combinedTypes,
    result: (c, m) => byOperand(m).map((parts) => combined(c, parts)),
  }),
  groupOp({
    name: 'reduce-scatter',
    doc: 'operands of the group combined, and of that a part for each member',
    modeOf: bothPerChannel,
    combines: true,
    infer: (c) => {
      checkCombiner(c);
      const { dimension } = attributesOf<{ dimension: number }>(c);
      return dataOperands(c).map((_, k) => sizedByGroups(c, k, dimension, (n, size) => size / n));
    },
    result: (c, m) => {
      const { dimension } = attributesOf<{ dimension: number }>(c);
      const own = (t: Tensor) => part(t, dimension, m.members.length, m.index);
      return byOperand(m).map((parts) => combined(c, parts.map(own)));
    },
  }),
  groupOp({
    name: 'collective-reduce',
    doc: "operands of the group combined, for the group's first member; zeros for the others",
    modeOf: onePerChannel,
    combines: true,
    infer: combinedTypes,
    result: (c, m) => byOperand(m).map((parts) => (m.index === 0 ? combined(c, parts) : allocate(parts[0]!.type))),
    outside: (c) => zeros(c).slice(0, c.operands.length - capturesOf(c)),
  }),
  groupOp({
    name: 'all-to-all',
    doc: 'part j of what member i brings goes to member j, which joins what it gets in the order of the group',
    modeOf: onePerChannel,
    infer: inferAllToAll,
    result: allToAll,
  }),
  groupOp({
    name: 'ragged-all-to-all',
    doc: 'rows exchanged within the group: how many, from where and to where, each member says for each',
    modeOf: onePerChannel,
    operands: 6,
    stablehlo: [],
    customCallTarget: 'ragged_all_to_all',
    infer: inferRagged,
    result: raggedAllToAll,
  }),
  groupOp({
    name: 'collective-broadcast',
    doc: "the operands of the group's first member; zeros outside every group",
    modeOf: onePerChannel,
    infer: dataOperands,
    result: (_, m) => m.brought[0]!,
    outside: zeros,
  }),
  defineOp({
    name: 'collective-permute',
    doc: 'the operands of the process that sends here; zeros where none does',
    traits: ['collective'],
    operands: { min: 1 },
    stablehlo: ['stablehlo.collective_permute'],
    hlo: ['collective-permute'],
    infer: (c) => {
      const { sourceTargetPairs = [] } = attributesOf<CollectiveAttributes>(c);
      for (const [end, what] of [
        [0, 'source'],
        [1, 'target'],
      ] as const) {
        const ids = sourceTargetPairs.map((pair) => pair[end]);
        const twice = ids.find((id, k) => ids.indexOf(id) !== k);
        check(twice === undefined, () => `${twice} is the ${what} of two pairs`);
      }
      return dataOperands(c);
    },
    ...inSteps(function* (c) {
      const me = c.process.number;
      const pairs = pairsOn(attributesOf<CollectiveAttributes>(c), c.process.grid);
      const members = connectedTo(me, pairs);
      const brought = yield* meet(c, 'collective-permute', members);
      const source = pairs.find(([, target]) => target === me)?.[0];
      return source === undefined ? zeros(c) : brought[members.indexOf(source)]!;
    }),
    onGrid: (a, grid) => {
      const sourceTargetPairs = pairsOn(a as CollectiveAttributes, grid);
      return { ...a, mode: 'flattened', sourceTargetPairs, processes: processCount(grid) };
    },
  }),
  defineOp({
    name: 'exchange',
    doc: 'blocks from other processes, one after another along dimension 0: what all collectives are made of',
    traits: ['collective'],
    operands: 1,
    infer: (c) => {
      const { sources, parts } = attributesOf<ExchangeAttributes>(c);
      const t = operandType(c, 0);
      const n = sources[0]?.length ?? 0;
      check(
        sources.every((row) => row.length === n && row.every((s) => s < sources.length)),
        'every process needs the same number of sources, which are processes',
      );
      const [first, ...rest] = t.dims;
      check(first !== undefined, 'it takes a tensor of rank 1 or more');
      check(!parts || first % n === 0, () => `${showType(t)} has no ${n} equal parts`);
      return [parts ? t : withDims(t, [n * first, ...rest])];
    },
    ...inSteps(function* (c) {
      const { sources, parts } = attributesOf<ExchangeAttributes>(c);
      const me = c.process.number;
      check(sources.length === processCount(c.process.grid), () => `it is made for ${sources.length} processes`);
      const members = exchangeMembers(sources, me);
      const brought = yield* meet(c, 'exchange', members);
      const out = allocate(c.results[0] as TensorType);
      const size = out.type.dims[0]! / sources[me]!.length;
      sources[me]!.forEach((source, k) => {
        if (source < 0) return;
        const [given] = brought[members.indexOf(source)]!;
        const own = parts ? part(given!, 0, sources[source]!.length, sources[source]!.indexOf(me)) : given!;
        place(
          out,
          own,
          out.type.dims.map((_, d) => (d === 0 ? k * size : 0)),
        );
      });
      return [out];
    }),
  }),
];
