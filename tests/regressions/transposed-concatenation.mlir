// Found by random programs: a tile was loaded outside the choice that keeps its indices inside the operand.
func.func @main(%x: tensor<1x2xf32>) -> tensor<2x2xf32> {
  %c = stablehlo.concatenate %x, %x, dim = 0 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  %t = stablehlo.transpose %c, dims = [1, 0] : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %t : tensor<2x2xf32>
}
