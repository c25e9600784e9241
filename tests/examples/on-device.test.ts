import { expect, test } from 'vitest';
import { iterate } from '../../examples/on-device.js';
import { tensor } from '../../src/index.js';
import { onDouble } from '../support/cuda.js';

test('a state stays on the device, and nothing is left behind', () => {
  const { program, device, double } = onDouble(`func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = stablehlo.add %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}`);
  const last = iterate(program, tensor('f32', [4], Float32Array.of(1, 2, 3, 4)), 5);
  expect([...last.data]).toEqual([32, 64, 96, 128]);
  expect(double.count('cuMemcpyHtoDAsync', 'cuMemcpyDtoHAsync')).toBe(2);
  program.dispose();
  device.close();
  expect(double.leftovers()).toEqual([]);
});
