module @DynamicUpdateSlice_Empty {
  func.func public @main(%arg0: tensor<2xi1>, %arg1: tensor<0xi1>, %arg2: tensor<i32>) -> tensor<2xi1> {
    %0 = stablehlo.dynamic_update_slice %arg0, %arg1, %arg2 : (tensor<2xi1>, tensor<0xi1>, tensor<i32>) -> tensor<2xi1>
    return %0 : tensor<2xi1>
  }
}
