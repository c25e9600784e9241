import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { type Tensor, tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compile } from '../../src/program.js';
import { type Step, stepsInside } from '../../src/runtime/plan.js';
import { relativeError } from '../support/compare.js';
import { compileToLoops, runInterpreted } from '../support/plan-runner.js';
import { loopCases, loopProgram } from '../support/random-loop.js';

const parse = (text: string) => parseStablehlo(new TextEncoder().encode(text), defaultRules().ops);
const s32 = (dims: number[], ...data: number[]): Tensor => tensor('s32', dims, Int32Array.from(data));
const f32 = (dims: number[], f: (k: number) => number): Tensor =>
  tensor(
    'f32',
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) => f(k)),
  );

function expectAll(got: readonly Tensor[], want: readonly Tensor[], who: string): void {
  for (const [k, w] of want.entries()) expect(relativeError(got[k]!, w), `${who}, result ${k}`).toBeLessThan(1e-6);
}

/** Kernels in the loop-IR interpreter and natively, twice with poisoned memory, against the interpreter of graphs. */
function agree(text: string, ...inputs: Tensor[]): readonly Step[] {
  const want = interpret(parse(text), defaultRules().ops, inputs) as Tensor[];
  const c = compileToLoops(parse(text));
  expectAll(runInterpreted(c, inputs), want, 'loop IR');
  using program = compile(text, { cache: false });
  expectAll(program.runSync(inputs), want, 'native');
  (program as unknown as { poison?: (byte: number) => void }).poison?.(0xff);
  expectAll(program.runSync(inputs), want, 'native, again');
  return c.plan!.steps;
}

const flat = (steps: readonly Step[]): Step[] => steps.flatMap((s) => [s, ...stepsInside(s).flatMap(flat)]);
const loopOf = (steps: readonly Step[]) => flat(steps).find((s) => s.kind === 'loop' || s.kind === 'repeat')!;
const copiesIn = (steps: readonly Step[]) => flat(steps).filter((s) => s.kind === 'copy').length;

/** Conditions of loops: trips known before, or not. */
const CONDITIONS = {
  counted: '%go = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>',
  asked: `%square = stablehlo.multiply %i, %i : tensor<i32>
    %go = stablehlo.compare LT, %square, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>`,
};
type Condition = keyof typeof CONDITIONS;
const BOTH = ['counted', 'asked'] as const;

const counting = (body: string, types: string, init: string, next: string, condition: Condition = 'counted') => `
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:${types.split(', ').length + 1} = stablehlo.while(%i = %zero, ${init}) : tensor<i32>, ${types}
  cond {
    ${CONDITIONS[condition]}
    stablehlo.return %go : tensor<i1>
  } do {
    %i1 = stablehlo.add %i, %one : tensor<i32>
    ${body}
    stablehlo.return %i1, ${next} : tensor<i32>, ${types}
  }`;

