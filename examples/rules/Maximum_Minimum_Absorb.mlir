module @Maximum_Minimum_Absorb {
  func.func public @main(%arg0: tensor<i1>, %arg1: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.minimum %arg0, %arg1 : tensor<i1>
    %1 = stablehlo.maximum %arg0, %0 : tensor<i1>
    return %1 : tensor<i1>
  }
}
