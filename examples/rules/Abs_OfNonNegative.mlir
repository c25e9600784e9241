module @Abs_OfNonNegative {
  func.func public @main(%arg0: tensor<2xf32>) -> tensor<2xf32> {
    %0 = stablehlo.logistic %arg0 : tensor<2xf32>
    %1 = stablehlo.abs %0 : tensor<2xf32>
    return %1 : tensor<2xf32>
  }
}
