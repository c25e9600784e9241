import fc from 'fast-check';
import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile, type Executable, type Tensor, tensor } from '../../src/index.js';
import { transfersOf } from '../../src/runtime/communicator.js';
import type { NativeExecutable } from '../../src/runtime/index.js';
import { COLLECTIVES } from '../support/collectives.js';

const TARGETS = ['cpu', 'interpreter'] as const;
const values = (results: readonly (readonly Tensor[])[]) => results.map((r) => r.map((t) => [...t.data]));

describe('collectives on random groups, as threads, are what the model says', () => {
  test.each(COLLECTIVES)(
    '%s',
    (_, cases) => {
      fc.assert(
        fc.property(cases, ({ text, replicas, partitions, inputs, expected }) => {
          using program = compile(text, { grid: { replicas, partitions }, threads: 2 });
          const run = (): readonly (readonly Tensor[])[] => program.runReplicasSync(inputs.map((t) => [t]));
          const results = replicas * partitions === 1 ? [program.runSync([inputs[0]!])] : run();
          expect(values(results)).toEqual(expected.map((e) => [e]));
        }),
        { numRuns: 12 },
      );
    },
    60_000,
  );
});

const s32 = (...list: number[]): Tensor => tensor('s32', [list.length], Int32Array.from(list));
const f32 = (...list: number[]): Tensor => tensor('f32', [list.length], Float32Array.from(list));

const two: CompileOptions = { grid: { replicas: 2, partitions: 1 } };
const forBoth = (text: string, options: CompileOptions, use: (program: Executable) => void): void => {
  for (const target of TARGETS) {
    using program = compile(text, { ...options, target });
    use(program);
  }
};

const reduce = (
  element: string,
  n: number,
  groups: string,
): string => `func.func @main(%a: tensor<${n}x${element}>) -> tensor<${n}x${element}> {
    %r = "stablehlo.all_reduce"(%a) ({
      ^bb0(%x: tensor<${element}>, %y: tensor<${element}>):
        %s = stablehlo.add %x, %y : tensor<${element}>
        stablehlo.return %s : tensor<${element}>
    }) {replica_groups = dense<${groups}> : tensor<1x4xi64>} : (tensor<${n}x${element}>) -> tensor<${n}x${element}>
    %m = stablehlo.multiply %r, %r : tensor<${n}x${element}>
    return %m : tensor<${n}x${element}>
  }`;

describe('all-reduce of what is large', () => {
  test.each([30_001, 40_000])('every process combines a part of %i, and all get the same bits', (n) => {
    const inputs = [0, 1, 2, 3].map((p) => f32(...Array.from({ length: n }, (_, k) => Math.sin(k * (p + 1)))));
    const results = TARGETS.map((target) => {
      using program = compile(reduce('f32', n, '[[2, 0, 3, 1]]'), { target, grid: { replicas: 4, partitions: 1 } });
      return program.runReplicasSync(inputs.map((t) => [t]));
    });
    const [native, interpreted] = results as [readonly (readonly Tensor[])[], readonly (readonly Tensor[])[]];
    native.forEach(([t], p) => {
      expect(Buffer.from(t!.data.buffer as ArrayBuffer, t!.data.byteOffset, t!.data.byteLength)).toEqual(
        Buffer.from(interpreted[p]![0]!.data.buffer as ArrayBuffer),
      );
    });
  });

  test('any computation: products of bf16, round by round', () => {
    const text = reduce('bf16', 3, '[[0, 1, 2, 3]]').replace('stablehlo.add', 'stablehlo.multiply');
    const inputs = [0x3fc1, 0x3fa9, 0x4012, 0x3f99].map((bits) =>
      tensor('bf16', [3], Uint16Array.of(bits, bits, 0x3f80)),
    );
    const [a, b] = TARGETS.map((target) => {
      using program = compile(text, { target, grid: { replicas: 4, partitions: 1 } });
      return values(program.runReplicasSync(inputs.map((t) => [t])));
    });
    expect(a).toEqual(b);
  });
});

