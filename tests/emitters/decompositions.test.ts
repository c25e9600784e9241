/** Ops that have no kernels of their own: natively, against the interpreter. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { type ElementType, type Tensor, tensorType } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { reader } from '../../src/hlo/numeric/access.js';
import { makeInput, randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { parse } from '../../src/index.js';
import { compile } from '../../src/program.js';
import { relativeError } from '../support/compare.js';

const RUNS = process.env.THIMBLE_TEST_ALL ? 100 : 8;

type Dims = readonly number[];
const MLIR: { readonly [element: string]: string } = { pred: 'i1', c64: 'complex<f32>', c128: 'complex<f64>' };
const word = (e: ElementType): string =>
  MLIR[e] ??
  e
    .replace(/^s(\d+)/, 'i$1')
    .replace(/^u(\d+)/, 'ui$1')
    .replace(/^(f[48]e.*)/, (m) => m.toUpperCase());
const type = (dims: Dims, e: ElementType): string => `tensor<${[...dims, word(e)].join('x')}>`;

/** Runs natively and interpreted. */
function both(source: string, inputs: readonly Tensor[], precision: 'default' | 'strict' = 'default') {
  const { ops } = defaultRules();
  const want = interpret(parseStablehlo(source, ops), ops, inputs) as Tensor[];
  using program = compile(source, { cache: false, precision });
  return { got: program.runSync([...inputs]), want };
}

function expectClose(source: string, inputs: readonly Tensor[], tolerance: number, precision?: 'default' | 'strict') {
  const { got, want } = both(source, inputs, precision);
  for (const [k, w] of want.entries()) {
    expect(relativeError(got[k]!, w), `result ${k} of ${source}`).toBeLessThanOrEqual(tolerance);
  }
}

const TOLERANCE: { readonly [e: string]: number } = { f64: 1e-12, c128: 1e-12, f16: 2e-3, bf16: 2e-2 };
const toleranceOf = (e: ElementType) => TOLERANCE[e] ?? 2e-6;
const floats = fc.constantFrom<ElementType>('f32', 'f64', 'c64', 'c128', 'f16', 'bf16');

describe("rng-bit-generator gives the interpreter's bits", () => {
  const ELEMENTS: readonly ElementType[] = [
    ...(['s8', 'u8', 's16', 'u16', 's32', 'u32', 's64', 'u64', 's4', 'u4', 's2', 'u2'] as const),
    ...(['f16', 'bf16', 'f32', 'f64', 'f8e4m3fn', 'f8e5m2', 'f4e2m1fn'] as const),
  ];
  const states = fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 3, maxLength: 3 });
  test.each(ELEMENTS)('%s', (element) => {
    const shape = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 });
    const algorithms = fc.constantFrom(['THREE_FRY', 2], ['PHILOX', 2], ['PHILOX', 3], ['DEFAULT', 3]);
    fc.assert(
      fc.property(algorithms, shape, states, ([algorithm, size], dims, words) => {
        const state = type([size as number], 'u64');
        const bits = type(dims, element);
        const source = `func.func @main(%s: ${state}) -> (${state}, ${bits}) {
          %0, %1 = stablehlo.rng_bit_generator %s, algorithm = ${algorithm} : (${state}) -> (${state}, ${bits})
          return %0, %1 : ${state}, ${bits}
        }`;
        const data = BigUint64Array.from(words.slice(0, size as number));
        const { got, want } = both(source, [{ type: tensorType('u64', [size as number]), data }]);
        for (const [k, w] of want.entries()) expect(comparable(got[k]!), source).toEqual(comparable(w));
      }),
      { numRuns: Math.ceil(RUNS / 4), examples: [[['PHILOX', 3], [5], [7n, (1n << 64n) - 1n, (1n << 64n) - 1n]]] },
    );
  });

  /** Numbers; NaNs alike, whose bits floats narrower than f32 do not keep. */
  const comparable = (t: Tensor): unknown => {
    const read = reader(t.type.element);
    return Array.from({ length: t.data.length }, (_, k) => read(t.data, k));
  };
});

