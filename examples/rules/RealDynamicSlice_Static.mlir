module @RealDynamicSlice_Static {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<1xi32>, %arg2: tensor<1xi32>) -> tensor<2xf32> {
    %0 = stablehlo.constant dense<1> : tensor<1xi32>
    %1 = stablehlo.real_dynamic_slice %arg0, %arg1, %arg2, %0 : (tensor<4xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<2xf32>
    return %1 : tensor<2xf32>
  }
}
