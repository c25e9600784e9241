import { describe, expect, test } from 'vitest';
import { interpret } from '../../../src/hlo/interpreter.js';
import { defineOp } from '../../../src/hlo/registry.js';
import type { Tensor } from '../../../src/hlo/tensor.js';
import { elements, f32, make, s32 } from '../support.js';
import { body, entry, read, registry, SUM } from './read.js';

const run = (text: string, ...inputs: Tensor[]) => interpret(read(text), registry, inputs).map(elements);

describe('fusions are opened', () => {
  const FUSED = `%fused (p1: s32[], p0: f32[2]) -> (f32[2], f32[]) {
  %p0 = f32[2]{0} parameter(1)
  %p1 = s32[] parameter(0)
  %c = f32[] convert(%p1)
  %b = f32[2]{0} broadcast(%c), dimensions={}
  %m = f32[2]{0} multiply(%p0, %b)
  ROOT %t = (f32[2]{0}, f32[]) tuple(%m, %c)
}
`;
  const fusion = (kind: string) =>
    entry(
      [
        'a = f32[2]{0} parameter(0)',
        'n = s32[] parameter(1)',
        `f = (f32[2]{0}, f32[]) fusion(n, a), kind=${kind}, calls=%fused, backend_config={"fusion_config":{"kind":"__ynn_fusion"}}`,
        'ROOT r = f32[2]{0} get-tuple-element(f), index=0',
      ],
      FUSED,
    );
  test.each(['kLoop', 'kInput', 'kOutput', 'kCustom'])('%s', (kind) => {
    const m = read(fusion(kind));
    expect([...m.computations.keys()]).toEqual(['main']);
    expect(body(m).map((i) => i.opcode)).toEqual(['convert', 'broadcast', 'multiply']);
    expect(run(fusion(kind), f32([2], [1, 2]), s32([], [3]))).toEqual([[3, 6]]);
  });
});

const LOOP = `body {
  t = (s32[], f32[2]{0}) parameter(0)
  i = s32[] get-tuple-element(t), index=0
  x = f32[2]{0} get-tuple-element(t), index=1
  one = s32[] constant(1)
  next = s32[] add(i, one)
  y = f32[2]{0} add(x, x)
  ROOT r = (s32[], f32[2]{0}) tuple(next, y)
}
cond {
  t = (s32[], f32[2]{0}) parameter(0)
  i = s32[] get-tuple-element(t), index=0
  n = s32[] constant(3)
  ROOT c = pred[] compare(i, n), direction=LT
}
`;

test('a loop carries values, not a tuple', () => {
  const text = entry(
    [
      'a = f32[2]{0} parameter(0)',
      'z = s32[] constant(0)',
      't = (s32[], f32[2]{0}) tuple(z, a)',
      'w = (s32[], f32[2]{0}) while(t), condition=cond, body=body',
      'ROOT r = f32[2]{0} get-tuple-element(w), index=1',
    ],
    LOOP,
  );
  const loop = body(read(text)).at(-1)!;
  expect(loop.called.map((c) => c.parameters.length)).toEqual([2, 2]);
  expect(run(text, f32([2], [1, -1]))).toEqual([[8, -8]]);
});

test('a loop over one value, and over none', () => {
  const one = `step {\n x = s32[] parameter(0)\n ROOT y = s32[] add(x, x)\n}
small {\n x = s32[] parameter(0)\n n = s32[] constant(100)\n ROOT c = pred[] compare(x, n), direction=LT\n}\n`;
  const text = entry(['a = s32[] parameter(0)', 'ROOT w = s32[] while(a), condition=small, body=step'], one);
  expect(run(text, s32([], [3]))).toEqual([[192]]);
  const none = `same {\n ROOT x = () parameter(0)\n}\nnever {\n x = () parameter(0)\n ROOT c = pred[] constant(false)\n}\n`;
  read(entry(['t = () tuple()', 'ROOT w = () while(t), condition=never, body=same'], none));
});

