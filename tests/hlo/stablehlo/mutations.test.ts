import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SourceError } from '../../../src/hlo/source-error.js';
import { parseStablehlo, printStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { registry } from './read.js';

const PROGRAM = Buffer.from(`#loc1 = loc("a.py":3:4)
!vec = tensor<4xf32>
module @m attributes {mhlo.num_replicas = 1 : i32, a = [1, {b = "c\\n"}]} {
  func.func public @main(%a: !vec {jax.arg_info = "x"}, %n: tensor<i32>) -> (tensor<f32>, tensor<2x4xbf16>) {
    %c = stablehlo.constant dense<[1, -2, 0x7F, 4]> : tensor<4xi8>
    %h = stablehlo.constant dense<"0x0000803F0000004000004040000080BF"> : tensor<4xf32>
    %z = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %k = stablehlo.constant dense<[(1.0,2.0), (3.0,-4.5e-2)]> : tensor<2xcomplex<f32>>
    %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %r:2 = stablehlo.while(%i = %n, %x = %a) : tensor<i32>, tensor<4xf32>
    cond {
      %p = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %p : tensor<i1>
    } do {
      %y = stablehlo.add %x, %h : tensor<4xf32> loc(#loc1)
      stablehlo.return %i, %y : tensor<i32>, tensor<4xf32>
    }
    %b = stablehlo.broadcast_in_dim %r#1, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
    %s = stablehlo.slice %b [0:2, 0:4:1] : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %w = stablehlo.convert %s : (tensor<2x4xf32>) -> tensor<2x4xbf16>
    %g = "stablehlo.gather"(%b, %n) <{dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [0], start_index_map = [0]>, slice_sizes = array<i64: 1, 4>}> : (tensor<2x4xf32>, tensor<i32>) -> tensor<4xf32>
    %d = stablehlo.dot_general %g, %g, contracting_dims = [0] x [0], precision = [DEFAULT, HIGH] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
    %e = stablehlo.custom_call @foo(%d) {backend_config = "x", api_version = 1 : i32} : (tensor<f32>) -> tensor<f32>
    %q = call @f(%e) : (tensor<f32>) -> tensor<f32>
    return %q, %w : tensor<f32>, tensor<2x4xbf16>
  }
  func.func private @f(%a: tensor<f32>) -> tensor<f32> { return %a : tensor<f32> }
}
`);

const PIECES = [
  '(',
  ')',
  '<',
  '>',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '->',
  '"',
  '%a',
  '@f',
  '#',
  '!',
  'x',
  '-1',
  '9'.repeat(30),
  'dense<',
  'tensor<',
  '?',
  '\\',
  '//',
  '\0',
  'é',
];

type Edit = { at: number; remove: number; insert: Uint8Array };
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(PROGRAM.length),
  remove: fc.nat(8),
  insert: fc.oneof(
    fc.constantFrom(...PIECES).map((p) => new Uint8Array(Buffer.from(p))),
    fc.uint8Array({ maxLength: 3 }),
    fc
      .record({ from: fc.nat(PROGRAM.length), length: fc.nat(60) })
      .map(({ from, length }) => new Uint8Array(PROGRAM.subarray(from, from + length))),
  ),
});

test('a program with any bytes changed is read, or refused with a place', () => {
  expect(() => parseStablehlo(PROGRAM, registry)).not.toThrow();
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      let bytes: Buffer = PROGRAM;
      for (const { at, remove, insert } of edits) {
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
      }
      try {
        printStablehlo(parseStablehlo(bytes, registry), registry);
      } catch (e) {
        if (!(e instanceof SourceError)) throw e;
        expect(e.render()).toContain('error: ');
      }
    }),
    { numRuns: 2000 },
  );
});
