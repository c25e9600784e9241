import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ORDER, RULES } from '../../rules-db/index.js';
import { Computation, type Literal, Module, type Tensor, type TensorType, tensorType } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { rewriteModule } from '../../src/rules/engine.js';
import { ruleSet } from '../../src/rules/index.js';
import { settleCaptures } from '../../src/rules/passes/captures.js';
import { mergeCommonSubexpressions } from '../../src/rules/passes/cse.js';
import { eliminateDeadCode } from '../../src/rules/passes/dce.js';
import { foldConstants } from '../../src/rules/passes/fold.js';
import { inlineCalls } from '../../src/rules/passes/inline.js';
import { Random } from '../../src/rules/random.js';
import { randomTensor } from '../../src/rules/verify/values.js';
import { ops, opsOf, parse } from './support.js';

const module = (text: string): Module => parseStablehlo(text, ops);

test('calls are inlined, nested ones too, and functions that nothing calls go', () => {
  const m = module(`
    func.func @main(%x: tensor<f32>) -> tensor<f32> {
      %0 = call @twice(%x) : (tensor<f32>) -> tensor<f32>
      %1 = call @twice(%0) : (tensor<f32>) -> tensor<f32>
      return %1 : tensor<f32>
    }
    func.func private @twice(%x: tensor<f32>) -> tensor<f32> {
      %0 = call @once(%x) : (tensor<f32>) -> tensor<f32>
      %1 = call @once(%0) : (tensor<f32>) -> tensor<f32>
      return %1 : tensor<f32>
    }
    func.func private @once(%x: tensor<f32>) -> tensor<f32> {
      %0 = stablehlo.negate %x : tensor<f32>
      return %0 : tensor<f32>
    }`);
  inlineCalls(m, ops);
  eliminateDeadCode(m, ops);
  expect(opsOf(m)).toEqual(['negate', 'negate', 'negate', 'negate']);
  expect([...m.computations.keys()]).toEqual(['main']);
});

test('a function that calls itself is an error', () => {
  const m = new Module('m');
  const c = m.add(new Computation('main'));
  const x = c.addParameter(ops.opcode('parameter'), tensorType('f32'));
  c.setResults([c.append(ops.opcode('call'), [tensorType('f32')], { operands: [x], called: [c] }).result]);
  expect(() => inlineCalls(m, ops)).toThrow('@main calls itself');
});

test('equal expressions become one; effects, chance and barriers stay', () => {
  const m = parse(
    '(%x: tensor<f32>, %y: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)',
    `%0 = stablehlo.add %x, %y : tensor<f32>
     %1 = stablehlo.add %y, %x : tensor<f32>
     %2 = stablehlo.subtract %x, %y : tensor<f32>
     %3 = stablehlo.subtract %y, %x : tensor<f32>
     %4 = stablehlo.multiply %0, %1 : tensor<f32>
     %5 = stablehlo.optimization_barrier %x : tensor<f32>
     %6 = stablehlo.optimization_barrier %x : tensor<f32>
     %7 = stablehlo.add %2, %3 : tensor<f32>
     %8 = stablehlo.add %5, %6 : tensor<f32>
     return %4, %7, %8 : tensor<f32>, tensor<f32>, tensor<f32>`,
  );
  expect(mergeCommonSubexpressions(m, ops)).toBe(1);
  expect(opsOf(m).filter((o) => o === 'opt-barrier')).toHaveLength(2);
});

test('equal reductions by equal computations become one, different computations do not', () => {
  const m = parse(
    '(%x: tensor<3xf32>, %i: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)',
    `%0 = stablehlo.reduce(%x init: %i) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
     %1 = stablehlo.reduce(%x init: %i) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
     %2 = stablehlo.reduce(%x init: %i) applies stablehlo.maximum across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
     return %0, %1, %2 : tensor<f32>, tensor<f32>, tensor<f32>`,
  );
  expect(mergeCommonSubexpressions(m, ops)).toBe(1);
});

test('−0 and 0 are two constants', () => {
  const m = parse(
    '() -> (tensor<2xf32>, tensor<2xf32>)',
    `%0 = stablehlo.constant dense<0.0> : tensor<2xf32>
     %1 = stablehlo.constant dense<-0.0> : tensor<2xf32>
     return %0, %1 : tensor<2xf32>, tensor<2xf32>`,
  );
  expect(mergeCommonSubexpressions(m, ops)).toBe(0);
});

const constantOf = (m: Module): Literal => m.entry.results[0]!.producer.attributes.value as Literal;

test('constants fold, and splats stay one number whatever their shape', () => {
  const m = parse(
    '() -> tensor<1000x1000x1000xf32>',
    `%0 = stablehlo.constant dense<2.0> : tensor<1000x1000x1000xf32>
     %1 = stablehlo.constant dense<3.0> : tensor<1000x1000x1000xf32>
     %2 = stablehlo.add %0, %1 : tensor<1000x1000x1000xf32>
     %3 = stablehlo.transpose %2, dims = [2, 0, 1] : (tensor<1000x1000x1000xf32>) -> tensor<1000x1000x1000xf32>
     return %3 : tensor<1000x1000x1000xf32>`,
  );
  expect(foldConstants(m, ops)).toBe(2);
  expect(constantOf(m).isSplat).toBe(true);
  expect([...constantOf(m).scalar()]).toEqual([5]);
});

