module @HouseholderProduct_Orgqr {
  func.func public @main(%arg0: tensor<4x3xf32>, %arg1: tensor<1xf32>) -> tensor<4x3xf32> {
    %0 = stablehlo.custom_call @ProductOfElementaryHouseholderReflectors(%arg0, %arg1) : (tensor<4x3xf32>, tensor<1xf32>) -> tensor<4x3xf32>
    return %0 : tensor<4x3xf32>
  }
}
