func.func @main(%x: tensor<4x5xf32>, %bias: tensor<5xf32>) -> tensor<4x5xf32> {
  %0 = stablehlo.broadcast_in_dim %bias, dims = [1] : (tensor<5xf32>) -> tensor<4x5xf32>
  %1 = stablehlo.add %x, %0 : tensor<4x5xf32>
  %2 = stablehlo.custom_call @quick_gelu(%1) : (tensor<4x5xf32>) -> tensor<4x5xf32>
  return %2 : tensor<4x5xf32>
}
