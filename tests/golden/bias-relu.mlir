func.func @main(%x: tensor<64x32xf32>, %bias: tensor<32xf32>) -> tensor<64x32xf32> {
  %0 = stablehlo.broadcast_in_dim %bias, dims = [1] : (tensor<32xf32>) -> tensor<64x32xf32>
  %1 = stablehlo.add %x, %0 : tensor<64x32xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<64x32xf32>
  %2 = stablehlo.maximum %1, %zero : tensor<64x32xf32>
  return %2 : tensor<64x32xf32>
}
