// Found by random programs: the result of a reduction, concatenated with something else, was taken for the row itself.
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x4xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %s = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<2xf32>
  %r = stablehlo.reshape %s : (tensor<2xf32>) -> tensor<1x2xf32>
  %d = stablehlo.subtract %x, %r : tensor<1x2xf32>
  %c = stablehlo.concatenate %d, %x, dim = 1 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  return %c : tensor<1x4xf32>
}