describe('triangular-solve', () => {
  const solve = (a: Dims, b: Dims, e: ElementType, options: string) => `
    func.func @main(%a: ${type(a, e)}, %b: ${type(b, e)}) -> ${type(b, e)} {
      %0 = "stablehlo.triangular_solve"(%a, %b) <{${options}}> : (${type(a, e)}, ${type(b, e)}) -> ${type(b, e)}
      return %0 : ${type(b, e)}
    }`;
  const options = fc.record({
    left: fc.boolean(),
    lower: fc.boolean(),
    unit: fc.boolean(),
    turn: fc.constantFrom('NO_TRANSPOSE', 'TRANSPOSE', 'ADJOINT'),
  });

  /** Random, with a diagonal that outweighs the rest. */
  function tame(dims: Dims, element: ElementType): Tensor {
    const n = dims.at(-1)!;
    const t = randomInput(tensorType(element, dims), 3);
    const parts = element.startsWith('c') ? 2 : 1;
    if (element.endsWith('16'))
      return makeInput({ shape: dims, dtype: element === 'bf16' ? 'bfloat16' : 'float16', lo: 1, hi: 1.2 });
    const data = t.data as Float64Array;
    for (let k = 0; k < data.length; k += parts) {
      const at = (k / parts) % (n * n);
      if (Math.floor(at / n) === at % n) data[k] = n + data[k]!;
    }
    return t;
  }

  test('any side, triangle, transposition, batch and type', () => {
    fc.assert(
      fc.property(
        options,
        floats,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom([], [2], [2, 2]),
        (o, e, n, m, batch) => {
          const b = [...batch, ...(o.left ? [n, m] : [m, n])];
          const text = `left_side = ${o.left}, lower = ${o.lower}, unit_diagonal = ${o.unit}, transpose_a = #stablehlo<transpose ${o.turn}>`;
          const size = e.endsWith('16') || o.unit ? Math.min(n, 3) : n;
          const side = b.map((d, k) => (k === b.length - (o.left ? 2 : 1) ? size : d));
          expectClose(
            solve([...batch, size, size], side, e, text),
            [tame([...batch, size, size], e), randomInput(tensorType(e, side), 5)],
            4 * toleranceOf(e),
          );
        },
      ),
      { numRuns: 4 * RUNS },
    );
  });

  test.each([
    ['true', 'true', 'NO_TRANSPOSE'],
    ['false', 'true', 'TRANSPOSE'],
    ['false', 'false', 'NO_TRANSPOSE'],
  ])('more rows than a block: left %s, lower %s, %s', (left, lower, turn) => {
    const b = left === 'true' ? [150, 3] : [3, 150];
    const text = `left_side = ${left}, lower = ${lower}, unit_diagonal = false, transpose_a = #stablehlo<transpose ${turn}>`;
    expectClose(
      solve([150, 150], b, 'f32', text),
      [tame([150, 150], 'f32'), randomInput(tensorType('f32', b), 5)],
      1e-5,
    );
  });
});

describe('cholesky', () => {
  const factor = (dims: Dims, e: ElementType, lower: boolean) => `
    func.func @main(%a: ${type(dims, e)}) -> ${type(dims, e)} {
      %0 = stablehlo.cholesky %a, lower = ${lower} : ${type(dims, e)}
      return %0 : ${type(dims, e)}
    }`;

  /** Hermitian, its diagonal `weight`. */
  function hermitian(batch: number, n: number, element: ElementType, weight: number): Tensor {
    const t = randomInput(tensorType(element, [batch, n, n]), 7);
    const parts = element.startsWith('c') ? 2 : 1;
    const data = t.data as Float64Array;
    for (let k = 0; k < data.length / parts; k++) {
      const [b, i, j] = [Math.floor(k / (n * n)), Math.floor(k / n) % n, k % n];
      const other = (b * n * n + j * n + i) * parts;
      if (i === j) {
        data[k * parts] = weight;
        if (parts === 2) data[k * parts + 1] = 0;
      } else if (i > j) {
        data[k * parts] = data[other]!;
        if (parts === 2) data[k * parts + 1] = -data[other + 1]!;
      }
    }
    return t;
  }

  test.each([
    ['f32', 1],
    ['f32', 6],
    ['f64', 5],
    ['c64', 4],
    ['c128', 7],
    ['c128', 70],
  ] as const)('%s, %i columns, lower and upper', (e, n) => {
    for (const lower of [true, false]) {
      expectClose(factor([2, n, n], e, lower), [hermitian(2, n, e, n)], toleranceOf(e));
      expectClose(factor([2, n, n], e, lower), [hermitian(2, n, e, n)], toleranceOf(e), 'strict');
    }
  });

  test('is NaN in the matrices that are not positive definite alone', () => {
    const [n, a] = [3, hermitian(2, 3, 'f32', 3)];
    (a.data as Float32Array)[n * n + 4] = -1;
    const { got, want } = both(factor([2, n, n], 'f32', true), [a]);
    expect([...(got[0]!.data as Float32Array)].map(Number.isNaN)).toEqual(
      [...(want[0]!.data as Float32Array)].map(Number.isNaN),
    );
    expect([...(got[0]!.data as Float32Array)].filter(Number.isNaN)).toHaveLength(6);
  });
});

