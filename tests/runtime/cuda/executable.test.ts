/** Programs on a graphics processor, held against the interpreter on a driver's double. */
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../src/hlo/index.js';
import { compile } from '../../../src/index.js';
import { ArgumentError, type DeviceTensor, toDevice, toHost } from '../../../src/runtime/index.js';
import { ADD, CONTROL, SUM, TABLES, TWO_PROCESSES } from '../../support/bundles.js';
import { type OnDouble, type OnDoubleOptions, onDouble } from '../../support/cuda.js';
import { f32, ramp } from '../programs.js';

const a = f32([8], [1, 2, 3, 4, 5, 6, 7, 8]);
const b = f32([8], [10, 20, 30, 40, 50, 60, 70, 80]);
const sum = [11, 22, 33, 44, 55, 66, 77, 88];
const numbers = (t: Tensor | DeviceTensor | undefined): unknown[] => [...('data' in t! ? t : toHost(t!)).data];
const count = (n: number): Tensor => ({ type: { kind: 'tensor', element: 's32', dims: [] }, data: Int32Array.of(n) });

/** All of it given back? */
function over({ double, device, program }: OnDouble): void {
  program.dispose();
  device.close();
  expect(double.leftovers()).toEqual([]);
}

async function using(source: string, options: OnDoubleOptions, use: (o: OnDouble) => unknown): Promise<void> {
  const o = onDouble(source, options);
  await use(o);
  over(o);
}

const judged = (source: string, inputs: readonly Tensor[]) => {
  using judge = compile(source, { target: 'interpreter' });
  return judge.runSync(inputs);
};

/** A state that every run gives back changed, as JAX donates it. */
const STEP = `func.func @main(%x: tensor<64xf32> {tf.aliasing_output = 0 : i32}, %g: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %y = stablehlo.add %x, %g : tensor<64xf32>
  %z = stablehlo.multiply %g, %g : tensor<64xf32>
  return %y, %z : tensor<64xf32>, tensor<64xf32>
}`;

/** Some of its results are inputs and constants, and some have no elements. */
const PASSED_ON = `func.func @main(%a: tensor<4xf32>, %e: tensor<0x4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<0x4xf32>) {
  %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %f = stablehlo.add %e, %e : tensor<0x4xf32>
  return %c, %a, %f : tensor<4xf32>, tensor<4xf32>, tensor<0x4xf32>
}`;

describe('a run', () => {
  test('gives what the interpreter gives, synchronously and not', () =>
    using(TABLES, {}, async ({ program }) => {
      const inputs = [ramp([64, 32])];
      const want = judged(TABLES, inputs);
      for (const got of [program.runSync(inputs), await program.run(inputs)]) {
        got.forEach((t, o) => {
          t.data.forEach((x, i) => {
            expect(Number(x)).toBeCloseTo(Number(want[o]!.data[i]), 3);
          });
        });
      }
    }));

  test.each([0, 1, 2, 7])('of a loop of %i rounds with a branch asks the device what to do', (n) =>
    using(CONTROL, {}, async ({ program }) => {
      const inputs = [count(n), ramp([16])];
      const [want] = judged(CONTROL, inputs);
      for (const [got] of [program.runSync(inputs), await program.run(inputs)]) {
        got!.data.forEach((x, i) => {
          expect(Number(x)).toBeCloseTo(Number(want!.data[i]), 4);
        });
      }
    }),
  );

  test('gives results that are inputs, constants, or nothing', () =>
    using(PASSED_ON, {}, ({ program }) => {
      const inputs = [f32([4], [5, 6, 7, 8]), f32([0, 4], [])];
      expect(program.runSync(inputs).map(numbers)).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], []]);
      expect(program.runSync(inputs, { onDevice: true }).map(disposed)).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], []]);
    }));

  test('takes arrays, writes to outputs handed in, and returns them', () =>
    using(ADD, {}, ({ program }) => {
      const outputs = [f32([8], new Float32Array(8))];
      expect(program.runSync([a.data, b.data.subarray(0, 8)], { outputs })).toBe(outputs);
      expect(numbers(outputs[0])).toEqual(sum);
    }));

  test('allocates nothing once there has been one', () =>
    using(TABLES, {}, ({ program, double }) => {
      const inputs = [ramp([64, 32])];
      program.runSync(inputs);
      const made = () =>
        double.count('cuMemAllocFromPoolAsync', 'cuStreamCreate', 'cuEventCreate', 'cuModuleLoadDataEx');
      const before = made();
      for (let k = 0; k < 3; k++) program.runSync(inputs);
      expect(made()).toBe(before);
      expect(double.count('cuMemFreeAsync')).toBe(0);
    }));

  test.each([{ pools: false }, { driverVersion: 11010 }])('needs no pool of memory: %o', (options) =>
    using(TABLES, options, ({ program, double }) => {
      program.runSync([ramp([64, 32])], { onDevice: true }).forEach(disposed);
      expect(double.count('cuMemAllocFromPoolAsync', 'cuMemPoolCreate')).toBe(0);
    }),
  );

  test('says how long the device took', () =>
    using(TABLES, {}, ({ program }) => {
      let microseconds = 0;
      program.runSync([ramp([64, 32])], {
        timing: (us) => {
          microseconds = us;
        },
      });
      expect(microseconds).toBeGreaterThan(0);
    }));
});

