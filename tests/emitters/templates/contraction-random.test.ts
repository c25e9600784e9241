/** Random dots and convolutions, fused in front and behind: loop IR against the reference, machine code against loop IR. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runPasses } from '../../../src/compiler.js';
import { defaultRules } from '../../../src/default-rules.js';
import { bytesOf, type Tensor } from '../../../src/hlo/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { randomInput } from '../../../src/hlo/recipe.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { compilerOptions, executableOf, type TargetName } from '../../../src/program.js';
import { relativeError } from '../../support/compare.js';
import { runInterpreted } from '../../support/plan-runner.js';

const shape = (dims: readonly number[], element: string) => `tensor<${[...dims, element].join('x')}>`;

/** Distinct numbers below n in some order. */
const permutation = (n: number) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, k) => k),
    { minLength: n },
  );

interface Operand {
  readonly dims: readonly number[];
  readonly batch: readonly number[];
  readonly contracting: readonly number[];
}

/** Sizes and, shuffled, their places in the operand. */
const operand = (batch: number[], contracting: number[], free: number[]) =>
  permutation(batch.length + contracting.length + free.length).map((place): Operand => {
    const dims: number[] = [];
    [...batch, ...contracting, ...free].forEach((n, k) => {
      dims[place[k]!] = n;
    });
    return {
      dims,
      batch: place.slice(0, batch.length),
      contracting: place.slice(batch.length, batch.length + contracting.length),
    };
  });

const sizes = (most: number, max: number) => fc.array(fc.integer({ min: 1, max }), { maxLength: most });

const fused = fc.record({ front: fc.boolean(), behind: fc.constantFrom('nothing', 'scale', 'costly') });
const element = fc.constantFrom('f32', 'f32', 'f32', 'f64', 'bf16', 'i8', 'i32');

/** The source with what is fused around the product `%0`. */
function program(
  types: { lhs: string; rhs: string; out: string; isFloat: boolean },
  { front, behind }: { front: boolean; behind: string },
  product: (lhs: string) => string,
): string {
  const { lhs, rhs, out, isFloat } = types;
  const lines = [
    ...(front ? [`%s = stablehlo.multiply %a, %a : ${lhs}`] : []),
    `%0 = ${product(front ? '%s' : '%a')} : (${lhs}, ${rhs}) -> ${out}`,
  ];
  let last = '%0';
  if (behind !== 'nothing') {
    lines.push(`%1 = stablehlo.add %0, %c : ${out}`);
    last = '%1';
  }
  if (behind === 'costly' && isFloat) {
    lines.push(`%2 = stablehlo.logistic %1 : ${out}`, `%3 = stablehlo.multiply %2, %1 : ${out}`);
    last = '%3';
  }
  return `func.func @main(%a: ${lhs}, %b: ${rhs}, %c: ${out}) -> ${out} {\n  ${lines.join('\n  ')}\n  return ${last} : ${out}\n}`;
}

const dotProgram = fc
  .record({ batch: sizes(1, 4), contracting: sizes(2, 24), m: sizes(2, 13), n: sizes(2, 37), element, fused })
  .chain((p) =>
    fc.record({
      p: fc.constant(p),
      lhs: operand(p.batch, p.contracting, p.m),
      rhs: operand(p.batch, p.contracting, p.n),
    }),
  )
  .map(({ p, lhs, rhs }) => {
    const freeOf = (o: Operand) => o.dims.filter((_, d) => !o.batch.includes(d) && !o.contracting.includes(d));
    const out = shape([...p.batch, ...freeOf(lhs), ...freeOf(rhs)], p.element);
    const types = {
      lhs: shape(lhs.dims, p.element),
      rhs: shape(rhs.dims, p.element),
      out,
      isFloat: /f/.test(p.element),
    };
    const numbers = (f: (o: Operand) => readonly number[]) => `[${f(lhs).join(', ')}] x [${f(rhs).join(', ')}]`;
    return program(
      types,
      p.fused,
      (a) =>
        `stablehlo.dot_general ${a}, %b, batching_dims = ${numbers((o) => o.batch)}, contracting_dims = ${numbers((o) => o.contracting)}`,
    );
  });

const spatial = fc.record({
  size: fc.integer({ min: 1, max: 20 }),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: -1, max: 3 }),
  high: fc.integer({ min: -1, max: 3 }),
  base: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  reverse: fc.boolean(),
});

