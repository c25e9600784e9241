import { expect, test } from 'vitest';
import { file, thimble } from './support.js';

const program = file(
  'donate.mlir',
  `func.func @main(%x: tensor<1000xf32> {tf.aliasing_output = 0 : i32}, %g: tensor<1000xf32>) -> tensor<1000xf32> {
  %0 = stablehlo.subtract %x, %g : tensor<1000xf32>
  return %0 : tensor<1000xf32>
}
`,
);

test('explain --donate says whose memory results take, and what is saved', async () => {
  const explained = async (...more: string[]) => JSON.parse((await thimble('explain', program, '--json', ...more)).out);
  expect(await explained()).toMatchObject({ donations: [], peakBytes: 12_000 });
  expect(await explained('--donate')).toMatchObject({ donations: [{ input: 0, output: 0 }], peakBytes: 8000 });
  expect((await thimble('explain', program, '--donate')).out).toContain('output 0 lies in the memory of input 0\n');
});
