/** Machine code that calls OpenBLAS keeps what LAPACK promises, and what JAX adds to it. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { type ElementType, elementCount, partType, type Tensor, tensorType } from '../../src/hlo/index.js';
import { compile } from '../../src/program.js';
import { extendRuleSet, library } from '../../src/rules/index.js';
import { make } from '../hlo/support.js';
import { relativeError } from '../support/compare.js';
import { complexOf, matrixOf, programOf, randomTensor, TYPES } from '../support/lapack.js';
import { LAWS } from '../support/lapack-laws.js';

const FILE = '/usr/lib/x86_64-linux-gnu/libopenblas.so.0';
const ABSENT = existsSync(FILE) ? '' : ' (skipped: libopenblas0 is not installed)';

describe.skipIf(ABSENT !== '').each(TYPES)(`in %s${ABSENT}`, (type) => {
  const tolerance = partType(type) === 'f32' ? 2e-5 : 1e-12;

  test.each(LAWS)('$title', ({ call, prepare = (x) => x, distances }) => {
    const batch = [2];
    const made = call(type);
    const random = made.operands.map((t, k) => randomTensor(t.element, [...batch, ...t.dims], k + 3));
    const operands = prepare(random, type);
    using program = compile(programOf(made, type, batch));
    const results = program.runSync(operands);
    results.forEach((r, k) => {
      expect(r.type).toEqual(tensorType(made.results[k]!.element, [...batch, ...made.results[k]!.dims]));
    });
    for (let b = 0; b < elementCount(batch); b++) {
      for (const d of distances(operands, results, b)) expect(Math.abs(d)).toBeLessThan(tolerance);
    }
  });
});

/** One call on these operands, natively. */
function call(
  name: string,
  type: (typeof TYPES)[number],
  config: string,
  operands: readonly Tensor[],
  results: Shapes,
) {
  const shapes = operands.map((t) => t.type);
  using program = compile(programOf({ name, config, operands: shapes, results }, type, []));
  return program.runSync(operands);
}
type Shapes = readonly { readonly element: ElementType; readonly dims: readonly number[] }[];
const INFO = { element: 's32', dims: [] } as const;
const of = (element: ElementType, ...dims: number[]) => ({ element, dims });

describe.skipIf(ABSENT !== '')(`what does not work out${ABSENT}`, () => {
  test('a matrix that is not positive definite has its info', () => {
    const a = make('f64', [3, 3], [1, 0, 0, 0, -1, 0, 0, 0, 1]);
    const [, info] = call('potrf', 'f64', 'uplo = 76 : ui8', [a], [of('f64', 3, 3), INFO]);
    expect(info!.data[0]).toBe(2);
  });

  test('a singular matrix has its info, and its factors all the same', () => {
    const a = make('f32', [2, 2], [1, 2, 2, 4]);
    const [lu, pivots, info] = call('getrf', 'f32', '', [a], [of('f32', 2, 2), of('s32', 2), INFO]);
    expect([...lu!.data]).toEqual([2, 4, 0.5, 0]);
    expect([...pivots!.data]).toEqual([2, 2]);
    expect(info!.data[0]).toBe(2);
  });

  test('a singular tridiagonal system has its info', () => {
    const zero = make('f32', [2], [0, 0]);
    const b = make('f32', [2, 1], [1, 1]);
    const types = [of('f32', 2), of('f32', 2), of('f32', 2), of('f32', 2, 1), INFO];
    const results = call('gtsv', 'f32', '', [zero, zero, zero, b], types);
    expect(results[4]!.data[0]).toBe(1);
  });

  test.each(TYPES)('singular values of %s that is not finite: info −4', (type) => {
    const a = randomTensor(type, [3, 3], 1);
    a.data[4] = Number.NaN;
    const real = partType(type);
    const results = call(
      'gesdd',
      type,
      'mode = 83 : ui8',
      [a],
      [...[of(type, 3, 3), of(real, 3), of(type, 3, 3), of(type, 3, 3), INFO]],
    );
    expect(results[4]!.data[0]).toBe(-4);
  });

  test.each(TYPES)('eigenvalues of %s that is not finite: info −4, others of the batch unharmed', (type) => {
    const a = randomTensor(type, [2, 3, 3], 1);
    a.data[0] = Number.POSITIVE_INFINITY;
    const config = 'compute_left = 78 : ui8, compute_right = 86 : ui8';
    const vectors = of(complexOf(type), 3, 3);
    const values = partType(type) === type ? [of(type, 3), of(type, 3)] : [of(type, 3)];
    const text = programOf(
      { name: 'geev', config, operands: [of(type, 3, 3)], results: [...values, vectors, vectors, INFO] },
      type,
      [2],
    );
    using program = compile(text);
    const info = program.runSync([a]).at(-1)!;
    expect([...info.data]).toEqual([-4, 0]);
  });
});

