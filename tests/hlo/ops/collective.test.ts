import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RuntimeValue, type Tensor, TOKEN_VALUE } from '../../../src/hlo/index.js';
import { interpret, runGrid } from '../../../src/hlo/interpreter.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { COLLECTIVES } from '../../support/collectives.js';
import { elements, registry, s32 } from '../support.js';

/** Runs the entry of a program on a grid of processes, arguments one list each. */
function onGrid(
  text: string,
  replicas: number,
  partitions: number,
  args: readonly (readonly RuntimeValue[])[],
): readonly (readonly RuntimeValue[])[] {
  const { entry } = parseStablehlo(text, registry);
  const programs = Array.from({ length: replicas }, () => new Array(partitions).fill(entry));
  return runGrid(programs, registry, args);
}

describe('collectives on random groups are what the model says', () => {
  test.each(COLLECTIVES)('%s', (_, cases) => {
    fc.assert(
      fc.property(cases, ({ text, replicas, partitions, inputs, expected }) => {
        const results = onGrid(
          text,
          replicas,
          partitions,
          inputs.map((t) => [t]),
        );
        expect(results.map(([r]) => elements(r))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

const vector = (...values: number[]): Tensor => s32([values.length], values);

test('ragged-all-to-all: rows go where each sender says, the rest stays', () => {
  const text = `func.func @main(%in: tensor<4xi32>, %out: tensor<5xi32>, %io: tensor<2xi32>, %ss: tensor<2xi32>,
      %oo: tensor<2xi32>, %rs: tensor<2xi32>) -> tensor<5xi32> {
    %r = stablehlo.custom_call @ragged_all_to_all(%in, %out, %io, %ss, %oo, %rs) {api_version = 4 : i32,
      backend_config = {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}} :
      (tensor<4xi32>, tensor<5xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<5xi32>
    return %r : tensor<5xi32>
  }`;
  const out = vector(-1, -2, -3, -4, -5);
  const results = onGrid(text, 2, 1, [
    // 1 row to itself at 0, 2 rows to the other at 1
    [vector(10, 11, 12, 13), out, vector(0, 1), vector(1, 2), vector(0, 1), vector(1, 1)],
    // 1 row to the other at 3, nothing to itself
    [vector(20, 21, 22, 23), out, vector(2, 0), vector(1, 0), vector(3, 0), vector(2, 0)],
  ]);
  expect(results.map(([r]) => elements(r))).toEqual([
    [10, -2, -3, 22, -5],
    [-1, 11, 12, -4, -5],
  ]);
});

describe('in the middle of control flow', () => {
  test('a loop meets once an iteration', () => {
    const text = `func.func @main(%a: tensor<i32>) -> tensor<i32> {
      %zero = stablehlo.constant dense<0> : tensor<i32>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %three = stablehlo.constant dense<3> : tensor<i32>
      %r:2 = stablehlo.while(%i = %zero, %x = %a) : tensor<i32>, tensor<i32>
      cond { %p = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %p : tensor<i1> }
      do {
        %s = "stablehlo.all_reduce"(%x) ({
          ^bb0(%u: tensor<i32>, %v: tensor<i32>):
            %w = stablehlo.add %u, %v : tensor<i32>
            stablehlo.return %w : tensor<i32>
        }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<i32>) -> tensor<i32>
        %n = stablehlo.add %i, %one : tensor<i32>
        stablehlo.return %n, %s : tensor<i32>, tensor<i32>
      }
      return %r#1 : tensor<i32>
    }`;
    expect(onGrid(text, 2, 1, [[s32([], [1])], [s32([], [2])]]).map(([r]) => elements(r))).toEqual([[12], [12]]);
  });

  const UNEVEN = `func.func @main(%a: tensor<i32>, %p: tensor<i1>) -> tensor<i32> {
      %r = "stablehlo.if"(%p) ({
        %s = "stablehlo.collective_broadcast"(%a) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} :
          (tensor<i32>) -> tensor<i32>
        stablehlo.return %s : tensor<i32>
      }, {
        stablehlo.return %a : tensor<i32>
      }) : (tensor<i1>) -> tensor<i32>
      return %r : tensor<i32>
    }`;
  const pred = (yes: boolean): Tensor => ({
    type: { kind: 'tensor', element: 'pred', dims: [] },
    data: Uint8Array.of(Number(yes)),
  });

  test('who comes alone learns who is missing, and where', () => {
    const args = [
      [s32([], [1]), pred(true)],
      [s32([], [2]), pred(false)],
    ];
    expect(() => onGrid(UNEVEN, 2, 1, args)).toThrow(
      expect.objectContaining({
        message: 'replica 0 waits for replica 1, which has ended',
        location: expect.objectContaining({ line: 3 }),
      }),
    );
  });
});

describe('channels and ids', () => {
  const SEND = `func.func @main(%a: tensor<2xi32>, %t: !stablehlo.token) -> (tensor<2xi32>, !stablehlo.token) {
      %0 = "stablehlo.send"(%a, %t) {channel_handle = #stablehlo.channel_handle<handle = 2, type = 1>,
        source_target_pairs = dense<[[0, 1], [1, 2]]> : tensor<2x2xi64>} :
        (tensor<2xi32>, !stablehlo.token) -> !stablehlo.token
      %1:2 = "stablehlo.recv"(%0) {channel_handle = #stablehlo.channel_handle<handle = 2, type = 1>,
        source_target_pairs = dense<[[0, 1], [1, 2]]> : tensor<2x2xi64>} :
        (!stablehlo.token) -> (tensor<2xi32>, !stablehlo.token)
      return %1#0, %1#1 : tensor<2xi32>, !stablehlo.token
    }`;

  test.each([
    [1, 3],
    [3, 1],
  ])('send and recv follow their pairs, on %i × %i processes', (replicas, partitions) => {
    const args = [1, 2, 3].map((k): RuntimeValue[] => [vector(k, 10 * k), TOKEN_VALUE]);
    expect(onGrid(SEND, replicas, partitions, args).map(([r]) => elements(r))).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
    ]);
  });

  test('nobody sends: an error, not a wait', () => {
    const text = `func.func @main(%t: !stablehlo.token) -> (tensor<2xi32>, !stablehlo.token) {
      %1:2 = "stablehlo.recv"(%t) {channel_handle = #stablehlo.channel_handle<handle = 2, type = 1>} :
        (!stablehlo.token) -> (tensor<2xi32>, !stablehlo.token)
      return %1#0, %1#1 : tensor<2xi32>, !stablehlo.token
    }`;
    expect(() => onGrid(text, 2, 1, [[TOKEN_VALUE], [TOKEN_VALUE]])).toThrow(
      'replica 0 waits for values on channel 2, which nobody sends',
    );
    expect(() => interpret(parseStablehlo(text, registry), registry, [TOKEN_VALUE])).toThrow(
      'it needs another process or a host to talk to',
    );
  });

  test('replica and partition', () => {
    const text = `func.func @main() -> (tensor<ui32>, tensor<ui32>) {
      %r = stablehlo.replica_id : tensor<ui32>
      %p = stablehlo.partition_id : tensor<ui32>
      return %r, %p : tensor<ui32>, tensor<ui32>
    }`;
    const ids = onGrid(text, 2, 3, new Array(6).fill([])).map((values) => values.flatMap(elements));
    expect(ids).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });
});

describe('what does not fit is refused', () => {
  const gather = (attributes: string, result: string) =>
    `func.func @main(%a: tensor<2xi32>) -> ${result} {
      %r = "stablehlo.all_gather"(%a) {all_gather_dim = 0 : i64, ${attributes}} : (tensor<2xi32>) -> ${result}
      return %r : ${result}
    }`;

  test('an id twice, a size that the groups do not give', () => {
    const twice = gather('replica_groups = dense<[[0, 1], [1, 2]]> : tensor<2x2xi64>', 'tensor<4xi32>');
    expect(() => parseStablehlo(twice, registry)).toThrow('the replica groups name 1 twice');
    const size = gather('replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>', 'tensor<6xi32>');
    expect(() => parseStablehlo(size, registry)).toThrow(
      'dimension 0 of the result must be 4 with groups of 2, but is 6',
    );
  });

  test('a process in no group', () => {
    const text = gather('replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>', 'tensor<4xi32>');
    expect(() => onGrid(text, 3, 1, new Array(3).fill([vector(1, 2)]))).toThrow(
      'replica 2 is in none of the replica groups',
    );
  });
});
