import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Literal } from '../../../src/hlo/literal.js';
import { literalToText } from '../../../src/hlo/stablehlo/dense-text.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { bytesOf, partsOf, storageOf } from '../../../src/hlo/tensor.js';
import { ELEMENT_TYPES, type ElementType, elementCount, tensorType } from '../../../src/hlo/types.js';
import { main, registry } from './read.js';

function constant(payload: string, type: string, tail = ''): Literal {
  const m = parseStablehlo(
    main('', type, `%0 = stablehlo.constant ${payload} : ${type}`, `return %0 : ${type}`) + tail,
    registry,
  );
  return m.entry.results[0]!.producer.attributes.value as Literal;
}
const values = (payload: string, type: string): unknown[] => [...constant(payload, type).tensor().data];

describe('constants', () => {
  test.each([
    ['dense<1.5>', 'tensor<f32>', [1.5]],
    ['dense<1.5>', 'tensor<2x2xf32>', [1.5, 1.5, 1.5, 1.5]],
    ['dense<[[1.0, -2.5e-3], [0x7F800000, -0.0]]>', 'tensor<2x2xf32>', [1, Math.fround(-2.5e-3), Infinity, -0]],
    ['dense<0xFF800000>', 'tensor<f32>', [-Infinity]],
    [
      'dense<[0.1, 3.402823466385288e+38, 12345678901234567890123.5]>',
      'tensor<3xf64>',
      [0.1, 3.402823466385288e38, 1.2345678901234568e22],
    ],
    ['dense<[true, false]>', 'tensor<2xi1>', [1, 0]],
    ['dense<[-128, 0x7F]>', 'tensor<2xi8>', [-128, 127]],
    ['dense<[-8, 7]>', 'tensor<2xi4>', [-8, 7]],
    [
      'dense<[9223372036854775807, -9223372036854775808, 5]>',
      'tensor<3xi64>',
      [9223372036854775807n, -9223372036854775808n, 5n],
    ],
    ['dense<18446744073709551615>', 'tensor<ui64>', [18446744073709551615n]],
    ['dense<[(1.0,2.0), (-1.0, 0.5)]>', 'tensor<2xcomplex<f32>>', [1, 2, -1, 0.5]],
    ['dense<(0x7F800000, 0.0)>', 'tensor<complex<f32>>', [Infinity, 0]],
    ['dense<[1.0, 0x7FC0]>', 'tensor<2xbf16>', [0x3f80, 0x7fc0]],
    ['dense<[1.0, 65504.0, 0x7E00]>', 'tensor<3xf16>', [0x3c00, 0x7bff, 0x7e00]],
    ['dense<[]>', 'tensor<0xf32>', []],
    ['dense<>', 'tensor<2x0x3xi4>', []],
    ['dense<[[], []]>', 'tensor<2x0xf32>', []],
    ['dense<"0x0000803F00000040">', 'tensor<2xf32>', [1, 2]],
    ['dense<"0x0000803F">', 'tensor<3xf32>', [1, 1, 1]],
    ['dense<"0x05">', 'tensor<4xi1>', [1, 0, 1, 0]],
    ['dense<"0x01000100">', 'tensor<4xi1>', [1, 0, 1, 0]],
    ['dense<"0x0000803F00000040">', 'tensor<complex<f32>>', [1, 2]],
  ] as [string, string, unknown[]][])('%s : %s', (payload, type, expected) => {
    expect(values(payload, type)).toEqual(expected);
  });

  test('a scalar payload is a splat, and stays one number', () => {
    const l = constant('dense<1.0>', 'tensor<1000000x1000000xf32>');
    expect(l.isSplat).toBe(true);
    expect([...l.scalar()]).toEqual([1]);
  });

  test('resources at the end of the text', () => {
    const l = constant(
      'dense_resource<w>',
      'tensor<2xf32>',
      '{-#\n  dialect_resources: {\n    builtin: {\n      w: "0x040000000000803F00000040"\n    }\n  }\n#-}\n',
    );
    expect([...l.tensor().data]).toEqual([1, 2]);
  });

  test('a long list is decoded when asked for', () => {
    const n = 20_000;
    const text = Array.from({ length: n }, (_, i) => `${i}.5`).join(', ');
    const data = constant(`dense<[${text}]>`, `tensor<${n}xf32>`).tensor().data;
    expect(data.length).toBe(n);
    expect(data[n - 1]).toBe(n - 0.5);
  });

  test('what is printed reads back to the same bits', () => {
    const literal = fc
      .record({
        element: fc.constantFrom(...ELEMENT_TYPES),
        dims: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
        bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      })
      .map(({ element, dims, bytes }) => randomLiteral(element, dims, bytes));
    fc.assert(
      fc.property(literal, (l) => {
        const [payload, type] = literalToText(l).split(' : ') as [string, string];
        expect(Buffer.from(bytesOf(constant(payload, type).tensor()))).toEqual(Buffer.from(bytesOf(l.tensor())));
      }),
      { numRuns: 400 },
    );
  });
});

/** Elements of any bit pattern that the type has. */
function randomLiteral(element: ElementType, dims: readonly number[], seed: Uint8Array): Literal {
  const type = tensorType(element, dims);
  const data = new (storageOf(element))(elementCount(dims) * partsOf(element));
  const bytes = new Uint8Array(data.buffer);
  const bits = { pred: 1, s2: 2, u2: 2, s4: 4, u4: 4, f4e2m1fn: 4, f6e2m3fn: 6, f6e3m2fn: 6 }[element as string];
  for (let i = 0; i < bytes.length; i++) {
    const b = (seed[i % 16]! * (1 + (i >> 4))) & 255;
    const masked = bits === undefined ? b : b & ((1 << bits) - 1);
    bytes[i] = element === 's2' || element === 's4' ? (masked << (32 - bits!)) >> (32 - bits!) : masked;
  }
  return Literal.dense(type, data);
}
