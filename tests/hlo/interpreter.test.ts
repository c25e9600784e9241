import { describe, expect, test } from 'vitest';
import { Computation, Module, type Value } from '../../src/hlo/graph.js';
import { interpret, runComputation } from '../../src/hlo/interpreter.js';
import { Literal } from '../../src/hlo/literal.js';
import { OpError } from '../../src/hlo/registry.js';
import type { Tensor } from '../../src/hlo/tensor.js';
import { type TensorType, tensorType } from '../../src/hlo/types.js';
import { verify } from '../../src/hlo/verifier.js';
import { elements, f32, make, moduleOf, registry, s32 } from './support.js';

const scalar = tensorType('s32');
const op = (c: Computation, name: string, operands: readonly Value[], attributes = {}, called: Computation[] = []) =>
  registry.build(c, registry.opcode(name), { operands, attributes, called }).result;
const constant = (c: Computation, value: number) =>
  op(c, 'constant', [], { value: Literal.splat(scalar, Int32Array.of(value)) });

function computation(
  name: string,
  types: readonly TensorType[],
  body: (c: Computation, args: Value[]) => Value[],
): Computation {
  const c = new Computation(name);
  c.setResults(
    body(
      c,
      types.map((t) => c.addParameter(registry.opcode('parameter'), t)),
    ),
  );
  return c;
}

/** Counts down from its argument and adds up what it saw. */
const countdown = () => {
  const condition = computation('condition', [scalar, scalar], (c, [n]) => [
    op(c, 'compare', [n!, constant(c, 0)], { direction: 'GT', type: 'SIGNED' }),
  ]);
  const body = computation('body', [scalar, scalar], (c, [n, sum]) => [
    op(c, 'subtract', [n!, constant(c, 1)]),
    op(c, 'add', [sum!, n!]),
  ]);
  return moduleOf([scalar], (c, [n]) => {
    const operands = [n!, constant(c, 0)];
    return [registry.build(c, registry.opcode('while'), { operands, called: [condition, body] }).results[1]!];
  });
};

describe('control flow', () => {
  test('while runs until its condition fails', () => {
    expect(elements(interpret(countdown(), registry, [s32([], [100])])[0])).toEqual([5050]);
  });

  test.each([
    [0, 10],
    [1, 20],
    [7, 20],
    [-1, 20],
  ])('case %i takes its branch, or the last', (index, want) => {
    const branches = [10, 20].map((n, k) => computation(`branch${k}`, [], (c) => [constant(c, n)]));
    const module = moduleOf([scalar], (c, [i]) => [op(c, 'case', [i!], {}, branches)]);
    expect(elements(interpret(module, registry, [s32([], [index])])[0])).toEqual([want]);
  });

  test('captured values are trailing operands', () => {
    const branches = ['add', 'multiply'].map((name) =>
      computation(name, [scalar], (c, [x]) => [op(c, name, [x!, x!])]),
    );
    const module = moduleOf([tensorType('pred'), scalar], (c, [p, x]) => [
      op(c, 'if', [p!, x!], { captures: 1 }, branches),
    ]);
    const run = (p: number) => elements(interpret(module, registry, [make('pred', [], [p]), s32([], [5])])[0]);
    expect([run(1), run(0)]).toEqual([[10], [25]]);
  });

  test('recursion is an error, not an overflow', () => {
    const c = new Computation('f');
    const x = c.addParameter(registry.opcode('parameter'), scalar);
    c.setResults([x]);
    c.setResults([op(c, 'call', [x], {}, [c])]);
    expect(() => runComputation(c, registry, [s32([], [1])])).toThrow('@f calls itself');
  });
});

