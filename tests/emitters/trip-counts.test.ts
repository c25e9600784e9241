import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { storageOf, type Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compile, tensor } from '../../src/index.js';
import { type Step, stepsInside } from '../../src/runtime/plan.js';
import { compileToLoops, runInterpreted } from '../support/plan-runner.js';

interface Loop {
  readonly type: string;
  readonly from: string;
  readonly direction: string;
  readonly to: string;
  readonly step: string;
  readonly mirrored?: boolean;
}

/** Counts its own trips in an s64, and multiplies what it carries, which is why nobody can leave the loop out. */
function program({ type, from, direction, to, step, mirrored = false }: Loop): string {
  const t = `tensor<${type}>`;
  const sign = type.startsWith('ui') ? 'UNSIGNED' : 'SIGNED';
  const [a, b] = mirrored ? ['%limit', '%i'] : ['%i', '%limit'];
  return `func.func @main(%x: tensor<3xi32>) -> (tensor<3xi32>, tensor<i64>) {
  %from = stablehlo.constant dense<${from}> : ${t}
  %none = stablehlo.constant dense<0> : tensor<i64>
  %r:3 = stablehlo.while(%i = %from, %v = %x, %n = %none) : ${t}, tensor<3xi32>, tensor<i64>
  cond {
    %limit = stablehlo.constant dense<${to}> : ${t}
    %go = stablehlo.compare ${direction}, ${a}, ${b}, ${sign} : (${t}, ${t}) -> tensor<i1>
    stablehlo.return %go : tensor<i1>
  } do {
    %step = stablehlo.constant dense<${step}> : ${t}
    %next = stablehlo.add %i, %step : ${t}
    %w = stablehlo.multiply %v, %v : tensor<3xi32>
    %one = stablehlo.constant dense<1> : tensor<i64>
    %m = stablehlo.add %n, %one : tensor<i64>
    stablehlo.return %next, %w, %m : ${t}, tensor<3xi32>, tensor<i64>
  }
  return %r#1, %r#2 : tensor<3xi32>, tensor<i64>
}`;
}

const parse = (text: string) => parseStablehlo(text, defaultRules().ops);
const flat = (steps: readonly Step[]): Step[] => steps.flatMap((s) => [s, ...stepsInside(s).flatMap(flat)]);
const x = tensor('s32', [3], Int32Array.of(1, 2, 3));

/** What the plan says of the trips; 'none' where there is no loop in it, 'asked' where it asks a condition. */
function planned(text: string): number | 'none' | 'asked' | 'between' {
  const loop = flat(compileToLoops(parse(text)).plan!.steps).find((s) => s.kind === 'loop' || s.kind === 'repeat');
  if (!loop) return 'none';
  if (loop.kind !== 'repeat') return 'asked';
  return typeof loop.trips === 'number' ? loop.trips : 'between';
}

const counted: [Loop, ReturnType<typeof planned>][] = [
  [{ type: 'i32', from: '0', direction: 'LT', to: '100', step: '1' }, 100],
  [{ type: 'i64', from: '5', direction: 'LT', to: '100', step: '7' }, 14],
  [{ type: 'i32', from: '100', direction: 'GT', to: '0', step: '-1' }, 100],
  [{ type: 'i32', from: '0', direction: 'LE', to: '100', step: '1' }, 101],
  [{ type: 'ui32', from: '100', direction: 'GE', to: '1', step: '4294967295' }, 'asked'],
  [{ type: 'i32', from: '0', direction: 'NE', to: '30', step: '3' }, 10],
  [{ type: 'i32', from: '0', direction: 'NE', to: '30', step: '4' }, 'asked'],
  [{ type: 'i32', from: '0', direction: 'GT', to: '40', step: '1', mirrored: true }, 40],
  [{ type: 'i8', from: '0', direction: 'LE', to: '127', step: '1' }, 'asked'],
  [{ type: 'i8', from: '100', direction: 'LT', to: '127', step: '10' }, 'asked'],
  [{ type: 'i8', from: '-128', direction: 'LT', to: '127', step: '1' }, 255],
  [{ type: 'i32', from: '3', direction: 'LT', to: '3', step: '1' }, 'none'],
  [{ type: 'i32', from: '3', direction: 'LT', to: '4', step: '1' }, 'none'],
  [{ type: 'i32', from: '3', direction: 'EQ', to: '3', step: '2' }, 'none'],
  [{ type: 'i32', from: '0', direction: 'LT', to: '4', step: '1' }, 'none'],
];

describe('loops that count', () => {
  test.each(counted)('%o', (loop, trips) => {
    expect(planned(program(loop))).toBe(trips);
  });

  test('any of 8 bits: as often as the interpreter says', () => {
    const loop = fc.record({
      type: fc.constantFrom('i8', 'ui8'),
      from: fc.integer({ min: 0, max: 127 }).map(String),
      direction: fc.constantFrom('LT', 'LE', 'GT', 'GE', 'NE', 'EQ'),
      to: fc.integer({ min: 0, max: 127 }).map(String),
      step: fc.integer({ min: 1, max: 9 }).map(String),
      mirrored: fc.boolean(),
    });
    fc.assert(
      fc.property(loop, (l) => {
        const text = program(l);
        const trips = planned(text);
        if (typeof trips !== 'number') return;
        const [, n] = interpret(parse(text), defaultRules().ops, [x]) as Tensor[];
        expect(trips).toBe(Number(n!.data[0]));
      }),
      { numRuns: 150 },
    );
  });

  const given = (type: string, direction: string, to: string, step: string) =>
    program({ type, from: '0', direction, to, step })
      .replace('@main(%x', `@main(%from: tensor<${type}>, %x`)
      .replace(/ {2}%from = .*\n/, '');

  test.each([
    ['i32', 's32', 'LT', '2', '1', [-3, -1, 0, 5]],
    ['i8', 's8', 'LT', '100', '1', [-128, 127, 0]],
    ['i64', 's64', 'GT', '-5', '-1', [6, 1, 0, -9]],
    ['ui16', 'u16', 'LT', '65535', '1', [65530, 65534, 65535]],
    ['ui64', 'u64', 'LT', '4', '1', [3, 0, 4]],
  ] as const)(
    '%s from where the caller says: counted when the loop begins',
    (type, element, direction, to, step, starts) => {
      const text = given(type, direction, to, step);
      expect(planned(text)).toBe('between');
      using program = compile(text, { cache: false });
      for (const start of starts) {
        const data = new (storageOf(element))(1);
        data[0] = (typeof data[0] === 'bigint' ? BigInt(start) : start) as number;
        const inputs = [tensor(element, [], data), x];
        const want = interpret(parse(text), defaultRules().ops, inputs) as Tensor[];
        expect(program.runSync(inputs).map((t) => t.data)).toEqual(want.map((t) => t.data));
        expect(runInterpreted(compileToLoops(parse(text)), inputs).map((t) => t.data)).toEqual(want.map((t) => t.data));
      }
    },
  );

  test('other steps may leap over a limit that nobody knows', () => {
    expect(planned(given('i32', 'LT', '2', '2'))).toBe('asked');
  });
});
