/** Results that lie in the memory of donated arguments. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/hlo/index.js';
import { type CompileOptions, compile, compilerOptions, interpret, parse, runPasses } from '../../src/index.js';
import type { NativeExecutable } from '../../src/runtime/native-executable.js';
import { f32, ramp } from './programs.js';

const donate: CompileOptions = { donate: true };

/** A step of gradient descent with momentum: both states are donated. */
const N = 1000;
const T = `tensor<${N}xf32>`;
const MOMENTUM = `func.func @main(%x: ${T} {tf.aliasing_output = 0 : i32}, %v: ${T} {tf.aliasing_output = 1 : i32}, %g: ${T}) -> (${T}, ${T}) {
  %d = stablehlo.constant dense<0.9> : ${T}
  %0 = stablehlo.multiply %v, %d : ${T}
  %1 = stablehlo.add %0, %g : ${T}
  %2 = stablehlo.subtract %x, %1 : ${T}
  return %2, %1 : ${T}, ${T}
}`;
const donationsOf = (text: string) => runPasses(parse(text), compilerOptions(donate), 'assemble').plan!.donations;
const copies = (inputs: readonly Tensor[]) => inputs.map((t) => ({ ...t, data: t.data.slice() }) as Tensor);
const interpreted = (text: string, inputs: readonly Tensor[]) => interpret(parse(text), inputs) as Tensor[];

describe('donated arguments', () => {
  it('become the results, and nothing else is written', () => {
    const inputs = [ramp([N]), f32([N], new Float32Array(N).fill(3)), ramp([N])];
    const gradient = inputs[2]!.data.slice();
    const expected = interpreted(MOMENTUM, copies(inputs));
    using program = compile(MOMENTUM, { ...donate, precision: 'strict' });
    const [x, v] = program.runSync(inputs);
    expect(x!.data).toBe(inputs[0]!.data);
    expect(v!.data).toBe(inputs[1]!.data);
    expect([x, v]).toEqual(expected);
    expect(inputs[2]!.data).toEqual(gradient);
  });

  it('stay as they are where the caller does not give them up', () => {
    const inputs = [ramp([N]), ramp([N]), ramp([N])];
    const before = copies(inputs);
    using program = compile(MOMENTUM);
    program.runSync(inputs);
    expect(inputs).toEqual(before);
  });

  it('are refused where another argument lies in the same memory, and other outputs where they are handed in', () => {
    using program = compile(MOMENTUM, donate);
    const [a, b, c] = [ramp([N]), ramp([N]), ramp([N])] as const;
    expect(() => program.runSync([a, a, b])).toThrow(/overlaps/);
    expect(() => program.runSync([a, b, a])).toThrow('output 0 overlaps input 2');
    expect(() => program.runSync([a, b, c], { outputs: [a, c] })).toThrow(
      'output 1 must be the array of input 1, which the program donates to it',
    );
    expect(program.runSync([a, b, c], { outputs: [a, b] })[0]).toBe(a);
  });

  it('are kept where the result cannot be made in their place', () => {
    const M = 'tensor<64x64xf32>';
    const product = `func.func @main(%x: ${M} {tf.aliasing_output = 0 : i32}) -> ${M} {
  %0 = stablehlo.dot_general %x, %x, contracting_dims = [1] x [0] : (${M}, ${M}) -> ${M}
  return %0 : ${M}
}`;
    expect(donationsOf(product)).toEqual([]);
    const transposed = `func.func @main(%x: ${M} {tf.aliasing_output = 0 : i32}) -> ${M} {
  %0 = stablehlo.transpose %x, dims = [1, 0] : (${M}) -> ${M}
  return %0 : ${M}
}`;
    expect(donationsOf(transposed)).toEqual([]);
    expect(donationsOf(MOMENTUM)).toEqual([
      { input: 0, output: 0 },
      { input: 1, output: 1 },
    ]);
  });

  it('hold what a loop carries, and what is updated in place', () => {
    const loop = `func.func @main(%x: ${T} {tf.aliasing_output = 0 : i32}, %n: tensor<i32>) -> ${T} {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %y = %x) : tensor<i32>, ${T}
  cond {
    %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %z = stablehlo.add %y, %y : ${T}
    stablehlo.return %j, %z : tensor<i32>, ${T}
  }
  return %0#1 : ${T}
}`;
    const update = `func.func @main(%x: ${T} {tf.aliasing_output = 0 : i32}, %u: tensor<4xf32>, %i: tensor<i32>) -> ${T} {
  %0 = stablehlo.dynamic_update_slice %x, %u, %i : (${T}, tensor<4xf32>, tensor<i32>) -> ${T}
  return %0 : ${T}
}`;
    const i32 = (n: number): Tensor => ({ type: { kind: 'tensor', element: 's32', dims: [] }, data: Int32Array.of(n) });
    for (const [text, inputs] of [
      [loop, [ramp([N]), i32(5)]],
      [update, [ramp([N]), f32([4], [1, 2, 3, 4]), i32(17)]],
    ] as const) {
      expect(donationsOf(text)).toEqual([{ input: 0, output: 0 }]);
      const expected = interpreted(text, copies(inputs));
      using program = compile(text, donate);
      const [y] = program.runSync(inputs);
      expect(y!.data).toBe(inputs[0]!.data);
      expect(y).toEqual(expected[0]);
    }
  });

  it.each([
    ['aliasing_output = 0', 'aliasing_output = 2', 'argument 0 is donated to result 2, but the program has 2 results'],
    ['aliasing_output = 0', 'aliasing_output = 1', 'argument 1 is donated to result 1, and so is argument 0'],
    [`%g: ${T}`, `%g: ${T}, %h: tensor<2xf32> {tf.aliasing_output = 1 : i32}`, 'one is f32[2], the other f32[1000]'],
  ])('that do not fit are refused: %s → %s', (from, to, message) => {
    expect(() => compile(MOMENTUM.replace(from, to))).toThrow(message);
  });

  it('random programs give what they give without, whatever the memory held before', () => {
    const size = 64;
    const t = `tensor<${size}xf32>`;
    const node = fc.record({ op: fc.constantFrom('add', 'multiply', 'maximum', 'reverse'), a: fc.nat(), b: fc.nat() });
    fc.assert(
      fc.property(
        fc.array(node, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        (nodes, picks, order) => {
          const names = ['%x0', '%x1', '%x2'];
          const lines = nodes.map(({ op, a, b }, k) => {
            const [p, q] = [names[a % names.length], names[b % names.length]];
            names.push(`%${k}`);
            if (op === 'reverse') return `  %${k} = stablehlo.reverse ${p}, dims = [0] : ${t}`;
            return `  %${k} = stablehlo.${op} ${p}, ${q} : ${t}`;
          });
          const results = picks.map((p) => names[p % names.length]);
          const parameters = order.map((o, k) => `%x${k}: ${t} {tf.aliasing_output = ${o} : i32}`);
          const text = `func.func @main(${parameters}) -> (${t}, ${t}, ${t}) {
${lines.join('\n')}
  return ${results.join()} : ${t}, ${t}, ${t}
}`;
          const inputs = [1, 2, 3].map((s) =>
            f32(
              [size],
              Float32Array.from({ length: size }, (_, i) => Math.sin(s * i)),
            ),
          );
          const expected = interpreted(text, copies(inputs));
          using program = compile(text, { ...donate, precision: 'strict' }) as NativeExecutable;
          for (let run = 0; run < 2; run++) {
            expect(program.runSync(copies(inputs))).toEqual(expected);
            program.poison(0xff);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
