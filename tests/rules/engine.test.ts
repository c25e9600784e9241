import { expect, test } from 'vitest';
import { ORDER, RULES } from '../../rules-db/index.js';
import { Computation, Module, type Opcode, OpRegistry, tensorType } from '../../src/hlo/index.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { rewriteModule } from '../../src/rules/engine.js';
import {
  guard,
  number,
  oneOf,
  op,
  region,
  rest,
  result,
  rewrite,
  ruleSet,
  typed,
  variables,
} from '../../src/rules/index.js';
import { ops, opsOf, parse, setOf } from './support.js';

const { x, y, z, p, q, xs, f, a, b } = variables('x', 'y', 'z', 'p', 'q', 'xs', 'f', 'a', 'b');
const simplify = { stage: 'simplify', precision: 'default' } as const;

const DoubleNegation = rewrite('−−x = x', op('negate', [op('negate', [x])]), { to: ({ x }) => x, fp: 'exact' });

test('rewrites to a fixpoint, removes what is dead, and says what it did', () => {
  const m = parse(
    '(%x: tensor<2xf32>) -> tensor<2xf32>',
    `%0 = stablehlo.negate %x : tensor<2xf32>
     %1 = stablehlo.negate %0 : tensor<2xf32>
     %2 = stablehlo.negate %1 : tensor<2xf32>
     %3 = stablehlo.negate %2 : tensor<2xf32>
     %4 = stablehlo.exponential %3 : tensor<2xf32>
     return %4 : tensor<2xf32>`,
  );
  const report = rewriteModule(m, setOf({ DoubleNegation }), simplify);
  expect(opsOf(m)).toEqual(['exponential']);
  expect(report.stop).toBe('fixpoint');
  expect([...report.fired]).toEqual([['DoubleNegation', 2]]);
  expect(report.trace[0]).toMatchObject({
    rule: 'DoubleNegation',
    before: 'negate f32[2] of (f32[2])',
    computation: 'main',
  });
});

test('a repeated variable must stand for one value, and commutative ops match either way round', () => {
  const Distribute = rewrite('x·z + y·z = (x + y)·z', op('add', [op('multiply', [x, z]), op('multiply', [y, z])]), {
    to: ({ x, y, z }, build) => build.op('multiply', [build.op('add', [x, y]), z]),
    fp: ['reassociates'],
  });
  const type = 'tensor<2xf32>';
  const body = (last: string) => `%0 = stablehlo.multiply %c, %a : ${type}
     %1 = stablehlo.multiply %b, ${last} : ${type}
     %2 = stablehlo.add %0, %1 : ${type}
     return %2 : ${type}`;
  const signature = `(%a: ${type}, %b: ${type}, %c: ${type}) -> ${type}`;
  const same = parse(signature, body('%c'));
  expect(rewriteModule(same, setOf({ Distribute }), simplify).fired.size).toBe(1);
  expect(opsOf(same)).toEqual(['add', 'multiply']);
  const different = parse(signature, body('%b'));
  expect(rewriteModule(different, setOf({ Distribute }), simplify).fired.size).toBe(0);
});

test('guards keep a rule from firing, and the report counts each by its sentence', () => {
  const Never = rewrite('−x = x', op('negate', [x]), {
    when: [guard('x is a scalar', ({ x }) => x.tensorType.dims.length === 0)],
    to: ({ x }) => x,
    fp: 'exact',
  });
  const m = parse(
    '(%x: tensor<2xf32>) -> tensor<2xf32>',
    '%0 = stablehlo.negate %x : tensor<2xf32>\nreturn %0 : tensor<2xf32>',
  );
  const report = rewriteModule(m, setOf({ Never }), simplify);
  expect(report.refused.get('Never')?.get('x is a scalar')).toBe(1);
});

test('strict precision runs exact rules alone', () => {
  const Loose = rewrite('x + 0 = x', op('add', [x, number(0)]), { to: ({ x }) => x, fp: ['signed-zero'] });
  const make = () =>
    parse(
      '(%x: tensor<f32>) -> tensor<f32>',
      `%0 = stablehlo.constant dense<0.0> : tensor<f32>
       %1 = stablehlo.add %x, %0 : tensor<f32>
       return %1 : tensor<f32>`,
    );
  expect(rewriteModule(make(), setOf({ Loose }), { stage: 'simplify', precision: 'strict' }).fired.size).toBe(0);
  expect(rewriteModule(make(), setOf({ Loose }), simplify).fired.size).toBe(1);
});

test('patterns reach into called computations, and bind the op found there', () => {
  const Name = rewrite(
    'a reduction by a plain op, marked by a negation',
    op('reduce', [x, y], { dimensions: p }, [region([a, b], op(oneOf(f, 'add', 'maximum'), [a, b]))]),
    {
      when: [guard('it reduces by maximum', ({ f }) => f === 'maximum')],
      to: ({ y }, build) => build.op('broadcast', [y], { dimensions: [] }, { type: build.type }),
      fp: 'exact',
    },
  );
  const m = parse(
    '(%x: tensor<2x3xf32>, %i: tensor<f32>) -> (tensor<2xf32>, tensor<2xf32>)',
    `%0 = stablehlo.reduce(%x init: %i) applies stablehlo.maximum across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
     %1 = stablehlo.reduce(%x init: %i) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
     return %0, %1 : tensor<2xf32>, tensor<2xf32>`,
  );
  rewriteModule(m, setOf({ Name }), simplify);
  expect(opsOf(m).sort()).toEqual(['broadcast', 'reduce']);
});

