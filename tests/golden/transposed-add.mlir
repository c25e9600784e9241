func.func @main(%a: tensor<64x48xf32>, %b: tensor<48x64xf32>) -> tensor<64x48xf32> {
  %0 = stablehlo.transpose %b, dims = [1, 0] : (tensor<48x64xf32>) -> tensor<64x48xf32>
  %1 = stablehlo.add %a, %0 : tensor<64x48xf32>
  return %1 : tensor<64x48xf32>
}