describe('loops', () => {
  const sum = (
    condition: Condition,
  ) => `func.func @main(%n: tensor<i32>, %x: tensor<300xf32>) -> (tensor<300xf32>, tensor<i32>) {
  ${counting('%b = stablehlo.add %a, %x : tensor<300xf32>', 'tensor<300xf32>', '%a = %x', '%b', condition)}
  return %r#1, %r#0 : tensor<300xf32>, tensor<i32>
}`;

  test.each(BOTH.flatMap((condition) => [0, 1, 7].map((trips) => [condition, trips] as const)))(
    '%s, to %i: what is carried is updated in place',
    (condition, trips) => {
      const steps = agree(
        sum(condition),
        s32([], trips),
        f32([300], (k) => k / 7),
      );
      const loop = loopOf(steps);
      expect(copiesIn(stepsInside(loop).flat())).toBe(0);
      expect(loop.kind).toBe(condition === 'counted' ? 'repeat' : 'loop');
      expect(flat(stepsInside(loop).flat())).toHaveLength(condition === 'counted' ? 2 : 3);
    },
  );

  const fibonacci = (
    dims: string,
  ) => `func.func @main(%n: tensor<i32>, %x: tensor<${dims}>) -> (tensor<${dims}>, tensor<${dims}>) {
  %y = stablehlo.constant dense<1> : tensor<${dims}>
  ${counting(`%c = stablehlo.add %a, %b : tensor<${dims}>`, `tensor<${dims}>, tensor<${dims}>`, '%a = %x, %b = %y', '%b, %c')}
  return %r#1, %r#2 : tensor<${dims}>, tensor<${dims}>
}`;

  test.each(['3xi32', '1000xi32'])('values that change places: Fibonacci of %s', (dims) => {
    const count = Number.parseInt(dims, 10);
    const start = s32([count], ...Array.from({ length: count }, (_, k) => k));
    for (const trips of [0, 1, 2, 9]) agree(fibonacci(dims), s32([], trips), start);
  });

  test('a swap of two values', () => {
    const text = `func.func @main(%n: tensor<i32>, %x: tensor<5xi32>, %y: tensor<5xi32>) -> (tensor<5xi32>, tensor<5xi32>) {
  ${counting('', 'tensor<5xi32>, tensor<5xi32>', '%a = %x, %b = %y', '%b, %a')}
  return %r#1, %r#2 : tensor<5xi32>, tensor<5xi32>
}`;
    for (const trips of [3, 4]) agree(text, s32([], trips), s32([5], 1, 2, 3, 4, 5), s32([5], 6, 7, 8, 9, 10));
  });

  test('a scan writes one row an iteration, in place', () => {
    const text = `func.func @main(%n: tensor<i32>, %x: tensor<40x100xf32>) -> tensor<40x100xf32> {
  %empty = stablehlo.constant dense<0.0> : tensor<40x100xf32>
  %h0 = stablehlo.constant dense<0.0> : tensor<1x100xf32>
  ${counting(
    `%row = stablehlo.dynamic_slice %xs, %i, %zero, sizes = [1, 100] : (tensor<40x100xf32>, tensor<i32>, tensor<i32>) -> tensor<1x100xf32>
    %h1 = stablehlo.add %h, %row : tensor<1x100xf32>
    %out = stablehlo.dynamic_update_slice %ys, %h1, %i, %zero : (tensor<40x100xf32>, tensor<1x100xf32>, tensor<i32>, tensor<i32>) -> tensor<40x100xf32>`,
    'tensor<40x100xf32>, tensor<1x100xf32>, tensor<40x100xf32>',
    '%xs = %x, %h = %h0, %ys = %empty',
    '%xs, %h1, %out',
  )}
  return %r#3 : tensor<40x100xf32>
}`;
    const steps = agree(
      text,
      s32([], 40),
      f32([40, 100], (k) => Math.sin(k)),
    );
    const inside = stepsInside(loopOf(steps)).flat();
    expect(copiesIn(inside)).toBe(0);
    expect(Math.max(...flat(inside).map((s) => s.cost.bytesWritten))).toBeLessThan(1000);
  });

  test('an old value that is still asked for is copied before it is changed', () => {
    agree(
      `func.func @main(%n: tensor<i32>, %x: tensor<8x8xi32>) -> (tensor<8x8xi32>, tensor<8x8xi32>) {
  %u = stablehlo.constant dense<7> : tensor<1x8xi32>
  ${counting(
    `%b = stablehlo.dynamic_update_slice %a, %u, %i, %zero : (tensor<8x8xi32>, tensor<1x8xi32>, tensor<i32>, tensor<i32>) -> tensor<8x8xi32>
    %c = stablehlo.transpose %b, dims = [1, 0] : (tensor<8x8xi32>) -> tensor<8x8xi32>
    %d = stablehlo.add %c, %a : tensor<8x8xi32>`,
    'tensor<8x8xi32>, tensor<8x8xi32>',
    '%a = %x, %o = %x',
    '%b, %d',
  )}
  return %r#1, %r#2 : tensor<8x8xi32>, tensor<8x8xi32>
}`,
      s32([], 5),
      s32([8, 8], ...Array.from({ length: 64 }, (_, k) => k)),
    );
  });

  test.each(BOTH)('%s: what an iteration reads all over takes turns with a second buffer', (condition) => {
    const text = `func.func @main(%n: tensor<i32>, %x: tensor<60x60xf32>) -> tensor<60x60xf32> {
  ${counting(
    `%t = stablehlo.transpose %a, dims = [1, 0] : (tensor<60x60xf32>) -> tensor<60x60xf32>
    %b = stablehlo.add %t, %x : tensor<60x60xf32>`,
    'tensor<60x60xf32>',
    '%a = %x',
    '%b',
    condition,
  )}
  return %r#1 : tensor<60x60xf32>
}`;
    for (const trips of [-2, 0, 1, 2, 5]) {
      const steps = agree(
        text,
        s32([], trips),
        f32([60, 60], (k) => k % 17),
      );
      // One copy, at the end of an odd number of iterations.
      expect(copiesIn(stepsInside(loopOf(steps)).flat())).toBe(1);
    }
  });

  test('loops inside loops', () => {
    agree(
      `func.func @main(%n: tensor<i32>, %x: tensor<6xf32>) -> tensor<6xf32> {
  ${counting(
    `%inner:2 = stablehlo.while(%j = %i, %b = %a) : tensor<i32>, tensor<6xf32>
    cond {
      %more = stablehlo.compare GT, %j, %zero, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %more : tensor<i1>
    } do {
      %j1 = stablehlo.subtract %j, %one : tensor<i32>
      %rev = stablehlo.reverse %b, dims = [0] : tensor<6xf32>
      %s = stablehlo.add %rev, %x : tensor<6xf32>
      stablehlo.return %j1, %s : tensor<i32>, tensor<6xf32>
    }`,
    'tensor<6xf32>',
    '%a = %x',
    '%inner#1',
  )}
  return %r#1 : tensor<6xf32>
}`,
      s32([], 5),
      f32([6], (k) => k),
    );
  });

  test('a condition that is a carried value itself', () => {
    agree(
      `func.func @main(%p: tensor<i1>, %x: tensor<i32>) -> (tensor<i1>, tensor<i32>) {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%go = %p, %k = %x) : tensor<i1>, tensor<i32>
  cond {
    stablehlo.return %go : tensor<i1>
  } do {
    %k1 = stablehlo.subtract %k, %one : tensor<i32>
    %more = stablehlo.compare GT, %k1, %one, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %more, %k1 : tensor<i1>, tensor<i32>
  }
  return %r#0, %r#1 : tensor<i1>, tensor<i32>
}`,
      tensor('pred', [], Uint8Array.of(1)),
      s32([], 9),
    );
  });
});