function disposed(t: DeviceTensor): unknown[] {
  const values = numbers(t);
  t.dispose();
  return values;
}

describe('tensors on the device', () => {
  test('stay there from run to run, and nothing is copied', () =>
    using(ADD, {}, async ({ program, device, double }) => {
      const [x, y] = [toDevice(device, a), toDevice(device, b)];
      const before = double.count('cuMemcpyHtoDAsync', 'cuMemcpyDtoHAsync');
      const [s] = program.runSync([x, y], { onDevice: true });
      const [t] = await program.run([s!, y], { onDevice: true });
      expect(double.count('cuMemcpyHtoDAsync', 'cuMemcpyDtoHAsync')).toBe(before);
      expect(numbers(t)).toEqual(sum.map((v, i) => v + Number(b.data[i])));
      expect(numbers(program.runSync([s!, b])[0])).toEqual(numbers(t));
      for (const tensor of [x, y, s!, t!]) tensor.dispose();
    }));

  test('are written to where they are handed in', () =>
    using(ADD, {}, ({ program, device, double }) => {
      const [x, out] = [toDevice(device, a), toDevice(device, b)];
      program.runSync([x, b]);
      const before = double.liveBytes;
      expect(program.runSync([x, b], { outputs: [out], onDevice: true })).toEqual([out]);
      expect(program.runSync([x, b], { outputs: [out] })[0]).toBe(out);
      expect(double.liveBytes).toBe(before);
      expect(numbers(out)).toEqual(sum);
      for (const tensor of [x, out]) tensor.dispose();
    }));

  test('are refused where they do not fit', () =>
    using(ADD, {}, ({ program, device }) => {
      const other = onDouble(ADD);
      const [x, small, there] = [
        toDevice(device, a),
        toDevice(device, f32([4], [1, 2, 3, 4])),
        toDevice(other.device, a),
      ];
      const refused = (use: () => unknown, message: string) => {
        expect(use).toThrow(ArgumentError);
        expect(use).toThrow(message);
      };
      refused(() => program.runSync([small, b]), 'input 0 must be f32[8], but is f32[4]');
      refused(() => program.runSync([a, there]), 'input 1 lies on another device');
      refused(() => program.runSync([x, x], { outputs: [x] }), 'output 0 overlaps input 0 in memory');
      refused(() => program.runSync([x, x], { outputs: [a], onDevice: true }), 'output 0 is to stay on the device');
      refused(() => program.runSync([x, b], { workspace: new Uint8Array(8) }), 'the workspace lies on the device');
      refused(() => program.runSync([x]), 'the program has 2 inputs, but 1 are given');
      refused(() => program.runSync([x, new Float64Array(8)]), 'input 1 must be f32[8]');
      x.dispose();
      x.dispose();
      refused(() => program.runSync([x, b]), 'the device tensor has been disposed of');
      for (const tensor of [small, there]) tensor.dispose();
      over(other);
    }));
});

describe('donated arguments', () => {
  const donate = { donate: true };
  const x = () => f32([64], new Float32Array(64).fill(1));
  const g = f32([64], new Float32Array(64).fill(2));

  test('become the results: arrays of the host', () =>
    using(STEP, donate, ({ program }) => {
      const state = x();
      const [y, z] = program.runSync([state, g]);
      expect(y!.data).toBe(state.data);
      expect([numbers(y)[0], numbers(z)[0]]).toEqual([3, 4]);
      expect(() => program.runSync([state, g], { outputs: [x(), x()] })).toThrow(
        'output 0 must be the array of input 0, which the program donates to it',
      );
      program.runSync([state, g], { outputs: [state, x()] });
      expect(state.data[0]).toBe(5);
    }));

  test('become the results: tensors on the device', () =>
    using(STEP, donate, ({ program, device }) => {
      const state = toDevice(device, x());
      const [y, z] = program.runSync([state, g], { onDevice: true });
      expect(y).toBe(state);
      expect([numbers(y)[63], numbers(z)[63]]).toEqual([3, 4]);
      expect(numbers(program.runSync([state, g])[0])[0]).toBe(5);
      expect(numbers(state)[0]).toBe(5);
      expect(() => program.runSync([state, state])).toThrow('output 0 overlaps input 1 in memory');
      for (const tensor of [state, z!]) tensor.dispose();
    }));

  test('of the host stay as they are where the results stay on the device', () =>
    using(STEP, donate, ({ program }) => {
      const state = x();
      const made = program.runSync([state, g], { onDevice: true });
      expect(made.map((t) => disposed(t)[0])).toEqual([3, 4]);
      expect(state.data[0]).toBe(1);
    }));
});