describe('control flow', () => {
  const LOOP = `func.func @main(%a: tensor<2xi32>, %n: tensor<i32>) -> tensor<2xi32> {
      %zero = stablehlo.constant dense<0> : tensor<i32>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %r:2 = stablehlo.while(%i = %zero, %x = %a) : tensor<i32>, tensor<2xi32>
      cond { %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %p : tensor<i1> }
      do {
        %s = "stablehlo.collective_permute"(%x) {source_target_pairs = dense<[[0, 1], [1, 0]]> : tensor<2x2xi64>} :
          (tensor<2xi32>) -> tensor<2xi32>
        %y = stablehlo.add %s, %x : tensor<2xi32>
        %k = stablehlo.add %i, %one : tensor<i32>
        stablehlo.return %k, %y : tensor<i32>, tensor<2xi32>
      }
      return %r#1 : tensor<2xi32>
    }`;
  const count = (n: number): Tensor => tensor('s32', [], Int32Array.of(n));

  test('an exchange in a loop', () => {
    forBoth(LOOP, two, (program) => {
      const results = program.runReplicasSync([
        [s32(1, 2), count(3)],
        [s32(10, 20), count(3)],
      ]);
      expect(values(results)).toEqual([[[44, 88]], [[44, 88]]]);
    });
  });

  test('who waits in vain is told so: at once, not never', () => {
    forBoth(LOOP, two, (program) => {
      const uneven = [
        [s32(1, 2), count(3)],
        [s32(10, 20), count(2)],
      ];
      expect(() => program.runReplicasSync(uneven)).toThrow(
        /waits for (replica 1|another process), which has ended( or waits elsewhere)?/,
      );
      const even = [
        [s32(1, 2), count(1)],
        [s32(10, 20), count(1)],
      ];
      expect(values(program.runReplicasSync(even))).toEqual([[[11, 22]], [[11, 22]]]);
    });
  });

  test('eight processes, many times', () => {
    const text = LOOP.replace(
      '[[0, 1], [1, 0]]> : tensor<2x2xi64>',
      '[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 0]]> : tensor<8x2xi64>',
    );
    forBoth(text, { grid: { replicas: 8, partitions: 1 } }, (program) => {
      const inputs = Array.from({ length: 8 }, (_, p) => [s32(1, p), count(200)]);
      let [now, next] = [inputs.map((_, p) => p), [] as number[]];
      for (let k = 0; k < 200; k++, now = next) next = now.map((x, p) => (x + now[(p + 7) % 8]!) | 0);
      expect(values(program.runReplicasSync(inputs))).toEqual(now.map((n) => [[0, n]]));
    });
  });

  test('an abort ends processes that wait and those that run', async () => {
    using program = compile(LOOP, two);
    const inputs = [
      [s32(1, 2), count(2 ** 31 - 1)],
      [s32(10, 20), count(2 ** 31 - 1)],
    ];
    await expect(program.runReplicas(inputs, { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout');
    const results = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) =>
        program.runReplicas([
          [s32(n, 0), count(1)],
          [s32(0, n), count(1)],
        ]),
      ),
    );
    expect(results.map(values)).toEqual([1, 2, 3, 4, 5, 6].map((n) => [[[n, n]], [[n, n]]]));
  });
});

describe('the life of a program', () => {
  const plain = `func.func @main(%a: tensor<2xf32> {tf.aliasing_output = 0 : i32}) -> tensor<2xf32> {
      %r = stablehlo.add %a, %a : tensor<2xf32>
      return %r : tensor<2xf32>
    }`;

  test('it may be disposed of while processes run, and other runs wait for their turn', async () => {
    const program = compile(plain);
    const runs = Array.from({ length: 5 }, () => program.runReplicas([[f32(1, 2)], [f32(3, 4)]]));
    const waiting = program.run([f32(5, 6)]);
    expect((await Promise.all(runs)).map(values)).toEqual(new Array(5).fill([[[2, 4]], [[6, 8]]]));
    expect(values([await waiting])).toEqual([[[10, 12]]]);
    const last = program.runReplicas([[f32(1, 2)], [f32(3, 4)]]);
    program.dispose();
    expect(values(await last)).toEqual([[[2, 4]], [[6, 8]]]);
    expect(() => program.runReplicasSync([[f32(1, 2)]])).toThrow('disposed');
  });

  test('what one process gives up another must not', () => {
    using program = compile(plain, { donate: true });
    const [a, b] = [f32(1, 2), f32(3, 4)];
    expect(() => program.runReplicasSync([[a], [a]])).toThrow('processes 0 and 1 give up the same array');
    expect(values(program.runReplicasSync([[a], [b]]))).toEqual([[[2, 4]], [[6, 8]]]);
    expect([...a.data]).toEqual([2, 4]);
  });
});