describe('branches', () => {
  const text = `func.func @main(%k: tensor<i32>, %x: tensor<50xf32>) -> (tensor<50xf32>, tensor<i32>) {
  %r:2 = "stablehlo.case"(%k) ({
    %a = stablehlo.add %x, %x : tensor<50xf32>
    stablehlo.return %a, %k : tensor<50xf32>, tensor<i32>
  }, {
    stablehlo.return %x, %k : tensor<50xf32>, tensor<i32>
  }, {
    %c = stablehlo.constant dense<3.0> : tensor<50xf32>
    %d = stablehlo.add %k, %k : tensor<i32>
    stablehlo.return %c, %d : tensor<50xf32>, tensor<i32>
  }) : (tensor<i32>) -> (tensor<50xf32>, tensor<i32>)
  return %r#0, %r#1 : tensor<50xf32>, tensor<i32>
}`;

  test.each([0, 1, 2, 3, -1, 2 ** 31 - 1, -(2 ** 31)])('case %i: numbers without a branch take the last', (k) => {
    agree(
      text,
      s32([], k),
      f32([50], (i) => i),
    );
  });

  test.each([0, 1])('if inside while, from %i', (start) => {
    agree(
      `func.func @main(%n: tensor<i32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  ${counting(
    `%bit = stablehlo.and %i, %one : tensor<i32>
    %odd = stablehlo.compare EQ, %bit, %one, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %b = "stablehlo.if"(%odd) ({
      %s = stablehlo.add %a, %x : tensor<4xf32>
      stablehlo.return %s : tensor<4xf32>
    }, {
      %t = stablehlo.multiply %a, %a : tensor<4xf32>
      stablehlo.return %t : tensor<4xf32>
    }) : (tensor<i1>) -> tensor<4xf32>`,
    'tensor<4xf32>',
    '%a = %x',
    '%b',
  )}
  return %r#1 : tensor<4xf32>
}`,
      s32([], 4 + start),
      f32([4], (k) => 1 + k / 10),
    );
  });
});