test('folding stops at its bounds, and leaves what refuses or has no operands', () => {
  const big = parse(
    '() -> tensor<100000xi32>',
    `%0 = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
     %1 = stablehlo.broadcast_in_dim %0, dims = [1] : (tensor<2xi32>) -> tensor<50000x2xi32>
     %2 = stablehlo.reshape %1 : (tensor<50000x2xi32>) -> tensor<100000xi32>
     return %2 : tensor<100000xi32>`,
  );
  expect(foldConstants(big, ops)).toBe(0);
  const iota = parse('() -> tensor<4xi32>', '%0 = stablehlo.iota dim = 0 : tensor<4xi32>\nreturn %0 : tensor<4xi32>');
  expect(foldConstants(iota, ops)).toBe(0);
});

test('reductions and dense constants fold within bounds', () => {
  const m = parse(
    '() -> tensor<i32>',
    `%0 = stablehlo.constant dense<[1, 2, 3]> : tensor<3xi32>
     %i = stablehlo.constant dense<10> : tensor<i32>
     %1 = stablehlo.reduce(%0 init: %i) applies stablehlo.add across dimensions = [0] : (tensor<3xi32>, tensor<i32>) -> tensor<i32>
     return %1 : tensor<i32>`,
  );
  foldConstants(m, ops);
  expect([...constantOf(m).scalar()]).toEqual([16]);
});

/** Programs small enough to interpret. */
const PROGRAMS = ['tiny_chain', 'tiny_mlp', 'add_8', 'wide_graph_1500', 'gpt_6_layers_64x256'];
const folder = new URL('../../../shared/workloads/', import.meta.url);
const rules = ruleSet({ ops, rules: RULES, order: ORDER });

test.skipIf(!existsSync(folder)).each(PROGRAMS)(
  '%s means the same after all passes (skipped without ../shared)',
  (name) => {
    const source = readFileSync(new URL(`${name}.mlir`, folder));
    const plain = parseStablehlo(source, ops);
    const optimised = parseStablehlo(source, ops);
    inlineCalls(optimised, ops);
    // Strict: what runs then is exact, so the results are the same bit for bit.
    expect(rewriteModule(optimised, rules, { stage: 'simplify', precision: 'strict' }).stop).toBe('fixpoint');
    foldConstants(optimised, ops);
    mergeCommonSubexpressions(optimised, ops);
    rewriteModule(optimised, rules, { stage: 'decompose', precision: 'strict' });
    eliminateDeadCode(optimised, ops);
    expect(optimised.entry.instructions.size).toBeLessThanOrEqual(plain.entry.instructions.size);
    const random = new Random(7);
    const inputs = plain.entry.parameters.map((p) => smallTensor(random, p.result.tensorType));
    expect(interpret(optimised, ops, inputs)).toEqual(interpret(plain, ops, inputs));
  },
);

/** Floats within −1 … 1, so that sums mean something. */
function smallTensor(random: Random, type: TensorType) {
  const t = randomTensor(random, type);
  if (type.element === 'f32')
    (t.data as Float32Array).forEach((_, i, all) => {
      all[i] = random.unit() * 2 - 1;
    });
  return t;
}

test('loops carry what they change; constants and broadcasts are made inside, what nobody needs goes', () => {
  const m = parse(
    '(%n: tensor<i32>, %x: tensor<8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32>',
    `%zero = stablehlo.constant dense<0> : tensor<i32>
     %b = stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<8xf32>) -> tensor<8x8xf32>
     %r:5 = stablehlo.while(%i = %zero, %m = %n, %a = %y, %wide = %b, %dead = %y) : tensor<i32>, tensor<i32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
     cond {
       %c = stablehlo.compare LT, %i, %m, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
       stablehlo.return %c : tensor<i1>
     } do {
       %one = stablehlo.constant dense<1> : tensor<i32>
       %i1 = stablehlo.add %i, %one : tensor<i32>
       %a1 = stablehlo.add %a, %wide : tensor<8x8xf32>
       %d1 = stablehlo.multiply %dead, %a : tensor<8x8xf32>
       stablehlo.return %i1, %m, %a1, %wide, %d1 : tensor<i32>, tensor<i32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
     }
     return %r#2 : tensor<8x8xf32>`,
  );
  expect(settleCaptures(m, ops)).toBe(1);
  eliminateDeadCode(m, ops);
  const loop = m.entry.results[0]!.producer;
  // The counter and the sum, handed in: the limit, the row.
  expect(loop.operands.map((v) => v.tensorType.dims)).toEqual([[], [8, 8], [], [8]]);
  expect(settleCaptures(m, ops)).toBe(0);
  const inputs = [
    { type: tensorType('s32'), data: Int32Array.of(3) },
    { type: tensorType('f32', [8]), data: new Float32Array(8).fill(2) },
    { type: tensorType('f32', [8, 8]), data: new Float32Array(64).fill(1) },
  ];
  expect((interpret(m, ops, inputs)[0] as Tensor).data[63]).toBe(7);
});

test('sums of constants alone are left to folding: gathering them comes to an end', () => {
  const m = parse(
    '() -> tensor<i32>',
    `%a = stablehlo.constant dense<1> : tensor<i32>
     %b = stablehlo.constant dense<2> : tensor<i32>
     %c = stablehlo.constant dense<3> : tensor<i32>
     %0 = stablehlo.add %a, %b : tensor<i32>
     %1 = stablehlo.add %0, %c : tensor<i32>
     return %1 : tensor<i32>`,
  );
  expect(rewriteModule(m, rules, { stage: 'simplify', precision: 'default' }).stop).toBe('fixpoint');
});
