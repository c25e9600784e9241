module @DynamicUpdateSlice_OfSlice_Same {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<i32>) -> tensor<4xf32> {
    %0 = stablehlo.dynamic_slice %arg0, %arg1, sizes = [3] : (tensor<4xf32>, tensor<i32>) -> tensor<3xf32>
    %1 = stablehlo.dynamic_update_slice %arg0, %0, %arg1 : (tensor<4xf32>, tensor<3xf32>, tensor<i32>) -> tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
