/** Collectives as XLA writes them, run as several processes: by the interpreter, and compiled. */
import { describe, expect, test } from 'vitest';
import { compile, parse, print, tensor } from '../../../src/index.js';

const ADD = `add {
  x = f32[] parameter(0)
  y = f32[] parameter(1)
  ROOT z = f32[] add(x, y)
}
`;

/** Every process p gives [p, 10 + p, 20 + p, 30 + p]. */
const inputs = [0, 1, 2, 3].map((p) => [tensor('f32', [4], Float32Array.of(p, 10 + p, 20 + p, 30 + p))]);

interface Case {
  readonly name: string;
  readonly counts: string;
  /** From `a`, f32[4], to `ROOT r`. */
  readonly lines: readonly string[];
  /** What each process gets. */
  readonly gives: readonly (readonly number[])[];
}

const sum = (...members: readonly number[]) => [0, 10, 20, 30].map((k) => members.reduce((n, p) => n + k + p, 0));

const CASES: readonly Case[] = [
  {
    name: 'replica groups',
    counts: 'replica_count=4',
    lines: ['ROOT r = f32[4] all-reduce(a), replica_groups={{0,1},{2,3}}, to_apply=add'],
    gives: [sum(0, 1), sum(0, 1), sum(2, 3), sum(2, 3)],
  },
  {
    name: 'no groups: everybody',
    counts: 'replica_count=4',
    lines: ['ROOT r = f32[4] all-reduce(a), replica_groups={}, to_apply=add'],
    gives: [0, 1, 2, 3].map(() => sum(0, 1, 2, 3)),
  },
  {
    name: 'groups as a permuted iota',
    counts: 'num_partitions=4',
    lines: [
      'ROOT r = f32[4] all-reduce(a), channel_id=1, replica_groups=[2,2]<=[2,2]T(1,0), use_global_device_ids=true, to_apply=add',
    ],
    gives: [sum(0, 2), sum(1, 3), sum(0, 2), sum(1, 3)],
  },
  {
    name: 'a channel without global ids: all partitions of the replicas in a group',
    counts: 'replica_count=2, num_partitions=2',
    lines: ['ROOT r = f32[4] all-reduce(a), channel_id=1, replica_groups={{0},{1}}, to_apply=add'],
    gives: [sum(0, 1), sum(0, 1), sum(2, 3), sum(2, 3)],
  },
  {
    name: 'an all-reduce under way',
    counts: 'replica_count=4',
    lines: [
      's = f32[4] all-reduce-start(a), replica_groups={{0,3},{1,2}}, to_apply=add',
      'ROOT r = f32[4] all-reduce-done(s)',
    ],
    gives: [sum(0, 3), sum(1, 2), sum(1, 2), sum(0, 3)],
  },
  {
    name: 'an all-gather under way',
    counts: 'replica_count=4',
    lines: [
      's = (f32[4], f32[8]) all-gather-start(a), replica_groups={{1,0},{3,2}}, dimensions={0}',
      'g = f32[8] all-gather-done(s)',
      'ROOT r = f32[4] slice(g), slice={[2:6]}',
    ],
    gives: [
      [21, 31, 0, 10],
      [21, 31, 0, 10],
      [23, 33, 2, 12],
      [23, 33, 2, 12],
    ],
  },
  {
    name: 'a reduce-scatter under way, wrapped',
    counts: 'replica_count=4',
    lines: [
      's = ((f32[4]), f32[1]) reduce-scatter-start(a), replica_groups={{0,1,2,3}}, dimensions={0}, to_apply=add',
      'd = f32[1] reduce-scatter-done(s)',
      'f = f32[] reshape(d)',
      'ROOT r = f32[4] broadcast(f), dimensions={}',
    ],
    gives: [6, 46, 86, 126].map((n) => [n, n, n, n]),
  },
  {
    name: 'a permutation under way',
    counts: 'num_partitions=4',
    lines: [
      's = (f32[4], f32[4], u32[], u32[]) collective-permute-start(a), channel_id=3, source_target_pairs={{0,1},{1,2},{3,0}}',
      'ROOT r = f32[4] collective-permute-done(s)',
    ],
    gives: [sum(3), sum(0), sum(1), [0, 0, 0, 0]],
  },
  {
    name: 'all-to-all along a dimension',
    counts: 'replica_count=4',
    lines: ['ROOT r = f32[4] all-to-all(a), replica_groups={{0,1,2,3}}, dimensions={0}'],
    gives: [0, 10, 20, 30].map((k) => [k, k + 1, k + 2, k + 3]),
  },
  {
    name: 'all-to-all of an operand for each member',
    counts: 'replica_count=4',
    lines: [
      'b = f32[4] negate(a)',
      't = (f32[4], f32[4]) all-to-all(a, b), replica_groups={{0,1},{2,3}}',
      'x = f32[4] get-tuple-element(t), index=0',
      'y = f32[4] get-tuple-element(t), index=1',
      'ROOT r = f32[4] subtract(x, y)',
    ],
    gives: [
      [-1, -1, -1, -1],
      [1, 1, 1, 1],
      [-1, -1, -1, -1],
      [1, 1, 1, 1],
    ],
  },
  {
    name: 'a broadcast, and a reduction to one',
    counts: 'replica_count=4',
    lines: [
      'b = f32[4] collective-broadcast(a), replica_groups={{2,1,0}}',
      'c = f32[4] collective-reduce(a), replica_groups={{1,3}}, to_apply=add',
      'ROOT r = f32[4] add(b, c)',
    ],
    gives: [sum(2), sum(2).map((n, k) => n + sum(1, 3)[k]!), sum(2), [0, 0, 0, 0]],
  },
  {
    name: 'several operands, and ids',
    counts: 'replica_count=2, num_partitions=2',
    lines: [
      'i = u32[] replica-id()',
      'j = u32[] partition-id()',
      'k = u32[] add(i, j)',
      'f = f32[] convert(k)',
      'v = f32[4] broadcast(f), dimensions={}',
      't = (f32[4], f32[4]) all-reduce(a, v), replica_groups={{0,1}}, to_apply=add',
      'x = f32[4] get-tuple-element(t), index=0',
      'y = f32[4] get-tuple-element(t), index=1',
      'ROOT r = f32[4] add(x, y)',
    ],
    gives: [
      sum(0, 2).map((n) => n + 1),
      sum(1, 3).map((n) => n + 3),
      sum(0, 2).map((n) => n + 1),
      sum(1, 3).map((n) => n + 3),
    ],
  },
];

