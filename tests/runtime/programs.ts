/** Small programs that runtime tests run. */
import { type CompileOptions, compile, tensor } from '../../src/index.js';

const program =
  (text: string) =>
  (options: CompileOptions = {}) =>
    compile(text, options);

export const add8 = program(`func.func @main(%a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %0 = stablehlo.add %a, %b : tensor<8xf32>
  return %0 : tensor<8xf32>
}`);

/** Two steps with a temporary between them: y = softmax-like, so that the workspace is used. */
export const twoSteps = program(`func.func @main(%a: tensor<64x32xf32>) -> tensor<32xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %t = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<64x32xf32>, tensor<f32>) -> tensor<64xf32>
  %b = stablehlo.broadcast_in_dim %t, dims = [0] : (tensor<64xf32>) -> tensor<64x32xf32>
  %m = stablehlo.multiply %a, %b : tensor<64x32xf32>
  %r = stablehlo.reduce(%m init: %z) applies stablehlo.add across dimensions = [0] : (tensor<64x32xf32>, tensor<f32>) -> tensor<32xf32>
  return %r : tensor<32xf32>
}`);

/** A large constant that cannot be folded into code, and a result that is an input. */
export const withConstant = program(`func.func @main(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = stablehlo.multiply %a, %c : tensor<4xf32>
  return %0, %a : tensor<4xf32>, tensor<4xf32>
}`);

/** Long enough to be cancelled: a chain of products, a step each. */
export const slow = program(
  `func.func @main(%a: tensor<512x512xf32>) -> tensor<512x512xf32> {
${Array.from(
  { length: 40 },
  (_, k) =>
    `  %${k} = stablehlo.dot_general %${k === 0 ? 'a' : k - 1}, %a, contracting_dims = [1] x [0] : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>`,
).join('\n')}
  return %39 : tensor<512x512xf32>
}`,
);

export const f32 = (dims: readonly number[], values: ArrayLike<number>) =>
  tensor('f32', dims, Float32Array.from(values));
export const ramp = (dims: readonly number[]) =>
  f32(
    dims,
    Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => (i % 17) / 16),
  );
