module @Select_SelectElse_SameCondition {
  func.func public @main(%arg0: tensor<i1>, %arg1: tensor<ui64>, %arg2: tensor<ui64>) -> tensor<ui64> {
    %0 = stablehlo.select %arg0, %arg2, %arg1 : tensor<i1>, tensor<ui64>
    %1 = stablehlo.select %arg0, %arg1, %0 : tensor<i1>, tensor<ui64>
    return %1 : tensor<ui64>
  }
}
