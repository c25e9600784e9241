import { describe, expect, test } from 'vitest';
import { interpret } from '../../../src/hlo/interpreter.js';
import { elements } from '../support.js';
import { body, entry, errorOf, read, registry } from './read.js';

const constant = (shape: string, text: string) => entry([`ROOT c = ${shape} constant(${text})`]);
const valuesOf = (shape: string, text: string) => elements(interpret(read(constant(shape, text)), registry, [])[0]);

const rows: [shape: string, text: string, values: unknown[]][] = [
  ['f32[]', '0.25', [0.25]],
  ['f32[]', '1e-09', [Math.fround(1e-9)]],
  ['f32[]', '-0', [-0]],
  ['f32[]', '-inf', [Number.NEGATIVE_INFINITY]],
  ['f32[3]{0}', '{nan, inf, -nan}', [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN]],
  ['f64[]', '3.141592653589793', [Math.PI]],
  ['bf16[2]{0}', '{1.5, -inf}', [1.5, Number.NEGATIVE_INFINITY]],
  ['f8e5m2[2]{0}', '{inf, nan}', [Number.POSITIVE_INFINITY, Number.NaN]],
  ['f8e4m3fn[2]{0}', '{448, nan}', [448, Number.NaN]],
  ['pred[]', 'true', [1]],
  ['pred[3]{0}', '{1, 0, 1}', [1, 0, 1]],
  ['s4[2]{0}', '{-8, 7}', [-8, 7]],
  ['u64[]', '18446744073709551615', [18446744073709551615n]],
  ['s32[2,3]{1,0}', '{ { 1, 2, 3 }, { 4, 5, 6 } }', [1, 2, 3, 4, 5, 6]],
  ['s32[2,1,1,2]{3,2,1,0}', '{ { /*i0=0*/ { /*i1=0*/ { 1, 2 } } }, { /*i0=1*/ { { 3, 4 } } } }', [1, 2, 3, 4]],
  ['f32[0]{0}', '{}', []],
  ['f32[2,0]{1,0}', '{ {}, {} }', []],
  [
    'c64[2]{0}',
    '{(1, -2), (nan, inf)}',
    [
      [1, -2],
      [Number.NaN, Number.POSITIVE_INFINITY],
    ],
  ],
];

describe('constants', () => {
  test.each(rows)('%s %s', (shape, text, values) => {
    expect(valuesOf(shape, text)).toEqual(values);
  });

  test('a payload of NaN is kept', () => {
    const m = read(constant('f32[2]{0}', '{nan(0x200), -nan(0x7fffff)}'));
    const { data } = (body(m)[0]!.attributes.value as { tensor(): { data: Float32Array } }).tensor();
    expect([...new Uint32Array(data.buffer)]).toEqual([0x7f800200, 0xffffffff]);
  });

  const wrong: [shape: string, text: string, sentence: RegExp][] = [
    ['f32[2]{0}', '{...}', /the values of this constant are left out/],
    ['f32[2]{0}', '1', /a constant of rank 1 is written/],
    ['f32[]', '{1}', /a scalar is written without braces/],
    ['f32[2]{0}', '{1, 2, 3}', /a list of 3 where dimension 0 has size 2/],
    ['f32[2]{0}', '{1, x}', /'x' is not a number of type f32/],
    ['s8[]', '300', /300 is out of the range of s8/],
    ['s8[]', 'inf', /'inf' is not a number of type s8/],
    ['f32[2]{0}', '{1, 2', /expected '}'/],
    ['(f32[])', '(1)', /a constant is a tensor/],
  ];
  test.each(wrong)('%s %s is refused', (shape, text, sentence) => {
    expect(errorOf(constant(shape, text)).sentence).toMatch(sentence);
  });
});