describe('batch normalisation', () => {
  test('all three, over any feature dimension', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.constantFrom<ElementType>('f32', 'f64', 'f16'),
        (dims, k, e) => {
          const feature = k % dims.length;
          const [x, v] = [type(dims, e), type([dims[feature]!], e)];
          const attributes = `<{epsilon = 0.01 : f32, feature_index = ${feature} : i64}>`;
          const source = `func.func @main(%x: ${x}, %s: ${v}, %o: ${v}, %w: ${v}, %g: ${x}) -> (${x}, ${v}, ${v}, ${x}, ${x}, ${v}, ${v}) {
          %v = stablehlo.abs %w : ${v}
          %0:3 = "stablehlo.batch_norm_training"(%x, %s, %o) ${attributes} : (${x}, ${v}, ${v}) -> (${x}, ${v}, ${v})
          %1 = "stablehlo.batch_norm_inference"(%x, %s, %o, %o, %v) ${attributes} : (${x}, ${v}, ${v}, ${v}, ${v}) -> ${x}
          %2:3 = "stablehlo.batch_norm_grad"(%x, %s, %o, %v, %g) ${attributes} : (${x}, ${v}, ${v}, ${v}, ${x}) -> (${x}, ${v}, ${v})
          return %0#0, %0#1, %0#2, %1, %2#0, %2#1, %2#2 : ${x}, ${v}, ${v}, ${x}, ${x}, ${v}, ${v}
        }`;
          const vector = (seed: number) => randomInput(tensorType(e, [dims[feature]!]), seed);
          const tensor = (seed: number) => randomInput(tensorType(e, dims), seed);
          expectClose(source, [tensor(1), vector(2), vector(3), vector(4), tensor(5)], toleranceOf(e));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('random numbers', () => {
  const COUNT = 40_000;
  const draw = (distribution: string, low: string, high: string, e: ElementType = 'f32') => {
    const source = `func.func @main() -> ${type([COUNT], e)} {
      %n = stablehlo.constant dense<${COUNT}> : tensor<1xi64>
      %a = stablehlo.constant dense<${low}> : ${type([], e)}
      %b = stablehlo.constant dense<${high}> : ${type([], e)}
      %0 = stablehlo.rng %a, %b, %n, distribution = ${distribution} : (${type([], e)}, ${type([], e)}, tensor<1xi64>) -> ${type([COUNT], e)}
      return %0 : ${type([COUNT], e)}
    }`;
    using program = compile(source, { cache: false });
    return [0, 1].map(() => Array.from((program.runSync([])[0] as Tensor).data as ArrayLike<number | bigint>, Number));
  };
  const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;

  test('are uniform within their bounds, and others in each run', () => {
    const [first, second] = draw('UNIFORM', '-1.0', '3.0') as [number[], number[]];
    expect(first).not.toEqual(second);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...first)).toBeLessThanOrEqual(3);
    expect(Math.abs(mean(first) - 1)).toBeLessThan(0.05);
    const [whole] = draw('UNIFORM', '-2', '3', 's8') as [number[], number[]];
    expect([...new Set(whole)].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(Math.abs(mean(whole))).toBeLessThan(0.05);
  });

  test.each(['f32', 'f64'] as const)('are normal: mean and deviation, %s', (e) => {
    const [x] = draw('NORMAL', '2.0', '3.0', e) as [number[], number[]];
    const centre = mean(x);
    expect(Math.abs(centre - 2)).toBeLessThan(0.1);
    expect(Math.abs(Math.sqrt(mean(x.map((v) => (v - centre) ** 2))) - 3)).toBeLessThan(0.1);
    expect(mean(x.map((v) => (Math.abs(v - 2) < 3 ? 1 : 0)))).toBeCloseTo(0.683, 1);
  });
});

/** Ops that have little to do with each other, each in a program of its own. */
describe('natively as interpreted', () => {
  const one = (name: string, parameters: string, body: string, results: string): [string, string] => [
    name,
    `func.func @main(${parameters}) -> (${results}) {\n${body}\n}`,
  ];
  test.each([
    one(
      'scan, backwards, of two inputs',
      '%x: tensor<2x5xf32>, %y: tensor<2x5xf32>, %c: tensor<2xf32>',
      `%0:2 = chlo.scan(%x, %y) inits(%c) dimension=1 attributes {is_associative = false, is_reverse = true} {
      ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>, %s: tensor<2xf32>):
        %1 = stablehlo.multiply %a, %s : tensor<2xf32>
        %2 = stablehlo.add %1, %b : tensor<2xf32>
        stablehlo.return %1, %2 : tensor<2xf32>, tensor<2xf32>
      } : (tensor<2x5xf32>, tensor<2x5xf32>, tensor<2xf32>) -> (tensor<2x5xf32>, tensor<2xf32>)
      return %0#0, %0#1 : tensor<2x5xf32>, tensor<2xf32>`,
      'tensor<2x5xf32>, tensor<2xf32>',
    ),
    one(
      'bitcast-convert between widths',
      '%x: tensor<8x4xui8>, %y: tensor<4xf32>, %z: tensor<3xcomplex<f64>>, %w: tensor<5x2xi4>',
      `%0 = stablehlo.bitcast_convert %x : (tensor<8x4xui8>) -> tensor<8xi32>
      %1 = stablehlo.bitcast_convert %y : (tensor<4xf32>) -> tensor<4x4xi8>
      %2 = stablehlo.bitcast_convert %z : (tensor<3xcomplex<f64>>) -> tensor<3x2xcomplex<f32>>
      %3 = stablehlo.bitcast_convert %w : (tensor<5x2xi4>) -> tensor<5xui8>
      %4 = stablehlo.bitcast_convert %y : (tensor<4xf32>) -> tensor<4x32xi1>
      return %0, %1, %2, %3, %4 : tensor<8xi32>, tensor<4x4xi8>, tensor<3x2xcomplex<f32>>, tensor<5xui8>, tensor<4x32xi1>`,
      'tensor<8xi32>, tensor<4x4xi8>, tensor<3x2xcomplex<f32>>, tensor<5xui8>, tensor<4x32xi1>',
    ),
    one(
      'ragged-dot of rows, with sizes of each batch',
      '%x: tensor<2x7x3xf32>, %y: tensor<2x4x3x5xf32>',
      `%n = stablehlo.constant dense<[[2, 0, 4, 9], [1, 1, 1, 1]]> : tensor<2x4xi32>
      %0 = "chlo.ragged_dot"(%x, %y, %n) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [0], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [2], lhs_ragged_dimensions = [1], rhs_group_dimensions = [1]>}> : (tensor<2x7x3xf32>, tensor<2x4x3x5xf32>, tensor<2x4xi32>) -> tensor<2x7x5xf32>
      return %0 : tensor<2x7x5xf32>`,
      'tensor<2x7x5xf32>',
    ),
    one(
      'torch_index_select and einsum',
      '%x: tensor<2x3x4xf32>, %y: tensor<2x4xf32>',
      `%i = stablehlo.constant dense<[[3, 0], [9, 1]]> : tensor<2x2xi32>
      %0 = "stablehlo.torch_index_select"(%x, %i) <{dim = 2 : i64, batch_dims = 1 : i64}> : (tensor<2x3x4xf32>, tensor<2x2xi32>) -> tensor<2x3x2xf32>
      %1 = "stablehlo.einsum"(%x, %y) <{einsum_config = "abc,ac->ba"}> : (tensor<2x3x4xf32>, tensor<2x4xf32>) -> tensor<3x2xf32>
      return %0, %1 : tensor<2x3x2xf32>, tensor<3x2xf32>`,
      'tensor<2x3x2xf32>, tensor<3x2xf32>',
    ),
  ])('%s', (_, source) => {
    const { entry } = parseStablehlo(source, defaultRules().ops);
    expectClose(
      source,
      entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1)),
      1e-6,
    );
  });

  test('ops that HLO text alone has', () => {
    const source = `HloModule test
mx {
  a = f32[] parameter(0)
  b = f32[] parameter(1)
  ROOT m = f32[] maximum(a, b)
}
ENTRY main {
  x = f32[8]{0} parameter(0)
  u = u32[8]{0} parameter(1)
  t = token[] after-all()
  d = f32[8]{0} add-dependency(x, t)
  dm = f32[8]{0} domain(d), domain={kind="sharding", entry={replicated}, exit={maximal device=0}}
  tp = (f32[8]{0}, u32[8]{0}) tuple(dm, u)
  ob = (f32[8]{0}, u32[8]{0}) opt-barrier(tp)
  o = f32[8]{0} get-tuple-element(ob), index=0
  cs = (f32[8]{0}, f32[8]{0}, u32[]) copy-start(o)
  cd = f32[8]{0} copy-done(cs)
  tk = (f32[3]{0}, s32[3]{0}) topk(cd), k=3, largest=true
  k = s32[3]{0} get-tuple-element(tk), index=1
  mh = u32[8]{0} mulhi(u, u)
  mp = f32[8]{0} map(x, cd), dimensions={0}, to_apply=mx
  st = s32[8]{0} stochastic-convert(x, u)
  sd = f32[8,8]{1,0} scaled-dot(x, x, x, mp), lhs_contracting_dims={}, rhs_contracting_dims={}
  ROOT out = (s32[3]{0}, u32[8]{0}, f32[8]{0}, s32[8]{0}, f32[8,8]{1,0}) tuple(k, mh, mp, st, sd)
}`;
    const inputs = [randomInput(tensorType('f32', [8]), 1), randomInput(tensorType('u32', [8]), 2)];
    const want = interpret(parse(source), defaultRules().ops, inputs) as Tensor[];
    using program = compile(source, { cache: false });
    for (const [k, got] of program.runSync(inputs).entries())
      expect(relativeError(got, want[k]!), `result ${k}`).toBeLessThan(1e-6);
  });
});