describe('native loops', () => {
  const endless = `func.func @main(%x: tensor<i32>) -> tensor<i32> {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r = stablehlo.while(%k = %x) : tensor<i32>
  cond {
    %go = stablehlo.constant dense<true> : tensor<i1>
    stablehlo.return %go : tensor<i1>
  } do {
    %k1 = stablehlo.add %k, %one : tensor<i32>
    stablehlo.return %k1 : tensor<i32>
  }
  return %r : tensor<i32>
}`;

  test('an endless one ends when its run is cancelled', async () => {
    using program = compile(endless, { cache: false });
    await expect(program.run([s32([], 0)], { signal: AbortSignal.timeout(50) })).rejects.toThrow(/abort|timeout/i);
  });

  test('the number of threads changes nothing, nor do checks', () => {
    const text = `func.func @main(%n: tensor<i32>, %x: tensor<300x300xf32>) -> tensor<300x300xf32> {
  ${counting(
    `%t = stablehlo.transpose %a, dims = [1, 0] : (tensor<300x300xf32>) -> tensor<300x300xf32>
    %b = stablehlo.add %t, %x : tensor<300x300xf32>
    %row = stablehlo.dynamic_slice %b, %i, %zero, sizes = [1, 300] : (tensor<300x300xf32>, tensor<i32>, tensor<i32>) -> tensor<1x300xf32>
    %o1 = stablehlo.dynamic_update_slice %o, %row, %i, %zero : (tensor<300x300xf32>, tensor<1x300xf32>, tensor<i32>, tensor<i32>) -> tensor<300x300xf32>`,
    'tensor<300x300xf32>, tensor<300x300xf32>',
    '%a = %x, %o = %x',
    '%b, %o1',
  )}
  return %r#2 : tensor<300x300xf32>
}`;
    const inputs = [s32([], 9), f32([300, 300], (k) => k % 101)];
    const want = interpret(parse(text), defaultRules().ops, inputs) as Tensor[];
    using program = compile(text, { cache: false, checked: true });
    for (const threads of [1, 2, 3]) expectAll(program.runSync(inputs, { threads }), want, `${threads} threads`);
  });
});

const RUNS = process.env.THIMBLE_TEST_ALL ? 1500 : 120;
const NATIVE_RUNS = process.env.THIMBLE_TEST_ALL ? 300 : 15;

describe('random loops: swaps, maps, partial updates, loops and branches inside', () => {
  const inputsOf = ({ size, carried, trips }: { size: number; carried: number; trips: number }): Tensor[] => [
    ...Array.from({ length: carried }, (_, k) =>
      s32([size, size], ...Array.from({ length: size * size }, (_, j) => (j + 1) * (k * 37 + 11))),
    ),
    s32([], trips),
  ];

  test('loop IR agrees with the interpreter', () => {
    fc.assert(
      fc.property(loopCases, (c) => {
        const inputs = inputsOf(c);
        const want = interpret(parse(loopProgram(c)), defaultRules().ops, inputs) as Tensor[];
        expectAll(runInterpreted(compileToLoops(parse(loopProgram(c))), inputs), want, 'loop IR');
      }),
      { numRuns: RUNS },
    );
  });

  test('native code agrees with the interpreter', () => {
    fc.assert(
      fc.property(loopCases, (c) => {
        agree(loopProgram(c), ...inputsOf(c));
      }),
      { numRuns: NATIVE_RUNS },
    );
  });
});
