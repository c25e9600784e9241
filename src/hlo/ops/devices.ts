/** Ops that know of other processes and of the host without meeting a group: ids, channels, feeds, programs in parallel. */
import type { CollectiveAttributes } from '../attributes.js';
import type { Computation } from '../graph.js';
import { type Process, partitionOf, replicaOf } from '../process-groups.js';
import { defineOp, type OpDefinition, OpError, type RuntimeValue, TOKEN_VALUE } from '../registry.js';
import { inSteps, type StepContext, type Steps } from '../steps.js';
import { allocate, type Tensor } from '../tensor.js';
import { tensorType, type ValueType } from '../types.js';
import { attributesOf, check, isToken } from './context.js';
import { checkTypes, parameterTypes, resultTypes } from './control.js';
import { pairsOn } from './meeting.js';

function number(n: number): Tensor {
  const t = allocate(tensorType('u32'));
  t.data[0] = n;
  return t;
}

const identity = (name: string, doc: string, of: (p: Process) => number): OpDefinition =>
  defineOp({
    name,
    doc,
    traits: ['collective'],
    operands: 0,
    stablehlo: [`stablehlo.${name.replaceAll('-', '_')}`],
    hlo: [name],
    infer: () => [tensorType('u32')],
    // biome-ignore lint/correctness/useYield: who somebody is can be said at once
    ...inSteps(function* (c) {
      return [number(of(c.process))];
    }),
    onGrid: (a, { replicas, partitions }) => ({ ...a, replicas, partitions }),
  });

const declared = (name: string, types: readonly ValueType[] | undefined): readonly ValueType[] => {
  check(types !== undefined, `${name} needs its result types`);
  return types;
};

/** Values from elsewhere or for elsewhere, put in order with everything else by tokens. */
const transfer = (name: string, doc: string, steps: (c: StepContext) => Steps): OpDefinition =>
  defineOp({
    name,
    doc,
    traits: ['side-effect'],
    operands: { min: 1 },
    stablehlo: [`stablehlo.${name}`],
    hlo: [name],
    infer: (c) => {
      check(c.operands.some(isToken), `${name} takes a token`);
      return declared(name, c.declared);
    },
    ...inSteps(steps),
  });

const valuesOf = (c: StepContext): RuntimeValue[] => c.operands.filter((v) => v !== TOKEN_VALUE);

/** What arrives, checked, with tokens where the results have them. */
function received(c: StepContext, values: readonly RuntimeValue[]): RuntimeValue[] {
  const wanted = c.results.filter((t) => !isToken(t));
  const types = values.map((v): ValueType => (v === TOKEN_VALUE ? { kind: 'token' } : v.type));
  checkTypes(types, wanted, 'what arrives is');
  const left = values.values();
  return c.results.map((t) => (isToken(t) ? TOKEN_VALUE : left.next().value!));
}

const NOTHING: readonly unknown[] = [];

/** The channel between two processes where pairs of device numbers say who sends to whom; else that of the id. */
function channelOf(c: StepContext, end: 0 | 1): string | undefined {
  const a = attributesOf<CollectiveAttributes>(c);
  const name = `channel ${a.channelId ?? 0}`;
  if ((a.sourceTargetPairs ?? NOTHING).length === 0) return name;
  const pair = pairsOn({ ...a, mode: 'flattened' }, c.process.grid).find((p) => p[end] === c.process.number);
  return pair && `${name} from process ${pair[0]} to process ${pair[1]}`;
}

const nothing = (c: StepContext): RuntimeValue[] =>
  c.results.map((t) => (t.kind === 'tensor' ? allocate(t) : TOKEN_VALUE));

type RunParallelAttributes = { programs: readonly (readonly Called[])[]; infeed?: readonly Called[] };
type Called = { readonly '#': string; readonly value: number };

const programsOf = (c: { attributes: unknown; called: readonly Computation[] }): Computation[][] => {
  const { programs } = attributesOf<RunParallelAttributes>(c);
  const known = Array.isArray(programs) && programs.every((row) => Array.isArray(row) && row.every(isCalled));
  check(known, "needs the attribute 'programs', rows of names of functions");
  check(
    programs.length > 0 && programs.every((row) => row.length > 0 && row.length === programs[0]!.length),
    'every replica must have the same number of programs, one at least',
  );
  return programs.map((row) => row.map(({ value }) => c.called[value]!));
};
const isCalled = (v: unknown): v is Called => (v as Called | undefined)?.['#'] === 'called';

/** Cuts a list into pieces of the given lengths. */
function pieces<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  let at = 0;
  return lengths.map((n) => list.slice(at, (at += n)));
}

export const DEVICE_OPS: readonly OpDefinition[] = [
  identity('replica-id', 'the number of this replica', replicaOf),
  identity('partition-id', 'the number of this partition', partitionOf),
  { ...identity('process-id', 'the number of this process', (p) => p.number), stablehlo: [], hlo: [] },
  transfer('send', 'puts values into a channel', function* (c) {
    const channel = channelOf(c, 0);
    if (channel !== undefined) yield { kind: 'send', channel, values: valuesOf(c) };
    return nothing(c);
  }),
  transfer('recv', 'takes values out of a channel; zeros where nobody sends to this process', function* (c) {
    const channel = channelOf(c, 1);
    if (channel === undefined) return nothing(c);
    const [values] = yield { kind: 'receive', channel };
    return received(c, values!);
  }),
  transfer('infeed', 'the next values that the host feeds', function* (c) {
    const [values] = yield { kind: 'infeed' };
    return received(c, values!);
  }),
  transfer('outfeed', 'hands values to the host', function* (c) {
    yield { kind: 'outfeed', values: valuesOf(c) };
    return nothing(c);
  }),
  defineOp({
    name: 'run-parallel',
    doc: "runs a grid of functions as processes; operands and results are those of all, one process's after another's",
    traits: ['side-effect'],
    operands: { min: 0 },
    regions: { min: 1 },
    stablehlo: ['interpreter.run_parallel'],
    infer: (c) => {
      const all = programsOf(c).flat();
      checkTypes(c.operands, all.flatMap(parameterTypes), 'arguments of the programs');
      return all.flatMap(resultTypes);
    },
    evaluate: (c) => {
      if (!c.parallel) throw new OpError('programs cannot run in parallel in the middle of a computation on elements');
      const programs = programsOf(c);
      const args = pieces(
        c.operands,
        programs.flat().map((p) => p.parameters.length),
      );
      const { infeed = [] } = attributesOf<RunParallelAttributes>(c);
      check(infeed.every(isCalled), "the attribute 'infeed' must be a list of names of functions");
      return c
        .parallel(
          programs,
          args,
          infeed.map(({ value }) => c.called[value]!),
        )
        .flat();
    },
  }),
  defineOp({
    name: 'print',
    doc: 'the operand, which a debugger may show',
    operands: 1,
    stablehlo: ['interpreter.print'],
    infer: (c) => c.operands,
    evaluate: (c) => c.operands,
  }),
  defineOp({
    name: 'probe',
    doc: 'the operand, which a debugger may keep under the name in probe_id',
    operands: 1,
    stablehlo: ['interpreter.probe'],
    infer: (c) => c.operands,
    evaluate: (c) => c.operands,
  }),
];
