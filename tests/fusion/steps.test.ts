/** What becomes one kernel, and that such a kernel reads its input once. */
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { compileToLoops } from '../support/plan-runner.js';
import { ABSENT, WORKLOADS, workloadText } from '../support/workloads.js';

const stepsOf = (source: string | Uint8Array) =>
  compileToLoops(parseStablehlo(source, defaultRules().ops)).plan!.steps.map((s) => ({
    read: s.cost.bytesRead,
    written: s.cost.bytesWritten,
  }));

const ROWS = 64;

/** Functions over the rows of f32[64, n]; %m, %s …: row results broadcast back. */
function program(n: number, body: string, result = `${ROWS}x${n}`): string {
  const full = `tensor<${ROWS}x${n}xf32>`;
  const reduce = (id: string, of: string, what: string, init: string) => `
    %${id}r = stablehlo.reduce(%${of} init: %${init}) applies stablehlo.${what} across dimensions = [1] : (${full}, tensor<f32>) -> tensor<${ROWS}xf32>
    %${id} = stablehlo.broadcast_in_dim %${id}r, dims = [0] : (tensor<${ROWS}xf32>) -> ${full}`;
  const text = body
    .replace(/(\w+) = max\((\w+)\)/g, (_, id, of) => reduce(id, of, 'maximum', 'ninf'))
    .replace(/(\w+) = sum\((\w+)\)/g, (_, id, of) => reduce(id, of, 'add', 'zero'))
    .replace(/(\w+) = (\w+)\((\w+), (\w+)\)/g, (_, id, op, a, b) => `%${id} = stablehlo.${op} %${a}, %${b} : ${full}`)
    .replace(/(\w+) = (\w+)\((\w+)\)$/gm, (_, id, op, a) => `%${id} = stablehlo.${op} %${a} : ${full}`);
  return `func.func @main(%x: ${full}) -> tensor<${result}xf32> {
    %ninf = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %n = stablehlo.constant dense<${n}.0> : ${full}
    %eps = stablehlo.constant dense<1.0e-5> : ${full}
    ${text}
    return %out : tensor<${result}xf32>
  }`;
}

const SOFTMAX = `m = max(x)
d = subtract(x, m)
e = exponential(d)
s = sum(e)
out = divide(e, s)`;
const LAYER_NORM = `t = sum(x)
mean = divide(t, n)
c = subtract(x, mean)
q = multiply(c, c)
v = sum(q)
w = divide(v, n)
z = add(w, eps)
r = rsqrt(z)
out = multiply(c, r)`;
const RMS_NORM = `q = multiply(x, x)
v = sum(q)
w = divide(v, n)
z = add(w, eps)
r = rsqrt(z)
out = multiply(x, r)`;
const LOG_SUM_EXP = `m = max(x)
d = subtract(x, m)
e = exponential(d)
s = sum(e)
l = log(s)
out = add(l, m)`;

describe.each([1024, 32000])('over rows of %i', (n) => {
  test.each([
    ['softmax', SOFTMAX],
    ['layer norm', LAYER_NORM],
    ['RMS norm', RMS_NORM],
    ['log-sum-exp', LOG_SUM_EXP],
  ])('%s is one step that reads its input once', (_, body) => {
    const bytes = ROWS * n * 4;
    expect(stepsOf(program(n, body))).toEqual([{ read: bytes, written: bytes }]);
  });
});

test('a product with bias and activation is one step', () => {
  const steps =
    stepsOf(`func.func @main(%a: tensor<96x64xf32>, %b: tensor<64x80xf32>, %c: tensor<80xf32>) -> tensor<96x80xf32> {
    %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<96x64xf32>, tensor<64x80xf32>) -> tensor<96x80xf32>
    %1 = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<80xf32>) -> tensor<96x80xf32>
    %2 = stablehlo.add %0, %1 : tensor<96x80xf32>
    %3 = stablehlo.tanh %2 : tensor<96x80xf32>
    return %3 : tensor<96x80xf32>
  }`);
  expect(steps).toHaveLength(1);
});

test.skipIf(WORKLOADS.length === 0)(`the three results of adamw_4m are one step${ABSENT}`, () => {
  const bytes = 4194304 * 4;
  const [step, ...rest] = stepsOf(workloadText('adamw_4m'));
  expect(rest).toEqual([]);
  expect(step!.written).toBe(3 * bytes);
});