const text = ({ counts, lines }: Case) => `HloModule m, ${counts}

${ADD}
ENTRY main {
  a = f32[4] parameter(0)
  ${lines.join('\n  ')}
}
`;

describe('four processes', () => {
  test.each(CASES)('$name', (c) => {
    for (const target of ['interpreter', 'cpu'] as const) {
      using program = compile(text(c), { target, threads: 2 });
      const results = program.runReplicasSync(inputs);
      expect(results.map(([t]) => [...t!.data].map((n) => Number(n) + 0))).toEqual(c.gives);
    }
    const printed = print(parse(text(c)));
    expect(print(parse(printed))).toBe(printed);
  });
});

test('ragged-all-to-all', () => {
  const ragged = `HloModule m, replica_count=2

ENTRY main {
  x = s32[4] parameter(0)
  o = s32[5] parameter(1)
  t = s32[4,2] parameter(2)
  i.1 = s32[1,2] slice(t), slice={[0:1], [0:2]}
  i = s32[2] reshape(i.1)
  s.1 = s32[1,2] slice(t), slice={[1:2], [0:2]}
  s = s32[2] reshape(s.1)
  d.1 = s32[1,2] slice(t), slice={[2:3], [0:2]}
  d = s32[2] reshape(d.1)
  r.1 = s32[1,2] slice(t), slice={[3:4], [0:2]}
  r = s32[2] reshape(r.1)
  ROOT y = s32[5] ragged-all-to-all(x, o, i, s, d, r), replica_groups={{0,1}}
}
`;
  const s32 = (dims: number[], ...list: number[]) => tensor('s32', dims, Int32Array.from(list));
  const args = [
    [s32([4], 10, 11, 12, 13), s32([5], -1, -2, -3, -4, -5), s32([4, 2], 0, 1, 1, 2, 0, 1, 1, 1)],
    [s32([4], 20, 21, 22, 23), s32([5], -1, -2, -3, -4, -5), s32([4, 2], 2, 0, 1, 0, 3, 0, 2, 0)],
  ];
  for (const target of ['interpreter', 'cpu'] as const) {
    using program = compile(ragged, { target });
    expect(program.runReplicasSync(args).map(([t]) => [...t!.data])).toEqual([
      [10, -2, -3, 22, -5],
      [-1, 11, 12, -4, -5],
    ]);
  }
});
