import { describe, expect, test } from 'vitest';
import { isHlo, printHlo } from '../../../src/hlo/hlo-text/index.js';
import { OpError } from '../../../src/hlo/registry.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { entry, errorOf, registry, SUM } from './read.js';

const line = (text: string, others = ''): string => entry(['a = f32[2]{0} parameter(0)', text], others);
const ID = 'id {\n ROOT x = f32[2]{0} parameter(0)\n}\n';

/** Text, and what the sentence says. */
const rows: [text: string | Uint8Array, sentence: RegExp][] = [
  ['', /expected 'HloModule' at the beginning, found the end/],
  ['HloModule', /expected the name of the module, found the end/],
  ['HloModule m', /no computation is marked ENTRY/],
  [Buffer.from('HloModule m\n\0'), /found byte 0x0/],
  ['HloModule m HloModule n', /a second module/],
  ['HloModule m ENTRY e {', /the computation e is never closed/],
  ['HloModule m ENTRY e {}', /e has no instructions/],
  ['HloModule m /* x', /this comment is never closed/],
  [entry([], ID), /main.1 has no instructions/],
  [
    'HloModule m ENTRY e { ROOT a = f32[] parameter(0) } ENTRY f { ROOT a = f32[] parameter(0) }',
    /two computations are marked ENTRY/,
  ],
  [entry(['ROOT a = f32[] parameter(0)'], ID + ID), /two computations are named id/],
  [line('ROOT b = f32[2]{0} foo(a)'), /unknown op foo/],
  [line('ROOT b = f32[2]{0} add(a, c)'), /c is not defined/],
  [line('ROOT a = f32[2]{0} add(a, a)'), /two instructions are named a/],
  [line('ROOT b = f32[2]{0} negate(a, a)'), /negate takes 1 operand, but 2 are given/],
  [line('ROOT b = f32[3]{0} negate(a)'), /negate gives f32\[2\], but f32\[3\] is declared/],
  [line('ROOT b = f99[2]{0} negate(a)'), /'f99' is not an element type/],
  [line('ROOT b = f32[2 negate(a)'), /expected ']' after the sizes of a shape/],
  [line('ROOT b = f32[2]{1} negate(a)'), /the layout \{1\} does not order 1 dimensions/],
  [line('ROOT b = f32[2]{0} negate(a'), /expected ',' or '\)' in the operands of negate/],
  [line('ROOT b = f32[2]{0} negate(a), x'), /expected '=' after 'x'/],
  [line('ROOT b = f32[2]{0} negate(a), foo=1'), /negate has no attribute 'foo'/],
  [line('ROOT b = f32[2]{0} negate(a), sharding={, metadata'), /never closed/],
  [line('ROOT b = f32[2]{0} negate(a), metadata={}, metadata={}'), /the attribute 'metadata' is given twice/],
  [line('ROOT b = f32[99999999,99999999,99999999]{2,1,0} broadcast(a), dimensions={0}'), /more than 2\^53 elements/],
  [line(`ROOT b = f32[${'1,'.repeat(200)}1] reshape(a)`), /at most 128 dimensions/],
  [line('ROOT b = f32[2]{0} reverse(a)'), /reverse needs the attribute 'dimensions'/],
  [line('ROOT b = f32[2]{0} reverse(a), dimensions={7}'), /reverse: /],
  [line('ROOT b = f32[2]{0} reverse(a), dimensions={0'), /never closed/],
  [line('ROOT b = f32[2]{0} reverse(a), dimensions={0}1'), /expected the end of 'dimensions'/],
  [line('ROOT b = pred[2]{0} compare(a, a), direction=XX'), /'direction' must be one of EQ, NE/],
  [line('ROOT b = f32[2]{0} parameter(2)'), /has no parameter 1, but one with a higher number/],
  [line('ROOT b = f32[2]{0} parameter(0)'), /parameter 0 is there twice/],
  [line('ROOT b = f32[2]{0} parameter(99999999)'), /beyond what a computation may have/],
  [line('ROOT b = f32[] get-tuple-element(a), index=0'), /the operand is no tuple/],
  [
    line('t = (f32[2]{0}) tuple(a)\n ROOT b = f32[2]{0} get-tuple-element(t), index=1'),
    /the tuple has no element 1; it has 1/,
  ],
  [line('ROOT b = (f32[2]{0}, f32[]) tuple(a)'), /the result is \(f32\[2\]\), not \(f32\[2\], f32\[\]\)/],
  [line('ROOT b = f32[2]{0} fusion(a), kind=kLoop'), /fusion needs the attribute 'calls'/],
  [line('ROOT b = f32[2]{0} fusion(a), kind=kLoop, calls=nobody'), /the computation nobody is not defined/],
  [line('ROOT b = f32[2]{0} fusion(a, a), kind=kLoop, calls=id', ID), /2 operands are given, but id takes 1/],
  [
    line(
      'ROOT b = f32[2]{0} call(a), to_apply=loop',
      'loop {\n x = f32[2]{0} parameter(0)\n ROOT y = f32[2]{0} call(x), to_apply=loop\n}\n',
    ),
    /loop calls itself/,
  ],
  [line('ROOT b = f32[] reduce(a, a), dimensions={0}, to_apply=sum', SUM), /reduce: /],
  [line('ROOT b = f32[3]{0} bitcast(a)'), /different numbers of elements/],
  [line('ROOT b = f32[2]{0} copy-done(a)'), /no operation that has started/],
  [
    line('ROOT b = f32[2]{0} all-reduce(a), replica_groups=[2,3]<=[4], to_apply=sum', SUM),
    /does not divide its devices/,
  ],
  [line('ROOT b = f32[2]{0} custom-call(a)'), /needs the attribute 'custom_call_target'/],
  [line('ROOT b = f32[2]{0} custom-call(a), custom_call_target="x", api_version=NEW'), /api_version NEW is not known/],
  ['HloModule m, input_output_alias={ {0}: (4, {}) }\nENTRY e { ROOT a = f32[] parameter(0) }', /no such result/],
  ['HloModule m, input_output_alias={ {}: (4, {}) }\nENTRY e { ROOT a = f32[] parameter(0) }', /no such parameter/],
  [
    'HloModule m, entry_computation_layout={(f32[], f32[])->f32[]}\nENTRY e { ROOT a = f32[] parameter(0) }',
    /does not fit the entry/,
  ],
  ['HloModule m\nENTRY e (a: f32[2]) -> f32[] { ROOT a = f32[] parameter(0) }', /the parameters of e are not those/],
  [
    'HloModule m\nENTRY e (a: f32[]) -> f32[3] { ROOT a = f32[] parameter(0) }',
    /e gives f32\[\], but f32\[3\] is declared/,
  ],
];