describe('streams of the caller', () => {
  test('have runs in their order, which nobody waits for while all stays on the device', () =>
    using(ADD, {}, ({ program, device, double }) => {
      const stream = double.newStream();
      const [x, y] = [toDevice(device, a), toDevice(device, b)];
      const before = double.done.length;
      const [s] = program.runSync([x, y], { onDevice: true, stream });
      const [t] = program.runSync([s!, y], { onDevice: true, stream });
      expect(double.done).toHaveLength(before);
      const [elsewhere] = program.runSync([s!, t!]);
      expect(double.done.length).toBeGreaterThan(before);
      expect(numbers(elsewhere)).toEqual(sum.map((v, i) => 2 * v + Number(b.data[i])));
      expect(numbers(toHost(t!, stream))).toEqual(sum.map((v, i) => v + Number(b.data[i])));
      for (const tensor of [x, y, s!, t!]) tensor.dispose();
      device.within(() => double.driver.cuStreamDestroy(stream));
    }));

  test('are waited for where results go to the host', () =>
    using(TABLES, {}, async ({ program, device, double }) => {
      const stream = double.newStream();
      const inputs = [ramp([64, 32])];
      const want = program.runSync(inputs).map(numbers);
      expect(program.runSync(inputs, { stream }).map(numbers)).toEqual(want);
      expect((await program.run(inputs, { stream })).map(numbers)).toEqual(want);
      device.within(() => double.driver.cuStreamDestroy(stream));
    }));

  test('may still be at work when the program goes', async () => {
    const o = onDouble(TABLES);
    const stream = o.double.newStream();
    const made = o.program.runSync([ramp([64, 32])], { onDevice: true, stream });
    o.program.dispose();
    for (const t of made) t.dispose();
    o.device.within(() => o.double.driver.cuStreamDestroy(stream));
    over(o);
  });
});

describe('asynchronous runs', () => {
  test('leave the event loop free, and may be many', () =>
    using(TABLES, { perLook: 1 }, async ({ program }) => {
      const inputs = Array.from({ length: 9 }, (_, k) => [
        f32(
          [64, 32],
          (ramp([64, 32]).data as Float32Array).map((v) => v * k),
        ),
      ]);
      const want = inputs.map((list) => program.runSync(list).map(numbers));
      let ticks = 0;
      const timer = setInterval(() => ticks++, 0);
      const got = await Promise.all(inputs.map((list) => program.run(list)));
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(0);
      expect(got.map((outputs) => outputs.map(numbers))).toEqual(want);
    }));

  test('end when they are aborted, and the program runs on', () =>
    using(CONTROL, {}, async ({ program }) => {
      const inputs = [count(50), ramp([16])];
      const abort = new AbortController();
      const reason = new Error('enough');
      const run = program.run(inputs, { signal: abort.signal, onDevice: true });
      abort.abort(reason);
      await expect(run).rejects.toBe(reason);
      await expect(program.run(inputs, { signal: abort.signal })).rejects.toBe(reason);
      expect((await program.run(inputs)).map(numbers)).toEqual(program.runSync(inputs).map(numbers));
    }));

  test('finish before what they need is freed; those that wait are refused', async () => {
    const o = onDouble(ADD, { perLook: 1 });
    const runs = Array.from({ length: 6 }, () => o.program.run([a, b]));
    o.program.dispose();
    const settled = await Promise.allSettled(runs);
    expect(settled.map((s) => s.status)).toEqual([...Array(4).fill('fulfilled'), ...Array(2).fill('rejected')]);
    expect(() => o.program.runSync([a, b])).toThrow('disposed');
    over(o);
  });
});

test('programs of several processes are refused', () => {
  expect(() => compile(SUM, { ...TWO_PROCESSES, target: 'cuda' })).toThrow(
    'target cuda runs programs as one process: choose cpu or interpreter for several replicas',
  );
});
