module @DynamicBroadcast_Static {
  func.func public @main(%arg0: tensor<1xf32>) -> tensor<3x3xf32> {
    %0 = stablehlo.constant dense<[3, 3]> : tensor<2xi32>
    %1 = stablehlo.dynamic_broadcast_in_dim %arg0, %0, dims = [0] : (tensor<1xf32>, tensor<2xi32>) -> tensor<3x3xf32>
    return %1 : tensor<3x3xf32>
  }
}
