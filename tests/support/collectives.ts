/** Random programs with one collective each, and what every process must get: a model of lists, written from the text. */
import fc from 'fast-check';
import { type Tensor, tensor } from '../../src/hlo/index.js';

type Matrix = readonly (readonly number[])[];
/** Each member's matrices in the order of the group, and this process's place among them. */
type Model = (brought: readonly Matrix[], index: number) => Matrix;

export interface CollectiveCase {
  readonly name: string;
  readonly replicas: number;
  readonly partitions: number;
  /** StableHLO: takes and gives one matrix of s32. */
  readonly text: string;
  /** Of each process, by its number. */
  readonly inputs: readonly Tensor[];
  readonly expected: readonly (readonly number[])[];
}

type Mode = 'replica' | 'partition' | 'both' | 'flat';
const CHANNEL: Readonly<Record<Mode, string>> = {
  replica: '',
  partition: ', channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>',
  both: ', channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>',
  flat: ', channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, use_global_device_ids',
};

interface Kind {
  readonly op: string;
  readonly modes: readonly Mode[];
  /** Must groups have one size, and hold everybody? */
  readonly groups: 'equal' | 'covering' | 'any';
  /** The op's attributes besides groups, and its region; the result's rows and columns; what it means. */
  readonly build: (n: number, d: number, e: number) => { text: string; region?: string; dims: Dims; model: Model };
}
type Dims = (rows: number, columns: number) => readonly [number, number];

const ADD = `({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
    })`;
/** Neither commutative nor associative: shows in which order members are combined. */
const MIX = `({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %c = stablehlo.constant dense<3> : tensor<i32>
      %0 = stablehlo.multiply %x, %c : tensor<i32>
      %1 = stablehlo.subtract %0, %y : tensor<i32>
      stablehlo.return %1 : tensor<i32>
    })`;
const add = (a: number, b: number) => (a + b) | 0;
const mix = (a: number, b: number) => (Math.imul(a, 3) - b) | 0;

const combine = (parts: readonly Matrix[], f: (a: number, b: number) => number): Matrix =>
  parts.slice(1).reduce((acc, m) => acc.map((row, i) => row.map((x, j) => f(x, m[i]![j]!))), parts[0]!);
const flip = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const along = (d: number, f: (m: Matrix) => Matrix) => (m: Matrix) => (d === 0 ? f(m) : flip(f(flip(m))));
const join = (parts: readonly Matrix[], d: number): Matrix => (d === 0 ? parts.flat() : flip(parts.flatMap(flip)));
const part = (m: Matrix, d: number, n: number, k: number): Matrix =>
  along(d, (x) => x.slice((k * x.length) / n, ((k + 1) * x.length) / n))(m);
const zero = (m: Matrix): Matrix => m.map((row) => row.map(() => 0));
const sized = (d: number, f: (size: number) => number): Dims => {
  return (r, c) => (d === 0 ? [f(r), c] : [r, f(c)]);
};
const same: Dims = (r, c) => [r, c];

const KINDS: readonly Kind[] = [
  {
    op: 'all_gather',
    modes: ['replica', 'both', 'flat'],
    groups: 'equal',
    build: (n, d) => ({
      text: `all_gather_dim = ${d} : i64`,
      dims: sized(d, (s) => s * n),
      model: (all) => join(all, d),
    }),
  },
  {
    op: 'all_reduce',
    modes: ['replica', 'both', 'flat'],
    groups: 'covering',
    build: (_, d) => ({
      text: '',
      region: d ? ADD : MIX,
      dims: same,
      model: (all) => combine(all, d ? add : mix),
    }),
  },
  {
    op: 'reduce_scatter',
    modes: ['replica', 'both', 'flat'],
    groups: 'equal',
    build: (n, d, e) => ({
      text: `scatter_dimension = ${d} : i64`,
      region: e ? ADD : MIX,
      dims: sized(d, (s) => s / n),
      model: (all, k) => part(combine(all, e ? add : mix), d, n, k),
    }),
  },
  {
    op: 'all_to_all',
    modes: ['replica', 'partition'],
    groups: 'equal',
    build: (n, d, e) => ({
      text: `split_dimension = ${d} : i64, concat_dimension = ${e} : i64, split_count = ${n} : i64`,
      dims: (r, c) => sized(e, (s) => s * n)(...sized(d, (s) => s / n)(r, c)),
      model: (all, k) =>
        join(
          all.map((m) => part(m, d, n, k)),
          e,
        ),
    }),
  },
  {
    op: 'collective_broadcast',
    modes: ['replica', 'partition'],
    groups: 'any',
    build: () => ({ text: '', dims: same, model: (all) => all[0]! }),
  },
  {
    op: 'collective_reduce',
    modes: ['replica', 'partition'],
    groups: 'any',
    build: () => ({
      text: '',
      region: MIX,
      dims: same,
      model: (all, k) => (k === 0 ? combine(all, mix) : zero(all[0]!)),
    }),
  },
];

interface Shape {
  readonly replicas: number;
  readonly partitions: number;
  readonly seed: number;
  readonly d: number;
  readonly e: number;
  readonly split: number;
  readonly rows: number;
  readonly columns: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  replicas: fc.integer({ min: 1, max: 4 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 1 << 20 }),
  d: fc.integer({ min: 0, max: 1 }),
  e: fc.integer({ min: 0, max: 1 }),
  split: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 3 }),
  columns: fc.integer({ min: 1, max: 3 }),
});

