module @Compare_WithFalse_IsNot {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.constant dense<false> : tensor<i1>
    %1 = stablehlo.compare EQ, %arg0, %0, UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
    return %1 : tensor<i1>
  }
}