describe('what is wrong is said, with its place', () => {
  test.each(rows)('%s', (text, sentence) => {
    const e = errorOf(text);
    expect(e.sentence).toMatch(sentence);
    expect(e.line).toBeGreaterThan(0);
  });

  test('line and column', () => {
    const e = errorOf(line('ROOT b = f32[2]{0} add(a, c)'));
    expect([e.line, e.column]).toEqual([6, 29]);
    expect(e.render()).toContain('^');
  });
});

describe('text that would grow without end', () => {
  test('shapes that nest', () => {
    const shape = `${'('.repeat(100000)}${')'.repeat(100000)}`;
    expect(errorOf(line(`ROOT b = ${shape} tuple()`)).sentence).toMatch(/nests more than 128 levels deep/);
  });
  test('computations that nest', () => {
    const fused = Array.from({ length: 1000 }, (_, k) =>
      k === 0
        ? ID.replace('id', 'f0')
        : `f${k} {\n x = f32[2]{0} parameter(0)\n ROOT y = f32[2]{0} fusion(x), kind=kLoop, calls=f${k - 1}\n}\n`,
    );
    const text = line('ROOT b = f32[2]{0} fusion(a), kind=kLoop, calls=f999', fused.join(''));
    expect(errorOf(text).sentence).toMatch(/nests more than 128 levels deep/);
  });
  test('computations that double', () => {
    const fused = Array.from({ length: 60 }, (_, k) =>
      k === 0
        ? ID.replace('id', 'f0')
        : `f${k} {\n x = f32[2]{0} parameter(0)\n y = f32[2]{0} fusion(x), kind=kLoop, calls=f${k - 1}\n ROOT z = f32[2]{0} fusion(y), kind=kLoop, calls=f${k - 1}\n}\n`,
    );
    const text = line('ROOT b = f32[2]{0} fusion(a), kind=kLoop, calls=f59', fused.join(''));
    expect(errorOf(text).sentence).toMatch(/expands to more than 1048576 instructions/);
  });
  test('functions that call each other in a long row are no problem', () => {
    const chain = Array.from({ length: 20000 }, (_, k) =>
      k === 0
        ? ID.replace('id', 'f0')
        : `f${k} {\n x = f32[2]{0} parameter(0)\n ROOT y = f32[2]{0} call(x), to_apply=f${k - 1}\n}\n`,
    );
    const m = line('ROOT b = f32[2]{0} call(a), to_apply=f19999', chain.join(''));
    expect(() => errorOf(m)).toThrow('the text was read');
  });
});

test('which text is HLO', () => {
  expect(isHlo('\n// a comment\n/* another */ HloModule m')).toBe(true);
  expect(isHlo('module @HloModule {}')).toBe(false);
  expect(isHlo('/* HloModule')).toBe(false);
  expect(isHlo(new Uint8Array())).toBe(false);
});

test('what HLO text cannot say is refused', () => {
  const quantized = parseStablehlo(
    'func.func @main(%a: tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>> { return %a : tensor<2x!quant.uniform<i8:f32, 0.5>> }',
    registry,
  );
  expect(() => printHlo(quantized, registry)).toThrow(OpError);
  const other = parseStablehlo('func.func @f() { return }', registry);
  expect(() => printHlo(other, registry)).toThrow(/no function @main/);
});
