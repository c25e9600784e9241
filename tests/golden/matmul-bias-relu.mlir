func.func @main(%x: tensor<32x48xf32>, %w: tensor<48x40xf32>, %b: tensor<40xf32>) -> tensor<32x40xf32> {
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<32x48xf32>, tensor<48x40xf32>) -> tensor<32x40xf32>
  %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<40xf32>) -> tensor<32x40xf32>
  %2 = stablehlo.add %0, %1 : tensor<32x40xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<32x40xf32>
  %3 = stablehlo.maximum %2, %zero : tensor<32x40xf32>
  return %3 : tensor<32x40xf32>
}
