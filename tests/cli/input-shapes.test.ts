import { expect, it } from 'vitest';
import { writeNpy } from '../../src/hlo/npy.js';
import { tensor } from '../../src/index.js';
import { file, thimble } from './support.js';

const open = file(
  'open.mlir',
  `func.func @main(%n: tensor<i64>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = stablehlo.reshape %n : (tensor<i64>) -> tensor<1xi64>
  %c = stablehlo.constant dense<4> : tensor<1xi64>
  %d = stablehlo.concatenate %s, %c, dim = 0 : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %f = stablehlo.constant dense<1.0> : tensor<f32>
  %ones = stablehlo.dynamic_broadcast_in_dim %f, %d, dims = [] : (tensor<f32>, tensor<2xi64>) -> tensor<?x4xf32>
  %0 = stablehlo.add %x, %ones : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
`,
);
const n2 = file('n.npy', writeNpy(tensor('s64', [], BigInt64Array.of(2n))));
const x2 = file('x.npy', writeNpy(tensor('f32', [2, 4], Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7]))));

it.each(['cpu', 'interpreter'])('run takes the shapes of its inputs, on %s', async (target) => {
  const { out, code } = await thimble('run', open, '--input', `0=${n2}`, '--input', `1=${x2}`, '--target', target);
  expect(out).toBe('[[1. 2. 3. 4.]\n [5. 6. 7. 8.]]\n');
  expect(code).toBe(0);
});

it('run, diff, explain and compile take shapes, and values, from --input-shapes', async () => {
  const shapes = ['--input-shapes', '=3,3x4'];
  expect((await thimble('run', open, '--random', '1', ...shapes)).out.split('\n')).toHaveLength(4);
  expect((await thimble('diff', open, ...shapes)).out).toContain('output 0 f32[3,4]: worst 0 ULP');
  expect((await thimble('explain', open, ...shapes)).out).toContain('for these values of 1 input');
  expect((await thimble('compile', open, '--emit', 'stablehlo', ...shapes)).out).toContain(
    'dense<1.0> : tensor<3x4xf32>',
  );
});

it('says what to give where shapes are missing or wrong', async () => {
  const refused = async (...args: string[]) => (await thimble(...args)).err;
  expect(await refused('explain', open)).toContain(`${open}:1:34: error: argument 1 is f32[?,4]`);
  expect(await refused('explain', open)).toContain('--input-shapes');
  expect(await refused('run', open, '--random', '1')).toContain(
    'hint: give it with --input or --inputs, or the shapes',
  );
  expect(await refused('explain', open, '--input-shapes', '3x4')).toContain(
    "hint: one entry for each input (s64[], f32[?,4]), for instance ',8x4'; =7 gives an integer",
  );
  expect(await refused('explain', open, '--input-shapes', ',3x4')).toContain(
    'it depends on the value of argument 0 of the program, s64[]: give that for its shape (--input-shapes',
  );
  expect(await refused('explain', open, '--input-shapes', '=3,3xa')).toContain("'3xa' for input 1, f32[?,4]");
  expect(await refused('explain', open, '--input-shapes', '=3,=4')).toContain('only integers may be given by value');
  expect(await refused('run', open, '--random', '1', '--input-shapes', '=3,3x4', '--input', `0=${n2}`)).toContain(
    'the program was compiled for these values: input 0 [3]',
  );
});