describe.skipIf(ABSENT !== '')(`sizes${ABSENT}`, () => {
  test.each(TYPES)('matrices of %s that no stack holds', (type) => {
    const n = 150;
    const a = randomTensor(type, [2, n, n], 7);
    const law = {
      name: 'getrf',
      operands: [of(type, n, n)],
      results: [of(type, n, n), of('s32', n), INFO],
    };
    using native = compile(programOf(law, type, [2]));
    using reference = compile(programOf(law, type, [2]), { target: 'interpreter' });
    const [got, want] = [native.runSync([a]), reference.runSync([a])];
    expect([...got[1]!.data]).toEqual([...want[1]!.data]);
    expect(relativeError(got[0]!, want[0]!)).toBeLessThan(partType(type) === 'f32' ? 1e-3 : 1e-11);
  });

  test('more matrices than tasks, each with its own result', () => {
    const a = randomTensor('f64', [100, 3, 3], 7);
    const law = { name: 'geqrf', operands: [of('f64', 3, 3)], results: [of('f64', 3, 3), of('f64', 3)] };
    using native = compile(programOf(law, 'f64', [100]));
    using reference = compile(programOf(law, 'f64', [100]), { target: 'interpreter' });
    const [got, want] = [native.runSync([a], { threads: 2 }), reference.runSync([a])];
    for (const k of [0, 1]) expect(relativeError(got[k]!, want[k]!)).toBeLessThan(1e-13);
  });

  test.each([
    ['no matrices', [0, 3, 3]],
    ['matrices without elements', [2, 0, 0]],
  ])('%s', (_, dims) => {
    const [batch, m, n] = dims as [number, number, number];
    const a = randomTensor('f32', [batch, m, n], 7);
    const law = { name: 'geqrf', operands: [of('f32', m, n)], results: [of('f32', m, n), of('f32', n)] };
    using native = compile(programOf(law, 'f32', [batch]));
    expect(native.runSync([a]).map((t) => t.data.length)).toEqual([0, 0]);
  });

  test('a constant that is the same everywhere, as an operand', () => {
    using program = compile(`func.func @main(%b: tensor<2x1xf32>) -> tensor<2x1xf32> {
      %a = stablehlo.constant dense<2.0> : tensor<2x2xf32>
      %0 = stablehlo.custom_call @lapack_strsm_ffi(%a, %b) {
        mhlo.backend_config = {diag = 78 : ui8, side = 76 : ui8, trans_x = 78 : ui8, uplo = 76 : ui8},
        operand_layouts = [dense<[0, 1]> : tensor<2xindex>, dense<[0, 1]> : tensor<2xindex>],
        result_layouts = [dense<[0, 1]> : tensor<2xindex>]} : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
      return %0 : tensor<2x1xf32>
    }`);
    expect([...program.runSync([make('f32', [2, 1], [2, 4])])[0]!.data]).toEqual([1, 1]);
  });
});

describe.skipIf(ABSENT !== '')(`calls of XLA's clients, natively${ABSENT}`, () => {
  test.each([
    ['@Qr(%a)', ['4x4xf64', '4xf64']],
    ['@LuDecomposition(%a)', ['4x4xf64', '4xi32', '4xi32']],
  ])('%s', (target, results) => {
    const types = results.map((t) => `tensor<${t}>`).join(', ');
    const text = `func.func @main(%a: tensor<4x4xf64>) -> (${types}) {
      %r:${results.length} = stablehlo.custom_call ${target} : (tensor<4x4xf64>) -> (${types})
      return ${results.map((_, k) => `%r#${k}`).join(', ')} : ${types}
    }`;
    const a = randomTensor('f64', [4, 4], 3);
    using native = compile(text);
    using reference = compile(text, { target: 'interpreter' });
    const want = reference.runSync([a]);
    native.runSync([a]).forEach((t, k) => {
      expect(relativeError(t, want[k]!)).toBeLessThan(1e-13);
    });
  });

  test('Eigh', () => {
    using program = compile(`func.func @main(%a: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>) {
      %r:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "1,1,100,1e-6"} : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>)
      return %r#0, %r#1 : tensor<2x2xf32>, tensor<2xf32>
    }`);
    const [vectors, values] = program.runSync([make('f32', [2, 2], [2, 99, 1, 2])]);
    expect([...values!.data]).toEqual([1, 3]);
    expect(Math.abs(matrixOf(vectors!, 0).get(0, 0)[0])).toBeCloseTo(Math.SQRT1_2);
  });
});

test('a program that calls LAPACK needs no leave, and says which package is missing', () => {
  const missing = { name: 'openblas', file: 'libnowhere.so.9', package: 'libnowhere9' };
  const rule = library({
    ...defaultRules()
      .ofKind('library')
      .find((r) => r.op === 'lapack-potrf')!,
    library: missing,
  });
  const rules = extendRuleSet(defaultRules(), { rules: [rule] });
  const law = {
    name: 'potrf',
    config: 'uplo = 76 : ui8',
    operands: [of('f32', 2, 2)],
    results: [of('f32', 2, 2), INFO],
  };
  expect(() => compile(programOf(law, 'f32', []), { rules })).toThrow(
    'libnowhere.so.9 is missing; install it with: apt-get install -y libnowhere9',
  );
});