/** Numbers 0 … n − 1 in an order that the seed decides. */
function shuffled(n: number, seed: number): number[] {
  const rank = (k: number) => Math.imul(k + 1, 2654435761) ^ Math.imul(seed + k, 40503);
  return Array.from({ length: n }, (_, k) => k).sort((a, b) => rank(a) - rank(b));
}

/** Process numbers of the ids in a group, for every set of processes that the mode meets: the specification's loops. */
function processesOf(mode: Mode, group: readonly number[], { replicas, partitions }: Shape): number[][] {
  const number = (r: number, p: number) => r * partitions + p;
  if (mode === 'flat') return [[...group]];
  if (mode === 'partition') return shuffled(replicas, 0).map((r) => group.map((p) => number(r, p)));
  const perPartition = Array.from({ length: partitions }, (_, p) => group.map((r) => number(r, p)));
  return mode === 'replica' ? perPartition : [perPartition.flat()];
}

function groupsOf(kind: Kind, mode: Mode, s: Shape): number[][] {
  const count = mode === 'partition' ? s.partitions : mode === 'flat' ? s.replicas * s.partitions : s.replicas;
  const ids = shuffled(count, s.seed);
  let size = Math.min(s.split, count);
  if (kind.groups === 'equal') while (count % size !== 0) size--;
  const groups: number[][] = [];
  for (let k = 0; k < count; k += size) groups.push(ids.slice(k, k + size));
  return kind.groups === 'any' && groups.length > 1 ? groups.slice(1) : groups;
}

/** Rows of one length, the shorter ones filled up with −1. */
function dense(groups: readonly (readonly number[])[]): string {
  const width = Math.max(...groups.map((g) => g.length));
  const rows = groups.map((g) => `[${[...g, ...new Array<number>(width - g.length).fill(-1)].join(', ')}]`);
  return `dense<[${rows.join(', ')}]> : tensor<${groups.length}x${width}xi64>`;
}

const matrixOf = (r: number, c: number, seed: number, process: number): Matrix =>
  Array.from({ length: r }, (_, i) =>
    Array.from({ length: c }, (_, j) => (Math.imul(seed + 7 * process + 31 * i + 3 * j + 1, 2654435761) >> 20) | 0),
  );

const type = (r: number, c: number): string => `tensor<${r}x${c}xi32>`;

function program(op: string, operand: string, result: string, attributes: string, region = ''): string {
  return `func.func @main(%a: ${operand}) -> ${result} {
    %r = "stablehlo.${op}"(%a) ${region} {${attributes}} : (${operand}) -> ${result}
    return %r : ${result}
  }`;
}

function caseOf(kind: Kind, modeIndex: number, s: Shape): CollectiveCase {
  const mode = kind.modes[modeIndex % kind.modes.length]!;
  const groups = groupsOf(kind, mode, s);
  const members = groups.flatMap((g) => processesOf(mode, g, s));
  const n = members[0]!.length;
  const { text, region, dims, model } = kind.build(n, s.d, s.e);
  const [rows, columns] = [s.rows * n, s.columns * n];
  const count = s.replicas * s.partitions;
  const matrices = Array.from({ length: count }, (_, p) => matrixOf(rows, columns, s.seed, p));
  const expected = matrices.map((own, p) => {
    const group = members.find((m) => m.includes(p));
    const result = group
      ? model(
          group.map((m) => matrices[m]!),
          group.indexOf(p),
        )
      : zero(own);
    return result.flat();
  });
  const attributes = [text, `replica_groups = ${dense(groups)}${CHANNEL[mode]}`].filter((t) => t !== '').join(', ');
  return {
    name: `${kind.op} ${mode}`,
    replicas: s.replicas,
    partitions: s.partitions,
    text: program(kind.op, type(rows, columns), type(...dims(rows, columns)), attributes, region),
    inputs: matrices.map((m) => tensor('s32', [rows, columns], Int32Array.from(m.flat()))),
    expected,
  };
}

/** collective_permute: some ids send to some others, in chains, circles and to themselves. */
function permuteOf(mode: 'replica' | 'partition', s: Shape): CollectiveCase {
  const ids = mode === 'replica' ? s.replicas : s.partitions;
  const targets = shuffled(ids, s.seed + 1);
  const pairs = shuffled(ids, s.seed)
    .map((source, k) => [source, targets[k]!] as const)
    .slice(0, Math.max(1, ids - s.d));
  const count = s.replicas * s.partitions;
  const matrices = Array.from({ length: count }, (_, p) => matrixOf(s.rows, s.columns, s.seed, p));
  const sources = new Map(pairs.flatMap((pair) => processesOf(mode, pair, s).map(([a, b]) => [b!, a!] as const)));
  const attributes = `source_target_pairs = ${dense(pairs)}${CHANNEL[mode]}`;
  const t = type(s.rows, s.columns);
  return {
    name: `collective_permute ${mode}`,
    replicas: s.replicas,
    partitions: s.partitions,
    text: program('collective_permute', t, t, attributes),
    inputs: matrices.map((m) => tensor('s32', [s.rows, s.columns], Int32Array.from(m.flat()))),
    expected: matrices.map((own, p) => (sources.has(p) ? matrices[sources.get(p)!]! : zero(own)).flat()),
  };
}

export const COLLECTIVES: readonly (readonly [name: string, cases: fc.Arbitrary<CollectiveCase>])[] = [
  ...KINDS.map(
    (kind) =>
      [kind.op, fc.tuple(fc.integer({ min: 0, max: 2 }), shape).map(([mode, s]) => caseOf(kind, mode, s))] as const,
  ),
  [
    'collective_permute',
    fc.tuple(fc.boolean(), shape).map(([flag, s]) => permuteOf(flag ? 'replica' : 'partition', s)),
  ],
];
