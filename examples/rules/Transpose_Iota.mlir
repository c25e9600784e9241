module @Transpose_Iota {
  func.func public @main() -> tensor<4x2xf32> {
    %0 = stablehlo.iota dim = 1 : tensor<2x4xf32>
    %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<2x4xf32>) -> tensor<4x2xf32>
    return %1 : tensor<4x2xf32>
  }
}