const BRANCHES = `twice {
  t = (f32[], f32[]) parameter(0)
  x = f32[] get-tuple-element(t), index=0
  y = f32[] get-tuple-element(t), index=1
  ROOT r = f32[] add(x, y)
}
minus {
  x = f32[] parameter(0)
  ROOT r = f32[] negate(x)
}
`;
const branches = (selector: string, called: string) =>
  entry(
    [
      `s = ${selector}[] parameter(0)`,
      'a = f32[] parameter(1)',
      'b = f32[] parameter(2)',
      't = (f32[], f32[]) tuple(a, b)',
      `ROOT r = f32[] conditional(s, t, b), ${called}`,
    ],
    BRANCHES,
  );

describe('branches take what all of them need', () => {
  test('by number', () => {
    const text = branches('s32', 'branch_computations={twice, minus}');
    const [i] = body(read(text));
    expect(i!.opcode).toBe('case');
    expect(i!.attributes).toEqual({ captures: 2 });
    const [a, b] = [f32([], [1]), f32([], [5])];
    expect([0, 1, 7].map((k) => run(text, s32([], [k]), a, b)[0])).toEqual([[6], [-5], [-5]]);
  });
  test('by truth', () => {
    const text = branches('pred', 'true_computation=twice, false_computation=minus');
    expect(body(read(text))[0]!.opcode).toBe('if');
    const [a, b] = [f32([], [1]), f32([], [5])];
    expect([1, 0].map((k) => run(text, make('pred', [], [k]), a, b)[0])).toEqual([[6], [-5]]);
  });
  test('with nothing to pass', () => {
    const one = (v: number) => `c${v} {\n x = () parameter(0)\n ROOT r = s32[] constant(${v})\n}\n`;
    const text = entry(
      ['s = s32[] parameter(0)', 't = () tuple()', 'ROOT r = s32[] conditional(s, t, t), branch_computations={c4, c5}'],
      one(4) + one(5),
    );
    expect(run(text, s32([], [1]))).toEqual([[5]]);
  });
});

test('functions keep their names, regions do not; computations stand in any order', () => {
  const text = `HloModule m
ENTRY main.4 {
  a = f32[4]{0} parameter(0)
  b = f32[] call(a), to_apply=f.2
  ROOT c = f32[] call(a), to_apply=f.2
}
f.2 {
  x = f32[4]{0} parameter(0)
  z = f32[] constant(0)
  ROOT r = f32[] reduce(x, z), dimensions={0}, to_apply=sum
}
unused { ROOT q = f32[] parameter(0) }
${SUM}`;
  const m = read(text);
  expect([...m.computations.keys()]).toEqual(['main', 'f.2', 'unused']);
  const calls = body(m).flatMap((i) => i.called);
  expect(calls[0]).toBe(calls[1]);
});

test('a composite is a call with a name', () => {
  const text = entry(
    [
      'a = f32[] parameter(0)',
      'ROOT r = f32[] call(a), to_apply=f, is_composite=true, frontend_attributes={composite.attributes={axis = 1 : i64},composite.name="lib.f",composite.version="2"}',
    ],
    'f {\n x = f32[] parameter(0)\n ROOT n = f32[] negate(x)\n}\n',
  );
  const [i] = body(read(text));
  expect(i!.opcode).toBe('composite');
  expect(i!.attributes).toEqual({ name: 'lib.f', attributes: { axis: 1 }, version: 2 });
});

describe('operations that start and end apart happen at once', () => {
  test('copies', () => {
    const text = entry([
      'a = f32[2]{0} parameter(0)',
      's = (f32[2]{0:S(5)}, f32[2]{0}, u32[]) copy-start(a)',
      'ROOT d = f32[2]{0} copy-done(s)',
    ]);
    expect(run(text, f32([2], [1, 2]))).toEqual([[1, 2]]);
  });
  test('any computation', () => {
    const text = entry(
      [
        'a = f32[2]{0} parameter(0)',
        's = ((f32[2]{0}), f32[2]{0}, s32[]) async-start(a), calls=wrapped',
        'u = ((f32[2]{0}), f32[2]{0}, s32[]) async-update(s)',
        'ROOT d = f32[2]{0} async-done(u)',
      ],
      'wrapped {\n x = f32[2]{0} parameter(0)\n ROOT n = f32[2]{0} negate(x)\n}\n',
    );
    expect(run(text, f32([2], [1, 2]))).toEqual([[-1, -2]]);
  });
  test('collectives', () => {
    const text = entry(
      [
        'a = f32[2]{0} parameter(0)',
        's = f32[2]{0} all-reduce-start(a), replica_groups={}, to_apply=sum',
        'r = f32[2]{0} all-reduce-done(s)',
        'g = (f32[2]{0}, f32[2]{0}) all-gather-start(r), replica_groups={{0}}, dimensions={0}',
        'ROOT d = f32[2]{0} all-gather-done(g)',
      ],
      SUM,
    );
    expect(run(text, f32([2], [1, 2]))).toEqual([[1, 2]]);
  });
  test('transfers', () => {
    const text = entry([
      'a = f32[2]{0} parameter(0)',
      't = token[] after-all()',
      's = (f32[2]{0}, u32[], token[]) send(a, t), channel_id=1',
      'd = token[] send-done(s), channel_id=1',
      'r = (f32[2]{0}, u32[], token[]) recv(d), channel_id=2',
      'e = (f32[2]{0}, token[]) recv-done(r), channel_id=2',
      'ROOT v = f32[2]{0} get-tuple-element(e), index=0',
    ]);
    expect(body(read(text)).map((i) => i.opcode)).toEqual(['after-all', 'send', 'recv']);
  });
});

