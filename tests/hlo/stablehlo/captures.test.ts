import { describe, expect, test } from 'vitest';
import type { Computation } from '../../../src/hlo/graph.js';
import { showType } from '../../../src/hlo/types.js';
import { instructions, main } from './read.js';

const types = (c: Computation): string[] => c.parameters.map((p) => showType(p.result.type));

/** Every value that a computation uses is its own. */
function expectClosed(c: Computation): void {
  for (const i of c.instructions) {
    for (const v of i.operands) expect(v.producer.parent).toBe(c);
    for (const inner of i.called) expectClosed(inner);
  }
  for (const v of c.results) expect(v.producer.parent).toBe(c);
}

describe('what regions capture', () => {
  test('of a loop is carried and returned unchanged', () => {
    const [zero, i] = instructions(
      main(
        '%a: tensor<4xf32>, %n: tensor<i32>',
        'tensor<4xf32>',
        '%c = stablehlo.constant dense<1> : tensor<i32>',
        '%r:2 = stablehlo.while(%i = %n, %x = %a) : tensor<i32>, tensor<4xf32>',
        'cond {',
        '  %p = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>',
        '  stablehlo.return %p : tensor<i1>',
        '} do {',
        '  %j = stablehlo.add %i, %c : tensor<i32>',
        '  %y = stablehlo.add %x, %a : tensor<4xf32>',
        '  stablehlo.return %j, %y : tensor<i32>, tensor<4xf32>',
        '}',
        'return %r#1 : tensor<4xf32>',
      ),
    );
    expect(zero!.opcode).toBe('constant');
    expect(i!.attributes).toEqual({});
    // %n and %a, which are carried too, and the constant.
    expect(i!.operands.map((v) => showType(v.type))).toEqual(['s32[]', 'f32[4]', 's32[]', 's32[]', 'f32[4]']);
    expect(i!.results.length).toBe(5);
    const [condition, body] = i!.called as [Computation, Computation];
    expect(types(condition)).toEqual(types(body));
    expect(body.results.slice(2)).toEqual(body.parameters.slice(2).map((p) => p.result));
    expectClosed(i!.parent);
  });

  test('of branches is a trailing operand, the same for all', () => {
    const [i] = instructions(
      main(
        '%p: tensor<i1>, %a: tensor<2xf32>, %b: tensor<2xf32>',
        'tensor<2xf32>',
        '%r = "stablehlo.if"(%p) ({',
        '  %s = stablehlo.negate %b : tensor<2xf32>',
        '  stablehlo.return %s : tensor<2xf32>',
        '}, {',
        '  %s = stablehlo.add %a, %b : tensor<2xf32>',
        '  stablehlo.return %s : tensor<2xf32>',
        '}) : (tensor<i1>) -> tensor<2xf32>',
        'return %r : tensor<2xf32>',
      ),
    );
    expect(i!.attributes).toEqual({ captures: 2 });
    const [p, a, b] = i!.parent.parameters.map((q) => q.result);
    expect(i!.operands).toEqual([p, b, a]);
    expect(i!.called.map(types)).toEqual([
      ['f32[2]', 'f32[2]'],
      ['f32[2]', 'f32[2]'],
    ]);
    expectClosed(i!.parent);
  });

  test('of a reducer comes after its own parameters', () => {
    const [i] = instructions(
      main(
        '%a: tensor<2x3xf32>, %z: tensor<f32>, %k: tensor<f32>',
        'tensor<2xf32>',
        '%r = stablehlo.reduce(%a init: %z) across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>',
        ' reducer(%x: tensor<f32>, %y: tensor<f32>) {',
        '  %s = stablehlo.add %x, %y : tensor<f32>',
        '  %t = stablehlo.maximum %s, %k : tensor<f32>',
        '  stablehlo.return %t : tensor<f32>',
        '}',
        'return %r : tensor<2xf32>',
      ),
    );
    expect(i!.attributes).toEqual({ dimensions: [1], captures: 1 });
    expect(i!.operands.length).toBe(3);
    expect(types(i!.called[0]!)).toEqual(['f32[]', 'f32[]', 'f32[]']);
  });

  test('through several regions, once each, and one result of several', () => {
    const [constant, top, i] = instructions(
      main(
        '%p: tensor<i1>, %a: tensor<8xf32>',
        'tensor<2xf32>',
        '%c = stablehlo.constant dense<2.0> : tensor<2xf32>',
        '%t:2 = chlo.top_k(%a, k = 2) : tensor<8xf32> -> (tensor<2xf32>, tensor<2xi32>)',
        '%r = "stablehlo.if"(%p) ({',
        '  %s = "stablehlo.if"(%p) ({',
        '    %u = stablehlo.add %t#0, %c : tensor<2xf32>',
        '    stablehlo.return %u : tensor<2xf32>',
        '  }, {',
        '    %u = stablehlo.multiply %t#0, %t#0 : tensor<2xf32>',
        '    stablehlo.return %u : tensor<2xf32>',
        '  }) : (tensor<i1>) -> tensor<2xf32>',
        '  stablehlo.return %s : tensor<2xf32>',
        '}, {',
        '  stablehlo.return %c : tensor<2xf32>',
        '}) : (tensor<i1>) -> tensor<2xf32>',
        'return %r : tensor<2xf32>',
      ),
    );
    const p = i!.parent.parameters[0]!.result;
    expect(i!.operands).toEqual([p, p, top!.results[0], constant!.result].map((v) => v));
    expectClosed(i!.parent);
  });

  test('names of one region are not those of another', () => {
    expect(() =>
      instructions(
        main(
          '%p: tensor<i1>, %a: tensor<f32>',
          'tensor<f32>',
          '%r = "stablehlo.if"(%p) ({',
          '  %s = stablehlo.negate %a : tensor<f32>',
          '  stablehlo.return %s : tensor<f32>',
          '}, {',
          '  stablehlo.return %s : tensor<f32>',
          '}) : (tensor<i1>) -> tensor<f32>',
          'return %r : tensor<f32>',
        ),
      ),
    ).toThrow('%s is not defined');
  });
});
