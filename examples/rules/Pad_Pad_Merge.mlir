module @Pad_Pad_Merge {
  func.func public @main(%arg0: tensor<1xf32>, %arg1: tensor<f32>) -> tensor<4xf32> {
    %0 = stablehlo.pad %arg0, %arg1, low = [0], high = [1], interior = [0] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %1 = stablehlo.pad %0, %arg1, low = [0], high = [2], interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