test('barriers, domains and dependencies', () => {
  const text = entry([
    'a = f32[2]{0} parameter(0)',
    'b = s32[] parameter(1)',
    't = (f32[2]{0}, s32[]) tuple(a, b)',
    'o = (f32[2]{0}, s32[]) opt-barrier(t)',
    'x = f32[2]{0} get-tuple-element(o), index=0',
    'd = f32[2]{0} domain(x), domain={kind="sharding", entry={replicated}, exit={maximal device=0}}',
    'k = token[] after-all()',
    'ROOT r = f32[2]{0} add-dependency(d, k)',
  ]);
  expect(body(read(text)).map((i) => i.opcode)).toEqual(['opt-barrier', 'after-all', 'add-dependency']);
});

test('tuples in tuples', () => {
  const text = entry([
    'p = ((f32[], s32[]), (), f32[2]{0}) parameter(0)',
    'q = (f32[], s32[]) get-tuple-element(p), index=0',
    'x = f32[] get-tuple-element(q), index=0',
    'y = f32[2]{0} get-tuple-element(p), index=2',
    'ROOT r = (f32[2]{0}, (f32[])) tuple(y, (f32[]) %z)',
  ]).replace('  ROOT', '  z = (f32[]) tuple(x)\n  ROOT');
  const m = read(text);
  expect(m.entry.parameters.length).toBe(3);
  expect(run(text, f32([], [1]), s32([], [2]), f32([2], [3, 4]))).toEqual([[3, 4], [1]]);
});

describe('ops of a user', () => {
  const scale = defineOp({
    name: 'my-scale',
    doc: 'operand times a factor',
    operands: 1,
    hlo: ['my-scale'],
    infer: (c) => [c.operands[0]!],
    evaluate: (c) => c.operands,
  });
  test('with a spelling in HLO', () => {
    const mine = registry.extend([scale]);
    const text = entry([
      'a = f32[2]{0} parameter(0)',
      'ROOT r = f32[2]{0} my-scale(a), factor=2.5, num_heads=4, dims={1,2}, mode="x", on=true',
    ]);
    expect(body(read(text, mine))[0]!.attributes).toEqual({
      factor: 2.5,
      numHeads: 4,
      dims: [1, 2],
      mode: 'x',
      on: true,
    });
  });
  test('called by their target', () => {
    const mine = registry.extend([{ ...scale, hlo: [], customCallTarget: 'my.scale' }]);
    const text = entry([
      'a = f32[2]{0} parameter(0)',
      'ROOT r = f32[2]{0} custom-call(a), custom_call_target="my.scale", backend_config={factor = 2.5 : f64}',
    ]);
    const [i] = body(read(text, mine));
    expect(i!.opcode).toBe('my-scale');
    expect(i!.attributes).toEqual({ factor: 2.5 });
  });
  test('ops that HLO has no word for', () => {
    const m = read(
      entry(['a = f32[2]{0} parameter(0)', 'ROOT r = f32[2]{0} custom-call(a), custom_call_target="thimble.lgamma"']),
    );
    expect(body(m)[0]!.opcode).toBe('lgamma');
  });
});
