module @Reverse_Broadcast {
  func.func public @main(%arg0: tensor<f32>) -> tensor<3xf32> {
    %0 = stablehlo.broadcast_in_dim %arg0, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %1 = stablehlo.reverse %0, dims = [] : tensor<3xf32>
    return %1 : tensor<3xf32>
  }
}
