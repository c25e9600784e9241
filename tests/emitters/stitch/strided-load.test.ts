import { expect, test } from 'vitest';
import { agree } from '../../support/agree.js';

test.each([2, 3, 4, 5])('every element number %d of rows of any length', (stride) => {
  for (const n of [1, 7, 40, 131]) {
    for (const start of [0, 1]) {
      const rest = Math.ceil((n - start) / stride);
      if (rest <= 0) continue;
      agree(`func.func @main(%x: tensor<3x${n}xf32>) -> tensor<3x${rest}xf32> {
        %0 = stablehlo.slice %x [0:3, ${start}:${n}:${stride}] : (tensor<3x${n}xf32>) -> tensor<3x${rest}xf32>
        %1 = stablehlo.negate %0 : tensor<3x${rest}xf32>
        return %1 : tensor<3x${rest}xf32>
      }`);
    }
  }
});

test('strided elements beside padding are touched only where they exist', () => {
  const steps = agree(`func.func @main(%x: tensor<5x37xbf16>) -> tensor<5x21xbf16> {
    %z = stablehlo.constant dense<2.0> : tensor<bf16>
    %0 = stablehlo.pad %x, %z, low = [0, 3], high = [0, 2], interior = [0, 0] : (tensor<5x37xbf16>, tensor<bf16>) -> tensor<5x42xbf16>
    %1 = stablehlo.slice %0 [0:5, 1:42:2] : (tensor<5x42xbf16>) -> tensor<5x21xbf16>
    return %1 : tensor<5x21xbf16>
  }`);
  expect(steps).toEqual(['map']);
});

test.each([1, 6, 16, 37])('complex vectors of %d', (n) => {
  const type = `tensor<${n}xcomplex<f32>>`;
  agree(`func.func @main(%x: ${type}, %y: ${type}) -> ${type} {
    %0 = stablehlo.multiply %x, %y : ${type}
    %1 = stablehlo.add %0, %x : ${type}
    return %1 : ${type}
  }`);
});
