module @Threefry_Rounds {
  func.func public @main(%arg0: tensor<ui32>, %arg1: tensor<ui32>, %arg2: tensor<ui32>, %arg3: tensor<ui32>) -> (tensor<ui32>, tensor<ui32>) {
    %0:2 = stablehlo.custom_call @cu_threefry2x32_ffi(%arg0, %arg1, %arg2, %arg3) : (tensor<ui32>, tensor<ui32>, tensor<ui32>, tensor<ui32>) -> (tensor<ui32>, tensor<ui32>)
    return %0#0, %0#1 : tensor<ui32>, tensor<ui32>
  }
}