const convolutionProgram = fc
  .record({
    spatial: fc.array(spatial, { minLength: 1, maxLength: 2 }),
    batch: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 9 }),
    outputs: fc.integer({ min: 1, max: 19 }),
    groups: fc.integer({ min: 1, max: 3 }),
    groupBatches: fc.boolean(),
    element,
    fused,
  })
  .chain((p) => {
    const rank = p.spatial.length + 2;
    return fc.record({ p: fc.constant(p), lhs: permutation(rank), rhs: permutation(rank), out: permutation(rank) });
  })
  .map(({ p, lhs, rhs, out }) => {
    const sizeOf = (s: (typeof p.spatial)[number]): number => {
      const dilated = (n: number, by: number) => (n === 0 ? 0 : (n - 1) * by + 1);
      const padded = s.low + dilated(s.size, s.base) + s.high;
      const window = dilated(s.window, s.dilation);
      return padded < window || padded <= 0 ? 0 : Math.floor((padded - window) / s.stride) + 1;
    };
    const [feature, batch] = p.groupBatches ? [1, p.groups] : [p.groups, 1];
    const put = (place: readonly number[], values: readonly (number | string)[]) => {
      const list: (number | string)[] = [];
      values.forEach((v, k) => {
        list[place[k]!] = v;
      });
      return list;
    };
    const numbers = p.spatial.map((_, d) => d);
    const dims = (list: readonly (number | string)[]) => shape(list as number[], p.element);
    const types = {
      lhs: dims(put(lhs, [p.batch * batch, p.inputs * feature, ...p.spatial.map((s) => s.size)])),
      rhs: dims(put(rhs, [p.inputs, p.outputs * p.groups, ...p.spatial.map((s) => s.window)])),
      out: dims(put(out, [p.batch, p.outputs * p.groups, ...p.spatial.map(sizeOf)])),
      isFloat: /f/.test(p.element),
    };
    const list = (f: (s: (typeof p.spatial)[number]) => unknown) => `[${p.spatial.map(f).join(', ')}]`;
    const window = [
      `stride = ${list((s) => s.stride)}`,
      `pad = [${p.spatial.map((s) => `[${s.low}, ${s.high}]`).join(', ')}]`,
      `lhs_dilate = ${list((s) => s.base)}`,
      `rhs_dilate = ${list((s) => s.dilation)}`,
      `reverse = ${list((s) => s.reverse)}`,
    ].join(', ');
    const text = (place: readonly number[], b: string, f: string) => `[${put(place, [b, f, ...numbers]).join(', ')}]`;
    const numbersText = `${text(lhs, 'b', 'f')}x${text(rhs, 'i', 'o')}->${text(out, 'b', 'f')}`;
    return program(
      types,
      p.fused,
      (a) =>
        `stablehlo.convolution(${a}, %b) dim_numbers = ${numbersText}, window = {${window}} {batch_group_count = ${batch} : i64, feature_group_count = ${feature} : i64}`,
    );
  });

/** Relative to the largest result, for sums of up to a few hundred terms. */
const TOLERANCE: readonly (readonly [string, number])[] = [
  ['bf16', 0.02],
  ['f32', 1e-5],
  ['f64', 1e-13],
];

function agree(source: string, target: TargetName): void {
  const { ops } = defaultRules();
  const parsed = parseStablehlo(source, ops);
  const inputs = parsed.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
  const want = interpret(parsed, ops, inputs) as Tensor[];
  for (const precision of ['default', 'strict'] as const) {
    const options = compilerOptions({ target, precision, cache: false, checked: true });
    const c = runPasses(parseStablehlo(source, ops), options);
    const loops = runInterpreted(c, inputs);
    const tolerance = TOLERANCE.find(([name]) => source.includes(name))?.[1] ?? 0;
    // Sums alone are exact; functions behind them are not.
    const exact = precision === 'strict' && !source.includes('logistic');
    const limit = exact ? 0 : tolerance;
    expect(relativeError(loops[0]!, want[0]!), `${precision}: loop IR\n${source}`).toBeLessThanOrEqual(limit);
    const native = executableOf(c, target, 2);
    const [got] = native.runSync(inputs);
    native.dispose();
    expect(Buffer.from(bytesOf(got!)).equals(Buffer.from(bytesOf(loops[0]!))), `${precision}: native\n${source}`).toBe(
      true,
    );
  }
}

describe.each<TargetName>(['cpu', 'cpu:avx2'])('on %s', (target) => {
  test('dots', () => {
    fc.assert(
      fc.property(dotProgram, (source) => agree(source, target)),
      { numRuns: 30 },
    );
  });
  test('convolutions', () => {
    fc.assert(
      fc.property(convolutionProgram, (source) => agree(source, target)),
      { numRuns: 30 },
    );
  });
});