describe('ids', () => {
  const IDS = `func.func @main(%a: tensor<4xui32>) -> (tensor<ui32>, tensor<1xui32>, tensor<ui32>) {
      %r = stablehlo.replica_id : tensor<ui32>
      %p = stablehlo.partition_id : tensor<ui32>
      %s = stablehlo.dynamic_slice %a, %p, sizes = [1] : (tensor<4xui32>, tensor<ui32>) -> tensor<1xui32>
      %x = stablehlo.add %r, %p : tensor<ui32>
      return %r, %s, %x : tensor<ui32>, tensor<1xui32>, tensor<ui32>
    }`;

  test('of replicas and partitions, and what depends on them', () => {
    const a = tensor('u32', [4], Uint32Array.of(10, 11, 12, 13));
    forBoth(IDS, { grid: { replicas: 2, partitions: 3 } }, (program) => {
      const results = program.runReplicasSync(new Array(6).fill([a]));
      expect(values(results)).toEqual([0, 1].flatMap((r) => [0, 1, 2].map((p) => [[r], [10 + p], [r + p]])));
    });
  });

  test('a module may name the grid; alone, everything is 0', () => {
    const a = tensor('u32', [4], Uint32Array.of(10, 11, 12, 13));
    const module = `module @m attributes {mhlo.num_replicas = 1 : i32, mhlo.num_partitions = 2 : i32} { ${IDS} }`;
    forBoth(module, {}, (program) => {
      expect(values(program.runReplicasSync([[a], [a]]))).toEqual([
        [[0], [10], [0]],
        [[0], [11], [1]],
      ]);
    });
    forBoth(IDS, {}, (program) => {
      expect(values([program.runSync([a])])).toEqual([[[0], [10], [0]]]);
    });
  });
});

describe('another communicator', () => {
  test('runs one process of two; the other is somewhere else', () => {
    const text = `func.func @main(%a: tensor<2xi32>) -> tensor<2xi32> {
      %0 = "stablehlo.all_gather"(%a) {all_gather_dim = 0 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} :
        (tensor<2xi32>) -> tensor<4xi32>
      %1 = stablehlo.slice %0 [1:3] : (tensor<4xi32>) -> tensor<2xi32>
      %r = "stablehlo.collective_permute"(%1) {source_target_pairs = dense<[[0, 1], [1, 0]]> : tensor<2x2xi64>} :
        (tensor<2xi32>) -> tensor<2xi32>
      return %r : tensor<2xi32>
    }`;
    using program = compile(text, two) as NativeExecutable;
    const given: number[][] = [];
    // What process 0 brings to each exchange.
    const other = [
      [10, 20],
      [7, 8],
    ];
    const exchange = (_: unknown, number: number, from: bigint, to: bigint): number => {
      const step = program.exchanges[Number(number)]!;
      given.push(koffi.decode(from, 'int32_t', 2) as number[]);
      for (const t of transfersOf(step, 1)) {
        const block = t.source === 1 ? given.at(-1)! : other[Number(number)]!;
        koffi.encode(to + BigInt(t.to), 'int32_t', block, 2);
      }
      return 0;
    };
    const type = koffi.proto('int32_t test_exchange(void *self, int64_t number, void *from, void *to)');
    const address = koffi.register(exchange, koffi.pointer(type));
    try {
      const communicator = { process: 1, processes: 2, exchange: koffi.address(address), self: 0n };
      expect(values([program.runSync([s32(1, 2)], { communicator })])).toEqual([[[7, 8]]]);
      expect(given.map((g) => [...g])).toEqual([
        [1, 2],
        [20, 1],
      ]);
    } finally {
      koffi.unregister(address);
    }
  });
});

describe('what does not fit is refused', () => {
  const text = reduce('f32', 2, '[[0, 1, 2, 3]]');

  test('a process that there is not', () => {
    expect(() => compile(text, two)).toThrow(
      ':2:5: replica 2 is named, but the program runs on 2 replicas and 1 partition',
    );
  });

  test('inputs of fewer or more processes; a run of one', () => {
    using program = compile(text, { grid: { replicas: 4, partitions: 1 } });
    expect(() => program.runReplicasSync([[f32(1, 2)]])).toThrow(
      'the program runs as 4 processes, but inputs of 1 are given',
    );
    expect(() => program.runSync([f32(1, 2)])).toThrow('hand the inputs of all to runReplicas');
    using interpreted = compile(text, { target: 'interpreter', grid: { replicas: 4, partitions: 1 } });
    expect(() => interpreted.runSync([f32(1, 2)])).toThrow('hand the inputs of all to runReplicas');
    expect(() => program.runReplicasSync([[f32(1, 2)], [f32(1)], [f32(1, 2)], [f32(1, 2)]])).toThrow('input 0');
  });

  test('a program that meets nobody runs as many processes as one likes', () => {
    const plain = `func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {
      %r = stablehlo.add %a, %a : tensor<2xf32>
      return %r : tensor<2xf32>
    }`;
    forBoth(plain, {}, (program) => {
      expect(values(program.runReplicasSync([[f32(1, 2)], [f32(3, 4)], [f32(5, 6)]]))).toEqual([
        [[2, 4]],
        [[6, 8]],
        [[10, 12]],
      ]);
    });
  });
});
