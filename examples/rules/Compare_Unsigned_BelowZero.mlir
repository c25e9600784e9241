module @Compare_Unsigned_BelowZero {
  func.func public @main(%arg0: tensor<ui32>) -> tensor<i1> {
    %0 = stablehlo.constant dense<0> : tensor<ui32>
    %1 = stablehlo.compare LT, %arg0, %0, UNSIGNED : (tensor<ui32>, tensor<ui32>) -> tensor<i1>
    return %1 : tensor<i1>
  }
}