test('an instruction with several results is replaced result by result, and matched by result', () => {
  const Barrier = rewrite('barrier(xs) = xs', op('opt-barrier', [rest(xs)]), { to: ({ xs }) => xs, fp: 'exact' });
  const Second = rewrite('−(barrier.1) = barrier.1', op('negate', [result(1, op('opt-barrier', [x, y]))]), {
    to: (_, build) => build.root.operands[0]!,
    fp: 'exact',
  });
  const make = () =>
    parse(
      '(%x: tensor<f32>, %y: tensor<f32>) -> (tensor<f32>, tensor<f32>)',
      `%0:2 = stablehlo.optimization_barrier %x, %y : tensor<f32>, tensor<f32>
       %1 = stablehlo.negate %0#1 : tensor<f32>
       return %0#0, %1 : tensor<f32>, tensor<f32>`,
    );
  const first = make();
  rewriteModule(first, setOf({ Barrier }), simplify);
  expect(opsOf(first)).toEqual(['negate']);
  const second = make();
  rewriteModule(second, setOf({ Second }), simplify);
  expect(opsOf(second)).toEqual(['opt-barrier']);
});

test('rules that undo each other stop at a limit that names them', () => {
  const Grow = rewrite('x + y = x − −y', op('add', [x, y]), {
    to: ({ x, y }, build) => build.op('subtract', [x, build.op('negate', [y])]),
    fp: 'exact',
  });
  const Shrink = rewrite('x − −y = x + y', op('subtract', [x, op('negate', [y])]), {
    to: ({ x, y }, build) => build.op('add', [x, y]),
    fp: 'exact',
  });
  const m = parse(
    '(%x: tensor<f32>) -> tensor<f32>',
    '%0 = stablehlo.add %x, %x : tensor<f32>\nreturn %0 : tensor<f32>',
  );
  const report = rewriteModule(m, setOf({ Grow, Shrink }), simplify);
  expect(report.stop).toBe('limit');
  expect(report.reason).toMatch(/Grow \(\d+ times\) and Shrink/);
});

test('a right side of another type than the left is an error that names the rule', () => {
  const Wrong = rewrite('transpose(x) = x', op('transpose', [x], { permutation: q }), {
    to: ({ x }) => x,
    fp: 'exact',
  });
  const m = parse(
    '(%x: tensor<2x3xf32>) -> tensor<3x2xf32>',
    '%0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>\nreturn %0 : tensor<3x2xf32>',
  );
  expect(() => rewriteModule(m, setOf({ Wrong }), simplify)).toThrow(/rule Wrong: gives f32\[2,3\] for f32\[3,2\]/);
});

test('element types can be asked for', () => {
  const Integers = rewrite('x + 0 = x', op('add', [typed(x, { element: 's32' }), number(0)]), {
    to: ({ x }) => x,
    fp: 'exact',
  });
  const make = (t: string) =>
    parse(
      `(%x: tensor<${t}>) -> tensor<${t}>`,
      `%0 = stablehlo.constant dense<0> : tensor<${t}>\n%1 = stablehlo.add %0, %x : tensor<${t}>\nreturn %1 : tensor<${t}>`,
    );
  expect(rewriteModule(make('i32'), setOf({ Integers }), simplify).fired.size).toBe(1);
  expect(rewriteModule(make('i64'), setOf({ Integers }), simplify).fired.size).toBe(0);
});

/** Negations and transposes by the thousand, of which nothing remains. */
function longChain(registry: OpRegistry, length: number): Module {
  const m = new Module('chain');
  const c = m.add(new Computation('main'));
  const code = (name: string): Opcode => registry.opcode(name);
  let v = c.addParameter(code('parameter'), tensorType('f32', [2, 3]));
  for (let k = 0; k < length; k += 4) {
    v = registry.build(c, code('negate'), { operands: [v] }).result;
    v = registry.build(c, code('transpose'), { operands: [v], attributes: { permutation: [1, 0] } }).result;
    v = registry.build(c, code('transpose'), { operands: [v], attributes: { permutation: [1, 0] } }).result;
    v = registry.build(c, code('negate'), { operands: [v] }).result;
  }
  c.setResults([v]);
  return m;
}

test('100,000 instructions reach their fixpoint', () => {
  const m = longChain(ops, 100_000);
  const report = rewriteModule(m, ruleSet({ ops, rules: RULES, order: ORDER }), simplify);
  expect(report.stop).toBe('fixpoint');
  expect(m.entry.instructions.size).toBe(1);
});

test('with every opcode renamed, the same rules fire', () => {
  const renamed = new OpRegistry(OPS, (name) => `op-${[...name].reverse().join('')}`);
  const fired = [ops, renamed].map((registry) => {
    const rules = ruleSet({ ops: registry, rules: RULES, order: ORDER });
    return [...rewriteModule(longChain(registry, 400), rules, simplify).fired];
  });
  expect(fired[1]).toEqual(fired[0]);
  expect(fired[0]!.length).toBeGreaterThan(1);
});