describe('interpret', () => {
  test('a chain of 100,000 instructions needs no deep stack', () => {
    const module = moduleOf([scalar], (c, [x]) => {
      const one = constant(c, 1);
      let v = x!;
      for (let i = 0; i < 100_000; i++) v = op(c, 'add', [v, one]);
      return [v];
    });
    expect(elements(interpret(module, registry, [s32([], [0])])[0])).toEqual([100_000]);
  });

  test('hooks see every instruction with its results', () => {
    const seen: string[] = [];
    const module = moduleOf([scalar], (c, [x]) => [op(c, 'negate', [op(c, 'add', [x!, x!])])]);
    interpret(module, registry, [s32([], [2])], {
      onInstruction: (i, results) => seen.push(`${i.opcode} ${elements(results[0])}`),
    });
    expect(seen).toEqual(['add 4', 'negate -4']);
  });

  test('inputs that do not fit are named', () => {
    const module = countdown();
    expect(() => interpret(module, registry, [])).toThrow('@main takes 1 arguments, but 0 are given');
    expect(() => interpret(module, registry, [f32([], [1])])).toThrow(
      'argument 0 of @main must be s32[], but is f32[]',
    );
  });

  test('errors carry the place of their instruction', () => {
    const c = new Module('m').add(new Computation('main'));
    const location = { line: 7, column: 3 };
    const attributes = { target: 'secret', hasSideEffect: false, config: '', apiVersion: 1 };
    registry.build(c, registry.opcode('custom-call'), { attributes, declared: [scalar], location });
    let caught: unknown;
    try {
      runComputation(c, registry, []);
    } catch (e) {
      caught = e;
    }
    expect(caught).toBeInstanceOf(OpError);
    expect((caught as OpError).location).toBe(location);
    expect((caught as OpError).message).toContain(
      'no op is defined for the custom call @secret: define one with defineOp',
    );
  });

  test('shapes known only at run time are inferred again', () => {
    const dynamic = tensorType('s32', [-1]);
    const module = moduleOf([dynamic], (c, [x]) => [
      op(c, 'add', [x!, x!]),
      op(c, 'get-dimension-size', [x!], { dimension: 0 }),
    ]);
    const [sum, size] = interpret(module, registry, [s32([3], [1, 2, 3])]);
    expect((sum as Tensor).type.dims).toEqual([3]);
    expect(elements(size)).toEqual([3]);
  });
});

describe('checks', () => {
  const expectation = (name: string, got: Tensor, want: Tensor) => {
    const module = moduleOf(
      [got.type, want.type],
      (c, args) => registry.build(c, registry.opcode(name), { operands: args }).results,
    );
    return () => interpret(module, registry, [got, want]);
  };
  test('a failure shows the first element, both values and their distance', () => {
    const got = f32([2, 2], [1, 2, 3 + 2 ** -20, 5]);
    expect(expectation('check.expect_close', got, f32([2, 2], [1, 2, 3, 4]))).toThrow(
      'element [1, 0]: got 3.0000009536743164, expected 3, 4 ULP apart; 2 of 4 elements differ',
    );
  });
  test('3 ULP, 0.001, −0 and NaN pass where they may', () => {
    expect(expectation('check.expect_close', f32([1], [1 + 3 * 2 ** -23]), f32([1], [1]))).not.toThrow();
    expect(expectation('check.expect_almost_eq', f32([1], [1.0005]), f32([1], [1]))).not.toThrow();
    expect(expectation('check.expect_eq', f32([2], [-0, NaN]), f32([2], [0, NaN]))).not.toThrow();
    expect(expectation('check.expect_eq', f32([1], [1]), f32([1], [1.0000001]))).toThrow('1 ULP apart');
  });
});

describe('verify', () => {
  test('a well-formed module has no problems', () => {
    expect(verify(countdown(), registry)).toEqual([]);
  });

  test('names every kind of damage, with its place', () => {
    const module = new Module('m');
    const other = new Computation('other');
    const foreign = other.addParameter(registry.opcode('parameter'), scalar);
    const c = module.add(new Computation('main'));
    const x = c.addParameter(registry.opcode('parameter'), scalar);
    const location = { line: 2, column: 5 };
    c.append(registry.opcode('add'), [scalar], { operands: [x, foreign], location });
    c.append(registry.opcode('add'), [tensorType('s32', [2])], { operands: [x, x] });
    c.append(registry.opcode('nonsense'), [scalar]);
    const loop = c.append(registry.opcode('negate'), [scalar], { operands: [x] });
    loop.setOperand(0, loop.result);
    c.setResults([foreign]);
    const problems = verify(module, registry);
    expect(problems.map((p) => p.message)).toEqual([
      'operand 1 of add is not defined in @main',
      'add: add gives s32[], but s32[2] is declared',
      'nonsense: op nonsense is not in the registry; define it with defineOp',
      'result 0 is not defined in @main',
      'negate depends on its own result',
    ]);
    expect(problems[0]!.location).toBe(location);
  });

  test('finds recursion', () => {
    const module = new Module('m');
    const c = module.add(new Computation('main'));
    c.append(registry.opcode('call'), [], { called: [c] });
    expect(verify(module, registry).map((p) => p.message)).toContain('@main calls itself');
  });
});
